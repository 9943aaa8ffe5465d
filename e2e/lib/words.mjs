// Whether a page speaks the reader's language: no key in place of words, and no words of the other language.
import { readFile } from "node:fs/promises";

/** The languages, by the value of `lang`. */
export const LANGUAGES = ["en", "zh-CN"];

async function messages(language) {
  const text = await readFile(new URL(`../../crates/portal/i18n/${language}.ftl`, import.meta.url), "utf8");
  return new Map([...text.matchAll(/^([a-z][a-z0-9-]*) = (.+)$/gm)].map(([, key, words]) => [key, words.trim()]));
}

/** What `strayWords` looks for on a page in `language`: all keys, and sentences that only the other language has. */
export async function dictionary(language) {
  const other = LANGUAGES.find((it) => it !== language);
  const [own, foreign] = [await messages(language), await messages(other)];
  const said = new Set(own.values());
  const whole = [...foreign.values()].filter((words) => !words.includes("{") && !said.has(words));
  return { language, keys: [...own.keys()].filter((key) => key.includes("-")), foreign: whole };
}

/** Runs in the page: what of its visible text should not be there. Text marked as another language's is left out. */
export function strayWords({ language, keys, foreign }) {
  const known = new Set(keys);
  const others = new Set(foreign);
  const stray = [];
  const look = (text, where) => {
    const words = text.replace(/[\u2068\u2069]/g, "").replace(/\s+/g, " ").trim();
    const key = words.split(/[\s(),.:;/]+/).find((word) => known.has(word));
    if (key) stray.push(`key ${key} in ${where}`);
    if (others.has(words)) stray.push(`"${words}" in ${where}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    const tongue = element.closest("[lang]")?.getAttribute("lang");
    if (tongue !== language || element.closest("code, pre, textarea, script, option[value=en], option[value='zh-CN']")) continue;
    if (node.nodeType === Node.TEXT_NODE) look(node.data, element.tagName.toLowerCase());
    else for (const name of ["aria-label", "title", "placeholder", "alt"]) if (element.hasAttribute(name)) look(element.getAttribute(name), name);
  }
  return [...new Set(stray)];
}
