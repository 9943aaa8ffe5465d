# 键名为 页面-元素；两种语言的键和变量必须一致，由 tests/words.rs 检查。

shell-skip = 跳到正文
shell-menu = 菜单
shell-nav = 主导航
shell-crumbs = 当前位置
shell-partner-portal = 合作伙伴门户
shell-customer-portal = 客户门户
shell-theme-system = 主题：跟随系统
shell-theme-light = 主题：浅色
shell-theme-dark = 主题：深色
shell-language = 语言
shell-account = 帐户
shell-sign-out = 退出登录
shell-compact = 紧凑行距
shell-comfortable = 宽松行距
shell-close = 关闭
shell-copied = 已复制

keys-title = 键盘快捷键
keys-search = 搜索
keys-new = 新建请求
keys-rows = 下一行或上一行
keys-expand = 显示或隐藏该行的记录
keys-help = 此列表
keys-off = 关闭快捷键
keys-on = 启用快捷键

pager-count = 第 { $from }–{ $to } 条，共 { $n } 条
pager-previous = 上一页
pager-next = 下一页

form-errors = 请检查以下内容

mail-to = 收件人
mail-from = 发件人
mail-subject = 主题
mail-before = 链接之前的正文
mail-after = 链接之后的正文

problem-home = 前往首页
problem-details = 技术支持信息
problem-code = 代码
problem-request = 跟踪编号
problem-time = 时间
problem-not-found-title = 此处没有内容
problem-not-found-text = 页面可能已移动，或您的帐户无权查看。请检查地址，或从首页重新开始。
problem-forbidden-title = 您无权执行此操作
problem-forbidden-text = 您的角色不包含此权限，未做任何更改。请联系贵组织的全局管理员。
problem-method-title = 此地址不接受这种请求
problem-method-text = 未做任何更改。请重新打开页面并使用其中的按钮。
problem-unreadable-title = 无法读取此表单
problem-unreadable-text = 未做任何更改。请返回检查所填内容后重新提交。
problem-too-large-title = 内容过大
problem-too-large-text = 表单最多 1 MB。未做任何更改，请分批提交。
problem-wrong-host-title = 此处不提供该地址
problem-wrong-host-text = 请使用服务商提供的地址打开门户。
problem-too-many-title = 尝试次数过多
problem-too-many-text = 未做任何更改。请等待几分钟后重试。
problem-unavailable-title = 处理时间过长
problem-unavailable-text = 我们已停止等待。请重新加载页面，确认更改是否已生效，然后再重新提交。
problem-refused-title = 无法完成此操作
problem-refused-text = 未做任何更改。请返回后重试。
problem-internal-title = 系统出现故障
problem-internal-text = 故障已按下方的跟踪编号记录。请稍后重试。
problem-stale-form-title = 此表单已失效
problem-stale-form-text = 打开表单后您登录或退出过。未做任何更改，请重新打开页面再操作一次。
problem-foreign-form-title = 此表单来自其他网站
problem-foreign-form-text = 为了您的安全，我们没有接受它，也未做任何更改。请在此处打开页面并使用其中的按钮。
