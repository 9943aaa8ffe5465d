// Hostile people: texts that want to be code, forms from elsewhere, forged headers, and ears on the line.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { request as secure } from "node:https";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { FORMULAS, FORWARDED, HOSTS, MARKUP, REDIRECTS } from "./data/hostile.mjs";
import { launch } from "./lib/browser.mjs";
import { Client, forms, said } from "./lib/client.mjs";
import { register } from "./lib/operator.mjs";
import { raw } from "./lib/raw.mjs";
import { BASES, routes } from "./lib/routes.mjs";
import { openStage, standingLinks } from "./lib/stage.mjs";
import { until } from "./lib/wait.mjs";

const stage = await openStage();
const browser = await launch({ windows: false });
const maya = await stage.as("maya");

// Two hooks: the server has to end even when the browser complains.
after(() => browser.close());
after(() => stage.stop());

/** A browser that somebody is signed in with; `ran` counts scripts and dialogs that should not have been. */
async function sit(client) {
  const person = await browser.newPerson();
  person.expect(/Failed to load resource: the server responded with a status of 4\d\d/);
  person.ran = [];
  await person.context.exposeBinding("x", ({ page }) => person.ran.push(`script on ${page.url()}`));
  person.page.on("dialog", (dialog) => {
    person.ran.push(`dialog on ${person.page.url()}`);
    return dialog.dismiss();
  });
  await carry(person, client);
  return person;
}
async function carry({ context }, client) {
  const cookies = [...client.cookies].map(([name, value]) => ({ name, value, url: stage.base, httpOnly: true }));
  if (cookies.length > 0) await context.addCookies(cookies);
}

/** Runs in the page: elements that only a text could have brought. */
function foreignElements() {
  const where = "script:not([src]), [onerror], [onload], img[src=x], iframe, math, style, base, meta[http-equiv], a[href^='https://evil'], a[href^='//evil'], a[href^='javascript:']";
  return [...document.querySelectorAll(where)].map((it) => it.outerHTML.slice(0, 120));
}

/** The part of a captured message with this type, decoded. */
function part(source, type) {
  const [, boundary] = source.match(/boundary="?([^"\r\n;]+)"?/) ?? assert.fail("no parts");
  const found = source.split(`--${boundary}`).find((it) => new RegExp(`content-type: ${type}`, "i").test(it));
  const [head, ...body] = found.split(/\r?\n\r?\n/);
  const text = body.join("\n\n");
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(text, "base64").toString("utf8");
  if (!/transfer-encoding: quoted-printable/i.test(head)) return text;
  const bytes = text.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

