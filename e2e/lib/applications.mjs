// The applications of a partner, on its pages.
import assert from "node:assert/strict";

/** Registers a public key of an application of the direct partner, as its administrator. */
export async function registerKey(here, app, jwk) {
  assert.fail(`not written yet: ${here.demo.portal_url} ${app.client_id} ${jwk.alg}`);
}
