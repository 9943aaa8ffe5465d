// What a page may cost (UX specification, section 11). Sizes are exact; times are medians on a machine that is made slower
// than it is, and their limits hold for a build without optimisations.
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { launch } from "./lib/browser.mjs";
import { register } from "./lib/operator.mjs";
import { raw } from "./lib/raw.mjs";
import { openStage, standingLinks } from "./lib/stage.mjs";

const KB = 1024;
const ROWS = 25;

const stage = await openStage();
const browser = await launch();
const maya = await stage.as("maya");

// Names as long as believable ones, in several scripts, until a page of the list is full.
const words = ["Nordlys", "Havgap", "Fjellheim", "Ørland", "Bergstaden", "Århus", "Καράβι", "東海", "Solvang", "Tindra", "Vågsøy", "Kvitfjell"];
const kinds = ["Logistikk AS", "Regnskap og Revisjon AS", "Architects & Partners", "製作所株式会社", "Seafood Export AS"];
const newcomers = Array.from({ length: 40 }, (_, n) => ({
  name: `${words[n % words.length]} ${kinds[n % kinds.length]} ${n + 1}`,
  domain: `newcomer-${n}.example`,
}));
const [standing] = await standingLinks(maya);
for (const customer of await register(stage.data, newcomers)) await stage.accept(standing, customer);

// Two hooks: the server has to end even when the browser complains.
after(() => browser.close());
after(() => stage.stop());

async function sit() {
  const person = await browser.newPerson();
  await person.context.addCookies([...maya.cookies].map(([name, value]) => ({ name, value, url: stage.base, httpOnly: true })));
  return person;
}

/** Bytes of a body as they cross the wire, for a browser that takes gzip. */
async function wire(path) {
  const cookie = [...maya.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await new Promise((resolve, reject) => {
    get(new URL(path, stage.base), { headers: { cookie, "accept-encoding": "gzip" } }, resolve).on("error", reject);
  });
  const parts = [];
  for await (const part of response) parts.push(part);
  const body = Buffer.concat(parts);
  assert.equal(response.headers["content-encoding"], "gzip", `${path} is sent compressed`);
  return { text: gunzipSync(body).toString("utf8"), bytes: body.length };
}

test("a full page of the customers' list has at most 8 kB", async (t) => {
  const { text, bytes } = await wire("/partner/customers");
  const rows = text.match(/<tr class="row/g).length;
  t.diagnostic(`${rows} rows, ${text.length} characters, ${bytes} bytes compressed`);
  assert.equal(rows, ROWS);
  assert.ok(bytes <= 8 * KB, `${bytes} bytes`);
});

test("styles have at most 10 kB, the script 5 kB, and both are kept by the browser", async (t) => {
  const { text } = await wire("/partner/customers");
  for (const [pattern, limit] of [[/href="(\/static\/app\.[^"]+\.css)"/, 10 * KB], [/src="(\/static\/app\.[^"]+\.js)"/, 5 * KB]]) {
    const [, path] = text.match(pattern);
    const { bytes } = await wire(path);
    t.diagnostic(`${path}: ${bytes} bytes compressed`);
    assert.ok(bytes <= limit, `${path}: ${bytes} bytes`);
    const { head } = await raw(stage.base, [`GET ${path} HTTP/1.1`, `Host: ${new URL(stage.base).host}`]);
    assert.match(head, /^cache-control: .*immutable/im, path);
  }
});

test("a page needs three requests at most, all of them ours, and one when they are kept", async (t) => {
  for (const path of ["/partner/overview", "/partner/customers", "/partner/requests", "/partner/requests/new", "/partner/settings/people"]) {
    const person = await sit();
    const asked = [];
    person.page.on("request", (request) => asked.push(request.url()));
    await person.page.goto(stage.base + path, { waitUntil: "load" });
    // The icon of the tab is no part of the page; browsers ask for it once an installation.
    const needed = asked.filter((url) => !/favicon/.test(url));
    assert.ok(needed.length <= 3, `${path}: ${needed.join(" ")}`);
    assert.deepEqual(asked.filter((url) => new URL(url).origin !== new URL(stage.base).origin), []);
    t.diagnostic(`${path}: ${needed.length} requests`);
    await person.close();
  }
});

test("the first paint comes within a second, far away and on a slow machine", async (t) => {
  const person = await sit();
  const { page } = person;
  const session = await person.context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const throughput = (1.6 * 1_000_000) / 8;
  const conditions = { offline: false, latency: 150, downloadThroughput: throughput, uploadThroughput: throughput };
  const paint = async () => {
    await page.goto(`${stage.base}/partner/customers`, { waitUntil: "load" });
    // The browser may report the paint a moment after the page has been loaded.
    return page.evaluate(
      () =>
        new Promise((resolve) => {
          const observer = new PerformanceObserver((list) => {
            const [paint] = list.getEntriesByName("first-contentful-paint");
            if (paint) resolve(paint.startTime);
          });
          observer.observe({ type: "paint", buffered: true });
        }),
    );
  };
  const medianOf = async (rate) => {
    await session.send("Network.emulateNetworkConditions", conditions);
    await session.send("Emulation.setCPUThrottlingRate", { rate });
    const times = [];
    for (let n = 0; n < 5; n += 1) times.push(await paint());
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    t.diagnostic(`${rate} times slower: ${times.map(Math.round).join(", ")} ms`);
    return times.toSorted((a, b) => a - b)[2];
  };
  // How fast the machine is that measures: one that is busy already needs no slowing down on top.
  const spare = await page.evaluate(() => {
    const began = performance.now();
    let sum = 0;
    for (let n = 0; n < 30_000_000; n += 1) sum = (sum * 31 + n) | 0;
    return performance.now() - began + (sum === 1 ? 1 : 0);
  });
  const rate = Math.min(4, Math.max(1, 4 * (40 / spare)));
  t.diagnostic(`the machine needs ${Math.round(spare)} ms for the measure, so it is slowed down ${rate.toFixed(1)} times`);
  const median = await medianOf(rate);
  assert.ok(median <= 1000, `${median} ms`);
  await person.close();
});

test("the server answers the customers' list quickly", async (t) => {
  const times = [];
  for (let n = 0; n < 120; n += 1) {
    const began = performance.now();
    const { status } = await maya.get("/partner/customers");
    times.push(performance.now() - began);
    assert.equal(status, 200);
  }
  const sorted = times.slice(20).toSorted((a, b) => a - b);
  const [median, p95] = [sorted[49], sorted[94]];
  t.diagnostic(`median ${median.toFixed(1)} ms, 95 of 100 within ${p95.toFixed(1)} ms, seen from outside`);
  // 20 ms is the limit of an optimised build (cargo xtask bench measures it with 10,000 customers); this one is not.
  assert.ok(median <= 100, `median ${median} ms`);
});
