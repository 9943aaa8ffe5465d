// A partner's program without a browser in between: what it asks of the authority so that somebody acts for a customer.
import assert from "node:assert/strict";

import { Client, said } from "./client.mjs";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

/** A request to the token endpoint with the application's secret; answers what it is given, `{ status, ...body }`. */
async function token(base, app, fields) {
  const body = new URLSearchParams({ client_id: app.client_id, client_secret: app.client_secret, ...fields });
  const response = await fetch(new URL("/organizations/oauth2/v2.0/token", base), { method: "POST", body });
  return { status: response.status, ...(await response.json()) };
}

/** A token of a person for an application, by a code for whoever signed in. */
export async function ownToken(base, app, account) {
  const client = new Client(base);
  // A form may not lead to another site, so the authority answers with a page that leads on.
  await client.submit("/authority/sign-in", { username: account.upn, password: account.password });
  const [redirect_uri] = app.redirect_uris;
  const asked = new URLSearchParams({ client_id: app.client_id, redirect_uri, response_type: "code", scope: "openid" });
  const { status, location, text } = await client.get(`/organizations/oauth2/v2.0/authorize?${asked}`);
  const code = location && new URL(location, base).searchParams.get("code");
  assert.ok(code, `no code, ${status}: ${location ?? said(text)}`);
  const answer = await token(base, app, { grant_type: "authorization_code", code, redirect_uri });
  assert.equal(answer.status, 200, answer.error_description);
  return answer.access_token;
}

/** Exchanges it for one that acts for a customer; answers `{ status, access_token | error }`. */
export function actFor(base, app, subject_token, customer) {
  return token(base, app, { grant_type: EXCHANGE, subject_token, subject_token_type: ACCESS_TOKEN, audience: customer });
}
