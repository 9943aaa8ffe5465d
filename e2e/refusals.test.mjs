// The odd paths of an invitation (UX specification, section 6): each names its code and status, says that nothing has
// been accepted and who is signed in, and leads on. None of them is a dead end.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf, mailsTo } from "./lib/mail.mjs";
import { follow, headline, open, press, refusalCode, row, said, says, saysNot, visit } from "./lib/pages.mjs";
import { fillSignIn, signIn, tenant, user } from "./lib/people.mjs";
import { decide, draftRequest, requestFrom } from "./lib/requests.mjs";
import { until } from "./lib/wait.mjs";

const DIRECT = "Brightwater IT";
const here = installation();

/** Asserts that a page refuses in the way all of them do. */
async function refused(person, answer, { status, code, title, account = person.account }) {
  assert.equal(answer.status(), status, `${code}: ${await said(person.page)}`);
  assert.equal(await refusalCode(person.page), code);
  assert.match(await headline(person.page), title);
  await says(person.page, "Nothing has been accepted");
  if (account) await says(person.page, account.display_name, account.upn);
}

/** Somebody signed in whose browser is going to log refused pages. */
async function visitor(who, role, options) {
  const person = await here.enter(who, role, options);
  person.expect(/status of 4\d\d/);
  return person;
}

/** A partner's person, with the request of theirs that `asked` describes. */
async function partnerWith(asked) {
  const tom = await visitor(DIRECT, "admin_agent");
  return { tom, request: await draftRequest(tom.page, here.demo, asked) };
}

/** The standing link of this name on the page of requests. */
async function standingLink(person, name) {
  await visit(person.page, here.demo, "/partner/requests");
  return person.page.locator(".field", { hasText: name }).locator("code").innerText();
}

const inPortal = (link) => new URL(link).pathname;

test("wrong organisation: says for whom it is, and leads to another account or to an administrator", async () => {
  const { tom, request } = await partnerWith({ domain: "vestland-bygg.example" });
  const nina = await visitor("solberg-eiendom.example", "global_admin");
  const answer = await nina.page.goto(request.link);
  await refused(nina, answer, {
    status: 403,
    code: "invite_wrong_organisation",
    title: /^You are signed in to a different organisation$/,
  });
  await says(nina.page, "This request from Brightwater IT is for vestland-bygg.example");
  const letter = await nina.page.getByRole("link", { name: "Forward to an administrator" }).getAttribute("href");
  assert.ok(letter.startsWith("mailto:") && decodeURIComponent(letter).includes(request.link));

  await open(nina.page, "Sign in with another account");
  const marit = user(tenant(here.demo, "vestland-bygg.example"), "global_admin");
  const landed = await fillSignIn(nina.page, marit);
  assert.equal(landed.status(), 200, "the right account lands on the request");
  assert.match(await headline(nina.page), /wants to be your reseller/);
  for (const person of [tom, nina]) await person.close();
});

test("personal account: belongs to no organisation", async () => {
  const { tom, request } = await partnerWith({});
  const robin = await here.stranger();
  robin.expect(/403/);
  [robin.account] = here.demo.accounts_without_organisation;
  await signIn(robin.page, here.demo, robin.account, "/portal/sign-in");
  const answer = await robin.page.goto(request.link);
  await refused(robin, answer, {
    status: 403,
    code: "invite_personal_account",
    title: /^This account belongs to no organisation$/,
  });
  await says(robin.page, "Use your work account at Halden Cloud");
  await open(robin.page, "Sign in with another account");
  assert.equal(await robin.page.locator("input[name=password]").count(), 1);
  for (const person of [tom, robin]) await person.close();
});

