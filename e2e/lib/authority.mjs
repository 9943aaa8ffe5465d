// People at the authority: signing in for a client library, and approving a device.
import assert from "node:assert/strict";

import { follow, said } from "./pages.mjs";
import { fillSignIn } from "./people.mjs";

/** Whether the page asks for a password. */
const asks = (page) => page.locator("input[name=password]:visible").count();

/**
 * A browser for `client` of `program.mjs`, in which `account` sits. `newPerson` opens one; each wish gets its own, as a
 * person would use a private window.
 */
export function sitting(newPerson, account) {
  async function withPage(work) {
    const person = await newPerson();
    // Nobody listens where tools of these tests are answered; the address itself is the answer.
    person.expect(/ERR_CONNECTION_REFUSED/);
    try {
      return await work(person.page);
    } finally {
      await person.close();
    }
  }

  async function signIn(page, url) {
    await page.goto(url);
    assert.ok(await asks(page), `there is no sign-in: ${await said(page)}`);
    await page.fill("input[name=username]", account.upn);
    await page.fill("input[name=password]", account.password);
    await page.locator("form:has(input[name=password]) button[type=submit]").click();
  }

  return {
    open: (url) =>
      withPage(async (page) => {
        const redirect = new URL(url).searchParams.get("redirect_uri");
        const answered = page.waitForRequest((it) => it.url().startsWith(`${redirect}?`));
        const [answer] = await Promise.all([answered, signIn(page, url)]);
        return Object.fromEntries(new URL(answer.url()).searchParams);
      }),
    visit: (url) =>
      withPage(async (page) => {
        const redirect = new URL(url).searchParams.get("redirect_uri");
        const answered = page.waitForResponse((it) => it.url().startsWith(redirect));
        const [answer] = await Promise.all([answered, signIn(page, url)]);
        assert.equal(answer.status(), 200, answer.url());
      }),
    device: ({ verification_uri: where, user_code: code }) =>
      withPage(async (page) => {
        await page.goto(where);
        if (await asks(page)) await fillSignIn(page, account);
        await page.fill("input[name=user_code]", code);
        await follow(page, page.locator("button[value=look]"));
        await follow(page, page.locator("button[value=approve]"));
      }),
  };
}
