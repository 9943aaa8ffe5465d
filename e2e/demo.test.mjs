// The contract of the demonstration (DESIGN, section 8), item by item: what demo.json holds, what state the portals
// show for it, and the routes that only a demonstration has.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf, mailsTo } from "./lib/mail.mjs";
import { cell, headline, row, said, says, visit } from "./lib/pages.mjs";
import { partner, tenant, user } from "./lib/people.mjs";
import { requestFrom } from "./lib/requests.mjs";

const DIRECT = "Brightwater IT";
const here = installation();
const customers = () => here.demo.tenants.filter(({ kind }) => kind === "customer");

test("demo.json: addresses, certificate, time and mail folder", async () => {
  const { demo } = here;
  const keys = ["portal_url", "api_url", "authority_url", "ca_pem", "now", "mail_dir", "tenants"];
  assert.deepEqual(
    keys.filter((key) => !(key in demo)),
    [],
  );
  assert.match(
    demo.portal_url,
    /^http:\/\/(localhost|127\.0\.0\.1):\d+$/,
    "plain http, so that a browser needs no certificate",
  );
  for (const url of [demo.api_url, demo.authority_url]) assert.match(url, /^https:\/\/(localhost|127\.0\.0\.1):\d+$/);
  assert.match(await readFile(demo.ca_pem, "utf8"), /^-----BEGIN CERTIFICATE-----/);
  assert.ok(Math.abs(Date.parse(demo.now) - Date.now()) < 600_000, "the clock starts at the present");
  assert.ok(demo.mail_dir.startsWith(here.data));
});

test("demo.json: every tenant is described whole, and every account signs in without a second factor", async () => {
  for (const it of here.demo.tenants) {
    assert.match(it.id, /^[0-9a-f-]{36}$/);
    assert.ok(it.name && it.domain && /^[A-Z]{2}$/.test(it.country), it.name);
    assert.ok(["public", "germany", "us-government", "china"].includes(it.cloud), it.cloud);
    assert.ok(["partner", "customer"].includes(it.kind));
    assert.equal("partner_kind" in it, it.kind === "partner", it.name);
    assert.ok(Array.isArray(it.groups) && Array.isArray(it.apps), it.name);
    for (const person of it.users) {
      const { id, upn, password, display_name: name, roles } = person;
      assert.ok(id && upn.endsWith(`@${it.domain}`) && password && name && Array.isArray(roles), upn);
    }
  }
  for (const [who, role, first] of [
    [DIRECT, "sales_agent", "Overview"],
    [DIRECT, "user_management_admin", "Settings"],
    ["Rheintal Technik GmbH", "global_admin", "Partner relationships"],
    ["海河食品有限公司", undefined, "Settings"],
  ]) {
    const person = await here.enter(who, role);
    // Sign-in ends on a page the person may see.
    assert.equal(await headline(person.page), first, `${who}, ${role}`);
    await person.close();
  }
});

test("demo.json: three partners with a person per role and two security groups each", () => {
  const kinds = ["direct", "indirect_provider", "indirect_reseller"];
  for (const kind of kinds) {
    const it = partner(here.demo, kind);
    for (const role of ["global_admin", "admin_agent", "sales_agent", "helpdesk_agent"]) user(it, role);
    assert.ok(
      it.groups.length >= 2 && it.groups.every(({ id, name }) => id && name),
      `${it.name}: ${it.groups.length}`,
    );
  }
  assert.equal(here.demo.tenants.filter(({ kind }) => kind === "partner").length, 3);
});

test("demo.json: a dozen customers, each with an administrator and an ordinary user, in the clouds named", () => {
  assert.ok(customers().length >= 12, `${customers().length}`);
  for (const it of customers()) assert.ok(user(it, "global_admin") && user(it), it.name);
  const clouds = customers().map(({ cloud }) => cloud);
  for (const cloud of ["germany", "us-government"]) assert.ok(clouds.includes(cloud), cloud);
  assert.ok(
    customers().some(({ users }) => users.length === 60),
    "one with 60 users",
  );
  const [personal] = here.demo.accounts_without_organisation;
  assert.ok(personal.upn && personal.password, "one account without organisation");
});

test("the direct partner's customers and requests are in every state", async () => {
  const maya = await here.enter(DIRECT, "global_admin");
  const { page } = maya;
  const named = async (privileges) => {
    await visit(page, here.demo, `/partner/customers?priv=${privileges}`);
    return page.locator("tr.row .cell-name a").allInnerTexts();
  };
  const granted = await named("granted");
  assert.ok(granted.length >= 3, `three with privileges: ${granted}`);
  assert.ok((await named("removed")).includes("Nordberg Bakeri AS"), "one that removed them");
  const without = await named("none");
  assert.ok(without.includes("Kestrel Systems Ltd"), "one without privileges");

  const large = customers().find(({ users }) => users.length === 60);
  assert.ok(granted.includes(large.name));
  await visit(page, here.demo, `/partner/customers/${large.id}/subscriptions`);
  const seats = Number(await cell(row(page, "Productivity Standard"), "Quantity"));
  assert.ok(seats > 60 && seats <= 63, `a licence nearly used up: ${seats}`);
  await visit(page, here.demo, `/partner/customers/${tenant(here.demo, "Kestrel Systems Ltd").id}/subscriptions`);
  assert.equal(
    await cell(row(page, "Cloud Compute"), "Billing"),
    "By use",
    "a usage-billed subscription without privileges",
  );

  for (const [state, address] of [
    ["open", "vestland-bygg.example"],
    ["declined", "orchard-law.example"],
  ]) {
    await visit(page, here.demo, `/partner/requests?state=${state}`);
    assert.equal(await row(page, address).count(), 1, `one ${state}`);
  }
  const known = [...granted, ...without, ...(await named("removed"))];
  await visit(page, here.demo, "/partner/requests");
  const asked = await said(page);
  const unconnected = customers().filter(
    ({ country, cloud, name, domain }) =>
      country === maya.home.country && cloud === "public" && !known.includes(name) && !asked.includes(domain),
  );
  // The provider's and reseller's customers are nobody's news to the direct partner, so they are no evidence.
  const free = unconnected.filter(({ name }) => name !== "Havn Sjømat AS");
  assert.ok(
    free.length >= 2,
    `two unconnected customers in the partner's own country: ${free.map(({ name }) => name)}`,
  );
  await visit(page, here.demo, "/partner/requests/new");
  const region = await page.locator("select[name=country] option").evaluateAll((all) => all.map(({ value }) => value));
  assert.ok(
    customers().some(({ country, cloud }) => cloud === "public" && !region.includes(country)),
    "one outside its region",
  );
  await maya.close();
});

