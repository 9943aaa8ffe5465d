// What the operator's commands do to a demonstration's folder: more organisations, with names that no form would let in.
import { execFile } from "node:child_process";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { binary } from "./server.mjs";

const run = promisify(execFile);

/**
 * Registers customers, each `{ name, domain, person }` with a global administrator of that name, while the server runs.
 * Answers them with `id` (of the organisation), `upn` and `password`.
 */
export async function register(data, customers) {
  // The commands refuse a demonstration's folder by its mark, rightly: its passwords are known to everybody.
  const mark = join(data, "demo.marker");
  await rename(mark, `${mark}.away`);
  try {
    const added = [];
    for (const { name, domain, person = "Ada Admin" } of customers) {
      const place = ["--data", data];
      const home = ["--domain", domain, "--cloud", "public", "--country", "NO"];
      const tenant = await run(binary(), ["tenant", "add", ...place, `--name=${name}`, ...home]);
      const [, id] = tenant.stdout.match(/ as ([0-9a-f-]{36})/);
      const upn = `admin@${domain}`;
      const as = ["--tenant", domain, `--name=${person}`, "--upn", upn, "--global-administrator"];
      const { stdout } = await run(binary(), ["person", "add", ...place, ...as]);
      const [, password] = stdout.match(/^password: (\S+)$/m);
      added.push({ name, domain, person, id, upn, password });
    }
    return added;
  } finally {
    await rename(`${mark}.away`, mark);
  }
}
