// MSAL for Node, as tools use it. What is said on both sides: ../lib/program.mjs.
import { AuthError, ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";

import { answer, run, say } from "./wire.mjs";

function auth({ authority, tenant, client_id: clientId }) {
  return { clientId, authority: `${authority}/${tenant}`, knownAuthorities: [new URL(authority).host] };
}

function confidential(task) {
  const { client_secret: clientSecret, certificate } = task;
  const proof = certificate
    ? { clientCertificate: { thumbprintSha256: certificate.sha256, privateKey: certificate.key } }
    : { clientSecret };
  return new ConfidentialClientApplication({ auth: { ...auth(task), ...proof } });
}

/** The library keeps refresh tokens to itself; its cache is where tools that store them look. */
function tokens(app, result) {
  const cache = JSON.parse(app.getTokenCache().serialize());
  const [kept] = Object.values(cache.RefreshToken ?? {});
  return { access_token: result.accessToken, id_token: result.idToken, refresh_token: kept?.secret };
}

async function signIn(app, { scopes, redirect_uri: redirectUri, upn }) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const [state, nonce] = [crypto.randomUUID(), crypto.randomUUID()];
  const pkce = { codeChallenge: challenge, codeChallengeMethod: "S256" };
  const url = await app.getAuthCodeUrl({ scopes, redirectUri, state, nonce, loginHint: upn, ...pkce });
  const back = await answer(url);
  return app.acquireTokenByCode({ scopes, redirectUri, code: back.code, codeVerifier: verifier, state, nonce }, back);
}

await run(
  {
    async client_credentials(task) {
      const app = confidential(task);
      return tokens(app, await app.acquireTokenByClientCredential({ scopes: task.scopes }));
    },
    async code(task) {
      const app = confidential(task);
      return tokens(app, await signIn(app, task));
    },
    async interactive(task) {
      const app = new PublicClientApplication({ auth: auth(task) });
      const openBrowser = async (url) => say({ visit: url });
      return tokens(app, await app.acquireTokenInteractive({ scopes: task.scopes, loginHint: task.upn, openBrowser }));
    },
    async silent(task) {
      const app = confidential(task);
      const { account } = await signIn(app, task);
      return tokens(app, await app.acquireTokenSilent({ scopes: task.scopes, account, forceRefresh: true }));
    },
    async refresh(task) {
      const app = confidential(task);
      const asked = { scopes: task.scopes, refreshToken: task.refresh_token, forceCache: true };
      return tokens(app, await app.acquireTokenByRefreshToken(asked));
    },
    async device(task) {
      const app = new PublicClientApplication({ auth: auth(task) });
      const deviceCodeCallback = ({ userCode, verificationUri }) =>
        say({ device: { user_code: userCode, verification_uri: verificationUri } });
      return tokens(app, await app.acquireTokenByDeviceCode({ scopes: task.scopes, deviceCodeCallback }));
    },
    async on_behalf_of(task) {
      const app = confidential(task);
      return tokens(app, await app.acquireTokenOnBehalfOf({ scopes: task.scopes, oboAssertion: task.assertion }));
    },
  },
  (error) => ({
    error: error instanceof AuthError ? error.errorCode : error.name,
    description: `${error.errorMessage ?? ""} ${error.message}`,
  }),
);
