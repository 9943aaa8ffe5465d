// The main flow with scripts switched off in every browser: whatever the script shortens is also a page or a form.
import assert from "node:assert/strict";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf } from "./lib/mail.mjs";
import { card, follow, headline, open, press, row, says, saysNot, visit } from "./lib/pages.mjs";
import { signIn, tenant, user } from "./lib/people.mjs";
import { decide, draftRequest } from "./lib/requests.mjs";

const DIRECT = "Brightwater IT";
const javaScript = false;
const here = installation();
/** The customer of this story. */
const customer = () => tenant(here.demo, "solberg-eiendom.example");

test("a partner asks: search, request, message, send, remind, withdraw", async () => {
  const tom = await here.enter(DIRECT, "admin_agent", { javaScript });
  const { page } = tom;
  await visit(page, here.demo, "/partner/customers");
  await page.getByRole("searchbox", { name: "Name, domain or tenant ID" }).fill("fjord");
  await press(page, "Find");
  assert.deepEqual(await page.locator("tr.row .cell-name a").allInnerTexts(), ["Fjordline Logistics AS"]);

  await open(page, "Request a relationship");
  const { upn } = user(customer(), "global_admin");
  const request = await draftRequest(page, here.demo, { domain: customer().domain, mail: upn });
  assert.ok(!(await page.getByText("Copy to clipboard").isVisible()), "what could do nothing is not shown");
  assert.match(await page.getByRole("link", { name: "Open in e-mail" }).getAttribute("href"), /^mailto:/);
  await page.fill("textarea[name=body]", "Written without a script.");
  await press(page, "Save");
  assert.equal(await page.inputValue("textarea[name=body]"), "Written without a script.");
  await press(page, "Send for me");
  await says(page, "Waiting for a global administrator", "Written without a script.");
  const mail = await here.mailTo(upn, /reseller/);
  assert.equal(linkOf(mail), request.link);
  assert.ok(mail.text.includes("> Written without a script."));

  const second = await draftRequest(page, here.demo, {
    domain: "vestland-bygg.example",
    mail: "marit.vestli@vestland-bygg.example",
  });
  await press(page, "Done");
  await press(page, "Send reminder");
  await here.mailTo("marit.vestli@vestland-bygg.example", /^Still open: request from Brightwater IT$/);
  await open(page, "Withdraw");
  assert.equal(await headline(page), "Withdraw this request?");
  await open(page, "Keep request");
  await open(page, "Withdraw");
  await press(page, "Withdraw request");
  await says(page, "Withdrawn by you");
  await saysNot(page, second.link);
  await tom.close();
});

test("a customer decides: reads, forwards, accepts, removes the privileges", async () => {
  const [admin, ordinary] = [user(customer(), "global_admin"), user(customer())];
  const link = linkOf(await here.mailTo(admin.upn, /reseller/));
  const petter = await here.stranger({ javaScript });
  petter.expect(/403/);
  await petter.page.goto(link);
  await open(petter.page, "Sign in to review");
  await petter.page.fill("input[name=username]", ordinary.upn);
  await petter.page.fill("input[name=password]", ordinary.password);
  await press(petter.page, "Sign in");
  await open(petter.page, "Forward to an administrator");
  await petter.page.check("input[name=to]");
  await press(petter.page, "Forward request");
  assert.equal(await headline(petter.page), "The request was passed on");
  await petter.close();

  const nina = await here.enter(customer().id, "global_admin", { javaScript, path: `${link}/review` });
  const { page } = nina;
  const reach = page.locator("details", { hasText: "Act as Global administrator" });
  await reach.locator("summary").click();
  await reach.getByText("Given to the admin agents of Brightwater IT").waitFor();
  assert.equal((await page.locator("main form button[type=submit]").innerText()).trim(), "Accept");
  await page.check("input[name=decision][value=reseller]");
  assert.equal(
    (await page.locator("main form button[type=submit]").innerText()).trim(),
    "Accept without administration",
    "the button says what it does",
  );
  await decide(page, "privileges");
  assert.equal(await headline(page), "Brightwater IT is now your reseller");
  await open(page, "See this partner");
  await open(page, "Remove privileges");
  assert.equal(await headline(page), "Remove Brightwater IT’s privileges?");
  await page.getByLabel(/Tell them why/).fill("No script, no roles.");
  await press(page, "Remove privileges");
  await says(page, "Your organisation removed the privileges of Brightwater IT", "No script, no roles.");
  await nina.close();
});

