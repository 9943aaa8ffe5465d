// A third party's service, managed by a partner on a customer's behalf: the strip, who did what, and how it ends.
import assert from "node:assert/strict";
import { test } from "node:test";

import { axe, noSidewaysScroll } from "./lib/browser.mjs";
import { installation } from "./lib/installation.mjs";
import { follow, open, press, visit } from "./lib/pages.mjs";
import { fillSignIn, partner, tenant, user } from "./lib/people.mjs";
import { startService } from "./lib/service.mjs";
import { until } from "./lib/wait.mjs";

let service;
let home;
const here = installation(async (it) => {
  service = await startService(it);
  home = partner(it.demo);
  return service.stop;
});

/** Opens the service for a customer, as a link in a portal does, and signs in if asked. */
async function launch(page, customer, account) {
  const issuer = `${here.demo.authority_url}/${customer.id}/v2.0`;
  await page.goto(`${service.url}/launch?${new URLSearchParams({ iss: issuer, login_hint: customer.domain })}`);
  if (await page.locator("input[name=password]:visible").count()) await fillSignIn(page, account);
  await page.waitForURL(`${service.url}/**`);
}

const customer = (domain = "fjordline.example") => tenant(here.demo, domain);
const strip = (page) => page.getByRole("complementary", { name: "Acting on behalf of a customer" });
const headline = (page) => page.locator("h1").innerText();

async function add(page, local) {
  await page.fill("#local", local);
  await page.fill("#name", "Made in a test");
  await press(page, "Add");
}

test("a partner's agent acts for the customer, and every change says who did it", async () => {
  const { page, close } = await here.stranger();
  const tom = user(home, "admin_agent");
  await launch(page, customer(), tom);
  assert.equal(await headline(page), "Mailboxes of Fjordline Logistics AS");
  const said = await strip(page).innerText();
  assert.match(said, /^Acting for Fjordline Logistics AS as [^.]*Global administrator[^.]*\. Ends \d\d:\d\d UTC\./);
  await axe(page);
  await noSidewaysScroll(page);
  await add(page, "sales");
  const who = `sales@fjordline.example added by ${tom.display_name} at ${home.name}`;
  await page.getByText(who).waitFor();
  await close();
});

test("a helpdesk agent's roles let them look and not change", async () => {
  const { page, close } = await here.stranger();
  await launch(page, customer(), user(home, "helpdesk_agent"));
  assert.match(await strip(page).innerText(), /as Helpdesk administrator/);
  await page.getByText("You may look.").waitFor();
  assert.equal(await page.locator("#local").count(), 0);
  await close();
});

test("the customer's own administrator sees the same mailboxes without a strip", async () => {
  const { page, close } = await here.stranger();
  const ingrid = user(customer(), "global_admin");
  await launch(page, customer(), ingrid);
  assert.equal(await headline(page), "Mailboxes of Fjordline Logistics AS");
  assert.equal(await page.getByRole("complementary").count(), 0);
  await add(page, "own");
  await page.getByText(`own@fjordline.example added by ${ingrid.display_name}`).waitFor();
  await close();
});

test("for a customer that granted nothing there is no way in", async () => {
  const person = await here.stranger();
  person.expect(/status of 403/);
  const { page } = person;
  const kestrel = customer("kestrel-systems.example");
  const issuer = `${here.demo.authority_url}/${kestrel.id}/v2.0`;
  await page.goto(`${service.url}/launch?${new URLSearchParams({ iss: issuer })}`);
  await fillSignIn(page, user(home, "admin_agent"));
  assert.ok(page.url().startsWith(here.demo.authority_url), page.url());
  assert.equal(new URL(page.url()).searchParams.get("code"), null);
  await person.close();
});

test("opened from the customer's page, seen and stopped by the customer, told to the service at once", async (t) => {
  const tom = await here.enter(home.name, "admin_agent");
  tom.expect(/status of 403/);
  await visit(tom.page, here.demo, `/partner/customers/${customer().id}/services`);
  const [opened] = await Promise.all([
    tom.page.context().waitForEvent("page"),
    tom.page.locator("main").getByRole("link", { name: /Mailboxes/ }).first().click(),
  ]);
  await opened.waitForLoadState();
  if (await opened.locator("input[name=password]:visible").count()) await fillSignIn(opened, tom.account);
  await opened.waitForURL(`${service.url}/**`);
  assert.match(await strip(opened).innerText(), /^Acting for Fjordline Logistics AS/);

  const ingrid = await here.enter("Fjordline Logistics AS", "global_admin", { path: "/portal/partners", reducedMotion: "reduce" });
  const row = ingrid.page.locator("#acting tr.row", { hasText: tom.account.display_name }).filter({ hasText: "Mailboxes" });
  await row.getByRole("link", { name: new RegExp(tom.account.display_name) }).click();
  await ingrid.page.locator("dialog[open]").getByRole("button", { name: "Stop now" }).click();
  await ingrid.page.waitForURL(/done=stopped/);
  const stopped = performance.now();
  // The service asks about nobody who only looks: what it knows, it was told.
  await until("the end to arrive", async () => {
    await opened.goto(`${service.url}/`);
    return (await headline(opened)) === "Access ended";
  });
  t.diagnostic(`told ${Math.round(performance.now() - stopped)} ms after the customer's page said so`);
  await ingrid.page.getByRole("button", { name: /^Allow again/ }).click();
  await ingrid.page.waitForURL(/done=allowed/);
  await ingrid.close();
  await tom.close();
});

// The last two, because privileges do not come back. Jonas only has a page open, so the service does not ask about him.
let jonas;

test("when the customer takes the privileges back, nothing more is changed", async () => {
  jonas = await here.stranger();
  const tom = await here.stranger();
  for (const person of [jonas, tom]) person.expect(/status of 403/);
  await launch(jonas.page, customer(), user(home, "helpdesk_agent"));
  await launch(tom.page, customer(), user(home, "admin_agent"));
  const ingrid = await here.enter("Fjordline Logistics AS", "global_admin", { javaScript: false });
  await open(ingrid.page, `Remove privileges of ${home.name}`);
  await press(ingrid.page, "Remove privileges");
  await ingrid.close();

  await add(tom.page, "late");
  assert.equal(await headline(tom.page), "Access ended");
  await axe(tom.page);

  // Whoever begins again is told no by the authority.
  await follow(tom.page, tom.page.getByRole("link", { name: "Start again" }));
  assert.ok(tom.page.url().startsWith(here.demo.authority_url), tom.page.url());
  await tom.close();
});

test("and the authority tells the service, which ends what is open", async () => {
  await until("the end to arrive", async () => {
    await jonas.page.goto(`${service.url}/`);
    return (await headline(jonas.page)) === "Access ended";
  });
  await jonas.page.getByText("Access was taken back, or its time is over.").waitFor();
  await jonas.close();
});
