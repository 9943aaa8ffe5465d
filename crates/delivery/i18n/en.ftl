# Words of the mails. Keys are mail-part; every mail has subject, headline, lead, button, nothing and why.
# $kind is reseller or advisor, $privileges is yes or no, $date a day in UTC; $factor is totp, passkey, codes or all;
# $credential is secret or key, $named is yes or no; $opened is reader or partner: who opened a service request.

fact-who = Who
fact-what = What
fact-until = Until
fact-when = When
who = { $who } at { $organisation }
who-nobody = Nobody, by itself
who-operator = { $vendor }
what = { $kind ->
    [advisor] Advisor
   *[reseller] Reseller
  }{ $privileges ->
    [yes] , with administration privileges
   *[no] , without administration privileges
  }
what-factor = { $factor ->
    [totp] Application for codes
    [passkey] Passkey “{ $name }”
    [codes] Recovery codes
   *[all] All second factors and recovery codes
  }
what-credential = { $credential ->
    [key] Key
   *[secret] Secret
  } { $named ->
    [yes] “{ $name }” ({ $hint }…)
   *[no] { $hint }…
  }
what-bought = { $product }, { $quantity ->
    [one] 1 seat
   *[other] { $quantity } seats
  }
what-used = { $product }, paid for by usage
what-roles = { $roles }
what-support = Service request { $number }: { $name }
from-person = { $person } at { $partner } via { $vendor }
quote-person = { $author } writes:
quote-agreement = Your copy: { $author }
link-below = If the button does not work, copy this link into your browser:
nothing-title = What happens if I do nothing
dates-utc = Dates are in UTC.

invite-subject = { $kind ->
    [advisor] { $partner } would like to become your { $vendor } advisor
   *[reseller] { $partner } would like to become your { $vendor } reseller
  }
invite-headline = { $kind ->
    [advisor] { $partner } asks to be your advisor
   *[reseller] { $partner } asks to be your reseller
  }
invite-lead = { $privileges ->
    [yes] Open the request to see exactly what you would allow. Only a global administrator of your organisation can accept it, and you can take the privileges back at any time.
   *[no] Open the request to see exactly what you would allow. Only a global administrator of your organisation can accept it.
  }
invite-button = Review the request
invite-nothing = Nothing changes. The partner gets no access, and the link stops working on { $date }.
invite-why = This mail went to { $to } because { $person } at { $partner } named this address. If you do not know them, open the request and say so.

reminder-subject = Still open: request from { $partner }
reminder-headline = { $kind ->
    [advisor] { $partner } still waits for your answer about being your advisor
   *[reseller] { $partner } still waits for your answer about being your reseller
  }
reminder-lead = This is the only reminder. You can accept or decline; both take a minute.
reminder-button = Review the request
reminder-nothing = Nothing changes. The partner gets no access, and the link stops working on { $date }.
reminder-why = This mail went to { $to } because { $person } at { $partner } named this address. If you do not know them, open the request and say so.

restore-subject = { $partner } asks to restore its privileges
restore-headline = { $partner } asks to get its administration privileges back
restore-lead = Your organisation removed these privileges earlier. They come back only if a global administrator accepts this new request.
restore-button = Review the request
restore-nothing = The privileges stay removed, and the link stops working on { $date }.
restore-why = This mail went to { $to } because { $person } at { $partner } named this address. If you do not know them, open the request and say so.

forwarded-subject = { $user } asks you to review a partner request
forwarded-headline = { $user } asks you to review a request from { $partner }
forwarded-lead = { $user } opened the request but may not decide about it. You are a global administrator, so you can.
forwarded-button = Review the request
forwarded-nothing = Nothing changes. The partner gets no access, and the link stops working on { $date }.
forwarded-why = This mail went to { $to } because { $user } passed the request on to the administrators of your organisation.

accepted-partner-subject = { $privileges ->
    [yes] { $customer } accepted, with privileges
   *[no] { $customer } accepted your request
  }
