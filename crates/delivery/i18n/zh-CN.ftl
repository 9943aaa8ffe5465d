# 邮件文字。键为“邮件-部分”；每封邮件都有 subject、headline、lead、button、nothing 和 why。

fact-who = 谁
fact-what = 内容
fact-until = 截止
fact-when = 时间
who = { $organisation } 的 { $who }
who-nobody = 自动发生，无人操作
who-operator = { $vendor }
what = { $kind ->
    [advisor] 顾问
   *[reseller] 经销商
  }{ $privileges ->
    [yes] ，包含管理权限
   *[no] ，不包含管理权限
  }
what-factor = { $factor ->
    [totp] 验证码应用
    [passkey] 通行密钥“{ $name }”
    [codes] 恢复代码
   *[all] 所有第二因素和恢复代码
  }
what-credential = { $credential ->
    [key] 公钥
   *[secret] 机密
  }{ $named ->
    [yes] “{ $name }”（{ $hint }…）
   *[no] { $hint }…
  }
what-bought = { $product }，{ $quantity } 个席位
what-used = { $product }，按用量付费
what-roles = { $roles }
what-support = 服务请求 { $number }：{ $name }
from-person = { $partner } 的 { $person }，通过 { $vendor }
quote-person = { $author } 写道：
quote-agreement = 您的副本：{ $author }
link-below = 如果按钮无法使用，请将此链接复制到浏览器：
nothing-title = 如果我不做任何操作
dates-utc = 日期均为 UTC 时间。

invite-subject = { $kind ->
    [advisor] { $partner } 希望成为您的 { $vendor } 顾问
   *[reseller] { $partner } 希望成为您的 { $vendor } 经销商
  }
invite-headline = { $kind ->
    [advisor] { $partner } 请求成为您的顾问
   *[reseller] { $partner } 请求成为您的经销商
  }
invite-lead = { $privileges ->
    [yes] 打开请求，可以清楚看到您将允许的内容。只有您组织的全局管理员可以接受，并且可以随时收回权限。
   *[no] 打开请求，可以清楚看到您将允许的内容。只有您组织的全局管理员可以接受。
  }
invite-button = 查看请求
invite-nothing = 不会有任何变化。合作伙伴不会获得访问权限，链接将于 { $date } 失效。
invite-why = 此邮件发送至 { $to }，因为 { $partner } 的 { $person } 提供了此地址。如果您不认识对方，请打开请求并告知我们。

reminder-subject = 仍待处理：来自 { $partner } 的请求
reminder-headline = { $kind ->
    [advisor] { $partner } 仍在等待您的答复：成为您的顾问
   *[reseller] { $partner } 仍在等待您的答复：成为您的经销商
  }
reminder-lead = 这是唯一一次提醒。您可以接受或拒绝，都只需一分钟。
reminder-button = 查看请求
reminder-nothing = 不会有任何变化。合作伙伴不会获得访问权限，链接将于 { $date } 失效。
reminder-why = 此邮件发送至 { $to }，因为 { $partner } 的 { $person } 提供了此地址。如果您不认识对方，请打开请求并告知我们。

restore-subject = { $partner } 请求恢复其权限
restore-headline = { $partner } 请求恢复其管理权限
restore-lead = 您的组织此前移除了这些权限。只有全局管理员接受这个新请求，权限才会恢复。
restore-button = 查看请求
restore-nothing = 权限保持移除状态，链接将于 { $date } 失效。
restore-why = 此邮件发送至 { $to }，因为 { $partner } 的 { $person } 提供了此地址。如果您不认识对方，请打开请求并告知我们。

forwarded-subject = { $user } 请您审核合作伙伴请求
forwarded-headline = { $user } 请您审核来自 { $partner } 的请求
forwarded-lead = { $user } 打开了请求，但无权决定。您是全局管理员，可以决定。
forwarded-button = 查看请求
forwarded-nothing = 不会有任何变化。合作伙伴不会获得访问权限，链接将于 { $date } 失效。
forwarded-why = 此邮件发送至 { $to }，因为 { $user } 将请求转给了您组织的管理员。

accepted-partner-subject = { $privileges ->
    [yes] { $customer } 已接受，并授予权限
   *[no] { $customer } 已接受您的请求
  }
accepted-partner-headline = { $customer } 已接受您的请求
accepted-partner-lead = { $privileges ->
    [yes] 该客户已在您的列表中，您的代理可以代表其操作。
   *[no] 该客户已在您的列表中。您在该客户处没有管理权限。
  }