test("revoked: a withdrawn link says so to everybody, a replaced one names the newer", async () => {
  const { tom, request } = await partnerWith({
    domain: "vestland-bygg.example",
    mail: "marit.vestli@vestland-bygg.example",
  });
  await press(tom.page, "Send for me");
  await press(tom.page, "Change and send again");
  const newer = await tom.page.locator(".mail .locked code").innerText();
  const stranger = await here.stranger();
  stranger.expect(/410/);
  const replaced = await stranger.page.goto(request.link);
  await refused(stranger, replaced, {
    status: 410,
    code: "invite_revoked",
    title: /^Brightwater IT withdrew this request$/,
  });
  await says(stranger.page, "A newer request from Brightwater IT took its place");

  await visit(tom.page, here.demo, (await tom.page.url()).replace("/message", "").split("?")[0]);
  await tom.page.getByRole("link", { name: "Withdraw" }).click();
  await press(tom.page, "Withdraw request", tom.page.getByRole("dialog"));
  await says(tom.page, "Withdrawn by you");
  await saysNot(tom.page, newer);
  const marit = await visitor("vestland-bygg.example", "global_admin");
  const withdrawn = await marit.page.goto(newer);
  await refused(marit, withdrawn, {
    status: 410,
    code: "invite_revoked",
    title: /^Brightwater IT withdrew this request$/,
  });
  await open(marit.page, "Open Partner relationships");
  for (const person of [tom, stranger, marit]) await person.close();
});

test("used: says when, and by whom only to the same organisation", async () => {
  const { tom, request } = await partnerWith({ domain: "aas-regnskap.example" });
  const hanne = await visitor("aas-regnskap.example", "global_admin", { path: `${request.link}/review` });
  await decide(hanne.page, "reseller");
  assert.equal(await headline(hanne.page), "Brightwater IT is now your reseller");
  const again = await hanne.page.goto(request.link);
  await refused(hanne, again, {
    status: 410,
    code: "invite_used",
    title: /^This request was accepted on \d+ \w+ \d{4}$/,
  });
  await says(hanne.page, "It was answered by Hanne Ås");

  const stranger = await here.stranger();
  stranger.expect(/410/);
  const other = await stranger.page.goto(request.link);
  await refused(stranger, other, { status: 410, code: "invite_used", title: /^This request was accepted on/ });
  await saysNot(stranger.page, "Hanne", "Regnskap");

  const declined = await requestFrom(tom.page, here.demo, tenant(here.demo, "orchard-law.example"));
  const judith = await visitor("orchard-law.example", "global_admin", { path: `${declined.link}/review` });
  await open(judith.page, "I don’t know this partner");
  assert.equal(await judith.page.getByLabel(/Tell them why/).inputValue(), "I don’t know this partner.");
  await press(judith.page, "Decline request");
  const after = await judith.page.goto(declined.link);
  await refused(judith, after, { status: 410, code: "invite_used", title: /^This request was declined on/ });
  await here.mailTo(tom.account.upn, /Orchard & Co\. Solicitors declined your request/);
  for (const person of [tom, hanne, stranger, judith]) await person.close();
});

test("invalid: a cut-off link is pasted whole and works", async () => {
  const { tom, request } = await partnerWith({});
  const stranger = await here.stranger();
  stranger.expect(/404/);
  const answer = await stranger.page.goto(request.link.slice(0, -7));
  await refused(stranger, answer, { status: 404, code: "invite_invalid", title: /^We don’t know this link$/ });
  await says(stranger.page, "Copy the whole link from the e-mail");

  await stranger.page.getByLabel("Paste the whole link").fill("http://example.org/not-ours");
  const wrong = await press(stranger.page, "Open link");
  assert.equal(wrong.status(), 404);
  await says(stranger.page, "This is no link from here");
  assert.equal(await stranger.page.getByLabel("Paste the whole link").inputValue(), "http://example.org/not-ours");

  await stranger.page.getByLabel("Paste the whole link").fill(`see <${request.link}> please`);
  await press(stranger.page, "Open link");
  assert.match(await headline(stranger.page), /^Brightwater IT wants to be your reseller/);

  const standing = await visit(
    stranger.page,
    here.demo,
    "/portal/partner-invitation?invType=ResellerRelationship&partnerId=1&DAP=true",
    404,
  );
  await refused(stranger, standing, { status: 404, code: "invite_invalid", title: /^We don’t know this link$/ });
  for (const person of [tom, stranger]) await person.close();
});

