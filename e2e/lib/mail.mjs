// Reading captured mail: as much of RFC 5322, 2045 and 2047 as the mails of Entente use.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { until } from "./wait.mjs";

/** The message in an `.eml` file: its headers by their names in lower case, and the two twins. */
export function parseMail(source) {
  const { headers, body } = split(source);
  const boundary = /boundary="([^"]+)"/.exec(headers["content-type"] ?? "")?.[1];
  assert.ok(boundary, "the mail has no parts");
  const [, ...parts] = body.split(`--${boundary}`);
  assert.equal(parts.pop().trim(), "--", "the mail is complete");
  const twins = Object.fromEntries(parts.map((part) => decodePart(part.replace(/^\r?\n/, ""))));
  return { source, headers, text: twins["text/plain"], html: twins["text/html"] };
}

function split(source) {
  const [, head, body] = /^(.*?)\r?\n\r?\n(.*)$/s.exec(source);
  const lines = head.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = {};
  for (const line of lines) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line);
    assert.ok(!(name.toLowerCase() in headers), `${name} stands twice in the mail`);
    headers[name.toLowerCase()] = words(value);
  }
  return { headers, body };
}

/** Encoded words of a header (RFC 2047); white space between two of them belongs to the encoding. */
function words(value) {
  const joined = value.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, how, text) => {
    if (how.toLowerCase() === "b") return Buffer.from(text, "base64").toString("utf8");
    return quotedPrintable(text.replaceAll("_", " "));
  });
}

function decodePart(source) {
  const { headers, body } = split(source);
  const type = headers["content-type"].split(";")[0];
  switch (headers["content-transfer-encoding"]?.toLowerCase()) {
    case "quoted-printable":
      return [type, quotedPrintable(body)];
    case "base64":
      return [type, Buffer.from(body, "base64").toString("utf8").replaceAll("\r\n", "\n")];
    default:
      return [type, body.replaceAll("\r\n", "\n")];
  }
}

function quotedPrintable(text) {
  const whole = text.replaceAll(/=\r?\n/g, "").replaceAll("\r\n", "\n");
  const bytes = whole.replaceAll(/(?:=[0-9A-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll("=", ""), "hex").toString("utf8"),
  );
  return bytes;
}

/** Every captured mail to an address, oldest first: the names begin with the time. */
export async function mailsTo(folder, address) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
  const mails = await Promise.all(
    names.map(async (name) => ({ name, ...parseMail(await readFile(join(folder, name), "utf8")) })),
  );
  return mails.filter(({ headers }) => headers.to.includes(address));
}

/** The newest mail to an address whose subject matches, waited for; `after` names a mail that is too old. */
export const mailTo = (folder, address, subject, { after = "" } = {}) =>
  until(`a mail to ${address} about ${subject}`, async () => {
    const mails = await mailsTo(folder, address);
    return mails.findLast(({ headers, name }) => name > after && headers.subject.match(subject));
  });

/** The only address that has a line and a paragraph of its own in the text twin. */
export function linkOf({ text }) {
  const blocks = text.split(/\n\n+/).map((block) => block.trim());
  const links = blocks.filter((block) => /^https?:\/\/\S+$/.test(block));
  assert.equal(links.length, 1, `one link in a block of its own:\n${text}`);
  return links[0];
}
