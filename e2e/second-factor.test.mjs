// Second factors as people meet them: an application for codes, a passkey in a virtual authenticator, recovery codes, what an
// organisation requires, and the confirmation before something sensitive; with JavaScript and without.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, test } from "node:test";

import { axe, launch, noSidewaysScroll } from "./lib/browser.mjs";
import { card, follow, headline, open, press, refusalCode, says, visit } from "./lib/pages.mjs";
import { fillSignIn } from "./lib/people.mjs";
import { openStage } from "./lib/stage.mjs";
import { dictionary, strayWords } from "./lib/words.mjs";

const stage = await openStage();
// Browsers know passkeys at names only, not at network addresses.
const base = stage.base.replace("127.0.0.1", "localhost");
const demo = { ...stage.demo, portal_url: base };
const browser = await launch();
after(() => browser.close());
after(() => stage.stop());

/** How far the installation's clock was turned, in seconds. */
let turned = 0;
async function turn(minutes) {
  await stage.control("/_demo/clock", { advance: `PT${minutes}M` });
  turned += minutes * 60;
}

/** The code an application shows (RFC 6238), `ahead` steps from now. */
function code(secret, ahead = 0) {
  const bits = [...secret.replaceAll(" ", "")].map((sign) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0"));
  const key = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor((Date.now() / 1000 + turned) / 30) + ahead));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7f_ff_ff_ff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Signs in as far as name and password go. */
async function begin(page, name, path = stage.people[name].base) {
  await page.goto(new URL(path, base).href);
  return fillSignIn(page, stage.people[name].account);
}

/** The page as it is, in both languages and both themes. */
async function looksRight({ page, context }) {
  for (const [lang, theme] of [["zh-CN", "dark"], ["en", "light"]]) {
    await context.addCookies(Object.entries({ lang, theme }).map(([name, value]) => ({ name, value, url: base })));
    await page.reload();
    await axe(page);
    await noSidewaysScroll(page);
    assert.deepEqual(await page.evaluate(strayWords, await dictionary(lang)), [], `${page.url()} in ${lang}`);
  }
}

/** An authenticator that belongs to this browser and verifies its user. */
async function authenticator({ page, context }) {
  const debug = await context.newCDPSession(page);
  await debug.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await debug.send("WebAuthn.addVirtualAuthenticator", { options });
}

/** Sets up an application on the page that asks for it; answers its secret and the recovery codes. */
async function scan(page, submit = "Set up") {
  const secret = await page.locator("main .linkbox code").innerText();
  assert.equal(await page.getByRole("img", { name: "QR code for the application" }).count(), 1);
  await page.getByLabel("Code from the application").fill(code(secret));
  await press(page, submit);
  const codes = await page.locator("main .codes code").allInnerTexts();
  assert.equal(codes.length, 10);
  return { secret, codes };
}