accepted-partner-button = 打开客户
accepted-partner-nothing = 关系已建立，您无需进行任何操作。
accepted-partner-why = 此邮件发送至 { $to }，因为请求由您发送。

accepted-customer-subject = { $privileges ->
    [yes] 您已授予 { $partner } 管理权限
   *[no] { $kind ->
        [advisor] { $partner } 现在是您的顾问
       *[reseller] { $partner } 现在是您的经销商
      }
  }
accepted-customer-headline = { $kind ->
    [advisor] { $partner } 现在是您的顾问
   *[reseller] { $partner } 现在是您的经销商
  }
accepted-customer-lead = { $privileges ->
    [yes] 对方的代理可以以自己的身份代表 { $customer } 操作。您可以随时移除这些权限。
   *[no] 对方对 { $customer } 没有管理权限。
  }
accepted-customer-button = 查看您的合作伙伴
accepted-customer-nothing = 一切按决定保持不变。如果这并非您所预期，请打开您的合作伙伴，查看其权限。
accepted-customer-why = 此邮件发送至 { $to }，因为您或同事以 { $customer } 管理员的身份接受了请求。

declined-subject = { $customer } 拒绝了您的请求
declined-headline = { $customer } 拒绝了您的请求
declined-lead = 您与该客户没有关系，链接已失效。
declined-button = 打开请求
declined-nothing = 请求保持已拒绝状态。再次请求之前，请先与客户沟通。
declined-why = 此邮件发送至 { $to }，因为请求由您发送。

removed-partner-subject = { $customer } 移除了您的权限
removed-partner-headline = { $customer } 移除了您的管理权限
removed-partner-lead = 您的代理不能再代表该客户操作。该客户仍在您的列表中，其订阅继续运行。
removed-partner-button = 打开客户
removed-partner-nothing = 权限保持移除状态。您仍可为该客户提交服务请求，也可以请求恢复权限。
removed-partner-why = 此邮件发送至 { $to }，因为您代表 { $partner } 负责 { $customer }。

removed-customer-subject = 您移除了 { $partner } 的权限
removed-customer-headline = { $partner } 不再持有管理权限
removed-customer-lead = { $partner } 的任何人都不能再代表 { $customer } 操作。您的订阅继续运行，{ $partner } 仍需为您提供支持。
removed-customer-button = 查看您的合作伙伴
removed-customer-nothing = 权限保持移除状态。只有您接受新的请求，权限才会恢复。
removed-customer-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。

ended-partner-subject = 您与 { $customer } 的关系已结束
ended-partner-headline = { $kind ->
    [advisor] 您不再是 { $customer } 的顾问
   *[reseller] 您不再是 { $customer } 的经销商
  }
ended-partner-lead = 该客户已从您的列表中移除。您不能再为其购买或代表其操作。
ended-partner-button = 打开您的客户
ended-partner-nothing = 关系保持结束状态。建立新的关系需要新的请求。
ended-partner-why = 此邮件发送至 { $to }，因为您代表 { $partner } 负责 { $customer }。

ended-customer-subject = { $kind ->
    [advisor] { $partner } 不再是您的顾问
   *[reseller] { $partner } 不再是您的经销商
  }
ended-customer-headline = { $kind ->
    [advisor] { $partner } 不再是您的顾问
   *[reseller] { $partner } 不再是您的经销商
  }
ended-customer-lead = { $partner } 结束了与 { $customer } 的关系。对方不再持有任何权限，也不能再为您购买。
ended-customer-button = 查看您的合作伙伴
ended-customer-nothing = 关系保持结束状态。建立新的关系需要您的批准。
ended-customer-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。

expired-subject = 您发给 { $customer } 的请求已过期
expired-headline = { $customer } 未在期限内答复
expired-lead = 您请求中的链接已失效。您可以发送带有新链接的新请求。
expired-button = 打开请求
expired-nothing = 请求保持过期状态，客户不会再收到相关消息。
expired-why = 此邮件发送至 { $to }，因为请求由您发送。

new-link-subject = { $customer } 请求新的链接
new-link-headline = { $customer } 在链接过期后打开了您的请求
new-link-lead = 对方希望答复。请确认请求仍然合适，然后发送新的链接。
new-link-button = 打开请求
new-link-nothing = 客户不会收到新的链接，也无法答复。
new-link-why = 此邮件发送至 { $to }，因为请求由您发送。

factor-added-subject = { $factor ->
    [passkey] 您的 { $vendor } 账户添加了通行密钥
   *[totp] 您的 { $vendor } 账户添加了验证码应用
  }
