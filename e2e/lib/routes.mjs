// The portals' routes as their source declares them: what no list of pages may leave out.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../crates/portal/src", import.meta.url));
/** The customer portal of each cloud. */
export const BASES = ["/portal", "/germany/portal", "/us-government/portal", "/china/portal"];
/** Files, not pages; and the first start, which a demonstration does not have. */
const NOT_PAGES = new Set(["/static/{}", "/favicon.ico", "/_setup/{}"]);

/** A path without what differs from one customer, request or cloud to the next. */
export function shape(path) {
  const [bare] = path.split(/[?#]/);
  const base = BASES.toSorted((a, b) => b.length - a.length).find((base) => bare === base || bare.startsWith(`${base}/`));
  const parts = (base ? bare.slice(base.length) : bare).split("/").map((part) => {
    const id = /^\{.*\}$|^[0-9a-f]{8}-[0-9a-f-]{27}$|^\d+$|^[\w-]{43}$|\.eml$/.test(part);
    return id ? "{}" : part;
  });
  return (base ? "{base}" : "") + parts.join("/");
}

/** Every route as `{ shape, methods }`. */
export async function routes() {
  const found = new Map();
  const add = (path, methods) => {
    const key = shape(path.replace("{base}", BASES[0]));
    if (!NOT_PAGES.has(key)) found.set(key, new Set([...(found.get(key) ?? []), ...methods]));
  };
  const methods = (text) => [...text.matchAll(/\b(get|post)\b/g)].map(([word]) => word);
  for (const entry of await readdir(SOURCE, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".rs")) continue;
    const text = await readFile(join(entry.parentPath, entry.name), "utf8");
    for (const [, at, path, rest] of text.matchAll(/\.route\(\s*(&at\(|&format!\()?"(\/?[^"]+)"\)?,(.*?)(?=\.route\(|\n)/g)) {
      add(at === "&at(" ? `{base}${path}` : path, methods(rest));
    }
    for (const [, path, rest] of text.matchAll(/^\s*"(\/[^"]*)" => ([^;]*);/gm)) add(path, methods(rest));
  }
  return [...found].map(([shape, methods]) => ({ shape, methods: [...methods] }));
}
