// One server and one browser for a test file, and the people who use them.
import { after, before } from "node:test";

import { launch } from "./browser.mjs";
import { mailTo } from "./mail.mjs";
import { portalOf, signIn, tenant, user } from "./people.mjs";
import { startServer } from "./server.mjs";

/**
 * Starts both before the tests of the calling file and ends them afterwards. The answer is filled in by then:
 * `demo` is the content of `demo.json`, `log()` what the server printed. `prepare(here)` is run once both are there, and
 * may answer how to undo what it did: hooks of the file's own would not wait for these.
 */
export function installation(prepare = () => {}) {
  const here = {};
  let server;
  let browser;
  let undo;

  before(async () => {
    server = await startServer();
    browser = await launch();
    Object.assign(here, { demo: server.demo, log: server.log, data: server.data });
    undo = await prepare(here);
  });

  after(async () => {
    // All are ended, whichever of them complains.
    const ends = await Promise.allSettled([undo?.(), browser?.close(), server?.stop()]);
    const failed = ends.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
  });

  /** Somebody who is not signed in, in a browser of their own. */
  here.stranger = (options) => browser.newPerson(options);

  /**
   * The first person of a tenant with a role (without a role, an ordinary one), signed in at the tenant's portal in a
   * browser of their own. `path` is a page of it to begin at, such as a link from a mail.
   */
  here.enter = async (who, role, { path, ...options } = {}) => {
    const home = tenant(here.demo, who);
    const account = user(home, role);
    const person = await browser.newPerson(options);
    await signIn(person.page, here.demo, account, path ?? `${portalOf(home)}/sign-in`);
    return Object.assign(person, { home, account });
  };

  /** The newest captured mail to an address whose subject matches, waited for. */
  here.mailTo = (address, subject, options) => mailTo(here.demo.mail_dir, address, subject, options);

  /** Posts JSON to one of the demonstration's own routes. */
  here.post = async (path, body) => {
    const answer = await fetch(new URL(path, here.demo.portal_url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };

  return here;
}
