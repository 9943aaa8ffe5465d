// The mission from there on, S11, S12 and S15 to S17 of the requirements: the partner serves, the customer takes back,
// and other partners have their own relationships. Every person has a browser of their own.
import assert from "node:assert/strict";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf } from "./lib/mail.mjs";
import {
  card,
  cell,
  follow,
  headline,
  line,
  open,
  press,
  refusalCode,
  row,
  said,
  says,
  saysNot,
  visit,
} from "./lib/pages.mjs";
import { tenant, user } from "./lib/people.mjs";
import { decide, fillRequest, requestFrom, subscribe } from "./lib/requests.mjs";

const DIRECT = "Brightwater IT";
const PROVIDER = "Skagerrak Distribution AS";
const RESELLER = "Lindgren Data AB";

const here = installation();

/** Opens the account page of a customer in the partner portal. */
const openAccount = (person, customer) =>
  visit(person.page, here.demo, `/partner/customers/${tenant(here.demo, customer).id}`);

/** Opens the page of a partner in the store portal. */
const openPartner = (person, partner) =>
  visit(person.page, here.demo, `/portal/partners/${tenant(here.demo, partner).id}`);

test("S11: without privileges the partner sells and manages what it sold; the page says what is missing", async () => {
  const priya = await here.enter(DIRECT, "sales_agent");
  const { page } = priya;
  await openAccount(priya, "Kestrel Systems Ltd");
  await says(page, "Never granted. You can sell and support, but not sign in to act for the customer.");
  await open(page, "Subscriptions");
  await says(
    page,
    "Without administration privileges you can sell, and manage the subscriptions you provisioned yourself.",
    "Users, licences and services stay out of reach.",
  );
  const compute = row(page, "Cloud Compute");
  assert.match(await compute.innerText(), /By use/, "S11: billed by use");
  await press(page, "Suspend Cloud Compute", compute);
  assert.match(await compute.innerText(), /Suspended/, "S11: manages what it provisioned");
  await press(page, "Activate Cloud Compute", compute);
  assert.match(await compute.innerText(), /Active/);
  await subscribe(page, "object-storage");
  assert.match(await row(page, "Object Storage").innerText(), /By use[^]*Active/, "S11: still sells");
  await subscribe(page, "mail-plan", "5");
  assert.match(await row(page, "Mail Plan").innerText(), /5\s+1 year, billed monthly/, "S11: still sells");
  await priya.close();

  const harriet = await here.enter("Kestrel Systems Ltd", "global_admin");
  await openPartner(harriet, DIRECT);
  await says(harriet.page, "Cloud Compute", "Object Storage", "Mail Plan");
  await saysNot(harriet.page, "Act as Global administrator");
  await harriet.close();
});

for (const [javaScript, customer, reason] of [
  [true, "Fjordline Logistics AS", "Nobody used them <i>since spring</i>."],
  [false, "Avenir Dental Group", "审计要求。"],
]) {
  test(`S12: a customer removes the privileges ${javaScript ? "in the dialog" : "on the plain page"}`, async () => {
    const tom = await here.enter(DIRECT, "admin_agent");
    await openAccount(tom, customer);
    await says(tom.page, "Granted");
    const admin = await here.enter(customer, "global_admin", { javaScript });
    const { page } = admin;
    await visit(page, here.demo, "/portal/partners");
    const button = row(page, DIRECT).getByRole("link", { name: "Remove privileges of Brightwater IT" });
    if (javaScript) {
      await button.click();
      const dialog = page.getByRole("dialog", { name: "Remove Brightwater IT’s privileges?" });
      await dialog.waitFor();
      const focused = await page.evaluate(() => globalThis.document.activeElement.textContent.trim());
      assert.equal(focused, "Keep privileges", "S12: the safe button has the focus");
      const text = await dialog.innerText();
      assert.match(text, /Roles removed: Global administrator, Helpdesk administrator/, "S12: what ends");
      assert.match(
        text,
        /2 subscriptions and 122 seats keep running, and Brightwater IT stays your reseller/,
        "S12: what stays",
      );
      await dialog.getByLabel(/Tell them why/).fill(reason);
      await press(page, "Remove privileges", dialog);
    } else {
      await follow(page, button);
      assert.equal(await headline(page), "Remove Brightwater IT’s privileges?");
      await says(page, "Roles removed: Global administrator, Helpdesk administrator", "They still owe you support");
      await page.getByLabel(/Tell them why/).fill(reason);
      await press(page, "Remove privileges");
    }
    await says(
      page,
      "Your organisation removed the privileges of Brightwater IT",
      reason,
      "Buy and change subscriptions for you",
    );
    await saysNot(page, "Act as Global administrator");
    await visit(page, here.demo, "/portal/partners");
    assert.match(await line(admin.page, DIRECT), /Reseller Removed/, "S12: the relationship stays");
    await admin.close();

    await tom.page.reload();
    await says(
      tom.page,
      `${customer} removed your privileges on`,
      reason,
      "Removed",
      "You still support this customer",
    );
    await visit(tom.page, here.demo, "/partner/customers?priv=removed");
    assert.match(await row(tom.page, customer).innerText(), /Reseller\s+Removed/, "S12: the partner sees it at once");
    const mail = await here.mailTo(tom.account.upn, `${customer} removed your privileges`);
    assert.ok(mail.text.includes(`> ${reason}`), "S12: the reason reaches the partner");
    await open(tom.page, customer, row(tom.page, customer));
    await open(tom.page, "Subscriptions");
    assert.ok((await tom.page.locator("tr.row").count()) >= 2, "S12: support and subscriptions go on");
    await tom.close();
  });
}