test("cloud mismatch: names both clouds and opens the right one", async () => {
  const { tom, request } = await partnerWith({});
  const anja = await visitor("Rheintal Technik GmbH", "global_admin");
  const answer = await anja.page.goto(request.link.replace("/portal/", "/germany/portal/"));
  await refused(anja, answer, {
    status: 409,
    code: "cloud_mismatch",
    title: /^This link belongs to the Worldwide cloud$/,
  });
  await says(anja.page, "You are in the Germany cloud. Accounts don’t cross clouds.");
  assert.match(
    await anja.page.getByRole("link", { name: "Tell the partner" }).getAttribute("href"),
    /^mailto:tom%2Eberg@brightwater%2Eexample\?/,
  );
  await open(anja.page, "Open in the Worldwide cloud");
  assert.equal(anja.page.url(), request.link);
  for (const person of [tom, anja]) await person.close();
});

test("region mismatch: says where the partner may sell", async () => {
  const { tom, request } = await partnerWith({});
  const keiko = await visitor("fujimi-seisakusho.example", "global_admin");
  const answer = await keiko.page.goto(request.link);
  await refused(keiko, answer, {
    status: 409,
    code: "region_mismatch",
    title: /^Brightwater IT cannot sell in Japan$/,
  });
  await says(keiko.page, "Brightwater IT may serve Europe and United States");
  assert.equal(await keiko.page.getByRole("link", { name: "Tell the partner" }).count(), 1);
  for (const person of [tom, keiko]) await person.close();
});

test("needs a global administrator: the request can be read and passed on, not accepted", async () => {
  const { tom, request } = await partnerWith({ domain: "vestland-bygg.example" });
  const geir = await visitor("vestland-bygg.example", undefined, { path: `${request.link}/review` });
  const answer = await geir.page.reload();
  await refused(geir, answer, {
    status: 403,
    code: "needs_global_admin",
    title: /^A global administrator has to accept this$/,
  });
  await says(geir.page, "Act as Global administrator", "You can read the request from Brightwater IT, not accept it.");
  assert.equal(await geir.page.locator("input[name=decision], #agreement").count(), 0);

  await open(geir.page, "Forward to an administrator");
  const text = await said(geir.page);
  assert.match(text, /Marit Vestli m•••@vestland-bygg\.example/, "addresses are masked");
  assert.ok(!text.includes("marit.vestli@"), text);
  await geir.page.getByRole("radio", { name: "Marit Vestli" }).check();
  await press(geir.page, "Forward request");
  assert.equal(await headline(geir.page), "The request was passed on");

  await visit(geir.page, here.demo, `${inPortal(request.link)}/forward`);
  await geir.page.getByRole("radio", { name: "Marit Vestli" }).check();
  const tooSoon = await press(geir.page, "Forward request");
  assert.equal(tooSoon.status(), 429, "an administrator is not mailed again and again");
  assert.equal(await refusalCode(geir.page), "too_many_tries");

  // A standing link asks nobody in particular, so it is copied rather than passed on.
  const link = await standingLink(tom, "Worldwide cloud, without privileges");
  const standing = await geir.page.goto(link);
  await refused(geir, standing, { status: 403, code: "needs_global_admin", title: /^A global administrator/ });
  assert.equal(await geir.page.locator(".linkbox code").innerText(), link);
  for (const person of [tom, geir]) await person.close();
});

test("already connected: is no error and changes nothing", async () => {
  const tom = await visitor(DIRECT, "admin_agent");
  const link = await standingLink(tom, "Worldwide cloud, with administration privileges");
  const ingrid = await visitor("Fjordline Logistics AS", "global_admin");
  const answer = await ingrid.page.goto(link);
  await refused(ingrid, answer, {
    status: 200,
    code: "already_connected",
    title: /^You are already connected with Brightwater IT$/,
  });
  await says(ingrid.page, "Reseller with administration privileges");
  await open(ingrid.page, "Keep as it is");
  assert.equal(await headline(ingrid.page), "Partner relationships");
  for (const person of [tom, ingrid]) await person.close();
});

