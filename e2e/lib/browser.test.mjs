// The checks themselves are checked: each of them must let a good page pass and refuse a bad one.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { axe, launch, noSidewaysScroll } from "./browser.mjs";
import { until } from "./wait.mjs";

const page = (body, head = "") =>
  `<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,">${head}</head>` +
  `<body><main><h1>A page</h1>${body}</main></body></html>`;

const pages = {
  "/good": page("<p>Nothing is wrong here.</p>"),
  "/wide": page('<div id="wide" style="width: 50rem">wide</div>'),
  "/unlabelled": page("<input name=nobody-knows>"),
  "/throws": page("<script>throw new Error('on purpose')</script>"),
  "/csp": page("<script>globalThis.ran = true</script>"),
  "/foreign": page("", '<link rel="stylesheet" href="http://example.invalid/x.css">'),
  "/script": page("<noscript>no script here</noscript><script>document.title = 'changed'</script>"),
};

let base;
let browser;
const server = createServer((request, response) => {
  const body = pages[request.url];
  const headers = { "content-type": "text/html; charset=utf-8" };
  if (request.url === "/csp") headers["content-security-policy"] = "default-src 'none'; img-src data:";
  if (request.url === "/good") headers["content-security-policy"] = "default-src 'none'; img-src data:";
  response.writeHead(body ? 200 : 404, headers).end(body ?? page("<p>There is nothing here.</p>"));
});

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await launch();
});

after(async () => {
  server.close();
  server.closeAllConnections();
  await browser?.close();
});

test("a good page passes every check, under the strictest policy", async () => {
  const person = await browser.newPerson();
  await person.page.goto(`${base}/good`);
  await axe(person.page);
  await noSidewaysScroll(person.page, 320);
  await person.close();
});

test("a wide page is refused and its wide element named", async () => {
  const person = await browser.newPerson();
  await person.page.goto(`${base}/wide`);
  await noSidewaysScroll(person.page, 1280);
  await assert.rejects(noSidewaysScroll(person.page, 320), /sideways at 320 px[^]*div#wide/);
  assert.equal(person.page.viewportSize().width, 1280, "the window is restored");
  await person.close();
});

test("a field without a label is refused", async () => {
  const person = await browser.newPerson();
  await person.page.goto(`${base}/unlabelled`);
  await assert.rejects(axe(person.page), /label: /);
  await person.close();
});

for (const [path, pattern] of [
  ["/throws", /exception: on purpose/],
  ["/csp", /console: .*Content Security Policy/],
  ["/foreign", /foreign host: http:\/\/example\.invalid\/x\.css/],
  ["/missing", /console: .*404/],
]) {
  test(`the browser's complaint about ${path} fails its person`, async () => {
    const person = await browser.newPerson();
    await person.page.goto(`${base}${path}`);
    await until("the complaint", () => person.complaints.some((text) => pattern.test(text)));
    await assert.rejects(person.close(), /the browser complained/);
  });
}

test("an expected complaint is accepted", async () => {
  const person = await browser.newPerson();
  person.expect(/404/);
  await person.page.goto(`${base}/missing`);
  await until("the complaint", () => person.complaints.length > 0);
  await person.close();
});

test("scripts do not run for a person who has switched them off", async () => {
  const off = await browser.newPerson({ javaScript: false });
  const on = await browser.newPerson();
  for (const person of [off, on]) await person.page.goto(`${base}/script`);
  assert.equal(await off.page.title(), "A page");
  assert.match(await off.page.locator("noscript").innerText(), /no script here/);
  assert.equal(await on.page.title(), "changed");
  await off.close();
  await on.close();
});

test("people share no cookies", async () => {
  const [one, other] = [await browser.newPerson(), await browser.newPerson()];
  await one.context.addCookies([{ name: "session", value: "1", url: base }]);
  assert.equal((await one.context.cookies()).length, 1);
  assert.equal((await other.context.cookies()).length, 0);
  await one.close();
  await other.close();
});
