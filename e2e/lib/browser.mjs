// One headless Chromium, one isolated context per person, and the checks that every page must pass.
import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";

const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * The Chromium to drive: `ENTENTE_CHROMIUM`, or the first one on PATH. Where there is `windows` to do without, the same
 * engine without a browser around it, if it is installed: it looks at a page in two thirds of the time.
 */
export function findChromium({ windows = true } = {}) {
  const whole = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const names = windows ? whole : ["chromium-headless-shell", ...whole];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [process.env.ENTENTE_CHROMIUM, ...candidates].find((path) => path && isProgram(path));
  if (!found) throw new Error("no Chromium on PATH; cargo xtask setup installs it");
  return found;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Launches Chromium. Returns `{ newPerson(options), close() }`. `close()` fails if any page of any person logged an
 * error, violated the content security policy, threw, or asked for anything outside the allowed hosts.
 * `options` are those of `findChromium`.
 */
export async function launch(options) {
  const browser = await chromium.launch({
    executablePath: findChromium(options),
    headless: true,
    // Background networking would look for the vendor's hosts; tests talk to the loopback address only.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const people = new Set();

  /**
   * A context of its own, as one person's browser: no shared cookies. `options` are Playwright's context options;
   * `javaScript: false` switches scripts off, `width` sets the window's width in CSS pixels.
   * `person.page` is its first page; `person.complaints` what went wrong so far; `person.expect(pattern)` takes
   * matching complaints (a refused page answers 403, which the browser logs) as intended.
   */
  async function newPerson({ javaScript = true, width = 1280, height = 900, ...options } = {}) {
    const context = await browser.newContext({
      javaScriptEnabled: javaScript,
      viewport: { width, height },
      // The development CA is the server's own; browsers of newcomers use plain http at localhost.
      ignoreHTTPSErrors: true,
      ...options,
    });
    const person = { context, complaints: [], expected: [] };
    person.expect = (pattern) => person.expected.push(pattern);
    watch(context, person.complaints);
    person.unexpected = () => person.complaints.filter((text) => !person.expected.some((p) => text.match(p)));
    person.close = async () => {
      people.delete(person);
      await context.close();
      assert.deepEqual(person.unexpected(), [], "the browser complained");
    };
    person.page = await context.newPage();
    people.add(person);
    return person;
  }

  async function close() {
    const left = [...people].flatMap((person) => person.unexpected());
    await browser.close();
    assert.deepEqual(left, [], "the browser complained");
  }

  return { newPerson, close };
}

function watch(context, complaints) {
  context.on("console", (message) => {
    // Chromium reports a violated content security policy as an error on the console, too.
    if (message.type() === "error") {
      complaints.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on("weberror", (error) => complaints.push(`exception: ${error.error().message}`));
  context.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "unknown";
    // The browser itself drops a request when a navigation or a download replaces it.
    if (why !== "net::ERR_ABORTED") complaints.push(`request: ${request.url()} ${why}`);
  });
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const local = ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || !protocol.startsWith("http");
    if (!local) complaints.push(`foreign host: ${request.url()}`);
  });
}

let axeSource;

async function readAxe() {
  axeSource ??= await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  return axeSource;
}

/** Lets every page of this person bring axe along: half a megabyte to send once instead of at every look. */
export async function carryAxe({ context }) {
  // In a function, so that a page at which nobody looks does not run it.
  await context.addInitScript({ content: `globalThis.bringAxe = () => {${await readAxe()}}` });
}

/** Asserts that axe finds no violation on the page as it is now. Needs a context with JavaScript. */
export async function axe(page, { exclude = [] } = {}) {
  // Evaluated through the debugger, because the pages' content security policy rightly refuses injected scripts.
  if (!(await page.evaluate(() => globalThis.bringAxe?.() ?? Boolean(globalThis.axe)))) await page.evaluate(await readAxe());
  const violations = await page.evaluate(
    async ([tags, without]) => {
      const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
      const { violations } = await globalThis.axe.run({ include: [["html"]], exclude: without }, options);
      return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.target).join(" | ")}`);
    },
    [AXE_TAGS, exclude],
  );
  assert.deepEqual(violations, [], `accessibility of ${page.url()}`);
}

/** Asserts that the page needs no sideways scrolling in a window of this width, and restores the window. */
export async function noSidewaysScroll(page, width = 320) {
  const before = page.viewportSize();
  await page.setViewportSize({ width, height: before?.height ?? 900 });
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const name = (e) => e.tagName.toLowerCase() + (e.id ? `#${e.id}` : "") + [...e.classList].map((c) => `.${c}`).join("");
    const culprits = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > clientWidth);
    return { scrollWidth, clientWidth, culprits: culprits.slice(0, 5).map(name) };
  });
  if (before) await page.setViewportSize(before);
  assert.equal(wide, null, `${page.url()} scrolls sideways at ${width} px`);
}