test("S15: accepting a second partner changes nothing of the first", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const kaspar = await here.enter(PROVIDER, "admin_agent");
  const customer = tenant(here.demo, "Αιγαίο Ναυτιλία ΑΕ");
  await openAccount(tom, customer.id);
  // The agreement is the customer's with the provider, whoever brings it; everything else is between the two.
  const page = async () => (await said(tom.page)).replace(/Customer agreement .* Confirm agreement/, "");
  const before = await page();
  const { link } = await requestFrom(kaspar.page, here.demo, customer, { privileges: false });

  const admin = await here.enter(customer.id, "global_admin");
  const first = await line(admin.page, DIRECT);
  await admin.page.goto(link);
  await decide(admin.page, "reseller");
  await visit(admin.page, here.demo, "/portal/partners");
  assert.equal(await line(admin.page, DIRECT), first, "S15: the first partner's row is the same");
  assert.match(
    await line(admin.page, PROVIDER),
    /Indirect provider None|Reseller None/,
    "S15: the second stands beside it",
  );
  await tom.page.reload();
  assert.equal(await page(), before, "S15: and so is the first partner's page");
  for (const person of [tom, kaspar, admin]) await person.close();
});

test("S15: provider and reseller come with one consent and are taken back one by one", async () => {
  const oskar = await here.enter(RESELLER, "admin_agent");
  const customer = tenant(here.demo, "aas-regnskap.example");
  await visit(oskar.page, here.demo, "/partner/requests/new");
  await says(
    oskar.page,
    "Reseller together with your indirect provider",
    `One link connects the customer to you and to ${PROVIDER}`,
  );
  const { link, path } = await requestFrom(oskar.page, here.demo, customer);

  const hanne = await here.enter(customer.id, "global_admin", { path: `${link}/review` });
  await says(hanne.page, `${PROVIDER} takes part as indirect provider`, "you can take back each on its own");
  await decide(hanne.page, "privileges");
  await says(hanne.page, "Together with", PROVIDER);
  await visit(hanne.page, here.demo, "/portal/partners");
  assert.match(await line(hanne.page, RESELLER), /Indirect reseller 2 roles, no end date/, "S15: both by one consent");
  assert.match(await line(hanne.page, PROVIDER), /Indirect provider 2 roles, no end date/, "S15: both by one consent");

  const kaspar = await here.enter(PROVIDER, "admin_agent");
  await openAccount(kaspar, customer.id);
  await says(kaspar.page, "Granted", `Indirect reseller ${RESELLER}`);

  await visit(hanne.page, here.demo, `/portal/partners/${tenant(here.demo, PROVIDER).id}/remove`);
  await press(hanne.page, "Remove privileges");
  await visit(hanne.page, here.demo, "/portal/partners");
  assert.match(await line(hanne.page, PROVIDER), /Indirect provider Removed/, "S15: separately revocable");
  assert.match(await line(hanne.page, RESELLER), /Indirect reseller 2 roles, no end date/, "S15: the other stays");
  await kaspar.page.reload();
  await says(kaspar.page, "Ås Regnskap AS removed your privileges");
  await visit(oskar.page, here.demo, path);
  await says(oskar.page, "Ås Regnskap AS is in your list", "Administration privileges granted");
  for (const person of [oskar, hanne, kaspar]) await person.close();
});

