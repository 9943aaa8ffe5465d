// An independent provider of identity (OpenID Connect) on this machine, as an organisation would run one: its own accounts,
// its own page to sign in, nothing that knows of us but the one client it was told about.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import Provider from "oidc-provider";

import { freePort } from "./server.mjs";

const page = (uid) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Fjordline ID</title></head>
<body><main><h1>Fjordline ID</h1><form method="post" action="/interaction/${uid}"><label>Account <input name="account"></label>
<button>Sign in</button></form></main></body></html>`;

/**
 * Starts one. `accounts` maps an account to its claims and may be changed while it runs; `redirectUris` is where it sends people
 * back to. Answers `{ issuer, clientId, clientSecret, stop() }`.
 */
export async function startProvider({ accounts, redirectUris }) {
  const port = await freePort();
  // Another host than ours, so that the browser treats the two as different sites.
  const issuer = `http://localhost:${port}`;
  const [clientId, clientSecret] = ["entente", "a secret: with signs/that+need=escaping"];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", kid: "one" }] },
    cookies: { keys: ["only for tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username"] },
    findAccount: (_, sub) => accounts[sub] && { accountId: sub, claims: () => ({ sub, ...accounts[sub] }) },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 600, Session: 600, Grant: 600 },
    // The organisation's own administrator has consented for everybody.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  const server = createServer(async (request, response) => {
    const uid = request.url.match(/^\/interaction\/([\w-]+)$/)?.[1];
    if (!uid) return answer(request, response);
    if (request.method === "GET") return response.setHeader("content-type", "text/html").end(page(uid));
    let body = "";
    for await (const some of request) body += some;
    const accountId = new URLSearchParams(body).get("account");
    await provider.interactionFinished(request, response, { login: { accountId } });
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "localhost", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { issuer, clientId, clientSecret, stop };
}