accepted-partner-headline = { $customer } accepted your request
accepted-partner-lead = { $privileges ->
    [yes] The customer is in your list, and your agents can act for them.
   *[no] The customer is in your list. You hold no administration privileges there.
  }
accepted-partner-button = Open the customer
accepted-partner-nothing = The relationship stands. There is nothing you must do.
accepted-partner-why = This mail went to { $to } because you sent the request.

accepted-customer-subject = { $privileges ->
    [yes] You granted { $partner } administration privileges
   *[no] { $kind ->
        [advisor] { $partner } is now your advisor
       *[reseller] { $partner } is now your reseller
      }
  }
accepted-customer-headline = { $kind ->
    [advisor] { $partner } is now your advisor
   *[reseller] { $partner } is now your reseller
  }
accepted-customer-lead = { $privileges ->
    [yes] Their agents can act for { $customer } under their own names. You can remove these privileges whenever you like.
   *[no] They hold no administration privileges for { $customer }.
  }
accepted-customer-button = See your partners
accepted-customer-nothing = Everything stays as decided. If you did not expect this, open your partners and look at what they may do.
accepted-customer-why = This mail went to { $to } because you or a colleague accepted the request as an administrator of { $customer }.

declined-subject = { $customer } declined your request
declined-headline = { $customer } declined your request
declined-lead = You have no relationship with this customer, and the link no longer works.
declined-button = Open the request
declined-nothing = The request stays declined. Talk to the customer before you ask again.
declined-why = This mail went to { $to } because you sent the request.

removed-partner-subject = { $customer } removed your privileges
removed-partner-headline = { $customer } removed your administration privileges
removed-partner-lead = Your agents can no longer act for this customer. The customer stays in your list, and their subscriptions keep running.
removed-partner-button = Open the customer
removed-partner-nothing = The privileges stay removed. You can still open service requests for the customer, and you can ask to restore the privileges.
removed-partner-why = This mail went to { $to } because you look after { $customer } for { $partner }.

removed-customer-subject = You removed { $partner }'s privileges
removed-customer-headline = { $partner } no longer holds administration privileges
removed-customer-lead = Nobody at { $partner } can act for { $customer } any more. Your subscriptions keep running, and { $partner } still owes you support.
removed-customer-button = See your partners
removed-customer-nothing = The privileges stay removed. They come back only if you accept a new request.
removed-customer-why = This mail went to { $to } because you are an administrator of { $customer }.

ended-partner-subject = Your relationship with { $customer } has ended
ended-partner-headline = { $kind ->
    [advisor] You are no longer the advisor of { $customer }
   *[reseller] You are no longer the reseller of { $customer }
  }
ended-partner-lead = The customer left your list. You can no longer buy or act for them.
ended-partner-button = Open your customers
ended-partner-nothing = The relationship stays ended. A new one needs a new request.
ended-partner-why = This mail went to { $to } because you look after { $customer } for { $partner }.

ended-customer-subject = { $kind ->
    [advisor] { $partner } is no longer your advisor
   *[reseller] { $partner } is no longer your reseller
  }
ended-customer-headline = { $kind ->
    [advisor] { $partner } is no longer your advisor
   *[reseller] { $partner } is no longer your reseller
  }
ended-customer-lead = { $partner } ended the relationship with { $customer }. They hold no privileges and can no longer buy for you.
ended-customer-button = See your partners
ended-customer-nothing = The relationship stays ended. A new one needs your approval.
ended-customer-why = This mail went to { $to } because you are an administrator of { $customer }.

expired-subject = Your request to { $customer } has expired
expired-headline = { $customer } did not answer in time
expired-lead = The link in your request no longer works. You can send a new request with a new link.
expired-button = Open the request
expired-nothing = The request stays expired, and the customer hears nothing more about it.
expired-why = This mail went to { $to } because you sent the request.

new-link-subject = { $customer } asks for a new link
new-link-headline = { $customer } opened your request after its link had expired
new-link-lead = They would like to answer. Check that the request still fits, then send them a new link.
new-link-button = Open the request
new-link-nothing = The customer gets no new link and cannot answer.
new-link-why = This mail went to { $to } because you sent the request.