describe("texts that want to be code", () => {
  const victims = [];

  test("a page that lets them in is noticed", async () => {
    const person = await sit(new Client(stage.base));
    const body = `<!doctype html><title>careless</title>${MARKUP.map((words) => `<div title="${words}">${words}</div>`).join("")}`;
    person.expect(/./);
    await person.page.route("**/careless", (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body }));
    await person.page.goto(`${stage.base}/careless`);
    await until("a script that ran", () => person.ran.length > 0);
    assert.ok((await person.page.evaluate(foreignElements)).length > 3);
    await person.close();
  });

  test("every place that takes words takes them, or refuses them and keeps them in the field", async () => {
    const standing = (await standingLinks(maya))[0];
    const customers = MARKUP.map((name, n) => ({ name, person: name, domain: `hostile-${n}.example` }));
    const added = await register(stage.data, customers);
    for (const [n, customer] of added.entries()) {
      const words = customer.name;
      const made = { customer, words, mail: `reader-${n}@hostile-${n}.example` };
      made.declined = await stage.ask("maya", { mail: made.mail, recipient: words, message: { subject: words, body: `Hello\n\n${words}` }, send: true });
      made.open = await stage.ask("maya", { mail: made.mail, recipient: words, message: { subject: words, body: words } });
      const admin = await new Client(stage.base).signIn(customer, "/portal");
      await admin.done(`${made.declined.path}/decline`, { reason: words });
      await stage.accept(standing, customer);
      await admin.done(`/portal/partners/${stage.demo.tenants[0].id}/remove`, { reason: words });
      made.admin = admin;
      const person = await maya.submit("/partner/settings/people/new", { name: words, upn: `person-${n}@brightwater.example`, mail: "", "roles[]": ["helpdesk_agent"] });
      assert.ok([200, 303, 422].includes(person.status), said(person.text));
      victims.push(made);
    }
    assert.equal(victims.length, MARKUP.length);
  });

  test("they stay words on every page of the partner", async () => {
    const person = await sit(maya);
    const query = (words) => encodeURIComponent(words);
    const paths = ["/partner/overview", "/partner/customers?sort=-since", "/partner/requests", "/partner/activity", "/partner/settings/people", "/_demo/mail"];
    for (const [n, { customer, words, open }] of victims.entries()) {
      const account = `/partner/customers/${customer.id}`;
      paths.push(`${account}/restore`, `/partner/requests/${open.number}/message`, `/partner/customers?q=${query(words)}`);
      // Where a name stands is the same for every name: a few of them are enough.
      if (n % 5 > 0) continue;
      paths.push(`${account}/remove`, `${account}/subscriptions`, `/partner/customers?open=${customer.id}&q=hostile`, `/partner/requests/${open.number}`);
      paths.push(`/partner/activity?customer=${customer.id}`, `/partner/activity?find=${query(words)}`);
      paths.push(`/partner/customers?sort=${query(words)}&done=${query(words)}`, `/partner/requests?state=${query(words)}`);
    }
    for (const path of paths) {
      await person.page.goto(stage.base + path);
      assert.deepEqual(await person.page.evaluate(foreignElements), [], path);
    }
    const { page } = person;
    for (const { customer, words, declined } of victims) {
      await page.goto(`${stage.base}/partner/customers/${customer.id}`);
      assert.deepEqual(await page.evaluate(foreignElements), [], words);
      assert.equal(await page.locator("h1").innerText(), words, "a name is shown as it is");
      assert.ok((await page.locator("main").innerText()).includes(words), "a reason is shown as it is");
      await page.goto(`${stage.base}/partner/requests/${declined.number}`);
      assert.deepEqual(await page.evaluate(foreignElements), [], words);
      assert.ok((await page.locator("main").innerText()).includes(words), "a message is shown as it is");
    }
    assert.deepEqual(person.ran, []);
    await person.close();
  });

  test("they stay words on every page of the customer, and on pages for strangers", async () => {
    const person = await sit(new Client(stage.base));
    for (const [n, { admin, words, open, declined }] of victims.entries()) {
      const query = encodeURIComponent(words);
      const strangers = [open.path, `/portal/accept?link=${query}`, `/partner/sign-in?return=${query}&out=${query}`];
      if (n % 5 === 0) strangers.push(declined.path, `/portal/partner-invitation?invType=${query}&partnerId=${query}`, `/portal/accept/${query}`, `/${query}`);
      await person.context.clearCookies();
      for (const path of strangers) {
        await person.page.goto(stage.base + path);
        assert.deepEqual(await person.page.evaluate(foreignElements), [], path);
      }
      await carry(person, admin);
      const partner = `/portal/partners/${stage.demo.tenants[0].id}`;
      const own = [`${open.path}/review`, partner];
      if (n % 5 === 0) own.push(`${open.path}/decline`, `${open.path}/forward`, "/portal/partners", "/portal/activity", "/portal/settings");
      for (const path of own) {
        await person.page.goto(stage.base + path);
        assert.deepEqual(await person.page.evaluate(foreignElements), [], path);
      }
    }
    assert.deepEqual(person.ran, []);
    await person.close();
  });

  test("they stay words in forms that were refused", async () => {
    const person = await sit(maya);
    const { page } = person;
    const refused = [
      { path: "/partner/requests/new", fields: ["mail", "name", "domain"] },
      { path: "/partner/settings/people/new", fields: ["upn", "name", "mail"], every: 3 },
      { path: "/portal/sign-in", fields: ["username", "password"], every: 3 },
    ];
    for (const [n, words] of MARKUP.entries()) {
      for (const { path, fields, every = 1 } of refused) {
        if (n % every > 0) continue;
        await page.goto(stage.base + path);
        const answered = page.waitForResponse((it) => it.request().method() === "POST");
        const loaded = page.waitForEvent("load");
        await page.evaluate(([names, text]) => {
          const form = document.querySelector(`main form:has([name=${names[0]}])`);
          for (const name of names) form.elements.namedItem(name).value = text;
          form.noValidate = true;
          form.submit();
        }, [fields, words]);
        assert.equal((await answered).status(), 422, `${path} took ${words}`);
        await loaded;
        assert.deepEqual(await page.evaluate(foreignElements), [], path);
        assert.equal(await page.locator(`main [name=${fields[0]}]`).inputValue(), words, "what was typed is kept");
      }
    }
    assert.deepEqual(person.ran, []);
    await person.close();
  });

  test("they stay words in mail, in both of its halves", async () => {
    const person = await sit(maya);
    const wanted = new Set(victims.map(({ mail }) => mail));
    const letters = await until("the mail of all requests", async () => {
      const all = JSON.parse((await maya.get("/_demo/mail?format=json")).text).filter(({ to }) => [...wanted].some((mail) => to.includes(mail)));
      return all.length >= victims.length && all;
    });
    for (const { name } of letters) {
      await person.page.goto(`${stage.base}/_demo/mail/${name}`);
      assert.deepEqual(await person.page.evaluate(foreignElements), [], name);
      const html = part((await maya.get(`/_demo/mail/${name}?format=eml`)).text, "text/html");
      assert.doesNotMatch(html, /<(?:script|img|iframe|svg|math|base|a [^>]*evil)/i, "a mail program without a policy shows this");
      // Here no policy protects: the letter itself has to be harmless.
      await person.page.route("**/letter", (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
      await person.page.goto(`${stage.base}/letter`);
      const found = await person.page.evaluate(foreignElements);
      assert.deepEqual(found.filter((it) => !it.startsWith("<style") && !it.startsWith("<meta http-equiv=\"Content-Type")), [], name);
      await person.page.unroute("**/letter");
    }
    assert.deepEqual(person.ran, []);
    await person.close();
  });
});

test("an export opens in a spreadsheet without calculating anything", async () => {
  const standing = (await standingLinks(maya))[0];
  const added = await register(stage.data, FORMULAS.map((name, n) => ({ name, domain: `formula-${n}.example` })));
  for (const customer of added) await stage.accept(standing, customer);
  const { status, headers, text } = await maya.submit("/partner/customers?q=formula", {}, { action: "/partner/customers/export.csv?q=formula" });
  assert.equal(status, 200);
  assert.match(headers.get("content-disposition"), /^attachment; filename="[\w.-]+"$/);
  const rows = text.replace(/^\uFEFF/, "").split("\r\n").filter(Boolean).slice(1);
  assert.equal(rows.length, FORMULAS.length);
  for (const row of rows) {
    const cells = [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
    for (const cell of cells) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/, `a cell would be calculated: ${cell}`);
  }
  for (const name of FORMULAS) assert.ok(text.includes(name.replaceAll('"', '""')), `${name} is in the export`);
});

describe("ways off this site", () => {
  const stays = (location, from) => {
    const target = new URL(location, from);
    assert.equal(target.origin, new URL(stage.base).origin, `${location} leads away`);
    assert.doesNotMatch(location, /^[^/]|^\/[/\\]|[\r\n\t\\]/, `${location} is no plain path`);
  };

  test("sign-in returns to this portal only", async () => {
    for (const target of REDIRECTS) {
      const query = `?return=${encodeURIComponent(target)}`;
      const shown = await (await stage.as()).get(`/partner/sign-in${query}`);
      const form = forms(shown.text).find(({ fields }) => fields.some(([name]) => name === "password"));
      const back = form.fields.find(([name]) => name === "return")[1];
      assert.equal(back, "/partner/overview", `${target} was taken into the form`);
      const signedIn = await maya.get(`/partner/sign-in${query}`);
      stays(signedIn.location, `${stage.base}/partner/sign-in`);
    }
    // Posting the target itself, past the page; one account after the other, since each may try a few times only.
    const accounts = Object.values(stage.people).filter(({ base }) => base === "/partner");
    for (const [n, target] of REDIRECTS.entries()) {
      const { account, base } = accounts[n % accounts.length];
      const values = { username: account.upn, password: account.password, return: target };
      const { status, location } = await new Client(stage.base).submit(`${base}/sign-in`, values);
      assert.equal(status, 303, account.upn);
      stays(location, stage.base);
    }
  });

  test("preferences return to this site only", async () => {
    for (const target of REDIRECTS) {
      const { status, location } = await new Client(stage.base).send("/preferences", { method: "POST", fields: { theme: "dark", return: target } });
      assert.equal(status, 303);
      stays(location, `${stage.base}/preferences`);
    }
  });
});

describe("forged headers", () => {
  const host = new URL(stage.base).host;

  test("a foreign, doubled or missing host is refused", async () => {
    for (const lines of HOSTS(host)) {
      for (const path of ["/partner/sign-in", "/", "/static/app.css"]) {
        const { status, head, body } = await raw(stage.base, [`GET ${path} HTTP/1.1`, ...lines]);
        assert.ok([400, 421].includes(status), `${path} with ${lines.join(", ")}: ${status}`);
        assert.ok(!`${head}${body}`.includes("evil.example"), "the page repeats a foreign host");
      }
    }
    assert.equal((await raw(stage.base, ["GET /partner/sign-in HTTP/1.1", `Host: ${host}`])).status, 200);
    const absolute = await raw(stage.base, ["GET http://evil.example/partner/sign-in HTTP/1.1", `Host: ${host}`]);
    assert.ok([400, 421].includes(absolute.status), `an absolute target with another host: ${absolute.status}`);
  });

  test("pages, links and redirects do not depend on what a proxy could say", async () => {
    const cookie = [...maya.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const ask = (path, lines) => raw(stage.base, [`GET ${path} HTTP/1.1`, `Host: ${host}`, `Cookie: ${cookie}`, ...lines]);
    // Tokens of forms differ each time, and so do names of requests.
    const plain = ({ head, body }) => [head.match(/^location:.*$/im)?.[0], head.split("\r\n")[0], body.replace(/name="_token" value="[^"]*"/g, "")];
    for (const path of ["/partner", "/partner/requests", "/portal/partners", "/portal/sign-in"]) {
      const expected = plain(await ask(path, []));
      for (const lines of FORWARDED) assert.deepEqual(plain(await ask(path, lines)), expected, `${path} with ${lines.join(", ")}`);
    }
  });

  test("mail is the same, byte for byte, apart from its own token", async () => {
    const seen = new Set();
    for (const [n, lines] of [[], ...FORWARDED].entries()) {
      const headers = Object.fromEntries(lines.map((line) => line.split(": ")));
      const mail = `forged-${n}@solberg-eiendom.example`;
      const draft = await maya.done("/partner/requests/new", { mail }, { headers });
      await maya.done(draft, { do: "send" }, { headers });
      const letter = await until("the letter", async () => {
        const all = JSON.parse((await maya.get("/_demo/mail?format=json")).text);
        return all.find(({ to }) => to.includes(mail));
      });
      const source = (await maya.get(`/_demo/mail/${letter.name}?format=eml`)).text;
      const all = ["text/plain", "text/html"].map((type) => part(source, type)).join("\n");
      assert.ok(letter.links.every((link) => link.startsWith(`${stage.base}/`)), letter.links.join());
      const number = draft.match(/\d+/)[0];
      seen.add(all.replace(/\/accept\/[\w-]{43}/g, "/accept/TOKEN").replaceAll(mail, "MAIL").replaceAll(`RQ-${number}`, "RQ"));
    }
    assert.equal(seen.size, 1, "letters differ");
    const activity = (await maya.get("/partner/activity")).text;
    assert.doesNotMatch(activity, /203\.0\.113\.66/, "an address that nobody we trust told us");
  });

  test("an account is closed by tries, whatever address the tries pretend", async () => {
    const statuses = [];
    for (let n = 0; n < 12; n += 1) {
      const headers = { "x-forwarded-for": `198.51.100.${n}` };
      const values = { username: "tried@brightwater.example", password: "wrong" };
      statuses.push((await new Client(stage.base).submit("/partner/sign-in", values, { headers })).status);
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [422, 429]);
  });
});

describe("forms from elsewhere", () => {
  /** A value for each kind of thing a path can name. */
  async function examples() {
    const request = await stage.ask("maya", { mail: "somebody@solberg-eiendom.example" });
    const { text } = await maya.get("/partner/customers");
    const customer = text.match(/\/partner\/customers\/([0-9a-f-]{36})/)[1];
    return { request, customer, partner: stage.demo.tenants[0].id, person: stage.people.helpdesk.account.id };
  }
  function paths(shapes, { request, customer, partner, person }) {
    return shapes.flatMap((it) => {
      const own = it.startsWith("/partner/requests/") ? request.number : it.startsWith("/partner/settings/") ? person : customer;
      const token = request.path.split("/").at(-1);
      const filled = it.replace("/accept/{}", `/accept/${token}`).replace("/partners/{}", `/partners/${partner}`).replace(/\/(orders|service-requests)\/\{\}/, "/$1/1").replace("{}", own).replace("{}", customer);
      return filled.includes("{base}") ? BASES.map((base) => filled.replace("{base}", base)) : [filled];
    });
  }

  test("every action refuses them, by origin, by fetch metadata and without a token", async () => {
    const shapes = (await routes()).filter(({ methods }) => methods.includes("post")).map(({ shape }) => shape);
    assert.ok(shapes.length >= 20, `only ${shapes.length} actions were found in the source`);
    const known = await examples();
    const nina = await stage.as("nina");
    const foreign = [{ origin: "https://evil.example" }, { origin: "null" }, { origin: `${stage.base}.evil.example` }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }];
    const before = (await maya.get("/partner/activity")).text;
    for (const path of paths(shapes, known)) {
      const client = path.startsWith("/partner") ? maya : nina;
      // Programs' sites post here by right (OpenID Connect Core, section 3.1.2.1): it decides nothing and leads on to the same request.
      const leadsOn = path.endsWith("/oauth2/v2.0/authorize");
      for (const headers of foreign) {
        const { status, location } = await client.send(path, { method: "POST", fields: { do: "remind", decision: "privileges" }, headers });
        assert.equal(status, leadsOn ? 303 : 403, `${path} with ${JSON.stringify(headers)}`);
        if (leadsOn) assert.equal(location, `${path}?do=remind&decision=privileges`);
      }
      if (path === "/preferences" || leadsOn) continue;
      const { status } = await client.send(path, { method: "POST", fields: { do: "remind", decision: "privileges", _token: "A".repeat(43) } });
      assert.ok([303, 400, 403].includes(status), `${path} without a token: ${status}`);
      if (status === 303) assert.ok(!path.startsWith("/partner") && !path.startsWith("/portal"), `${path} did something without a token`);
    }
    const strip = (html) => html.replace(/name="_token" value="[^"]*"/g, "");
    assert.equal(strip((await maya.get("/partner/activity")).text), strip(before), "nothing happened");
  });

  test("a real browser on another site sends nothing that is taken", async () => {
    const { request } = await examples();
    const target = `${stage.base}/partner/requests/${request.number}/revoke`;
    const page = `<!doctype html><title>elsewhere</title><form method=post action="${target}"><input name=do value=revoke></form><iframe src="${stage.base}/portal/sign-in"></iframe>`;
    const elsewhere = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(page));
    await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    try {
      const person = await sit(maya);
      person.expect(/frame-ancestors|Refused to display|chromewebdata|X-Frame|violates the following Content Security Policy/i);
      person.expect(/^request: .*\/portal\/sign-in net::ERR_BLOCKED_BY_RESPONSE/);
      // `localhost` beside `127.0.0.1`: another site for the browser.
      const port = elsewhere.address().port;
      const host = stage.base.includes("127.0.0.1") ? "localhost" : "127.0.0.1";
      await person.page.goto(`http://${host === "localhost" ? "127.0.0.1" : host}:${port}/`);
      const frame = person.page.frames().find((it) => it !== person.page.mainFrame());
      assert.equal(await frame.locator("input[name=password]").count().catch(() => 0), 0, "the page can be framed");
      const answered = person.page.waitForResponse((it) => it.request().method() === "POST");
      await person.page.evaluate(() => document.forms[0].submit());
      assert.equal((await answered).status(), 403);
      assert.match((await maya.get(`/partner/requests/${request.number}`)).text, /data-dialog="revoke"/, "it can still be withdrawn");
      await person.close();
    } finally {
      elsewhere.close();
      elsewhere.closeAllConnections();
    }
  });
});

describe("cookies and headers", () => {
  const cookiesOf = (lines) => lines.map((line) => {
    const [pair, ...attributes] = line.split("; ");
    return { name: pair.split("=")[0], value: pair.split("=")[1], attributes: attributes.map((it) => it.toLowerCase()) };
  });

  test("cookies are closed to scripts and to other sites", async () => {
    const { headers } = await (await stage.as()).get("/partner/sign-in");
    const plain = cookiesOf(headers.getSetCookie());
    assert.ok(plain.length > 0);
    for (const { name, attributes } of plain) {
      for (const needed of ["httponly", "samesite=lax", "path=/"]) assert.ok(attributes.includes(needed), `${name}: ${needed}`);
      assert.ok(!attributes.some((it) => it.startsWith("domain=")), `${name} is for other hosts as well`);
    }
  });

  test("over TLS they are bound to this host, and the browser is told to stay with TLS", async () => {
    const ca = await readFile(stage.demo.ca_pem);
    const answer = await new Promise((resolve, reject) => {
      secure(new URL("/partner/sign-in", stage.demo.api_url), { ca }, resolve).on("error", reject).end();
    });
    answer.resume();
    const found = cookiesOf(answer.headers["set-cookie"] ?? []);
    assert.ok(found.length > 0);
    for (const { name, attributes } of found) {
      assert.match(name, /^__Host-/);
      for (const needed of ["secure", "httponly", "path=/"]) assert.ok(attributes.includes(needed), `${name}: ${needed}`);
    }
    assert.match(answer.headers["strict-transport-security"], /^max-age=\d{8}/);
  });

  test("a session that somebody planted is not the one that is signed in", async () => {
    const client = new Client(stage.base);
    const planted = "A".repeat(43);
    client.cookies.set("entente-partner", planted);
    await client.signIn(stage.people.agent.account);
    const first = client.cookies.get("entente-partner");
    assert.notEqual(first, planted);
    const stolen = new Client(stage.base);
    stolen.cookies.set("entente-partner", planted);
    assert.equal((await stolen.get("/partner/overview")).status, 303, "the planted value opens nothing");
    await client.done("/partner/sign-in?switch=1", { username: stage.people.seller.account.upn, password: stage.people.seller.account.password }, { action: "/partner/sign-in" });
    assert.notEqual(client.cookies.get("entente-partner"), first, "a second sign-in begins a new session");
    stolen.cookies.set("entente-partner", first);
    assert.equal((await stolen.get("/partner/overview")).status, 303, "and ends the one before");
    const elsewhere = new Client(stage.base);
    elsewhere.cookies.set("entente-customer", client.cookies.get("entente-partner")).set("entente-public", client.cookies.get("entente-partner"));
    assert.notEqual((await elsewhere.get("/portal/partners")).status, 200, "a partner's session is nothing at a customer portal");
  });

  test("no answer is kept, framed, sniffed or told to others", async () => {
    const request = await stage.ask("maya");
    const nina = await stage.as("nina");
    const asked = [[maya, "/partner/overview"], [maya, "/partner/customers"], [maya, `/partner/requests/${request.number}/message`], [maya, "/partner/settings"], [maya, "/partner/nothing"], [nina, `${request.path}/review`], [nina, "/portal/partners"], [nina, "/portal/activity"], [await stage.as(), request.path], [await stage.as(), "/partner/overview"], [await stage.as(), "/_demo/mail"]];
    for (const [client, path] of asked) {
      const { headers } = await client.get(path);
      assert.match(headers.get("cache-control"), /no-store/, path);
      assert.match(headers.get("vary") ?? "", /cookie/i, path);
      assert.equal(headers.get("referrer-policy"), "no-referrer", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      const policy = headers.get("content-security-policy");
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) assert.ok(policy.includes(part), `${path}: ${part}`);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/, path);
    }
  });
});

