// A demonstration set for a performance: people signed in without a browser, and requests in every state.
import assert from "node:assert/strict";

import { actFor, ownToken } from "./on-behalf.mjs";
import { Client } from "./client.mjs";
import { partner, tenant, user } from "./people.mjs";
import { startServer } from "./server.mjs";
import { until } from "./wait.mjs";

/** Who acts, by a short name: where they sign in and as whom. */
function cast(demo) {
  const [direct, provider, reseller] = ["direct", "indirect_provider", "indirect_reseller"].map((kind) => partner(demo, kind));
  const at = (base, account) => ({ base, account });
  const admin = (domain, base = "/portal") => at(base, user(tenant(demo, domain), "global_admin"));
  return {
    maya: at("/partner", user(direct, "global_admin")),
    agent: at("/partner", user(direct, "admin_agent")),
    seller: at("/partner", user(direct, "sales_agent")),
    helpdesk: at("/partner", user(direct, "helpdesk_agent")),
    manager: at("/partner", user(direct, "user_management_admin")),
    provider: at("/partner", user(provider, "global_admin")),
    reseller: at("/partner", user(reseller, "global_admin")),
    // Served by the direct partner, with privileges.
    ingrid: admin("fjordline.example"),
    // In the partner's own country, connected to nobody.
    nina: admin("solberg-eiendom.example"),
    petter: at("/portal", user(tenant(demo, "solberg-eiendom.example"))),
    hanne: admin("aas-regnskap.example"),
    // Served by provider and reseller together.
    torunn: admin("havn-sjomat.example"),
    // Of another region, of another cloud, of no organisation, and a partner's own administrator as a customer.
    sato: admin("fujimi-seisakusho.example"),
    jurgen: admin("rheintal-technik.example", "/germany/portal"),
    denise: admin("harrow-transit.example", "/us-government/portal"),
    wang: admin("haihe-shipin.example", "/china/portal"),
    robin: at("/portal", demo.accounts_without_organisation[0]),
    mayaAsCustomer: at("/portal", user(direct, "global_admin")),
  };
}

