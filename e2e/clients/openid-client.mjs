// openid-client, which knows nothing but the standards. What is said on both sides: ../lib/program.mjs.
import { createPrivateKey, webcrypto } from "node:crypto";

import * as client from "openid-client";

import { answer, run, say } from "./wire.mjs";

async function proof({ client_secret: secret, key }) {
  if (!key) return secret ? client.ClientSecretPost(secret) : client.None();
  const jwk = createPrivateKey(key.pem).export({ format: "jwk" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return client.PrivateKeyJwt({ key: await webcrypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid: key.kid });
}

async function discover(task) {
  const issuer = new URL(`${task.authority}/${task.tenant}/v2.0`);
  return client.discovery(issuer, task.client_id, undefined, await proof(task));
}

const scope = (task) => ["openid", "profile", "offline_access", ...task.scopes].join(" ");

async function signIn(config, task) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: task.redirect_uri,
    scope: scope(task),
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    login_hint: task.upn,
  });
  const back = new URL(`${task.redirect_uri}?${new URLSearchParams(await answer(url.href))}`);
  return client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
}

await run(
  {
    client_credentials: async (task) => client.clientCredentialsGrant(await discover(task), { scope: task.scopes.join(" ") }),
    code: async (task) => signIn(await discover(task), task),
    refresh: async (task) => client.refreshTokenGrant(await discover(task), task.refresh_token, { scope: task.scopes.join(" ") }),
    async device(task) {
      const config = await discover(task);
      const begun = await client.initiateDeviceAuthorization(config, { scope: scope(task) });
      say({ device: begun });
      return client.pollDeviceAuthorizationGrant(config, begun);
    },
    on_behalf_of: async (task) =>
      client.genericGrantRequest(await discover(task), "urn:ietf:params:oauth:grant-type:jwt-bearer", {
        assertion: task.assertion,
        requested_token_use: "on_behalf_of",
        scope: task.scopes.join(" "),
      }),
  },
  (error) => ({ error: error.error ?? error.code ?? error.name, description: `${error.message} ${error.error_description ?? ""} ${error.cause?.message ?? ""}` }),
);