factor-added-headline = { $factor ->
    [passkey] 您有了新的通行密钥
   *[totp] 您有了新的验证码应用
  }
factor-added-lead = 如果是您本人操作，则一切正常。如果不是，则他人可以以您的身份登录：请立即将其移除，结束所有您不认识的会话，然后更改密码。
factor-added-button = 查看您的登录方式
factor-added-nothing = 它将保留，并从现在起作为您的第二因素。
factor-added-why = 此邮件发送至 { $to }，因为它涉及您本人的账户。此类邮件无法关闭。

factor-removed-subject = { $factor ->
    [totp] 您的 { $vendor } 账户移除了验证码应用
    [passkey] 您的 { $vendor } 账户移除了通行密钥
   *[all] 您的 { $vendor } 账户的第二因素已被移除
  }
factor-removed-headline = { $factor ->
    [totp] 您的验证码应用已被移除
    [passkey] 您的通行密钥“{ $name }”已被移除
   *[all] { $who } 移除了您的第二因素
  }
factor-removed-lead = { $factor ->
    [all] 您已被注销，恢复代码已失效。如果您没有提出此要求，请在登录之前致电您的管理员。然后请重新设置第二因素。
   *[one] 如果是您本人操作，则一切正常。如果不是，则他人正在以您的身份登录：请结束所有您不认识的会话，更改密码，然后重新设置第二因素。
  }
factor-removed-button = 查看您的登录方式
factor-removed-nothing = 它将保持移除状态。没有第二因素时，仅凭密码即可登录，除非您的组织要求双重验证。
factor-removed-why = 此邮件发送至 { $to }，因为它涉及您本人的账户。此类邮件无法关闭。

codes-made-subject = 您的 { $vendor } 账户有了新的恢复代码
codes-made-headline = 您有了新的恢复代码
codes-made-lead = 所有旧代码均已失效。如果不是您本人操作，则他人可以以您的身份登录：请立即生成新代码，结束所有您不认识的会话，然后更改密码。
codes-made-button = 查看您的登录方式
codes-made-nothing = 新代码可代替您的第二因素，每个代码只能使用一次。
codes-made-why = 此邮件发送至 { $to }，因为它涉及您本人的账户。此类邮件无法关闭。

code-used-subject = 您的 { $vendor } 账户使用了一个恢复代码
code-used-headline = 您的一个恢复代码已被使用
code-used-lead = 它代替了您的第二因素，并已失效。如果不是您本人操作，则他人拥有您的代码和密码：请立即生成新代码，结束所有您不认识的会话，然后更改密码。
code-used-button = 查看您的登录方式
code-used-nothing = 您的恢复代码少了一个。
code-used-why = 此邮件发送至 { $to }，因为它涉及您本人的账户。此类邮件无法关闭。

credential-unused-subject = { $credential ->
    [key] { $application } 的一个公钥已被关闭
   *[secret] { $application } 的一个机密已被关闭
  }
credential-unused-headline = { $credential ->
    [key] { $application } 的一个公钥因无人使用而被关闭
   *[secret] { $application } 的一个机密因无人使用而被关闭
  }
credential-unused-lead = 它已有 { $days } 天未被使用，且无法重新开启。如果仍需要该应用程序，请打开它，添加新的机密或公钥，并将其放到应用程序运行的位置。
credential-unused-button = 打开应用程序
credential-unused-nothing = 它将保持关闭状态。该应用程序的其他机密和公钥照常使用。
credential-unused-why = 此邮件发送至 { $to }，因为您可以管理 { $partner } 的应用程序。
ordered-customer-subject = { $partner } 为您订购了 { $product }
ordered-customer-headline = { $partner } 为 { $customer } 订购了 { $product }
ordered-customer-lead = 现在即可使用。{ $partner } 将按您与其签订的合同计费。
ordered-customer-button = 查看您的订阅
ordered-customer-nothing = 订阅正常运行。如果这并非您所预期，请联系 { $partner }：订单可在七天内撤回。
ordered-customer-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。

cancelled-customer-subject = { $partner } 取消了 { $product }
cancelled-customer-headline = { $partner } 为 { $customer } 取消了 { $product }
cancelled-customer-lead = 该订阅及其附加产品均不能再使用。
cancelled-customer-button = 查看您的订阅
cancelled-customer-nothing = 订阅保持已取消状态。如果再次需要，{ $partner } 可以重新订购。
cancelled-customer-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。
roles-given-subject = { $partner } 在 { $customer } 中授予了 { $user } 权限
roles-given-headline = { $user } 拥有更多目录角色
roles-given-lead = 管理 { $customer } 的 { $partner } 的 { $person } 授予了 { $user } 以下角色。
roles-given-button = 查看用户
roles-given-nothing = 这些角色将保留，直到管理员将其移除。
roles-given-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。