test("one customer is served by two partners, one by provider and reseller together", async () => {
  for (const [customer, kinds] of [
    ["Bryggen Arkitekter AS", [/Brightwater IT[^]*Reseller/, /Skagerrak Distribution AS/]],
    ["Havn Sjømat AS", [/Skagerrak Distribution AS[^]*Indirect provider/, /Lindgren Data AB[^]*Indirect reseller/]],
  ]) {
    const admin = await here.enter(customer, "global_admin");
    await says(admin.page, "2 partners", ...kinds);
    await admin.close();
  }
});

test("POST /_demo/invitations/accept takes personal and standing links and answers JSON", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const solberg = tenant(here.demo, "solberg-eiendom.example");
  await requestFrom(tom.page, here.demo, solberg);
  const mail = await here.mailTo(user(solberg, "global_admin").upn, /reseller/);
  const personal = await here.post("/_demo/invitations/accept", { link: linkOf(mail), tenant: solberg.id });
  assert.equal(personal.status, 200);
  const { record, ...rest } = personal.body;
  assert.match(record, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, { accepted: true, partner: tom.home.id, privileges: true });
  await here.mailTo(tom.account.upn, /^Solberg Eiendom AS accepted, with privileges$/);

  await visit(tom.page, here.demo, "/partner/requests");
  const aas = tenant(here.demo, "aas-regnskap.example");
  const link = await tom.page
    .locator(".field", { hasText: "Worldwide cloud, without privileges" })
    .locator("code")
    .innerText();
  const standing = await here.post("/_demo/invitations/accept", { link, tenant: aas.id });
  assert.equal(standing.status, 200);
  assert.equal(standing.body.privileges, false);
  await visit(tom.page, here.demo, "/partner/customers");
  await says(tom.page, "Solberg Eiendom AS", "Ås Regnskap AS");

  // The same rules as on the pages.
  const outside = await here.post("/_demo/invitations/accept", {
    link,
    tenant: tenant(here.demo, "fujimi-seisakusho.example").id,
  });
  assert.equal(outside.status, 409);
  assert.match(JSON.stringify(outside.body), /region_mismatch/);
  const used = await here.post("/_demo/invitations/accept", { link: linkOf(mail), tenant: aas.id });
  assert.equal(used.status, 410);
  assert.match(JSON.stringify(used.body), /invite_used/);
  const nobody = await here.post("/_demo/invitations/accept", { link, tenant: "nobody" });
  assert.equal(nobody.status, 404);
  await tom.close();
});

test("/_demo/mail shows what was captured, as a page, as JSON and as the source", async () => {
  const visitor = await here.stranger();
  await visit(visitor.page, here.demo, "/_demo/mail");
  assert.equal(await headline(visitor.page), "Captured mail");
  await says(visitor.page, "nina.solberg@solberg-eiendom.example");
  await visitor.close();
  const get = (query) => fetch(new URL(`/_demo/mail${query}`, here.demo.portal_url));
  const list = await (await get("?format=json")).json();
  const invite = list.find(({ to, subject }) => to.includes("nina.solberg") && /would like/.test(subject));
  assert.equal(invite.links.length, 1);
  const source = await get(`/${invite.name}?format=eml`);
  assert.match(source.headers.get("content-type"), /^text\/plain/);
  assert.match(await source.text(), /^From: /);
  assert.equal((await get("/..%2fdemo.json")).status, 404);
});

// Last, because it turns the clock.
test("POST /_demo/clock moves the time, reminds once after a week and expires after the validity", async () => {
  const marit = "marit.vestli@vestland-bygg.example";
  const clock = async (advance) => {
    const { status, body } = await here.post("/_demo/clock", { advance });
    assert.equal(status, 200, JSON.stringify(body));
    return Date.parse(body.now);
  };
  const start = await clock("PT0S");
  const reminders = async () =>
    (await mailsTo(here.demo.mail_dir, marit)).filter(({ headers }) => /^Still open/.test(headers.subject)).length;
  assert.equal(await reminders(), 0);
  const later = await clock("P8D");
  assert.ok(Math.abs(later - start - 8 * 86_400_000) < 60_000, "eight days later");
  assert.equal(await reminders(), 1, "what fell due was delivered by the time of the answer");
  await clock("P8D");
  assert.equal(await reminders(), 1, "only once");
  await clock("P90D");
  const expired = await here.mailTo("tom.berg@brightwater.example", /has expired$/);
  assert.ok(expired);
  const tom = await here.enter(DIRECT, "admin_agent");
  await visit(tom.page, here.demo, "/partner/requests?state=expired");
  assert.equal(await row(tom.page, marit).count(), 1);
  await tom.close();
  for (const advance of ["-P1D", "yesterday", "P9999Y"]) {
    const refused = await here.post("/_demo/clock", { advance });
    assert.equal(refused.status, 400, advance);
  }
});