factor-added-subject = { $factor ->
    [passkey] A passkey was added to your { $vendor } account
   *[totp] An application for codes was added to your { $vendor } account
  }
factor-added-headline = { $factor ->
    [passkey] You have a new passkey
   *[totp] You have a new application for codes
  }
factor-added-lead = If this was you, all is well. If not, somebody else can sign in as you: remove it at once, end every session you do not know, then change your password.
factor-added-button = See how you sign in
factor-added-nothing = It stays and counts as your second factor from now on.
factor-added-why = This mail went to { $to } because it is about your own account. You cannot switch it off.

factor-removed-subject = { $factor ->
    [totp] The application for codes was removed from your { $vendor } account
    [passkey] A passkey was removed from your { $vendor } account
   *[all] Your second factors were removed from your { $vendor } account
  }
factor-removed-headline = { $factor ->
    [totp] Your application for codes was removed
    [passkey] Your passkey “{ $name }” was removed
   *[all] { $who } removed your second factors
  }
factor-removed-lead = { $factor ->
    [all] You were signed out, and your recovery codes are void. If you did not ask for this, call your administrators before you sign in. Then set up a second factor again.
   *[one] If this was you, all is well. If not, somebody else is signed in as you: end every session you do not know, change your password, then set up a second factor again.
  }
factor-removed-button = See how you sign in
factor-removed-nothing = It stays removed. Without a second factor your password alone signs you in, unless your organisation asks for two.
factor-removed-why = This mail went to { $to } because it is about your own account. You cannot switch it off.

codes-made-subject = New recovery codes for your { $vendor } account
codes-made-headline = You have new recovery codes
codes-made-lead = All older codes are void. If this was not you, somebody else can sign in as you: make new codes at once, end every session you do not know, then change your password.
codes-made-button = See how you sign in
codes-made-nothing = The new codes stand in for your second factor, each of them once.
codes-made-why = This mail went to { $to } because it is about your own account. You cannot switch it off.

code-used-subject = A recovery code was used for your { $vendor } account
code-used-headline = One of your recovery codes was used
code-used-lead = It stood in for your second factor and is used up. If this was not you, somebody else has your codes and your password: make new codes at once, end every session you do not know, then change your password.
code-used-button = See how you sign in
code-used-nothing = You have one recovery code less.
code-used-why = This mail went to { $to } because it is about your own account. You cannot switch it off.

credential-unused-subject = { $credential ->
    [key] A key of { $application } was switched off
   *[secret] A secret of { $application } was switched off
  }
credential-unused-headline = { $credential ->
    [key] A key of { $application } was switched off, because nobody used it
   *[secret] A secret of { $application } was switched off, because nobody used it
  }
credential-unused-lead = It was not used for { $days } days and cannot be switched on again. If the application is still needed, open it, add a new secret or key, and put that where the application runs.
credential-unused-button = Open the application
credential-unused-nothing = It stays switched off. The application's other secrets and keys work as before.
credential-unused-why = This mail went to { $to } because you can manage the applications of { $partner }.
ordered-customer-subject = { $partner } ordered { $product } for you
ordered-customer-headline = { $partner } ordered { $product } for { $customer }
ordered-customer-lead = It is ready to use. { $partner } bills it under your contract with them.
ordered-customer-button = See your subscriptions
ordered-customer-nothing = The subscription runs. If you did not expect it, talk to { $partner }: an order can be taken back within seven days.
ordered-customer-why = This mail went to { $to } because you are an administrator of { $customer }.

