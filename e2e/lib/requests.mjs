// Asking a customer, and answering, through the pages; every step works without JavaScript.
import assert from "node:assert/strict";

import { follow, headline, press, visit } from "./pages.mjs";

/**
 * Fills in the request page and goes on to its e-mail. What is not given stays as the page offers it. Returns the
 * request's number, its link and the address of its page.
 */
export async function draftRequest(page, demo, asked = {}) {
  // Each cloud has a request page of its own, since clouds offer different things.
  const cloud = asked.cloud && asked.cloud !== "public" ? `?cloud=${asked.cloud}` : "";
  await visit(page, demo, `/partner/requests/new${cloud}`);
  await fillRequest(page, asked);
  await press(page, "Create link and continue");
  assert.equal(await headline(page), "Review the e-mail");
  return shownRequest(page);
}

/** Fills in the request page that is open. */
export async function fillRequest(page, { privileges, kind, companion, country, domain, mail, name, language }) {
  if (kind) await page.check(`input[name=kind][value=${kind}]`);
  if (companion) await page.selectOption("select[name=companion]", { label: companion });
  if (privileges !== undefined) await page.setChecked("input[name=privileges]", privileges);
  if (country) await page.selectOption("select[name=country]", country);
  if (language) await page.selectOption("select[name=language]", language);
  for (const [field, value] of Object.entries({ domain, mail, name })) {
    if (value !== undefined) await page.fill(`input[name=${field}]`, value);
  }
}

/** Number and link of the request whose e-mail the page shows. */
export async function shownRequest(page) {
  const [, number] = /\/requests\/(\d+)\/message/.exec(page.url());
  const link = await page.locator(".mail .locked code").innerText();
  return { number, link, path: `/partner/requests/${number}` };
}

/** Asks for a relationship with `customer` and has the mail sent to its administrator. */
export async function requestFrom(page, demo, customer, asked = {}) {
  const admin = customer.users.find(({ roles }) => roles.includes("global_admin"));
  const about = { cloud: customer.cloud, country: customer.country, domain: customer.domain, mail: admin.upn };
  const request = await draftRequest(page, demo, { ...about, ...asked });
  await press(page, "Send for me");
  return request;
}

/** Decides on the review page that is open: `privileges` or `reseller`, and accepts the agreement. */
export async function decide(page, decision) {
  await page.check(`input[name=decision][value=${decision}]`);
  // What the customer signed already is not asked for again.
  const agreement = page.locator("#agreement");
  if (await agreement.count()) await agreement.check();
  return follow(page, page.locator("main button[type=submit]"));
}

/** Adds a subscription on a customer's page of subscriptions. */
export async function subscribe(page, product, quantity = "") {
  await page.selectOption("select[name=product]", product);
  await page.fill("input[name=quantity]", quantity);
  await press(page, "Add subscription");
}
