# Keys are page-element. Both languages hold the same keys with the same variables; tests/words.rs checks.

shell-skip = Skip to content
shell-menu = Menu
shell-nav = Main
shell-crumbs = Breadcrumb
shell-partner-portal = Partner portal
shell-customer-portal = Customer portal
shell-theme-system = Theme: follows your system
shell-theme-light = Theme: light
shell-theme-dark = Theme: dark
shell-language = Language
shell-account = Account
shell-sign-out = Sign out
shell-compact = Compact rows
shell-comfortable = Comfortable rows
shell-close = Close
shell-copied = Copied

keys-title = Keyboard shortcuts
keys-search = Search
keys-new = New request
keys-rows = Next or previous row
keys-expand = Show or hide the record of a row
keys-help = This list
keys-off = Switch off
keys-on = Switch on

pager-count = { $from }–{ $to } of { $n }
pager-previous = Previous
pager-next = Next

form-errors = Please check these entries

mail-to = To
mail-from = From
mail-subject = Subject
mail-before = Message, before the link
mail-after = Message, after the link

problem-home = Go to the start page
problem-details = Details for support
problem-code = Code
problem-request = Trace
problem-time = Time
problem-not-found-title = There is nothing here
problem-not-found-text = The page may have moved, or your account may not see it. Check the address, or start again.
problem-forbidden-title = You may not do this
problem-forbidden-text = Your roles do not include it. Nothing has been changed. Ask a global administrator of your organisation.
problem-method-title = This address takes no such request
problem-method-text = Nothing has been changed. Open the page again and use its buttons.
problem-unreadable-title = We could not read this form
problem-unreadable-text = Nothing has been changed. Go back, check what you typed and send it again.
problem-too-large-title = This is too large
problem-too-large-text = A form may hold up to 1 MB. Nothing has been changed. Send it in smaller parts.
problem-wrong-host-title = This address is not served here
problem-wrong-host-text = Open the portal by the address your provider gave you.
problem-too-many-title = Too many tries
problem-too-many-text = Nothing has been changed. Please wait a few minutes and try again.
problem-unavailable-title = This takes longer than it should
problem-unavailable-text = We stopped waiting. Reload the page to see whether your change was made before you send it again.
problem-refused-title = We could not do this
problem-refused-text = Nothing has been changed. Go back and try again.
problem-internal-title = Something failed on our side
problem-internal-text = It is in our log under the trace below. Please try again in a moment.
problem-stale-form-title = This form is no longer valid
problem-stale-form-text = You signed in or out since it was opened. Nothing has been changed. Open the page again and repeat it.
problem-foreign-form-title = This form came from another site
problem-foreign-form-text = For your safety it was not accepted, and nothing has been changed. Open the page here and use its buttons.
