// What partners' tools are built with, against the authority as it is: every library, every way it can ask for a token.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { registerKey } from "./lib/applications.mjs";
import { sitting } from "./lib/authority.mjs";
import { installation } from "./lib/installation.mjs";
import { partner, tenant, user } from "./lib/people.mjs";
import { client, python } from "./lib/program.mjs";
import { ask, discovery, verified } from "./lib/token.mjs";

const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";
const REDIRECT = "http://localhost:3000/callback";

/** The libraries and what each of them can do. `alias` asks for the Graph by the name it has elsewhere. */
const LIBRARIES = [
  {
    name: "MSAL for Python",
    program: "msal_python.py",
    can: ["client_credentials", "certificate", "code", "acting", "interactive", "silent", "refresh", "device", "on_behalf_of"],
    alias: true,
  },
  {
    name: "azure-identity for Python",
    program: "azure_identity.py",
    can: ["client_credentials", "certificate", "code", "acting", "interactive", "device", "on_behalf_of"],
    alias: true,
    wrongSecret: /^ClientAuthenticationError .*AADSTS7000215/,
  },
  {
    name: "MSAL for Node",
    program: "msal-node.mjs",
    can: ["client_credentials", "certificate", "code", "acting", "interactive", "silent", "refresh", "device", "on_behalf_of"],
    alias: true,
  },
  {
    name: "@azure/identity",
    program: "azure-identity.mjs",
    can: ["client_credentials", "certificate", "code", "acting", "device", "on_behalf_of"],
    alias: true,
    wrongSecret: /^AuthenticationRequiredError invalid_client.*AADSTS7000215/,
  },
  {
    name: "openid-client",
    program: "openid-client.mjs",
    can: ["client_credentials", "key", "code", "acting", "refresh", "device", "on_behalf_of"],
    wrongSecret: /^invalid_client /,
  },
];

let home;
let confidential;
let desktop;
let tom;
let sales;
let fjordline;
const here = installation(({ demo }) => {
  home = partner(demo);
  confidential = home.apps.find(({ client_secret: secret }) => secret);
  desktop = home.apps.find(({ client_secret: secret }) => !secret);
  assert.ok(confidential && desktop, JSON.stringify(home.apps));
  assert.ok(confidential.redirect_uris.includes(REDIRECT));
  tom = user(home, "admin_agent");
  sales = user(home, "sales_agent");
  fjordline = tenant(demo, "fjordline.example");
});

const graph = ({ alias }) => [`${alias ? "https://graph.microsoft.com" : `${here.demo.api_url}/graph`}/.default`];
const proven = () => ({ client_id: confidential.client_id, client_secret: confidential.client_secret });

/** Has a library do something, as somebody; fails unless tokens came of it. */
async function tokens(library, task, account = tom) {
  const all = { tenant: home.id, scopes: graph(library), redirect_uri: REDIRECT, upn: account.upn, ...task };
  const said = await client(here.demo, library.program, all, sitting(here.stranger, account));
  assert.ok(said.tokens, `${said.error}: ${said.description}`);
  return said.tokens;
}

/** The claims of a token for a person of the partner at home. */
async function personal(token, account, app = confidential) {
  const claims = await verified(here.demo, token, { tenant: home.id });
  const { aud, tid, oid, sub, appid, azp, upn } = claims;
  const id = app.client_id;
  const expected = { tid: home.id, oid: account.id, sub: account.id, appid: id, azp: id, upn: account.upn };
  assert.deepEqual({ tid, oid, sub, appid, azp, upn }, expected);
  assert.ok(claims.scp && !claims.act && claims.sid && claims.jti);
  return { ...claims, aud };
}

/** Checks a token by which the agent acts for the customer. */
async function onBehalf(token) {
  const claims = await verified(here.demo, token, { tenant: fjordline.id });
  const { tid, oid, act, wids, exp, iat, rel } = claims;
  assert.deepEqual({ tid, oid }, { tid: fjordline.id, oid: tom.id });
  assert.deepEqual({ sub: act.sub, tid: act.tid, name: act.name }, { sub: tom.id, tid: home.id, name: tom.display_name });
  assert.ok(wids.includes(GLOBAL_ADMINISTRATOR) && rel, JSON.stringify(claims));
  assert.ok(exp - iat <= 300, `${exp - iat} s`);
}

/** The claims of an application's own token. */
async function ofApplication(token) {
  const { aud, tid, oid, sub, idtyp, scp, appid } = await verified(here.demo, token, { tenant: home.id });
  const id = confidential.client_id;
  assert.deepEqual(
    { aud, tid, oid, sub, idtyp, scp, appid },
    { aud: `${here.demo.api_url}/graph`, tid: home.id, oid: id, sub: id, idtyp: "app", scp: undefined, appid: id },
  );
}

const makeCertificate = async () => {
  const script = fileURLToPath(new URL("clients/certificate.py", import.meta.url));
  return JSON.parse((await promisify(execFile)(python(), [script])).stdout);
};