test("an application, recovery codes and a passkey, from the settings to the sign-in and the confirmation", async () => {
  const maya = await browser.newPerson({ reducedMotion: "reduce" });
  const { page, context } = maya;
  maya.expect(/status of 4(22|01)/);
  await authenticator(maya);
  await begin(page, "maya");
  await visit(page, demo, "/partner/settings");
  await open(page, "Signing in");
  await looksRight(maya);
  await says(page, "This browser", "A passkey on your device");
  assert.equal(await card(page, "Recovery codes").count(), 0, "there is nothing yet that they could stand in for");

  await press(page, "Set up an application");
  await looksRight(maya);
  const secret = await page.locator("main .linkbox code").innerText();
  await page.getByLabel("Code from the application").fill("000000");
  assert.equal((await press(page, "Set up")).status(), 422);
  assert.equal(await page.locator("main .linkbox code").innerText(), secret, "the secret stays while it is set up");
  await axe(page);
  const { codes } = await scan(page);
  await axe(page);
  await noSidewaysScroll(page);
  await open(page, "I have kept them");
  await says(page, "Set up on", "10 codes are left");
  await looksRight(maya);

  await context.clearCookies();
  await begin(page, "maya", "/partner/customers");
  assert.equal(await headline(page), "One more step");
  await says(page, stage.people.maya.account.display_name);
  await looksRight(maya);
  assert.deepEqual((await context.cookies()).filter(({ name }) => name === "entente-partner"), [], "no session yet");
  await page.getByLabel("Code").fill("000000");
  assert.equal((await press(page, "Sign in")).status(), 422);
  await says(page, "This was not accepted");
  await axe(page);
  const used = code(secret, 1);
  await page.getByLabel("Code").fill(used);
  await press(page, "Sign in");
  assert.equal(new URL(page.url()).pathname, "/partner/customers", "where the person wanted to go");

  // Somebody who saw the code being typed cannot use it again; a recovery code works once.
  await context.clearCookies();
  await begin(page, "maya");
  await page.getByLabel("Code").fill(used);
  assert.equal((await press(page, "Sign in")).status(), 422);
  await page.getByLabel("Code").fill(codes[0].toUpperCase());
  await press(page, "Sign in");
  await visit(page, demo, "/partner/settings/security");
  await says(page, "9 codes are left");

  await page.getByLabel("Name of the new passkey").fill("Laptop");
  await press(page, "Add a passkey");
  await says(page, "Laptop", "not used yet");
  await looksRight(maya);

  await context.clearCookies();
  await visit(page, demo, "/partner/sign-in?return=/partner/customers");
  await looksRight(maya);
  await press(page, "Sign in with a passkey");
  assert.equal(new URL(page.url()).pathname, "/partner/customers");
  await context.clearCookies();
  await begin(page, "maya");
  await press(page, "Use a passkey");
  assert.equal(new URL(page.url()).pathname, "/partner/overview");

  await visit(page, demo, "/partner/customers");
  await turn(11);
  const before = (await context.cookies()).find(({ name }) => name === "entente-partner").value;
  assert.equal((await press(page, /Export/)).status(), 401);
  assert.equal(await headline(page), "Confirm it is you");
  assert.equal(await refusalCode(page), "step_up_required");
  await axe(page);
  await open(page, "Confirm");
  await looksRight(maya);
  await page.getByLabel("Password").fill(stage.people.maya.account.password);
  await page.getByLabel("Code").fill("000000");
  assert.equal((await press(page, "Confirm")).status(), 422);
  await axe(page);
  await press(page, "Use a passkey");
  assert.equal(new URL(page.url()).pathname, "/partner/customers", "back to where it was asked");
  const now = (await context.cookies()).find(({ name }) => name === "entente-partner").value;
  assert.notEqual(now, before, "the session has another value");
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("main").getByRole("button", { name: /Export/ }).click()]);
  assert.match(file.suggestedFilename(), /^customers-/);

  // The old value is nothing any more, wherever a copy of it is.
  const copy = await fetch(new URL("/partner/overview", base), { headers: { cookie: `entente-partner=${before}` }, redirect: "manual" });
  assert.equal(copy.status, 303);
  await maya.close();
});

test("a passkey that is not used changes nothing, and the page says so", async () => {
  const person = await browser.newPerson();
  const { page } = person;
  const debug = await person.context.newCDPSession(page);
  await debug.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: false, automaticPresenceSimulation: true };
  await debug.send("WebAuthn.addVirtualAuthenticator", { options });
  await visit(page, demo, "/partner/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("The passkey was not used").waitFor();
  assert.equal(new URL(page.url()).pathname, "/partner/sign-in");
  await person.close();
});

test("sessions are listed and ended", async () => {
  const [here, there] = [await browser.newPerson(), await browser.newPerson()];
  await begin(here.page, "seller");
  await begin(there.page, "seller");
  await visit(here.page, demo, "/partner/settings/security");
  const rows = here.page.locator("main tr.row");
  assert.equal(await rows.count(), 2);
  await axe(here.page);
  await press(here.page, "End");
  assert.equal(await rows.count(), 1);
  await visit(there.page, demo, "/partner/overview");
  assert.equal(new URL(there.page.url()).pathname, "/partner/sign-in");
  await Promise.all([here.close(), there.close()]);
});

