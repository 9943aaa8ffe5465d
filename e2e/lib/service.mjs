// The example of a service that partners manage for their customers, started beside a demonstration.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "./wait.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Starts it where the demonstration's catalogue says it is, and waits until it answers. Answers `{ url, stop() }`;
 * `stop()` ends it and fails if it had ended before.
 */
export async function startService(server) {
  const program = [process.env.ENTENTE_SERVICE_PORTAL, join(root, "target/debug/service-portal")].find((it) => it && existsSync(it));
  if (!program) throw new Error("the example is not built: cargo build --package entente-example-service-portal");
  const { origin: url, port } = new URL(server.demo.services[0].portal_url);
  const child = spawn(program, ["--demo", join(server.data, "demo.json"), "--listen", `127.0.0.1:${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      log += text;
    });
  }
  let ended;
  const end = new Promise((resolve) =>
    child.once("exit", (code, signal) => {
      ended = signal ?? `exit code ${code}`;
      resolve(ended);
    }),
  );
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  await until("the service", () => log.includes(`Listening on ${url}`), { abort: () => ended && `${ended}\n${log}` });
  return {
    url,
    log: () => log,
    async stop() {
      process.off("exit", kill);
      const before = ended;
      if (!before) child.kill("SIGTERM");
      const how = await end;
      if (before || how !== "exit code 0") throw new Error(`the service ended with ${how}\n${log}`);
    },
  };
}
