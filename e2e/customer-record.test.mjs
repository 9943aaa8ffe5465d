// What a partner does for a customer all day, from creating it to what remains when the privileges are gone, as one story.
import assert from "node:assert/strict";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf } from "./lib/mail.mjs";
import { follow, headline, line, open, press, row, says, saysNot, visit } from "./lib/pages.mjs";
import { fillSignIn } from "./lib/people.mjs";
import { decide, fillRequest, subscribe } from "./lib/requests.mjs";
import { until } from "./lib/wait.mjs";

const here = installation();
const OWN = "a password of my own 7";
const DOMAIN = "lofoten-kajakk.halden.example";
const CUSTOMER = "Lofoten Kajakk AS";
const DIRECT = "Brightwater IT";
const PRODUCT = "Productivity Standard";
const story = {};

/** The customer's account page in the partner portal. */
const account = (page) => visit(page, here.demo, story.account);

/** The customer's administrator at a page of their portal. */
async function siri(path) {
  const person = await here.stranger();
  await person.page.goto(new URL(path, here.demo.portal_url).href);
  await fillSignIn(person.page, { upn: `admin@${DOMAIN}`, password: OWN });
  return person;
}

test("a partner creates a customer, and its first password is shown once", async () => {
  const tom = await here.enter(DIRECT, "admin_agent", { javaScript: false });
  const { page } = tom;
  await visit(page, here.demo, "/partner/customers");
  await open(page, "New customer");
  for (const [name, value] of Object.entries({
    name: CUSTOMER,
    domain: "lofoten-kajakk",
    line1: "Havnegata 4",
    postal_code: "8300",
    city: "Svolvær",
    contact: "Siri Hauge",
    mail: "siri.hauge@kajakk.example",
  })) {
    await page.fill(`main [name=${name}]`, value);
  }
  await press(page, "Check availability");
  await says(page, `${DOMAIN} is free`);
  assert.equal(await page.inputValue("[name=city]"), "Svolvær", "what was typed stays");
  await press(page, "Create customer");
  assert.equal(await headline(page), `${CUSTOMER} is created`);
  await says(page, `admin@${DOMAIN}`, "This is shown once");
  story.password = (await page.locator("main").innerText()).match(/[a-z2-9]{5}(-[a-z2-9]{5}){3}/)[0];
  await open(page, "Ask for privileges");
  assert.equal(await page.inputValue("[name=mail]"), "siri.hauge@kajakk.example");
  await saysNot(page, story.password);
  await press(page, "Create link and continue");
  await press(page, "Send for me");
  await visit(page, here.demo, "/partner/customers?q=lofoten");
  await open(page, CUSTOMER, row(page, CUSTOMER));
  story.account = new URL(page.url()).pathname;
  await tom.close();
});

test("the new administrator chooses a password, and accepts with the agreement", async () => {
  const welcome = await here.mailTo("siri.hauge@kajakk.example", /set up Lofoten Kajakk AS/);
  assert.ok(!welcome.text.includes(story.password), "no mail holds a password");
  const link = linkOf(await here.mailTo("siri.hauge@kajakk.example", /privileges/));
  const person = await here.stranger();
  const { page } = person;
  await page.goto(link);
  await open(page, "Sign in to review");
  await fillSignIn(page, { upn: `admin@${DOMAIN}`, password: story.password });
  assert.equal(await headline(page), "Choose your password");
  await page.fill("input[name=password]", OWN);
  await page.fill("input[name=repeat]", OWN);
  await page.locator("main button[type=submit]").first().click();
  await page.waitForURL(/\/review/);
  await decide(page, "privileges");
  await visit(page, here.demo, "/portal/company");
  assert.equal(await page.inputValue("[name=line1]"), "Havnegata 4");
  await says(page, "Signed by", "Siri Hauge");
  // A customer that was created asks two factors of its partners, until it decides otherwise.
  await visit(page, here.demo, "/portal/settings/security");
  await page.uncheck("main [name=partners]");
  await press(page, "Save", page.locator("main form:has([name=partners])"));
  await person.close();
});

