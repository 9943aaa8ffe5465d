// The live glass: a partner's person acts by a program, the customer sees it and stops it, with and without the script.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { actFor, ownToken } from "./lib/on-behalf.mjs";
import { launch } from "./lib/browser.mjs";
import { visit } from "./lib/pages.mjs";
import { partner, signIn, tenant, user } from "./lib/people.mjs";
import { startServer } from "./lib/server.mjs";

const server = await startServer();
const browser = await launch();
after(() => browser.close());
after(() => server.stop());

const { demo } = server;
const direct = partner(demo);
const console = direct.apps.find((it) => it.client_secret);
const agent = user(direct, "admin_agent");
const customer = tenant(demo, "fjordline.example");
const subject = await ownToken(demo.portal_url, console, agent);
const act = () => actFor(demo.portal_url, console, subject, customer.id);

for (const javaScript of [true, false]) {
  test(`seen and stopped ${javaScript ? "with" : "without"} the script`, async () => {
    assert.equal((await act()).status, 200);
    const person = await browser.newPerson({ javaScript, reducedMotion: "reduce" });
    const { page } = person;
    await signIn(page, demo, user(customer, "global_admin"), "/portal/sign-in");
    await visit(page, demo, "/portal/partners");
    const row = page.locator("#acting tr.row", { hasText: agent.display_name });
    assert.match(await row.innerText(), /Brightwater Console/);
    await row.getByRole("link", { name: new RegExp(agent.display_name) }).click();
    const question = javaScript ? page.locator("dialog[open]") : page.locator("main");
    assert.match(await question.innerText(), /1 session on your behalf ends at once/);
    await question.getByRole("button", { name: "Stop now" }).click();
    await page.waitForURL(/done=stopped/);
    assert.match(await page.locator("#acting").innerText(), /Nobody is acting for you right now/);
    const refused = await act();
    assert.equal(refused.status, 400);
    assert.match(JSON.stringify(refused), /stopped/);
    await page.getByRole("button", { name: /^Allow again/ }).click();
    await page.waitForURL(/done=allowed/);
    assert.equal(await page.getByRole("button", { name: /^Allow again/ }).count(), 0);
    await person.close();
  });
}
