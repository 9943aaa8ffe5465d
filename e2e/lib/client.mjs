// A person without a browser: cookies, forms and nothing else. For preparing what a browser then looks at, and for
// requests that no browser would send.
import assert from "node:assert/strict";

const ENTITIES = { "&#38;": "&", "&#60;": "<", "&#62;": ">", "&#34;": '"', "&#39;": "'", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** Text of an attribute or element as it was before it was escaped. */
export function unescape(text) {
  return text.replace(/&(?:#\d\d|[a-z]+);/g, (entity) => ENTITIES[entity] ?? entity);
}

function attribute(tag, name) {
  const found = tag.match(new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s>])`));
  return found ? unescape(found[1] ?? "") : null;
}

/** The forms of a page: `{ method, action, fields }`, with what a browser would send if nothing was changed. */
export function forms(html) {
  return [...html.matchAll(/<form\b[^>]*>[^]*?<\/form>/g)].map(([form]) => {
    const [head] = form.match(/<form\b[^>]*>/);
    const fields = [];
    for (const [tag] of form.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)) {
      const name = attribute(tag, "name");
      if (!name || attribute(tag, "disabled") !== null) continue;
      const choice = ["radio", "checkbox"].includes(attribute(tag, "type"));
      if (choice && attribute(tag, "checked") === null) continue;
      const [, inner] = tag.startsWith("<input") ? [] : form.slice(form.indexOf(tag) + tag.length).match(/^([^]*?)<\/(?:textarea|select)>/);
      if (tag.startsWith("<textarea")) fields.push([name, unescape(inner.replace(/^\n/, ""))]);
      else if (tag.startsWith("<select")) {
        const options = [...inner.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
        const chosen = options.find((option) => attribute(option, "selected") !== null) ?? options[0];
        if (chosen) fields.push([name, attribute(chosen, "value")]);
      } else fields.push([name, attribute(tag, "value") ?? (choice ? "on" : "")]);
    }
    return { method: attribute(head, "method") ?? "get", action: attribute(head, "action"), fields };
  });
}

/** Somebody's requests, with the cookies that came back. Redirects are answers, not followed. */
export class Client {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  /** Sends a request; `fields` are a form's. Answers `{ status, headers, location, text }`. */
  async send(path, { method = "GET", fields, headers = {}, body } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(path, this.base), {
      method,
      body: fields ? new URLSearchParams(fields) : body,
      redirect: "manual",
      headers: { ...(cookie && { cookie }), ...headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = response.headers.get("location");
    return { status: response.status, headers: response.headers, location, text: await response.text() };
  }

  async get(path, headers) {
    return this.send(path, { headers });
  }

  /** The form of a page that posts to `action`, as a browser would find it. */
  async form(page, action) {
    const { status, text } = await this.get(page);
    const found = forms(text).find((form) => form.method === "post" && (form.action ?? page) === action);
    assert.ok(found, `${page} (${status}) has no form that posts to ${action}`);
    return found;
  }

  /** Fills a page's form and sends it. A value that is a list is sent once for each; null leaves a field out. */
  async submit(page, values = {}, { action = page.split("?")[0], headers } = {}) {
    const form = await this.form(page, action);
    const kept = form.fields.filter(([name]) => !(name in values));
    const typed = Object.entries(values).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one]));
    return this.send(action, { method: "POST", fields: [...kept, ...typed], headers });
  }

  /** Like `submit`, for a form that has to succeed; answers the path it leads to. */
  async done(page, values, options) {
    const { status, location, text } = await this.submit(page, values, options);
    assert.equal(status, 303, `${page}: ${said(text)}`);
    return location;
  }

  /** Signs in at the portal below `base`, e.g. `/partner`. */
  async signIn({ upn, password }, base = "/partner") {
    await this.done(`${base}/sign-in`, { username: upn, password });
    return this;
  }
}

/** What a page says, without its marks: for messages of failed assertions. */
export function said(html) {
  const main = html.match(/<(?:div|section)[^>]*data-errors[^]*?<\/(?:div|section)>/)?.[0] ?? html.match(/<main\b[^]*<\/main>/)?.[0] ?? html;
  return unescape(main.replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ").trim().slice(0, 900);
}