test("the token of a link is where the link is and nowhere else", async () => {
  const mail = "secret@solberg-eiendom.example";
  const { number, path } = await stage.ask("maya", { mail, send: true });
  const token = path.split("/").at(-1);
  const nina = await stage.as("nina");
  const stranger = await stage.as();
  for (const [client, page] of [[stranger, path], [stranger, `${path}/review`], [nina, `${path}/review`], [nina, `${path}/nothing`], [nina, `/germany${path}`]]) {
    const { headers } = await client.get(page);
    const told = [...headers].filter(([name, value]) => name !== "location" && value.includes(token));
    assert.deepEqual(told, [], `${page} tells the token in a header`);
  }
  await nina.done(`${path}/decline`, { reason: "" });
  for (const page of ["/partner/requests", "/partner/activity", "/partner/overview", "/partner/customers"]) {
    assert.ok(!(await maya.get(page)).text.includes(token), `${page} tells the token`);
  }
  for (const page of ["/portal/partners", "/portal/activity", "/portal/settings"]) {
    assert.ok(!(await nina.get(page)).text.includes(token), `${page} tells the token`);
  }
  await until("the letter", async () => (await maya.get("/_demo/mail")).text.includes(mail));
  assert.ok((await maya.get(`/partner/requests/${number}`)).status === 200);
  assert.ok(!stage.log().includes(token), "the log tells the token");
  for (const name of await readdir(stage.data)) {
    if (!/^entente\.db/.test(name)) continue;
    const bytes = await readFile(join(stage.data, name));
    assert.ok(!bytes.includes(token), `${name} holds the token`);
    assert.ok(!bytes.includes(Buffer.from(token, "base64url")), `${name} holds the token's bytes`);
  }
  assert.ok(![...maya.cookies.values()].some((value) => stage.log().includes(value)), "the log tells a session");
});
