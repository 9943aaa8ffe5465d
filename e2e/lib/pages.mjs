// Moving through pages as a person does, with or without JavaScript: press something, and the next page is there.
import assert from "node:assert/strict";

/** Presses `target` and waits for the page that it leads to. Returns that page's answer, redirects followed. */
export async function follow(page, target) {
  const answers = [];
  const note = (answer) =>
    answer.request().isNavigationRequest() && answer.frame() === page.mainFrame() && answers.push(answer);
  page.on("response", note);
  try {
    await Promise.all([page.waitForEvent("domcontentloaded"), target.click()]);
  } finally {
    page.off("response", note);
  }
  return answers.at(-1);
}

/** Presses the button of this name inside `within` (the page's main part), and waits for the page that follows. */
export const press = (page, name, within = page.locator("main")) =>
  follow(page, within.getByRole("button", { name, exact: typeof name === "string" }));

/** Follows the link of this name inside `within` (the page's main part). */
export const open = (page, name, within = page.locator("main")) =>
  follow(page, within.getByRole("link", { name, exact: typeof name === "string" }));

/** Opens an address of the installation and checks that it is answered with `status`. */
export async function visit(page, demo, path, status = 200) {
  const answer = await page.goto(new URL(path, demo.portal_url).href);
  assert.equal(answer.status(), status, `${path}: ${await said(page)}`);
  return answer;
}

/** What the page says, without its frame, on one line. */
export async function said(page) {
  const text = await page.locator("main").innerText();
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Asserts that the page's main part says all of this. */
export async function says(page, ...patterns) {
  const text = await said(page);
  for (const pattern of patterns) {
    const found = typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
    assert.ok(found, `${page.url()} does not say ${pattern}, but: ${text}`);
  }
}

/** Asserts that the page's main part says none of this. */
export async function saysNot(page, ...texts) {
  const text = await said(page);
  for (const unwanted of texts) assert.ok(!text.includes(unwanted), `${page.url()} says ${unwanted}: ${text}`);
}

/** The page's headline. */
export const headline = (page) => page.locator("h1").innerText();

/** A row of a table by a text in it. */
export const row = (page, text) => page.locator("main tr.row").filter({ hasText: text });

/** A card of a page by its headline. */
export const card = (page, title) =>
  page.locator("main section.card").filter({ has: page.getByRole("heading", { name: title, exact: true, level: 2 }) });

/** What the first row with this text says, on one line. */
export async function line(page, text) {
  const words = await row(page, text).first().innerText();
  return words.replaceAll(/\s+/g, " ").trim();
}

/** What stands in a row of a table below the heading `column`. */
export async function cell(row, column) {
  const heads = await row.locator("xpath=ancestor::table[1]/thead//th").allInnerTexts();
  const at = heads.findIndex((head) => head.trim().toLowerCase() === column.toLowerCase());
  assert.notEqual(at, -1, `no column ${column} among ${heads.join(", ")}`);
  return (await row.locator("td").nth(at).innerText()).replaceAll(/\s+/g, " ").trim();
}

/** The stable code of a refusal, from the folded details for support. */
export async function refusalCode(page) {
  const details = page.locator("main details", { hasText: "Details for support" });
  const code = details.locator("dt", { hasText: /^Code$/ }).locator("xpath=following-sibling::dd[1]");
  return (await code.textContent()).trim();
}
