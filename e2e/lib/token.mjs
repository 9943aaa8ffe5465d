// Reading tokens as a resource does: by the keys their issuer publishes, with nothing but Node.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:https";

const decode = (text) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));

/** Asks the demonstration over TLS. Answers `{ status, headers, body }`; `body` is read where it is JSON. */
export async function ask(demo, url, { method = "GET", headers = {}, fields } = {}) {
  const ca = await readFile(demo.ca_pem);
  const form = fields && new URLSearchParams(fields).toString();
  const kind = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(form) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, headers: { ...kind, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => {
        const json = response.headers["content-type"]?.startsWith("application/json");
        resolve({ status: response.statusCode, headers: response.headers, text, body: json ? JSON.parse(text) : undefined });
      });
    });
    sent.once("error", reject);
    sent.end(form);
  });
}

/** The discovery document of a tenant, by id, domain or `organizations`. */
export async function discovery(demo, tenant) {
  const { status, body } = await ask(demo, `${demo.authority_url}/${tenant}/v2.0/.well-known/openid-configuration`);
  assert.equal(status, 200);
  return body;
}

/** The claims of a token whose signature, type, issuer and time were checked. `typ` is `at+jwt` unless given. */
export async function verified(demo, token, { tenant, typ = "at+jwt" }) {
  const [header, claims, signature] = token.split(".");
  const { alg, kid, typ: actual } = decode(header);
  assert.equal(actual?.toLowerCase(), typ.toLowerCase());
  const { issuer, jwks_uri: keys } = await discovery(demo, tenant);
  const jwk = (await ask(demo, keys)).body.keys.find((it) => it.kid === kid);
  assert.ok(jwk, `no key ${kid}`);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  assert.ok(["RS256", "ES256"].includes(alg), alg);
  const right = verify("sha256", Buffer.from(`${header}.${claims}`), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  assert.ok(right, "the signature is wrong");
  const read = decode(claims);
  assert.equal(read.iss, issuer);
  assert.ok(read.exp > Date.now() / 1000 && read.iat <= Date.now() / 1000 + 5, "the token's times");
  return read;
}