test("without JavaScript: the code way works from set-up to confirmation, and the page says what does not", async () => {
  const ingrid = await browser.newPerson({ javaScript: false });
  const { page, context } = ingrid;
  ingrid.expect(/status of 4(22|01|09)/);
  await begin(page, "ingrid", "/portal/settings/security");
  await says(page, "Passkeys need JavaScript");
  assert.equal(await page.getByRole("button", { name: "Add a passkey" }).isVisible(), false);
  await press(page, "Set up an application");
  const { secret, codes } = await scan(page);
  await open(page, "I have kept them");
  assert.equal(new URL(page.url()).pathname, "/portal/settings/security");

  await page.getByLabel(/needs two factors/).check();
  assert.equal((await press(page, "Save")).status(), 401, "a password alone is not enough any more");
  await open(page, "Confirm");
  await page.getByLabel("Password").fill(stage.people.ingrid.account.password);
  await page.getByLabel("Code").fill(code(secret, 1));
  await press(page, "Confirm");
  assert.equal(new URL(page.url()).pathname, "/portal/settings/security");
  await page.getByLabel(/needs two factors/).check();
  await press(page, "Save");
  await says(page, "Your organisation requires a second factor of everybody");
  assert.equal((await press(page, "Remove the application")).status(), 409);
  assert.equal(await refusalCode(page), "factor_required");

  await context.clearCookies();
  await begin(page, "ingrid", "/portal/partners");
  await page.getByLabel("Code").fill(codes[1]);
  await press(page, "Sign in");
  assert.equal(new URL(page.url()).pathname, "/portal/partners");
  await ingrid.close();
});

test("whoever has no second factor where one is required sets it up before getting in", async () => {
  const torunn = await browser.newPerson({ reducedMotion: "reduce" });
  torunn.expect(/status of 4(22|01|09)/);
  await authenticator(torunn);
  await begin(torunn.page, "torunn", "/portal/settings/security");
  await torunn.page.getByLabel(/needs two factors/).check();
  assert.equal((await press(torunn.page, "Save")).status(), 409);
  assert.equal(await refusalCode(torunn.page), "factor_none_yet");
  await axe(torunn.page);
  await visit(torunn.page, demo, "/portal/settings/security");
  await press(torunn.page, "Add a passkey");
  assert.equal(await torunn.page.locator("main .codes code").count(), 10);
  await open(torunn.page, "I have kept them");
  await torunn.page.getByLabel(/needs two factors/).check();
  await press(torunn.page, "Save");
  await open(torunn.page, "Confirm");
  await press(torunn.page, "Use a passkey");
  await torunn.page.getByLabel(/needs two factors/).check();
  await press(torunn.page, "Save");
  await says(torunn.page, "Your organisation requires a second factor of everybody");

  // An ordinary user of the same organisation.
  const home = stage.demo.tenants.find(({ users }) => users.some(({ id }) => id === stage.people.torunn.account.id));
  const account = home.users.find(({ roles }) => roles.length === 0);
  for (const javaScript of [true, false]) {
    const person = await browser.newPerson({ javaScript, reducedMotion: "reduce" });
    const { page, context } = person;
    person.expect(/status of 4(22|03)/);
    await page.goto(new URL("/portal/settings", base).href);
    await fillSignIn(page, account);
    if (javaScript) {
      assert.equal(await headline(page), "Set up a second factor");
      assert.equal((await context.cookies()).some(({ name }) => name === "entente-portal-public"), false, "no session yet");
      await looksRight(person);
      await visit(page, demo, "/portal/settings");
      assert.equal(new URL(page.url()).pathname, "/portal/sign-in", "nothing is open meanwhile");
      await fillSignIn(page, account);
      const { codes } = await scan(page);
      account.codes = codes;
      await axe(page);
    } else {
      assert.equal(await headline(page), "One more step");
      await page.getByLabel("Code").fill(account.codes[5]);
      await press(page, "Sign in");
    }
    if (javaScript) await open(page, "I have kept them");
    assert.equal(new URL(page.url()).pathname, "/portal/settings");
    await person.close();
  }
  await torunn.close();
});

test("an administrator removes the second factors of a colleague who lost them", async () => {
  const helper = await browser.newPerson();
  await begin(helper.page, "helpdesk", "/partner/settings/security");
  await press(helper.page, "Set up an application");
  await scan(helper.page);
  // Whoever manages people may do it without a second factor of their own.
  const manager = await browser.newPerson();
  manager.expect(/status of 4\d\d/);
  await begin(manager.page, "manager");
  const person = `/partner/settings/people/${stage.people.helpdesk.account.id}`;
  await visit(manager.page, demo, person);
  await axe(manager.page);
  await press(manager.page, "Remove second factors");
  await says(manager.page, "Reset password");
  assert.equal(await manager.page.getByRole("button", { name: "Remove second factors" }).count(), 0);
  await visit(helper.page, demo, "/partner/overview");
  assert.equal(new URL(helper.page.url()).pathname, "/partner/sign-in");
  await fillSignIn(helper.page, stage.people.helpdesk.account);
  assert.equal(new URL(helper.page.url()).pathname, "/partner/overview");
  await Promise.all([helper.close(), manager.close()]);
});