test("S15: a partner whose privileges were removed asks to restore them, and the customer restores them", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const customer = tenant(here.demo, "Nordberg Bakeri AS");
  const liv = user(customer, "global_admin");
  await openAccount(tom, customer.id);
  await open(tom.page, "Ask to restore");
  assert.equal(await headline(tom.page), "Ask Nordberg Bakeri AS to restore privileges", "S15");
  await says(
    tom.page,
    "Nordberg Bakeri AS removed your privileges on",
    "We are moving to roles that end by themselves.",
  );
  await fillRequest(tom.page, { mail: liv.upn });
  await press(tom.page, "Create link and continue");
  await press(tom.page, "Send for me");
  const mail = await here.mailTo(liv.upn, /asks to restore its privileges/);

  const admin = await here.enter(customer.id, "global_admin", { path: `${linkOf(mail)}/review` });
  await says(admin.page, "Brightwater IT is connected with you already");
  await decide(admin.page, "privileges");
  await admin.close();
  await openAccount(tom, customer.id);
  await says(tom.page, "Granted");
  await saysNot(tom.page, "removed your privileges");
  await tom.close();
});

test("S16: a support contact is assigned for a subscription and shown to the customer", async () => {
  const astrid = await here.enter(PROVIDER, "global_admin");
  const customer = tenant(here.demo, "Havn Sjømat AS");
  const torunn = await here.enter(customer.id, "global_admin");
  const contact = async (product) => {
    await openPartner(torunn, PROVIDER);
    return cell(row(torunn.page, product), "Support contact");
  };
  assert.equal(await contact("Object Storage"), RESELLER, "S16: as the provider assigned it");
  await visit(astrid.page, here.demo, `/partner/customers/${customer.id}/subscriptions`);
  const storage = row(astrid.page, "Object Storage");
  await storage.getByLabel("Support contact of Object Storage").selectOption({ label: PROVIDER });
  await press(astrid.page, "Assign", storage);
  assert.equal(await contact("Object Storage"), PROVIDER, "S16: the customer sees whom to call");
  assert.equal(await contact("Productivity Standard"), RESELLER, "S16: per subscription");
  for (const person of [astrid, torunn]) await person.close();
});

test("S17: removing a relationship waits for its subscriptions, ends the rights and keeps the history", async () => {
  const maya = await here.enter(DIRECT, "global_admin");
  const { page } = maya;
  const customer = tenant(here.demo, "Teatro Municipal");
  await openAccount(maya, customer.id);
  const danger = page.locator("#danger");
  assert.match(
    await danger.innerText(),
    /One subscription is still active\. Suspend or cancel it first\.[^]*Mail Plan · 57/,
    "S17: named",
  );
  assert.equal(await danger.getByText("Remove relationship").last().getAttribute("href"), null, "S17: blocked");
  maya.expect(/409/);
  await visit(page, here.demo, `/partner/customers/${customer.id}/remove`, 409);
  await says(page, "cannot be removed yet", "Mail Plan · 57", "Nothing has been changed");
  assert.equal(await refusalCode(page), "subscriptions_active");

  await open(page, "Mail Plan · 57");
  await press(page, "Suspend");
  await openAccount(maya, customer.id);
  await danger.getByRole("link", { name: "Remove relationship" }).click();
  const dialog = page.getByRole("dialog", { name: "End the relationship with Teatro Municipal?" });
  await press(page, "Remove relationship", dialog);

  assert.equal(await headline(page), "Customers");
  assert.ok(
    !(await page.locator("tr.row .cell-name a").allInnerTexts()).includes("Teatro Municipal"),
    "S17: gone from the list",
  );
  maya.expect(/404/);
  await visit(page, here.demo, `/partner/customers/${customer.id}`, 404);
  await visit(page, here.demo, `/partner/customers/${customer.id}/subscriptions`, 404);
  await visit(page, here.demo, "/partner/activity");
  await says(
    page,
    "Brightwater IT ended the relationship with Teatro Municipal",
    "suspended Mail Plan of Teatro Municipal",
  );
  await maya.close();

  const lucia = await here.enter(customer.id, "global_admin");
  await says(lucia.page, "No partner has access to your organisation");
  const ended = card(lucia.page, "Ended relationships");
  await open(lucia.page, DIRECT, ended);
  await says(lucia.page, "Ended", "Nothing. The relationship has ended.", "Mail Plan");
  await open(lucia.page, "All activity of this partner");
  await says(
    lucia.page,
    "Brightwater IT ended the relationship with Teatro Municipal",
    "Teatro Municipal accepted Brightwater IT",
  );
  await here.mailTo(lucia.account.upn, /Brightwater IT is no longer your reseller/);
  await lucia.close();
});
