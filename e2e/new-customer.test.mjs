// A partner creates a customer: the password is shown once, its administrator comes in, and decides about privileges.
import assert from "node:assert/strict";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf } from "./lib/mail.mjs";
import { headline, open, press, says, saysNot, visit } from "./lib/pages.mjs";
import { fillSignIn } from "./lib/people.mjs";

const here = installation();
const OWN = "a password of my own 7";
const story = {};

test("a partner creates a customer, and its first password is shown once", async () => {
  const tom = await here.enter("Brightwater IT", "admin_agent", { javaScript: false });
  const { page } = tom;
  await visit(page, here.demo, "/partner/customers");
  await open(page, "New customer");
  for (const [name, value] of Object.entries({
    name: "Lofoten Kajakk AS",
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
  await says(page, "lofoten-kajakk.halden.example is free");
  assert.equal(await page.inputValue("[name=city]"), "Svolvær", "what was typed stays");
  await press(page, "Create customer");
  assert.equal(await headline(page), "Lofoten Kajakk AS is created");
  await says(page, "admin@lofoten-kajakk.halden.example", "This is shown once");
  story.password = (await page.locator("main").innerText()).match(/[a-z2-9]{5}(-[a-z2-9]{5}){3}/)[0];
  await open(page, "Ask for privileges");
  assert.equal(await page.inputValue("[name=mail]"), "siri.hauge@kajakk.example");
  await saysNot(page, story.password);
  await press(page, "Create link and continue");
  await press(page, "Send for me");
  story.account = page.url();
  await tom.close();
});

test("the new administrator chooses a password, and accepts with the agreement", async () => {
  const welcome = await here.mailTo("siri.hauge@kajakk.example", /set up Lofoten Kajakk AS/);
  assert.ok(!welcome.text.includes(story.password), "no mail holds a password");
  const link = linkOf(await here.mailTo("siri.hauge@kajakk.example", /privileges/));
  const siri = await here.stranger();
  const { page } = siri;
  await page.goto(link);
  await open(page, "Sign in to review");
  await fillSignIn(page, { upn: "admin@lofoten-kajakk.halden.example", password: story.password });
  assert.equal(await headline(page), "Choose your password");
  await page.fill("input[name=password]", OWN);
  await page.fill("input[name=repeat]", OWN);
  await page.locator("main button[type=submit]").first().click();
  await page.waitForURL(/\/review/);
  await page.check("input[name=decision][value=privileges]");
  await page.check("#agreement");
  await page.locator("main form button.primary").click();
  await page.waitForURL(/\/done/);
  await visit(page, here.demo, "/portal/company");
  assert.equal(await page.inputValue("[name=line1]"), "Havnegata 4");
  await says(page, "Signed by", "Siri Hauge");
  await siri.close();
});
