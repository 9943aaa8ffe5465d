// Starts one server in demo mode on free ports, with a folder of its own, and ends it by its process id.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "./wait.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The server program: `ENTENTE_BIN`, or what `cargo build` or `cargo build --release` left. */
export function binary() {
  const candidates = [
    process.env.ENTENTE_BIN,
    join(root, "target/debug/entente"),
    join(root, "target/release/entente"),
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error("the server is not built: cargo build --package entente-server");
  return found;
}

/** A port of the loopback address that was free a moment ago. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/**
 * Starts a server and waits until it answers. Returns `{ demo, data, log(), stop() }`: `demo` is the content of
 * `demo.json`, `data` the server's folder, `log()` what it printed so far. `stop()` asks it to end, waits until it
 * has, removes the folder, and fails if the server ended with an error or had already ended by itself.
 * `args` are further arguments; `data` keeps a given folder instead of a temporary one, for restarts.
 */
export async function startServer({ args = [], data: given, env = {} } = {}) {
  const data = given ?? (await mkdtemp(join(tmpdir(), "entente-e2e-")));
  const [http, https] = [await freePort(), await freePort()];
  const child = spawn(
    binary(),
    ["serve", "--demo", "--data", data, "--http", `127.0.0.1:${http}`, "--https", `127.0.0.1:${https}`, ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      log += text;
    });
  }
  let ended;
  const end = new Promise((resolve) => {
    const settle = (how) => {
      ended ??= how;
      resolve(ended);
    };
    child.once("error", (error) => settle(`it did not start: ${error.message}`));
    child.once("exit", (code, signal) => settle(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  // A test run that fails half-way must not leave a server behind.
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);

  const stop = async () => {
    process.off("exit", killAtExit);
    const before = ended;
    if (!before) child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const how = await end;
    clearTimeout(late);
    if (!given) await rm(data, { recursive: true, force: true });
    if (before) throw new Error(`the server ended by itself: ${before}\n${log}`);
    if (how !== "it ended with exit code 0") throw new Error(`the server did not stop cleanly: ${how}\n${log}`);
  };

  try {
    const abort = () => ended && `${ended}\n${log}`;
    const base = `http://localhost:${http}`;
    const started = performance.now();
    // A folder that is used again still holds the demo.json of its last server, so its address must be ours.
    const demo = await until(
      "demo.json",
      async () => {
        const text = await readFile(join(data, "demo.json"), "utf8");
        const content = JSON.parse(text);
        return content.portal_url.includes(`:${http}`) || content.portal_url.includes(`:${https}`) ? content : null;
      },
      { abort },
    );
    await until("/healthz", async () => (await fetch(new URL("/healthz", base))).ok, { abort });
    return { demo, data, base, readyAfterMs: performance.now() - started, log: () => log, stop };
  } catch (error) {
    await stop().catch(() => {});
    error.message += `\nThe server printed:\n${log}`;
    throw error;
  }
}
