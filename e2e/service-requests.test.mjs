// S12 and S16: a partner without privileges opens a service request, the operator answers on the command line, the customer sees it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { axe, noSidewaysScroll } from "./lib/browser.mjs";
import { installation } from "./lib/installation.mjs";
import { headline, open, press, says, saysNot, visit } from "./lib/pages.mjs";
import { tenant } from "./lib/people.mjs";
import { binary } from "./lib/server.mjs";

const DIRECT = "Brightwater IT";
const KESTREL = "Kestrel Systems Ltd";
const TITLE = "Machines lose their disks";

const here = installation();
const run = promisify(execFile);

/** What the operator types, beside the running server. */
const support = async (...args) => (await run(binary(), ["support", ...args, "--data", here.data])).stdout;

let number;

test("a helpdesk agent opens one for a customer that never granted anything", async () => {
  const jonas = await here.enter(DIRECT, "helpdesk_agent", { javaScript: false });
  const { page } = jonas;
  await visit(page, here.demo, `/partner/customers/${tenant(here.demo, KESTREL).id}`);
  await open(page, "Service requests");
  await says(page, "No service requests yet.");
  await open(page, "Open a service request");
  await page.fill("#title", TITLE);
  await page.selectOption("#topic", "outage");
  await page.selectOption("#subscription", { index: 1 });
  await page.check("#severity-critical");
  await page.fill("#description", "Since this morning three machines come back from a restart without their disks.");
  await press(page, "Open the service request");
  await says(page, "Who helps you", DIRECT);
  [, number] = /Service request (\d+)/.exec(await headline(page));
  await noSidewaysScroll(page);
  await page.fill("#text", "The log of one of them.");
  await page.setInputFiles("#files", [{ name: "../disk.exe", mimeType: "image/png", buffer: Buffer.from("disk not found\n") }]);
  await press(page, "Add a note");
  await says(page, "disk.exe.txt");
  await jonas.close();
});

test("the operator finds it in the queue and asks back", async () => {
  assert.match(await support("list"), new RegExp(`${number} .*critical .*open .*answer in .*${TITLE}`));
  assert.match(await support("show", number), /disk not found|disk\.exe\.txt/);
  assert.match(await support("answer", number, "--needs-attention", "--text", "Which machines?"), /asked back/);
  const mail = await here.mailTo("jonas.haugen@brightwater.example", new RegExp(`${number} needs your attention`));
  assert.equal(mail.headers.subject, `Service request ${number} needs your attention`);
  assert.ok(!mail.text.includes("Which machines?"), "what was written stays behind the sign-in");
});

test("the customer's administrator sees it, answers, and closes it", async () => {
  const admin = await here.enter(KESTREL, "global_admin");
  const { page } = admin;
  await visit(page, here.demo, "/portal/service-requests");
  await says(page, TITLE, "Attention needed");
  await open(page, number);
  await says(page, "Which machines?", "disk.exe.txt", "waits for you");
  await axe(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /disk\.exe\.txt/ }).click()]);
  assert.equal(download.suggestedFilename(), "disk.exe.txt");
  await page.fill("#text", "The three in the second rack.");
  await press(page, "Add a note");
  assert.match(await support("answer", number, "--text", "Repaired."), /answered/);
  await page.reload();
  await says(page, "Repaired.", "The three in the second rack.");
  await press(page, "Close");
  await says(page, "can be opened again until");
  assert.match(await support("list"), /^(?![^]*\b1000004\b)/);
  await admin.close();
});

test("another partner of the customer sees nothing of it", async () => {
  const other = await here.enter("Skagerrak Distribution AS", "admin_agent");
  await visit(other.page, here.demo, "/partner/service-requests");
  await saysNot(other.page, TITLE);
  await other.close();
});