cancelled-customer-subject = { $partner } cancelled { $product }
cancelled-customer-headline = { $partner } cancelled { $product } for { $customer }
cancelled-customer-lead = It can no longer be used, and neither can what was bought as an addition to it.
cancelled-customer-button = See your subscriptions
cancelled-customer-nothing = The subscription stays cancelled. If you need it again, { $partner } can order it anew.
cancelled-customer-why = This mail went to { $to } because you are an administrator of { $customer }.
roles-given-subject = { $partner } gave { $user } rights in { $customer }
roles-given-headline = { $user } holds more directory roles
roles-given-lead = { $person } of { $partner }, which administers { $customer }, gave { $user } the roles below.
roles-given-button = See your users
roles-given-nothing = The roles stay until an administrator takes them away.
roles-given-why = This mail went to { $to } because you are an administrator of { $customer }.

what-login = You sign in as { $login }
what-attested = Customer agreement of { $version }, signed by { $user }

welcome-subject = { $partner } set up { $customer } for you
welcome-headline = { $customer } is ready
welcome-lead = { $person } of { $partner } created the organisation { $customer }. You are its first administrator. { $partner } hands you the first password; no mail ever contains it, and you choose your own when you first sign in.
welcome-button = Sign in
welcome-nothing = { $partner } is your reseller from now on, but has no rights in your organisation until an administrator grants them.
welcome-why = This mail went to { $to } because { $partner } named you as the contact of { $customer }.

attested-subject = { $partner } confirmed that { $customer } signed the customer agreement
attested-headline = The customer agreement counts as signed
attested-lead = { $person } of { $partner } confirmed that { $user } signed the agreement below for { $customer }.
attested-button = See what was confirmed
attested-nothing = The agreement applies. If nobody signed it, tell { $partner } and the operator.
attested-why = This mail went to { $to } because you are an administrator of { $customer }.

what-company = Company profile: { $parts }
part-address = address
part-contact = contact
part-registration = registration number

company-changed-subject = { $partner } changed the company profile of { $customer }
company-changed-headline = Your company profile was changed
company-changed-lead = { $person } of { $partner }, which administers { $customer }, changed what is named below. It is where the operator and your partners write to.
company-changed-button = See the company profile
company-changed-nothing = The new profile applies. Any administrator of { $customer } can change it back.
company-changed-why = This mail went to { $to } because you are an administrator of { $customer }.

support-opened-subject = Service request { $number } was opened
support-opened-headline = { $opened ->
    [partner] { $partner } opened a service request for you
   *[reader] Your service request was opened
  }
support-opened-lead = { $vendor } has it and will answer. You can read it, add notes and files, and close it at any time.
support-opened-button = Open the service request
support-opened-nothing = { $vendor } answers, and you get a mail when it does.
support-opened-why = { $opened ->
    [partner] This mail went to { $to } because { $partner } opened a service request for { $customer }, where you are an administrator.
   *[reader] This mail went to { $to } because you opened the service request.
  }

support-answered-subject = Service request { $number } was answered
support-answered-headline = { $vendor } answered service request { $number }
support-answered-lead = Sign in to read the answer. If it solves the problem, close the service request there.
support-answered-button = Read the answer
support-answered-nothing = The service request stays open.
support-answered-why = { $opened ->
    [partner] This mail went to { $to } because { $partner } opened a service request for { $customer }, where you are an administrator.
   *[reader] This mail went to { $to } because you opened the service request.
  }

support-attention-subject = Service request { $number } needs your attention
support-attention-headline = { $vendor } needs something to go on
support-attention-lead = Sign in to read what is needed, and answer with a note. Work goes on once you have.
support-attention-button = Read and answer
support-attention-nothing = The service request waits for you.
support-attention-why = { $opened ->
    [partner] This mail went to { $to } because { $partner } opened a service request for { $customer }, where you are an administrator.
   *[reader] This mail went to { $to } because you opened the service request.
  }

support-closed-subject = Service request { $number } was closed
support-closed-headline = Service request { $number } was closed
support-closed-lead = If the problem is still there or comes back, open the service request again within 14 days. All that was said stays with it.
support-closed-button = Open the service request
support-closed-nothing = It stays closed, and you can still read it.
support-closed-why = { $opened ->
    [partner] This mail went to { $to } because { $partner } opened a service request for { $customer }, where you are an administrator.
   *[reader] This mail went to { $to } because you opened the service request.
  }
