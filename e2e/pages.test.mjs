// Every page of every portal: accessible in both themes, in both languages, on a narrow screen and with large letters.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { pages } from "./data/pages.mjs";
import { axe, carryAxe, launch, noSidewaysScroll } from "./lib/browser.mjs";
import { forms, unescape } from "./lib/client.mjs";
import { routes, shape } from "./lib/routes.mjs";
import { openStage, setScene } from "./lib/stage.mjs";
import { LANGUAGES, dictionary, strayWords } from "./lib/words.mjs";

/** Who looks around by following links, and where they begin. */
const WALKERS = { maya: "/partner", manager: "/partner", seller: "/partner", provider: "/partner", reseller: "/partner", ingrid: "/portal/partners", petter: "/portal/partners", torunn: "/portal/partners", jurgen: "/germany/portal/partners", denise: "/us-government/portal/partners", wang: "/china/portal/partners" };

const opening = (async () => {
  const stage = await openStage();
  return { stage, scene: await setScene(stage) };
})();
const { stage, scene } = await opening;
const list = pages(scene);
const browser = await launch({ windows: false });
const dictionaries = new Map(await Promise.all(LANGUAGES.map(async (it) => [it, await dictionary(it)])));
const seen = new Set();

// Two hooks: the server has to end even when the browser complains.
after(() => browser.close());
after(() => stage.stop());

/** Windows by who sits in front of them, so that nobody opens a browser twice. */
const windows = new Map();
async function sit(name = "") {
  const free = windows.get(name)?.pop();
  if (free) return free;
  // Without motion colours change at once, so that contrast is measured on what is there to stay.
  const person = await browser.newPerson({ reducedMotion: "reduce" });
  await carryAxe(person);
  if (name) {
    const { cookies } = await stage.as(name);
    await person.context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: stage.base, httpOnly: true })));
  }
  // A refused page answers 4xx, which the browser logs; that the status is the expected one is checked for each.
  person.expect(/Failed to load resource: the server responded with a status of 4\d\d/);
  return person;
}
function leave(name = "", person) {
  windows.set(name, [...(windows.get(name) ?? []), person]);
}

async function load(page, { path, submit, open }) {
  let response = await page.goto(new URL(path, stage.base).href);
  if (submit) {
    const answered = page.waitForResponse((it) => it.request().method() === "POST" && it.request().isNavigationRequest());
    const loaded = page.waitForEvent("load");
    await page.evaluate(fillAndSend, { values: submit.values, here: path.split("?")[0] });
    response = await answered;
    await loaded;
  }
  const body = await response.text();
  if (open === "?") await page.keyboard.press("?");
  else if (open) await page.locator(open).first().click();
  return { status: response.status(), body };
}

/** Runs in the page: fills the form that posts to where the page is, whatever its fields would rather have, and sends it. */
function fillAndSend({ values, here }) {
  const names = Object.keys(values).filter((name) => name !== "do");
  const candidates = [...document.querySelectorAll("main form[method=post]")].filter((form) => {
    const action = new URL(form.getAttribute("action") ?? here, location.href).pathname;
    return action === here && !form.closest("dialog");
  });
  const fits = (form) => names.filter((name) => form.elements.namedItem(name)).length;
  const form = candidates.toSorted((a, b) => fits(b) - fits(a))[0];
  for (const [name, value] of Object.entries(values)) {
    const controls = [...form.elements].filter((it) => it.name === name && it.type !== "submit");
    const choices = controls.filter((it) => ["radio", "checkbox"].includes(it.type));
    for (const it of choices) it.checked = value !== null && (value === "current" || it.value === value);
    if (value === null || choices.some((it) => it.checked)) continue;
    let text = controls.find((it) => ["text", "email", "password", "search", "textarea"].includes(it.type) || it.type === "number");
    if (!text) {
      for (const it of controls) it.removeAttribute("name");
      text = form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    }
    text.removeAttribute("maxlength");
    text.value = value;
  }
  form.noValidate = true;
  form.submit();
}

/** Runs in the page: words that do not fit into their control. */
function cutOff() {
  const boxes = document.querySelectorAll(".btn, .badge, .tag, h1, h2, h3, label, legend, summary, dt, dd, th, .note");
  const cut = [...boxes].filter((it) => it.offsetParent && !it.closest(".vh, .linkbox, .brand") && it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== "visible");
  return cut.map((it) => `${it.tagName.toLowerCase()}.${it.className}: ${it.textContent.trim().slice(0, 40)}`);
}

/** How a page is looked at: every language and both themes, each rule once where its answer can differ. */
const LOOKS = [
  { language: "en", theme: "light" },
  { language: "zh-CN", theme: "dark" },
];