test("a partner cannot become its own customer", async () => {
  const tom = await visitor(DIRECT, "admin_agent");
  const link = await standingLink(tom, "Worldwide cloud, without privileges");
  tom.account = user(tom.home, "admin_agent");
  await signIn(tom.page, here.demo, tom.account, "/portal/sign-in");
  const answer = await tom.page.goto(link);
  await refused(tom, answer, {
    status: 409,
    code: "partner_as_customer",
    title: /^Brightwater IT cannot be its own customer$/,
  });
  await tom.close();
});

test("nothing is accepted without the agreement and a decision, and nothing beyond what was asked", async () => {
  const { tom, request } = await partnerWith({ domain: "vestland-bygg.example", privileges: false });
  const marit = await visitor("vestland-bygg.example", "global_admin", { path: `${request.link}/review` });
  const { page } = marit;
  const submit = page.locator("main form button[type=submit]");
  // The browser asks for both by itself; whoever gets around that meets the same rule.
  const careless = () => page.locator("main form").evaluate((form) => (form.noValidate = true));

  await careless();
  const undecided = await follow(page, submit);
  assert.equal(undecided.status(), 422);
  await says(page, "Choose one of the decisions");

  await careless();
  await page.check("input[name=decision][value=reseller]");
  const unread = await follow(page, submit);
  assert.equal(unread.status(), 409);
  await says(page, "Nothing has been accepted. Read the agreement and tick this box");
  assert.ok(await page.isChecked("input[name=decision][value=reseller]"), "the decision is kept");
  assert.ok(!(await page.isChecked("#agreement")), "the consent is not");

  const tampered = (selector, value) => page.locator(selector).evaluate((input, text) => (input.value = text), value);
  await tampered("#agreement", "2020-01-01");
  const old = await decide(page, "reseller");
  await refused(marit, old, { status: 409, code: "agreement_required", title: /^A newer agreement is in force$/ });
  await open(page, "Read and accept");

  await page.check("input[name=decision][value=reseller]");
  await tampered("input[name=decision]", "privileges");
  await page.check("#agreement");
  const more = await follow(page, submit);
  await refused(marit, more, { status: 409, code: "more_than_asked", title: /^This was not asked for$/ });

  await visit(tom.page, here.demo, request.path);
  await says(tom.page, "Waiting for a global administrator");
  await visit(page, here.demo, "/portal/partners");
  await says(page, "Waiting for you", "No partner has access to your organisation.");
  for (const person of [tom, marit]) await person.close();
});

test("in Germany the privileges cannot be left out by the customer either", async () => {
  const tom = await visitor(DIRECT, "admin_agent");
  const request = await requestFrom(tom.page, here.demo, tenant(here.demo, "Rheintal Technik GmbH"));
  const admin = await visitor("Rheintal Technik GmbH", "global_admin", { path: `${request.link}/review` });
  await admin.page.check("input[name=decision]");
  await admin.page.locator("input[name=decision]").evaluate((input) => (input.value = "reseller"));
  await admin.page.check("#agreement");
  const answer = await follow(admin.page, admin.page.locator("main form button[type=submit]"));
  await refused(admin, answer, {
    status: 409,
    code: "privileges_included",
    title: /^Administration cannot be left out here$/,
  });
  for (const person of [tom, admin]) await person.close();
});

test("an indirect reseller cannot end the relationship and learns who can", async () => {
  const karin = await visitor("Lindgren Data AB", "global_admin");
  const havn = tenant(here.demo, "Havn Sjømat AS");
  await visit(karin.page, here.demo, `/partner/customers/${havn.id}`);
  await says(karin.page, "Only Skagerrak Distribution AS can end this relationship");
  await visit(karin.page, here.demo, `/partner/customers/${havn.id}/remove`, 403);
  assert.equal(await refusalCode(karin.page), "indirect_reseller_cannot_end");
  await says(karin.page, "Nothing has been changed");
  await karin.close();
});