/** The ways to ask, each as a test of its own. */
const WAYS = {
  async client_credentials(library) {
    const { access_token: token, refresh_token: refresh } = await tokens(library, { do: "client_credentials", ...proven() });
    await ofApplication(token);
    assert.ok(!refresh, "an application needs no refresh token");
  },
  async certificate(library) {
    const certificate = await makeCertificate();
    await registerKey(here, confidential, certificate.pem);
    const task = { do: "client_credentials", client_id: confidential.client_id, certificate };
    await ofApplication((await tokens(library, task)).access_token);
  },
  async key(library) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const kid = "a-key-of-ours";
    await registerKey(here, confidential, JSON.stringify({ ...publicKey.export({ format: "jwk" }), alg: "ES256", kid }));
    const pem = privateKey.export({ format: "pem", type: "pkcs8" });
    const task = { do: "client_credentials", client_id: confidential.client_id, key: { pem, kid } };
    await ofApplication((await tokens(library, task)).access_token);
  },
  async code(library) {
    const { access_token: token, id_token: identity } = await tokens(library, { do: "code", ...proven() });
    assert.equal((await personal(token, tom)).aud, `${here.demo.api_url}/graph`);
    if (!identity) return;
    const claims = await verified(here.demo, identity, { tenant: home.id, typ: "JWT" });
    const { aud, oid, tid, ver, preferred_username: upn, name } = claims;
    assert.deepEqual(
      { aud, oid, tid, ver, upn, name },
      { aud: confidential.client_id, oid: tom.id, tid: home.id, ver: "2.0", upn: tom.upn, name: tom.display_name },
    );
  },
  // Signing in at the customer's authority: nothing in the library knows about acting on behalf.
  async acting(library) {
    await onBehalf((await tokens(library, { do: "code", ...proven(), tenant: fjordline.id })).access_token);
  },
  async interactive(library) {
    const { access_token: token } = await tokens(library, { do: "interactive", client_id: desktop.client_id });
    await personal(token, tom, desktop);
  },
  async silent(library) {
    const { access_token: token } = await tokens(library, { do: "silent", ...proven() });
    await personal(token, tom);
  },
  async refresh(library) {
    const first = await tokens(library, { do: "code", ...proven() });
    assert.ok(first.refresh_token);
    const task = { do: "refresh", refresh_token: first.refresh_token, ...proven() };
    const second = await tokens(library, task);
    const [before, after] = [await personal(first.access_token, tom), await personal(second.access_token, tom)];
    assert.notEqual(before.jti, after.jti);
    assert.equal(before.sid, after.sid, "one sign-in");
    assert.notEqual(first.refresh_token, second.refresh_token, "it rotates");

    // The same refresh token at a customer's authority: a token to act on its behalf.
    const acting = await tokens(library, { ...task, refresh_token: second.refresh_token, tenant: fjordline.id });
    await onBehalf(acting.access_token);

    // And at one that has nothing to do with the partner, or took its privileges back.
    for (const other of ["solberg-eiendom.example", "kestrel-systems.example"]) {
      const stranger = tenant(here.demo, other).id;
      const refused = await client(here.demo, library.program, { ...task, scopes: graph(library), refresh_token: second.refresh_token, tenant: stranger });
      assert.equal(refused.error, "invalid_grant", JSON.stringify(refused));
      assert.match(refused.description, /AADSTS(50020|50177)/);
    }
  },
  async device(library) {
    const { access_token: token } = await tokens(library, { do: "device", client_id: desktop.client_id }, sales);
    await personal(token, sales, desktop);
  },
  async on_behalf_of(library) {
    const own = await tokens(LIBRARIES[0], { do: "code", ...proven(), scopes: [`api://${confidential.client_id}/.default`] });
    assert.equal((await personal(own.access_token, tom)).aud, confidential.client_id);
    const task = { do: "on_behalf_of", assertion: own.access_token, ...proven() };
    const { access_token: token } = await tokens(library, task);
    assert.equal((await personal(token, tom)).aud, `${here.demo.api_url}/graph`);
  },
};

for (const library of LIBRARIES) {
  describe(library.name, () => {
    for (const way of library.can) test(way, () => WAYS[way](library));

    test("a wrong secret is refused as such", async () => {
      const wrong = { ...proven(), client_secret: `${confidential.client_secret.slice(0, -1)}~` };
      const task = { do: "client_credentials", tenant: home.id, scopes: graph(library), ...wrong };
      const { error, description } = await client(here.demo, library.program, task);
      // What a library shows of the answer differs; this is what each of them looks for.
      assert.match(`${error} ${description}`, library.wrongSecret ?? /^invalid_client .*AADSTS7000215/);
    });

    test("an organisation that does not exist is refused before anything else", async () => {
      const nobody = "00000000-0000-4000-8000-000000000000";
      const task = { do: "client_credentials", tenant: nobody, scopes: graph(library), ...proven() };
      const said = await client(here.demo, library.program, task);
      assert.ok(said.error && !said.tokens, JSON.stringify(said));
      const answer = await ask(here.demo, `${here.demo.authority_url}/${nobody}/v2.0/.well-known/openid-configuration`);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
    });
  });
}

test("a redirect address that is not the application's own gets a page and no answer", async () => {
  const { page, expect, close } = await here.stranger();
  expect(/status of 400/);
  for (const wrong of ["http://localhost:3001/callback", "http://localhost:3000/callback/", "https://evil.example/"]) {
    const asked = { client_id: confidential.client_id, response_type: "code", redirect_uri: wrong, scope: "openid", state: "s" };
    const url = `${here.demo.authority_url}/${home.id}/oauth2/v2.0/authorize?${new URLSearchParams(asked)}`;
    const answer = await page.goto(url);
    assert.equal(answer.status(), 400, wrong);
    assert.equal(page.url(), url);
    await page.locator("main summary").click();
    assert.match(await page.locator("main").innerText(), /AADSTS50011: /);
  }
  await close();
});

test("discovery: by id, by domain, and for whoever has to sign in first", async () => {
  const { authority_url: authority } = here.demo;
  const byId = await discovery(here.demo, home.id);
  assert.equal(byId.issuer, `${authority}/${home.id}/v2.0`);
  assert.deepEqual(await discovery(here.demo, home.domain), byId, "a domain leads to the id's addresses");
  for (const name of ["common", "organizations"]) {
    assert.equal((await discovery(here.demo, name)).issuer, `${authority}/{tenantid}/v2.0`);
  }
});
