// @azure/identity, as tools use it. What is said on both sides: ../lib/program.mjs.
import {
  AuthorizationCodeCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  OnBehalfOfCredential,
} from "@azure/identity";

import { answer, run, say } from "./wire.mjs";

const options = ({ authority }) => ({ authorityHost: authority, disableInstanceDiscovery: true });

async function get(credential, { scopes }) {
  const { token } = await credential.getToken(scopes);
  return { access_token: token };
}

await run(
  {
    async client_credentials(task) {
      const { tenant, client_id: id, client_secret: secret, certificate } = task;
      const credential = certificate
        ? new ClientCertificateCredential(tenant, id, { certificate: certificate.key + certificate.pem }, options(task))
        : new ClientSecretCredential(tenant, id, secret, options(task));
      return get(credential, task);
    },
    async code(task) {
      const { authority, tenant, client_id: id, client_secret: secret, redirect_uri: redirect, scopes } = task;
      const asked = { client_id: id, response_type: "code", redirect_uri: redirect, scope: scopes.join(" "), state: "s" };
      const { code } = await answer(`${authority}/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams(asked)}`);
      return get(new AuthorizationCodeCredential(tenant, id, secret, code, redirect, options(task)), task);
    },
    async device(task) {
      const userPromptCallback = ({ userCode, verificationUri }) =>
        say({ device: { user_code: userCode, verification_uri: verificationUri } });
      const { tenant: tenantId, client_id: clientId } = task;
      return get(new DeviceCodeCredential({ tenantId, clientId, userPromptCallback, ...options(task) }), task);
    },
    async on_behalf_of(task) {
      const { tenant: tenantId, client_id: clientId, client_secret: clientSecret, assertion: userAssertionToken } = task;
      const credential = new OnBehalfOfCredential({ tenantId, clientId, clientSecret, userAssertionToken, ...options(task) });
      return get(credential, task);
    },
  },
  (error) => ({ error: error.name, description: `${error.message} ${error.errorResponse?.error ?? ""}` }),
);
