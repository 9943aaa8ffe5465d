// An organisation signs its people in at its own provider: set up by its administrator, used by its people, refused where the
// provider vouches for too little. The provider is an independent one.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { axe } from "./lib/browser.mjs";
import { installation } from "./lib/installation.mjs";
import { follow, headline, open, press, refusalCode, says } from "./lib/pages.mjs";
import { fillSignIn, tenant, user } from "./lib/people.mjs";
import { startProvider } from "./lib/provider.mjs";

const CUSTOMER = "Fjordline Logistics AS";
const here = installation();
const accounts = {};
let provider;
let admin;
let ola;

const at = (path) => new URL(path, here.demo.portal_url).href;

/** What the message at the edge of the page says. */
const told = async (page, text) => assert.equal((await page.locator(".toasts").innerText()).trim(), text);

/** Types a name on our sign-in page and goes on to the provider's. */
async function toProvider(page, upn) {
  await page.goto(at("/portal/sign-in?return=/portal/settings"));
  await page.fill("input[name=username]", upn);
  await Promise.all([
    page.waitForURL((url) => url.origin === provider.issuer || url.pathname === "/portal/settings"),
    page.locator("form:has(input[name=password]) button[type=submit]").click(),
  ]);
}

/** The same, and signs in there as one of its accounts. */
async function through(page, upn, account) {
  await toProvider(page, upn);
  assert.equal(await page.locator("h1").innerText(), "Fjordline ID");
  await page.fill("input[name=account]", account);
  await Promise.all([
    page.waitForURL((url) => url.href.startsWith(here.demo.portal_url)),
    page.locator("button").click(),
  ]);
}

/** The address that the provider sends somebody back to, caught before any browser opens it. */
async function caught({ page, context }, upn, account) {
  await toProvider(page, upn);
  let answer = await context.request.post(page.url(), { form: { account }, maxRedirects: 0 });
  for (;;) {
    const next = new URL(answer.headers().location, page.url());
    if (next.origin !== provider.issuer) return next.href;
    answer = await context.request.get(next.href, { maxRedirects: 0 });
  }
}

after(async () => {
  await provider?.stop();
});

test("an administrator names the provider, tests it and switches it on", async () => {
  const home = tenant(here.demo, CUSTOMER);
  ola = user(home);
  accounts["ola-1"] = { email: ola.upn, email_verified: true, preferred_username: ola.upn };
  accounts["ola-2"] = { email: ola.upn, email_verified: true, preferred_username: ola.upn };
  admin = await here.enter(CUSTOMER, "global_admin", { path: "/portal/settings" });
  const { page } = admin;
  await open(page, "Set it up");
  const redirectUris = await page.locator("main code").allInnerTexts();
  provider = await startProvider({ accounts, redirectUris });
  await axe(page);
  await page.fill("input[name=issuer]", provider.issuer);
  await page.fill("input[name=client_id]", provider.clientId);
  await page.fill("input[name=secret]", provider.clientSecret);
  await page.locator("input[name='domains[]']").first().check();
  await press(page, "Save");
  await told(page, "Provider saved");
  assert.ok(!(await page.content()).includes(provider.clientSecret.slice(0, 8)), "the secret never comes back");
  await press(page, "Test");
  await told(page, "The provider answers as it should");
  await press(page, "Switch on");
  await told(page, "People of the chosen domains now sign in at your provider");
  await axe(page);
});

test("what the provider has not verified links nobody", async () => {
  const person = await here.stranger();
  person.expect(/403/);
  accounts["ola-0"] = { email: ola.upn, email_verified: false, preferred_username: ola.upn };
  await through(person.page, ola.upn, "ola-0");
  assert.equal(await refusalCode(person.page), "federation_not_verified");
  await axe(person.page);
  await person.page.goto(at("/portal/settings"));
  assert.equal(await headline(person.page), "Sign in", "nobody is signed in");
  await person.close();
});

test("somebody signs in at the provider, is linked, and comes back without being asked again", async () => {
  const person = await here.stranger();
  const { page } = person;
  await through(page, ola.upn, "ola-1");
  assert.equal(new URL(page.url()).pathname, "/portal/settings", "where they wanted to go");
  await says(page, ola.upn);
  await page.locator(".avatar-btn").click();
  await follow(page, page.locator("form[action='/portal/sign-out'] button"));
  await says(page, "You are signed out.");
  // The provider still knows them, so the way leads straight back.
  await toProvider(page, ola.upn);
  await page.waitForURL((url) => url.pathname === "/portal/settings");
  await says(page, ola.upn);
  await person.close();
});

test("another account of the provider with the same address does not get in", async () => {
  const person = await here.stranger();
  person.expect(/403/);
  await through(person.page, ola.upn, "ola-2");
  assert.equal(await refusalCode(person.page), "federation_linked_elsewhere");
  await person.close();
});

test("the way back works in the browser that was sent away, once", async () => {
  const person = await here.stranger();
  const other = await here.stranger();
  for (const it of [person, other]) it.expect(/410/);
  const back = await caught(person, ola.upn, "ola-1");
  await other.page.goto(back);
  assert.equal(await refusalCode(other.page), "federation_not_begun");
  await person.page.goto(back);
  assert.equal(new URL(person.page.url()).pathname, "/portal/settings");
  await person.page.goto(back);
  assert.equal(await refusalCode(person.page), "federation_not_begun");
  await Promise.all([person.close(), other.close()]);
});

test("without JavaScript the page in between leads on, too", async () => {
  const person = await here.stranger({ javaScript: false });
  await through(person.page, ola.upn, "ola-1");
  await says(person.page, ola.upn);
  await person.close();
});

test("passwords: no more for people of the provider, still for their administrator and for everybody else", async () => {
  const person = await here.stranger();
  person.expect(/422/);
  const { page } = person;
  await page.goto(at("/portal/sign-in"));
  await fillSignIn(page, ola);
  await says(page, "do not belong together here");
  assert.equal(await headline(page), `Continue at ${CUSTOMER}`);
  await axe(page);
  const link = await page.locator("main a.btn").getAttribute("href");
  assert.ok(link.startsWith(`${provider.issuer}/`), link);
  await person.close();
  for (const [who, role] of [
    [CUSTOMER, "global_admin"],
    ["Kestrel Systems Ltd", undefined],
  ]) {
    const somebody = await here.enter(who, role);
    await somebody.close();
  }
});

test("switched off, everybody has their password again", async () => {
  const { page } = admin;
  await page.goto(at("/portal/settings/sign-in"));
  await says(page, "1 person is linked.");
  await press(page, "Switch off");
  await told(page, "People sign in with their passwords again");
  const person = await here.enter(CUSTOMER);
  await person.close();
  await press(page, "Remove");
  await told(page, "Provider removed");
  await admin.close();
});
