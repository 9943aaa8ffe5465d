// Who is who in the demo installation, and how they sign in.
import assert from "node:assert/strict";

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

/**
 * Signs a person in on the form of a portal, at `/partner/sign-in` or `/customer/sign-in`, and waits for the page
 * that follows. `path` names another page that leads to the form (a link from a mail, say). Fails if the form is
 * still there afterwards. Works with JavaScript switched off.
 */
export async function signIn(page, demo, { upn, password }, { portal = "partner", path = `/${portal}/sign-in` } = {}) {
  await page.goto(new URL(path, demo.portal_url).href);
  await page.fill("input[name=username]", upn);
  await page.fill("input[name=password]", password);
  await Promise.all([page.waitForEvent("domcontentloaded"), page.click("form:has(input[name=password]) button[type=submit]")]);
  const again = await page.locator("input[name=password]").count();
  assert.equal(again, 0, `${upn} is not signed in: ${await page.locator("main, body").first().innerText()}`);
}
