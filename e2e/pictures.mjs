// Takes the pictures in docs/pictures from a fresh demonstration: `node e2e/pictures.mjs`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { launch } from "./lib/browser.mjs";
import { visit } from "./lib/pages.mjs";
import { partner, signIn, tenant, user } from "./lib/people.mjs";
import { draftRequest } from "./lib/requests.mjs";
import { startServer } from "./lib/server.mjs";

const folder = fileURLToPath(new URL("../docs/pictures", import.meta.url));
await mkdir(folder, { recursive: true });
const server = await startServer();
const browser = await launch();
const { demo } = server;

// Without motion, so that no picture shows one page fading into the next.
const window = { width: 1280, height: 900, reducedMotion: "reduce" };
const take = (page, name) => page.screenshot({ path: join(folder, `${name}.png`) });

const agent = await browser.newPerson(window);
await signIn(agent.page, demo, user(partner(demo), "admin_agent"), "/partner/sign-in");
await visit(agent.page, demo, "/partner/overview");
await take(agent.page, "overview");
await visit(agent.page, demo, "/partner/customers");
await agent.page.locator("main tr.row .exp").nth(2).click();
await agent.page.mouse.move(0, 0);
await take(agent.page, "customers");
await visit(agent.page, demo, "/partner/requests/new");
await take(agent.page, "request");

const asked = tenant(demo, "Havn Sjømat AS");
const admin = user(asked, "global_admin");
const request = await draftRequest(agent.page, demo, {
  domain: asked.domain,
  mail: admin.upn,
  name: admin.display_name,
});
await take(agent.page, "message");

const customer = await browser.newPerson(window);
await signIn(customer.page, demo, admin, new URL(request.link).pathname.concat("/review"));
await take(customer.page, "review");

const served = await browser.newPerson(window);
await signIn(served.page, demo, user(tenant(demo, "Fjordline Logistics AS"), "global_admin"), "/portal/sign-in");
await visit(served.page, demo, "/portal/partners");
await take(served.page, "partners");

await browser.close();
await server.stop();