test("25 seats, three users by hand and the others from a table, and licences until none is left", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const { page } = tom;
  await account(page);
  await open(page, "Subscriptions");
  await subscribe(page, "productivity-standard", "25");
  assert.match(await line(page, PRODUCT), /25/);

  const byHand = ["Anna Berg", "Bo Dahl", "Cato Eide"];
  for (const name of byHand) {
    await account(page);
    await open(page, "Users");
    await open(page, "Add a user");
    const upn = name.split(" ")[0].toLowerCase();
    await page.fill("main [name=upn]", `${upn}@${DOMAIN}`);
    await page.fill("main [name=name]", name);
    await page.selectOption("main select[name=usage_location]", "NO");
    await follow(page, page.locator("main form button.primary"));
    await says(page, `${upn}@${DOMAIN}`, "This is shown once");
  }
  const others = Array.from({ length: 23 }, (_, at) => `person${at + 1}@${DOMAIN}`);
  await account(page);
  await open(page, "Users");
  await open(page, "Add users from a file");
  const lines = others.map((upn, at) => `${upn},Person ${at + 1},NO`);
  await page.fill("main [name=text]", ["Sign-in name,Display name,Usage location", ...lines].join("\n"));
  await press(page, "Check the file");
  await says(page, "Nobody has been added yet");
  await press(page, "Add users");
  await until("the users are there", async () => {
    await page.reload();
    return /23 users were added|Done/.test(await page.locator("main").innerText());
  });

  await account(page);
  await open(page, "Licences");
  await open(page, PRODUCT);
  await open(page, "Assign licences");
  const everybody = [...byHand.map((name) => `${name.split(" ")[0].toLowerCase()}@${DOMAIN}`), ...others];
  await page.fill("main textarea", everybody.join("\n"));
  await press(page, "Assign licences");
  await says(page, "25 of those chosen have the licence now, 1 do not", "None left");
  await open(page, "Back to the licence");
  await says(page, "None left");
  await tom.close();
});

test("the subscription grows, and the one who had to wait gets a licence", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const { page } = tom;
  await account(page);
  await open(page, "Licences");
  await open(page, PRODUCT);
  await open(page, "Have more of it");
  await page.fill("#change input[name=quantity]", "30");
  await press(page, "Show total");
  await press(page, "Change to 30");
  await visit(page, here.demo, `${story.account}/users?q=person23`);
  await open(page, "Person 23");
  await page.check("#licences input[type=checkbox] >> nth=0");
  await press(page, "Save licences");
  await visit(page, here.demo, `${story.account}/licences`);
  assert.match(await line(page, PRODUCT), /26 of 30/);

  await visit(page, here.demo, `${story.account}/subscriptions`);
  await press(page, `Suspend ${PRODUCT}`, row(page, PRODUCT));
  assert.match(await line(page, PRODUCT), /Suspended/);
  await visit(page, here.demo, `${story.account}/licences`);
  await says(page, "Not available");
  await visit(page, here.demo, `${story.account}/subscriptions`);
  await press(page, `Activate ${PRODUCT}`, row(page, PRODUCT));
  assert.match(await line(page, PRODUCT), /Active/);
  await tom.close();
});

/** Opens a service request for the customer from its account page. */
async function askForHelp(page, title) {
  await account(page);
  await open(page, "Service requests");
  await open(page, "Open a service request");
  await page.fill("#title", title);
  await page.selectOption("#topic", "other");
  await page.check("#severity-moderate");
  await page.fill("#description", "Since this morning.");
  await press(page, "Open the service request");
  assert.match(await headline(page), /Service request \d+/);
}

test("a service request, the privileges go, what remains, and another service request", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const { page } = tom;
  await askForHelp(page, "Mail is late");

  const admin = await siri("/portal/partners");
  await follow(admin.page, row(admin.page, DIRECT).getByRole("link", { name: DIRECT, exact: true }));
  await visit(admin.page, here.demo, `${new URL(admin.page.url()).pathname}/remove`);
  await press(admin.page, "Remove privileges");
  await says(admin.page, `Your organisation removed the privileges of ${DIRECT}`);

  await account(page);
  await says(page, `${CUSTOMER} removed your privileges`);
  for (const area of ["Users", "Licences"]) {
    await account(page);
    await open(page, area);
    await says(page, "Ask to restore");
    assert.equal(await page.locator("main tr.row").count(), 0, `${area} stay out of reach`);
  }
  await visit(page, here.demo, `${story.account}/subscriptions`);
  assert.match(await line(page, PRODUCT), /30/, "what was sold stays manageable");
  await askForHelp(page, "And it is late again");

  await admin.page.goto(new URL("/portal/service-requests", here.demo.portal_url).href);
  await says(admin.page, "Mail is late", "And it is late again");
  await admin.close();
  await tom.close();
});

test("the customer restores the privileges, and the work goes on", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const { page } = tom;
  await account(page);
  await open(page, "Ask to restore");
  await fillRequest(page, { mail: "siri.hauge@kajakk.example" });
  await press(page, "Create link and continue");
  await press(page, "Send for me");
  const link = linkOf(await here.mailTo("siri.hauge@kajakk.example", /asks to restore its privileges/));
  const admin = await siri(new URL(`${link}/review`).pathname);
  await decide(admin.page, "privileges");
  await admin.close();
  await account(page);
  await open(page, "Users");
  await says(page, "Anna Berg");
  await visit(page, here.demo, `${story.account}/licences`);
  assert.match(await line(page, PRODUCT), /26 of 30/);
  await tom.close();
});