/** Starts a server and answers it with its people: `as(name)` is a signed-in client, the same one every time. */
export async function openStage(options) {
  const server = await startServer(options);
  const people = cast(server.demo);
  const clients = new Map();
  const base = server.demo.portal_url;
  const stage = {
    ...server,
    base,
    people,
    /** The signed-in client of somebody; a stranger's for no name. */
    async as(name) {
      if (!name) return new Client(base);
      if (!clients.has(name)) clients.set(name, new Client(base).signIn(people[name].account, people[name].base));
      return clients.get(name);
    },
    /** Everybody signs in again: a clock that was turned has ended the sessions. */
    forgetSessions: () => clients.clear(),
    /** A demonstration's control. */
    async control(path, body) {
      const response = await fetch(new URL(path, base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      assert.equal(response.status, 200, `${path}: ${JSON.stringify(answer)}`);
      return answer;
    },
    /** Accepts a link as the first global administrator of an organisation, named by its domain, or by `{ id }`. */
    accept: (link, of) =>
      stage.control("/_demo/invitations/accept", { link, tenant: (of.id ? of : tenant(server.demo, of)).id }),
    /** Makes a request as a person of a partner; answers `{ number, link, path }`. */
    async ask(name, { mail = "", recipient = "", message = {}, send = false, ...choices } = {}) {
      const client = await stage.as(name);
      const draft = await client.done("/partner/requests/new", { mail, name: recipient, ...choices });
      const [, number] = draft.match(/\/partner\/requests\/(\d+)\/message/);
      if (send || Object.keys(message).length > 0) await client.done(draft, { ...message, do: send ? "send" : "save" });
      const { text } = await client.get(draft);
      const [link] = text.match(/https?:\/\/[^"<\s]+\/accept\/[\w-]{43}/) ?? assert.fail(`no link on ${draft}`);
      return { number, link, path: new URL(link).pathname };
    },
  };
  return stage;
}

/** The standing links of a partner as its requests page offers them. */
export async function standingLinks(client) {
  const { text } = await client.get("/partner/requests");
  const found = text.match(/https?:\/\/[^"<\s]+\/partner-invitation\?[^"<\s]+/g) ?? [];
  return [...new Set(found)].map((link) => link.replaceAll("&#38;", "&"));
}

/** Ids of customers by name, as a partner's list links them. */
export async function customersOf(client) {
  const { text } = await client.get("/partner/customers");
  const rows = text.matchAll(/href="\/partner\/customers\/([0-9a-f-]{36})"[^>]*>([^<]+)</g);
  return new Map([...rows].map(([, id, name]) => [name, id]));
}

/** One request in every state, for whoever wants to look at all pages. */
export async function setScene(stage) {
  const { ask, as } = stage;
  const maya = await as("maya");
  const made = {};
  const mail = "sigrun.dal@solberg-eiendom.example";
  made.draft = await ask("maya", { mail, recipient: "Sigrun Dal" });
  made.sent = await ask("maya", { mail, recipient: "Sigrun Dal", send: true });
  made.anonymous = await ask("maya");
  made.resellerOnly = await ask("maya", { mail, privileges: null });
  made.advisorBoth = await ask("maya", { mail, kind: "advisor" });
  made.advisorOnly = await ask("maya", { mail, kind: "advisor", privileges: null });
  made.bound = await ask("maya", { mail: "judith.orchard@orchard-law.example", domain: "orchard-law.example" });
  made.germany = await ask("maya", { mail, cloud: "germany", country: "DE" });
  made.chinese = await ask("maya", { mail, recipient: "李伟", language: "zh-CN" });
  made.revoked = await ask("maya", { mail });
  await maya.done(`/partner/requests/${made.revoked.number}/revoke`);
  made.reissued = await ask("maya", { mail });
  await maya.done(`/partner/requests/${made.reissued.number}`, { do: "reissue" });
  made.used = await ask("maya", { mail });
  const { record } = await stage.accept(made.used.link, "aas-regnskap.example");
  made.declined = await ask("maya", { mail });
  const nina = await as("nina");
  await nina.done(`${made.declined.path}/decline`, { reason: "We have one already." });
  made.forwarded = await ask("maya", { mail, send: true });
  const petter = await as("petter");
  const { text } = await petter.get(`${made.forwarded.path}/forward`);
  const [, administrator] = text.match(/name="to" value="([^"]+)"/) ?? assert.fail("nobody to forward to");
  await petter.done(`${made.forwarded.path}/forward`, { to: administrator });
  made.forwardable = await ask("maya", { mail });
  const companion = tenant(stage.demo, partner(stage.demo, "indirect_reseller").id).id;
  made.indirect = await ask("provider", { mail, companion });
  made.indirectReseller = await ask("reseller", { mail, country: "SE" });
  const customers = await customersOf(maya);
  const standing = {};
  for (const name of ["maya", "provider", "reseller"]) standing[name] = await standingLinks(await as(name));
  const servedBy = async (name) => [...(await customersOf(await as(name))).values()][0];
  const [ofProvider, ofReseller] = [await servedBy("provider"), await servedBy("reseller")];
  const direct = partner(stage.demo).id;
  const own = {
    done: `${made.used.path}/done?record=${record}`,
    provider: (rest) => `/partner/customers/${ofProvider}/${rest}`,
    reseller: (rest) => `/partner/customers/${ofReseller}/${rest}`,
    partner: (rest = "") => `/portal/partners/${direct}${rest}`,
  };
  await maya.done(`/partner/requests/${made.chinese.number}/message`, { do: "send" });
  const mails = await mailOf(stage, made);
  await setApplications(stage, own);
  await setOrders(stage, own, `/partner/customers/${customers.get("Avenir Dental Group")}`);
  return { made, customers, standing, own, people: stage.people, mail: mails };
}

/** Applications in their states, somebody at work for a customer, and a customer that stopped a partner. */
async function setApplications(stage, own) {
  const maya = await stage.as("maya");
  const { apps } = partner(stage.demo);
  const [console, tool] = [apps.find((it) => it.client_secret), apps.find((it) => !it.client_secret)];
  const settings = "/partner/settings/applications";
  const register = (name) => maya.done(`${settings}/new`, { name, kind: "confidential", algorithm: "RS256" });
  const [off] = (await register("Night Import")).split("?");
  await maya.done(`${off}/off`);
  const [bare] = (await register("Nothing Yet")).split("?");
  const { text } = await maya.get(`${settings}/${console.client_id}`);
  const [credential] = text.match(/\/partner\/settings\/applications\/[0-9a-f-]+\/credentials\/[0-9a-f-]+/) ?? assert.fail("no secret");
  Object.assign(own, { console: `${settings}/${console.client_id}`, tool: `${settings}/${tool.client_id}`, off, bare, credential });
  const torunn = await stage.as("torunn");
  const provider = partner(stage.demo, "indirect_provider").id;
  await torunn.done(`/portal/acting/stop?reach=partner&partner=${provider}`);
  own.stopped = `/portal/partners/${provider}`;
  // Last, because a token for acting lasts five minutes.
  const subject = await ownToken(stage.base, console, stage.people.agent.account);
  const { status, error_description } = await actFor(stage.base, console, subject, tenant(stage.demo, "fjordline.example").id);
  assert.equal(status, 200, error_description);
}

/** Subscriptions in their states, and an order of today beside those of long ago. */
async function setOrders(stage, own, customer) {
  const maya = await stage.as("maya");
  await maya.done(`${customer}/subscriptions`, { product: "mail-plan", quantity: "12", plan: "P1Y-annual" });
  const { text } = await maya.get(`${customer}/subscriptions`);
  const addresses = new Map();
  for (const [, address, name] of text.matchAll(/<a href="(\/partner\/customers\/[0-9a-f-]+\/subscriptions\/[0-9a-f-]+)">([^<]+)<\/a>/g)) {
    addresses.set(name, address);
  }
  const { text: history } = await maya.get(`${customer}/orders`);
  const orders = [...history.matchAll(/href="(\/partner\/customers\/[0-9a-f-]+\/orders\/\d+)"/g)].map(([, address]) => address);
  own.subscription = (product) => addresses.get(product) ?? assert.fail(`no subscription of ${product}`);
  Object.assign(own, { newOrder: orders[0], oldOrder: orders.at(-1) });
}

/** Waits until the mail of the requests is captured and answers the pages of two of them. */
async function mailOf(stage, made) {
  const client = await stage.as();
  const page = (link) =>
    until("the captured mail", async () => {
      const { text } = await client.get("/_demo/mail?format=json");
      const found = JSON.parse(text).find(({ links }) => links.includes(link));
      return found && `/_demo/mail/${found.name}`;
    });
  return { invite: await page(made.sent.link), chinese: await page(made.chinese.link) };
}