test("a partner serves and leaves: subscribes, asks to restore, suspends, removes the relationship", async () => {
  const maya = await here.enter(DIRECT, "global_admin", { javaScript });
  const { page } = maya;
  await visit(page, here.demo, `/partner/customers/${customer().id}`);
  await says(page, "No script, no roles.");
  await open(page, "Ask to restore");
  await press(page, "Create link and continue");
  await press(page, "Done");
  await visit(page, here.demo, `/partner/customers/${customer().id}/subscriptions`);
  await page.selectOption("select[name=product]", "cloud-compute");
  await page.fill("input[name=quantity]", "3");
  maya.expect(/422/);
  await press(page, "Add subscription");
  await says(page, "Leave this empty: the product is billed by use");
  assert.equal(await page.inputValue("input[name=quantity]"), "3", "what was typed is kept");
  await page.fill("input[name=quantity]", "");
  await press(page, "Add subscription");
  await press(page, "Suspend Cloud Compute", row(page, "Cloud Compute"));
  await press(page, "Activate Cloud Compute", row(page, "Cloud Compute"));

  maya.expect(/409/);
  await visit(page, here.demo, `/partner/customers/${customer().id}/remove`, 409);
  await open(page, "Cloud Compute");
  await press(page, "Suspend");
  await visit(page, here.demo, `/partner/customers/${customer().id}`);
  await open(page, "Remove relationship");
  assert.equal(await headline(page), "End the relationship with Solberg Eiendom AS?");
  await says(
    page,
    "Solberg Eiendom AS leaves your list of customers",
    "What happened so far stays in the activity of both sides",
  );
  await press(page, "Remove relationship");
  await saysNot(page, "Solberg Eiendom AS");
  await maya.close();

  const nina = await here.enter(customer().id, "global_admin", { javaScript });
  assert.match(await card(nina.page, "Ended relationships").innerText(), /Brightwater IT/);
  await open(nina.page, "Activity log", nina.page.getByRole("navigation", { name: "Main" }));
  await says(nina.page, "Brightwater IT ended the relationship with Solberg Eiendom AS");
  await nina.close();
});

test("people: somebody is added with a password shown once, gets other roles, is blocked and let in", async () => {
  const wei = await here.enter(DIRECT, "global_admin", { javaScript });
  const { page } = wei;
  await visit(page, here.demo, "/partner/settings");
  await open(page, "People");
  await open(page, "Add a person");
  await page.getByLabel("Name", { exact: true }).fill("Nora Script");
  await page.getByLabel("Sign-in name", { exact: true }).fill("nora.script@brightwater.example");
  await page.getByRole("checkbox", { name: "Sales agent" }).check();
  await press(page, "Add and show password");
  assert.equal(await headline(page), "New password");
  const password = await page.locator(".linkbox code").innerText();
  await open(page, "Done");

  const nora = await here.stranger({ javaScript });
  const account = { upn: "nora.script@brightwater.example", password };
  await signIn(nora.page, here.demo, account, "/partner/sign-in");
  assert.equal(await headline(nora.page), "Choose your password");
  account.password = "only nora knows this one";
  await nora.page.getByLabel("New password", { exact: true }).fill(account.password);
  await nora.page.getByLabel("New password again", { exact: true }).fill(account.password);
  await press(nora.page, "Save and sign in");
  await visit(nora.page, here.demo, "/partner/requests/new");
  assert.ok(
    await nora.page.getByRole("checkbox", { name: /Include delegated/ }).isDisabled(),
    "a sales agent asks without privileges",
  );

  await page.getByRole("checkbox", { name: "Admin agent" }).check();
  await press(page, "Save roles");
  await nora.page.reload();
  assert.ok(await nora.page.getByRole("checkbox", { name: /Include delegated/ }).isEnabled(), "new roles hold at once");

  await press(page, "Block sign-in");
  await says(page, "Blocked");
  await nora.page.reload();
  assert.match(nora.page.url(), /\/partner\/sign-in\?return=/, "blocking ends the sessions");
  await press(page, "Allow sign-in");
  await signIn(nora.page, here.demo, account, "/partner/sign-in");
  for (const person of [wei, nora]) await person.close();
});

test("language and theme: chosen for the browser from any page, and for the account in the settings", async () => {
  const stranger = await here.stranger({ javaScript });
  const { page } = stranger;
  await visit(page, here.demo, "/portal/sign-in");
  await page.locator("details.menu summary", { hasText: "English" }).click();
  await press(page, "简体中文", page.getByRole("banner"));
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  assert.equal(await headline(page), "登录");
  assert.equal(await page.locator("html").getAttribute("data-theme"), null);
  for (const theme of ["light", "dark", null]) {
    await follow(page, page.locator("form[data-theme-form] button"));
    assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
  }
  await stranger.close();

  // What the browser prefers counts before anything was chosen.
  const chinese = await here.stranger({ javaScript, locale: "zh-CN" });
  await visit(chinese.page, here.demo, "/partner/sign-in");
  assert.equal(await headline(chinese.page), "登录");
  await chinese.close();

  for (const [who, role, path, save] of [
    [DIRECT, "helpdesk_agent", "/partner/settings", "Save language"],
    ["Fjordline Logistics AS", "global_admin", "/portal/settings", "Save language"],
  ]) {
    const person = await here.enter(who, role, { javaScript });
    await visit(person.page, here.demo, path);
    await person.page.selectOption("select[name=language]", "zh-CN");
    await press(person.page, save);
    assert.equal(await headline(person.page), "设置", path);
    const other = await here.enter(who, role, { javaScript });
    assert.equal(await other.page.locator("html").getAttribute("lang"), "zh-CN", "the account's language goes along");
    for (const someone of [person, other]) await someone.close();
  }
});