test("rate limit: an account that is guessed at has to wait, and says until when", async () => {
  const stranger = await here.stranger();
  stranger.expect(/status of 4(22|29)/);
  const { upn } = user(tenant(here.demo, "skog-logistikk.example"), "global_admin");
  await visit(stranger.page, here.demo, "/portal/sign-in");
  let answer;
  for (let n = 0; n < 10; n += 1) {
    answer = await fillSignIn(stranger.page, { upn, password: `guess ${n} of many` });
    assert.equal(answer.status(), 422, `try ${n}`);
  }
  await says(stranger.page, "This sign-in name and password do not belong together here");
  answer = await fillSignIn(stranger.page, { upn, password: "another guess" });
  assert.equal(answer.status(), 429);
  assert.equal(await refusalCode(stranger.page), "too_many_tries");
  const again = Date.parse(await answer.headerValue("retry-after"));
  assert.ok(again > Date.now() && again < Date.now() + 20 * 60_000, "programs learn it too");
  assert.equal(await headline(stranger.page), "Too many tries");
  await says(stranger.page, /You can try again at .*\d{2}:\d{2}/);
  await stranger.close();
});

test("opening a link fifty times changes nothing, signed in or not", async () => {
  const tom = await visitor(DIRECT, "global_admin");
  const request = await requestFrom(tom.page, here.demo, tenant(here.demo, "vestland-bygg.example"));
  await until("the mail", async () =>
    (await mailsTo(here.demo.mail_dir, "marit.vestli")).some((mail) => linkOf(mail) === request.link),
  );
  const marit = await visitor("vestland-bygg.example", "global_admin");
  const seen = async (person, path) => {
    await visit(person.page, here.demo, path);
    return said(person.page);
  };
  const state = async () => ({
    request: await seen(tom, request.path),
    partner: await seen(tom, "/partner/activity"),
    customer: await seen(marit, "/portal/activity"),
    partners: await seen(marit, "/portal/partners"),
    mails: (await readdir(here.demo.mail_dir)).length,
  });
  const before = await state();
  const path = inPortal(request.link);
  for (const rest of ["", "/review", "/decline", "/forward", "/done"]) {
    // A mail scanner, which knows nobody; and the administrator's own browser, without its pages.
    for (let n = 0; n < 5; n += 1) await (await fetch(here.demo.portal_url + path + rest)).text();
    for (let n = 0; n < 5; n += 1) await marit.context.request.get(here.demo.portal_url + path + rest);
  }
  assert.deepEqual(await state(), before);
  await marit.page.goto(request.link);
  await decide(marit.page, "reseller");
  assert.equal(await headline(marit.page), "Brightwater IT is now your reseller", "the link still works");
  for (const person of [tom, marit]) await person.close();
});

// Last, because turning the clock ends the sessions of everybody.
test("expired: says until when, asks the sender for a new link once a day, and the new link works", async () => {
  const before = await visitor(DIRECT, "admin_agent");
  const customer = tenant(here.demo, "solberg-eiendom.example");
  const request = await requestFrom(before.page, here.demo, customer);
  await before.close();
  assert.equal((await here.post("/_demo/clock", { advance: "P91D" })).status, 200);

  const nina = await visitor(customer.id, "global_admin");
  const answer = await nina.page.goto(request.link);
  await refused(nina, answer, { status: 410, code: "invite_expired", title: /^This link has expired$/ });
  await says(nina.page, /It was valid until \d+ \w+ \d{4}\. Ask Tom Berg for a new one; what you agreed is not lost/);
  await press(nina.page, "Ask for a new link");
  await says(nina.page, "The sender has been told that you would like a new link");
  const { account } = before;
  await here.mailTo(account.upn, /Solberg Eiendom AS asks for a new link|asks for a new link/);

  await nina.page.goto(request.link);
  const again = await press(nina.page, "Ask for a new link");
  assert.equal(again.status(), 429);
  assert.equal(await refusalCode(nina.page), "too_many_tries");

  const tom = await visitor(DIRECT, "admin_agent");
  await visit(tom.page, here.demo, "/partner/requests?state=expired");
  await open(tom.page, `RQ-${request.number}`, row(tom.page, `RQ-${request.number}`));
  await press(tom.page, "Change and send again");
  const newer = await tom.page.locator(".mail .locked code").innerText();
  assert.notEqual(newer, request.link);
  await nina.page.goto(newer);
  assert.match(await headline(nina.page), /wants to be your reseller/);
  for (const person of [tom, nina]) await person.close();
});