async function lookAt(entry) {
  const person = await sit(entry.as);
  const { page, context } = person;
  const problems = [];
  const check = async (what, verify) => {
    try {
      await verify();
    } catch (error) {
      const found = error.actual === undefined ? "" : ` ${JSON.stringify(error.actual)}`;
      problems.push(`${what}: ${error.message.split("\n")[0]}${found}`);
    }
  };
  for (const { language, theme } of LOOKS) {
    const here = `${language}, ${theme}`;
    await context.addCookies(Object.entries({ lang: language, theme }).map(([name, value]) => ({ name, value, url: stage.base })));
    const { status, body } = await load(page, entry);
    seen.add(shape(new URL(page.url()).pathname)).add(shape(entry.path));
    const root = await page.evaluate(() => ({ language: document.documentElement.lang, theme: document.documentElement.dataset.theme }));
    await check(here, () => assert.ok([entry.status ?? 200].flat().includes(status), `status ${status}`));
    await check(here, () => assert.deepEqual(root, { language, theme }));
    await check(here, () => assert.doesNotMatch(body, /\sstyle=|<style|<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+="/i, "something inline"));
    await check(here, async () => {
      const headlines = await page.locator("h1").allInnerTexts();
      assert.equal(headlines.length, 1, `headlines: ${headlines.join(" | ")}`);
      if (language === "zh-CN" && !entry.named) assert.match(headlines[0], /\p{Script=Han}/u);
    });
    if (!entry.foreign) {
      await check(here, async () => assert.deepEqual(await page.evaluate(strayWords, dictionaries.get(language)), [], "stray words"));
    }
    await check(`${here}, axe`, () => axe(page));
    await check(`${here}, 320 px`, () => noSidewaysScroll(page, 320));
    await check(`${here}, letters twice as large`, async () => {
      await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
      await noSidewaysScroll(page, 1280);
      assert.deepEqual(await page.evaluate(cutOff), [], "words are cut off");
      await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
    });
  }
  await check("browser", async () => {
    const complaints = person.complaints.splice(0);
    const unexpected = complaints.filter((text) => !person.expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], "the browser complained");
  });
  leave(entry.as, person);
  assert.ok(problems.length === 0, `${entry.path}\n${problems.join("\n")}`);
}

describe("pages", { concurrency: 3 }, () => {
  for (const entry of list.filter(({ late }) => !late)) test(entry.name, () => lookAt(entry));
});

test("every link that anybody meets leads to a page, and every such page is in the list", async () => {
  const missing = new Set();
  const dead = [];
  for (const [name, start] of Object.entries(WALKERS)) {
    const client = await stage.as(name);
    const met = new Map();
    const waiting = [start];
    while (waiting.length > 0) {
      const path = waiting.shift();
      // Customers differ from each other; beyond a few of a kind they do not differ any more.
      const visits = met.get(shape(path)) ?? new Set();
      if (visits.has(path) || visits.size >= 4) continue;
      met.set(shape(path), visits.add(path));
      const { status, location, text, headers } = await client.get(path);
      if (location) waiting.push(location);
      else if (status !== 200) dead.push(`${name}: ${path} ${status}`);
      if (!headers.get("content-type")?.startsWith("text/html")) continue;
      if (!location && !seen.has(shape(path))) missing.add(shape(path));
      for (const [, href] of text.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)) {
        const target = new URL(unescape(href), new URL(path, stage.base));
        if (target.origin !== new URL(stage.base).origin || href.startsWith("#")) continue;
        waiting.push(target.pathname + target.search);
      }
      for (const form of forms(text)) {
        if (form.method === "get" && form.action) waiting.push(form.action);
      }
    }
  }
  assert.deepEqual(dead, []);
  assert.deepEqual([...missing], [], "paths that data/pages.mjs does not have");
});

test("every page that the source declares is in the list", async () => {
  const declared = (await routes()).filter(({ methods }) => methods.includes("get")).map(({ shape }) => shape);
  assert.ok(declared.length > 30, `only ${declared.length} routes were found in the source`);
  assert.deepEqual(declared.filter((it) => !seen.has(it)), []);
});

describe("pages half a year later", () => {
  before(async () => {
    // The windows' sessions have ended by then.
    await Promise.all([...windows.values()].flat().map((person) => person.close()));
    windows.clear();
    await stage.control("/_demo/clock", { advance: "P182D" });
    stage.forgetSessions();
  });
  for (const entry of list.filter(({ late }) => late)) test(entry.name, () => lookAt(entry));
});