what-login = 您的登录名是 { $login }
what-attested = { $version } 版客户协议，由 { $user } 签署

welcome-subject = { $partner } 为您创建了 { $customer }
welcome-headline = { $customer } 已就绪
welcome-lead = { $partner } 的 { $person } 创建了组织 { $customer }，您是首位管理员。初始密码由 { $partner } 交给您；任何邮件都不会包含密码，首次登录时请设置自己的密码。
welcome-button = 登录
welcome-nothing = { $partner } 从现在起是您的经销商，但在管理员授予权限之前，对方在您的组织中没有任何权限。
welcome-why = 此邮件发送至 { $to }，因为 { $partner } 将您登记为 { $customer } 的联系人。

attested-subject = { $partner } 确认 { $customer } 已签署客户协议
attested-headline = 客户协议视为已签署
attested-lead = { $partner } 的 { $person } 确认 { $user } 已代表 { $customer } 签署以下协议。
attested-button = 查看确认内容
attested-nothing = 协议即适用。如果无人签署，请告知 { $partner } 和运营方。
attested-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。

what-company = 公司资料：{ $parts }
part-address = 地址
part-contact = 联系人
part-registration = 注册号

company-changed-subject = { $partner } 更改了 { $customer } 的公司资料
company-changed-headline = 您的公司资料已更改
company-changed-lead = 管理 { $customer } 的 { $partner } 的 { $person } 更改了以下内容。运营方和您的合作伙伴据此与您联系。
company-changed-button = 查看公司资料
company-changed-nothing = 新资料即时适用。{ $customer } 的任何管理员都可以改回。
company-changed-why = 此邮件发送至 { $to }，因为您是 { $customer } 的管理员。

support-opened-subject = 服务请求 { $number } 已提交
support-opened-headline = { $opened ->
    [partner] { $partner } 为您提交了服务请求
   *[reader] 您的服务请求已提交
  }
support-opened-lead = { $vendor } 已收到并将答复。您可以随时查看、添加备注和文件，或将其关闭。
support-opened-button = 打开服务请求
support-opened-nothing = { $vendor } 将会答复，届时您会收到邮件。
support-opened-why = { $opened ->
    [partner] 此邮件发送至 { $to }，因为 { $partner } 为 { $customer } 提交了服务请求，而您是该组织的管理员。
   *[reader] 此邮件发送至 { $to }，因为您提交了此服务请求。
  }

support-answered-subject = 服务请求 { $number } 已有答复
support-answered-headline = { $vendor } 已答复服务请求 { $number }
support-answered-lead = 请登录查看答复。如果问题已解决，请在该处关闭服务请求。
support-answered-button = 查看答复
support-answered-nothing = 服务请求将保持打开状态。
support-answered-why = { $opened ->
    [partner] 此邮件发送至 { $to }，因为 { $partner } 为 { $customer } 提交了服务请求，而您是该组织的管理员。
   *[reader] 此邮件发送至 { $to }，因为您提交了此服务请求。
  }

support-attention-subject = 服务请求 { $number } 需要您处理
support-attention-headline = { $vendor } 需要您提供信息才能继续
support-attention-lead = 请登录查看所需内容，并以备注答复。收到您的答复后，处理将继续。
support-attention-button = 查看并答复
support-attention-nothing = 服务请求将等待您的答复。
support-attention-why = { $opened ->
    [partner] 此邮件发送至 { $to }，因为 { $partner } 为 { $customer } 提交了服务请求，而您是该组织的管理员。
   *[reader] 此邮件发送至 { $to }，因为您提交了此服务请求。
  }

support-closed-subject = 服务请求 { $number } 已关闭
support-closed-headline = 服务请求 { $number } 已关闭
support-closed-lead = 如果问题依然存在或再次出现，请在 14 天内重新打开该服务请求。所有往来内容都会保留。
support-closed-button = 打开服务请求
support-closed-nothing = 它将保持关闭状态，您仍可查看。
support-closed-why = { $opened ->
    [partner] 此邮件发送至 { $to }，因为 { $partner } 为 { $customer } 提交了服务请求，而您是该组织的管理员。
   *[reader] 此邮件发送至 { $to }，因为您提交了此服务请求。
  }
