// docs/sign-in-for-tools.md, run as it stands: its files in a folder, beside the folder of a demonstration.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { sitting } from "./lib/authority.mjs";
import { installation } from "./lib/installation.mjs";
import { partner, tenant, user } from "./lib/people.mjs";
import { python, surroundings } from "./lib/program.mjs";
import { verified } from "./lib/token.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const text = await readFile(join(root, "docs/sign-in-for-tools.md"), "utf8");
const files = [...text.matchAll(/^```(?:python|js)\n(?:#|\/\/) (\S+)\n([^]*?)^```$/gm)].map(([, name, code]) => ({ name, code }));
let folder;
const here = installation(async ({ data }) => {
  folder = await mkdtemp(join(tmpdir(), "entente-doc-"));
  for (const { name, code } of files) await writeFile(join(folder, name), code);
  await symlink(data, join(folder, "entente-data"));
  await symlink(join(root, "e2e/node_modules"), join(folder, "node_modules"));
  return () => rm(folder, { recursive: true, force: true });
});

/** Runs a file of the document while `account` sits at the browser, and answers the token that it prints last. */
async function run(name, account) {
  const kept = surroundings(here.demo);
  for (const name of ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]) delete kept[name];
  const env = name.endsWith(".py")
    ? // What Python opens as a browser writes the address where the test reads it.
      { ...kept, BROWSER: "echo Open %s" }
    : { ...kept, NODE_EXTRA_CA_CERTS: "entente-data/ca.pem" };
  const child = spawn(name.endsWith(".py") ? python() : process.execPath, [name], { cwd: folder, env });
  const person = sitting(here.stranger, account);
  let printed = "";
  let noise = "";
  let helped;
  child.stdout.setEncoding("utf8").on("data", (part) => {
    printed += part;
    const [, url] = printed.match(/Open (https:\S+)\s/) ?? [];
    const [, where, code] = printed.match(/(https:\S+\/devicelogin)\b[^]*?code ([A-Z0-9-]+)/) ?? [];
    if (url) helped ??= person.visit(url);
    else if (code) helped ??= person.device({ verification_uri: where, user_code: code });
    helped?.catch(() => child.kill());
  });
  child.stderr.setEncoding("utf8").on("data", (part) => {
    noise += part;
  });
  const status = await new Promise((resolve) => child.once("close", resolve));
  await helped;
  assert.equal(status, 0, `${name}\n${printed}\n${noise}`);
  return printed.trim().split("\n").at(-1);
}

const home = () => partner(here.demo);
const expectations = {
  "as.itself": async (token) => {
    const { idtyp, tid } = await verified(here.demo, token, { tenant: home().id });
    assert.deepEqual({ idtyp, tid }, { idtyp: "app", tid: home().id });
  },
  "as.a.person": async (token, account) => {
    const { oid, tid } = await verified(here.demo, token, { tenant: home().id });
    assert.deepEqual({ oid, tid }, { oid: account.id, tid: home().id });
  },
  "on.a.device": async (token, account) => {
    assert.equal((await verified(here.demo, token, { tenant: home().id })).oid, account.id);
  },
  "for.a.customer": async (token, account) => {
    const customer = tenant(here.demo, "fjordline.example");
    const { tid, act } = await verified(here.demo, token, { tenant: customer.id });
    assert.deepEqual({ tid, sub: act.sub }, { tid: customer.id, sub: account.id });
  },
};

describe("the files of the document", () => {
  test("are all of both languages", () => {
    const expected = Object.keys(expectations).flatMap((name) => [`${name.replaceAll(".", "_")}.py`, `${name.replaceAll(".", "-")}.mjs`]);
    assert.deepEqual(files.map(({ name }) => name).toSorted(), [...expected, "demo.mjs", "demo.py"].toSorted());
  });

  for (const { name } of files.filter(({ name }) => !name.startsWith("demo."))) {
    test(name, async () => {
      const account = user(home(), name.includes("device") ? "sales_agent" : "admin_agent");
      await expectations[name.replace(/\.\w+$/, "").replaceAll(/[_-]/g, ".")](await run(name, account), account);
    });
  }
});

test("the numbers that the document explains are those the authority answers", async () => {
  const sources = join(root, "crates/app/src/authority");
  const files = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith(".rs"));
  const all = await Promise.all(files.map((name) => readFile(join(sources, name), "utf8")));
  const known = new Set(all.join("\n").replaceAll("_", "").match(/\b\d{5,7}\b/g));
  const explained = [...text.matchAll(/AADSTS(\d+)/g)].map(([, number]) => number);
  assert.ok(explained.length > 8);
  assert.deepEqual(explained.filter((number) => !known.has(number)), []);
});
