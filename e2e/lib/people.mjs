// Who is who in the demo installation, and how they sign in.
import assert from "node:assert/strict";

import { follow } from "./pages.mjs";

/** The tenant of this id, domain or name; fails with the list of names if there is none. */
export function tenant(demo, which) {
  const found = demo.tenants.find(({ id, domain, name }) => [id, domain, name].includes(which));
  assert.ok(found, `no tenant ${which} among ${demo.tenants.map(({ name }) => name).join(", ")}`);
  return found;
}

/** The first partner of a kind: `direct`, `indirect_provider` or `indirect_reseller`. */
export function partner(demo, kind = "direct") {
  const found = demo.tenants.find((tenant) => tenant.kind === "partner" && tenant.partner_kind === kind);
  assert.ok(found, `no partner of kind ${kind}`);
  return found;
}

/** The first user of a tenant who has a role; without a role, the first who has none. */
export function user(tenant, role) {
  const found = tenant.users.find(({ roles }) => (role ? roles.includes(role) : roles.length === 0));
  assert.ok(found, `${tenant.name} has nobody with ${role ?? "no role"}`);
  return found;
}

/** Where the pages of a tenant's portal live: the partner portal, or the customer portal of its cloud. */
export function portalOf({ kind, cloud }) {
  if (kind === "partner") return "/partner";
  return cloud === "public" ? "/portal" : `/${cloud}/portal`;
}

/**
 * Signs a person in on the form of a portal and waits for the page that follows. `path` is the form, or another page
 * that leads to it (a link from a mail, say). Fails if the form is still there afterwards. Works without JavaScript.
 */
export async function signIn(page, demo, { upn, password }, path) {
  await page.goto(new URL(path, demo.portal_url).href);
  await fillSignIn(page, { upn, password });
  const again = await page.locator("input[name=username]:visible").count();
  assert.equal(again, 0, `${upn} is not signed in: ${await page.locator("main, body").first().innerText()}`);
}

/** Sends the sign-in form that the page shows, whatever comes of it. Returns the answer. */
export async function fillSignIn(page, { upn, password }) {
  await page.fill("input[name=username]", upn);
  await page.fill("input[name=password]", password);
  return follow(page, page.locator("form:has(input[name=password]) button[type=submit]"));
}
