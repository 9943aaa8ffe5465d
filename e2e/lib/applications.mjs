// The applications of a partner, on its pages.
import { Client } from "./client.mjs";
import { partner, user } from "./people.mjs";

/** Registers a public key of an application of the direct partner, as its administrator: a certificate's PEM, or a JWK. */
export async function registerKey({ demo }, app, key) {
  const maya = await new Client(demo.portal_url).signIn(user(partner(demo), "global_admin"));
  const path = `/partner/settings/applications/${app.client_id}/credentials`;
  await maya.done(path, { sort: "key", key, label: "Of a test", days: "30" });
}
