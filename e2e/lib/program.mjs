// Third parties' client libraries, each in a process of its own: only there can it be told which certificates to trust.
//
// A client of `../clients` reads a task, one line of JSON, and writes lines of JSON. `open` has the browser go to an
// address and wants the parameters with which it came back, as a line; `visit` does the same for a library that listens
// itself; `device` shows a code; `tokens` or `error` with `description` is the end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = fileURLToPath(new URL("../clients", import.meta.url));

/** The Python with the pinned libraries: `ENTENTE_PYTHON`, or the one that `cargo xtask setup` made. */
export function python() {
  const found = [process.env.ENTENTE_PYTHON, join(root, "target/python/bin/python")].find((it) => it && existsSync(it));
  if (!found) throw new Error("there is no Python with the clients' libraries: cargo xtask setup");
  return found;
}

/** The surroundings of a client: it trusts the demonstration's authority, and goes through no proxy. */
export function surroundings(demo) {
  const kept = Object.entries(process.env).filter(([name]) => !/_proxy$|^curl_ca_bundle$|^ssl_cert/i.test(name));
  return { ...Object.fromEntries(kept), NODE_EXTRA_CA_CERTS: demo.ca_pem, REQUESTS_CA_BUNDLE: demo.ca_pem, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" };
}

/**
 * Runs a client, `msal_python.py` say. `browser` answers its wishes: `open(url)` answers the parameters the browser came
 * back with, `visit(url)` and `device({ user_code, verification_uri })` answer nothing. Answers `{ tokens }`, or
 * `{ error, description }`.
 */
export async function client(demo, name, task, browser = {}) {
  const program = name.endsWith(".py") ? python() : process.execPath;
  const child = spawn(program, [join(folder, name)], { env: surroundings(demo), stdio: ["pipe", "pipe", "pipe"] });
  let noise = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    noise += text;
  });
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  child.stdin.on("error", () => {});
  const tell = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);
  tell({ authority: demo.authority_url, ...task });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line);
      if (said.tokens || "error" in said) {
        child.stdin.end();
        await ended;
        return said;
      }
      const [[wish, about]] = Object.entries(said);
      assert.ok(browser[wish], `${name} wants ${line}`);
      const answer = await browser[wish](about);
      if (wish === "open") tell(answer);
    }
    throw new Error(`${name} ended with ${await ended} and said nothing:\n${noise}`);
  } finally {
    child.kill("SIGKILL");
  }
}
