// The mission up to the customer in the list, S1 to S9, S13, S14 and S18 of the requirements: a partner asks, a
// customer grants. Every person has a browser of their own. The tests follow each other as the days of a story do.
import assert from "node:assert/strict";
import { test } from "node:test";

import { installation } from "./lib/installation.mjs";
import { linkOf } from "./lib/mail.mjs";
import { card, follow, headline, line, open, press, refusalCode, row, says, saysNot, visit } from "./lib/pages.mjs";
import { tenant, user } from "./lib/people.mjs";
import { decide, draftRequest, fillRequest, requestFrom, shownRequest, subscribe } from "./lib/requests.mjs";
import { until } from "./lib/wait.mjs";

const DIRECT = "Brightwater IT";

const here = installation();

test("S1: the menu has Customers, and the page lists every organisation that accepted this partner", async () => {
  const maya = await here.enter(DIRECT, "global_admin");
  await open(maya.page, /^Customers/, maya.page.getByRole("navigation", { name: "Main" }));
  assert.equal(await headline(maya.page), "Customers");
  const names = await maya.page.locator("tr.row .cell-name a").allInnerTexts();
  const accepted = [
    "Fjordline Logistics AS",
    "Avenir Dental Group",
    "东方物流有限公司",
    "Kestrel Systems Ltd",
    "Nordberg Bakeri AS",
    "Bryggen Arkitekter AS",
    "Αιγαίο Ναυτιλία ΑΕ",
    "Teatro Municipal",
    "Tidewater Foods LLC",
  ];
  assert.deepEqual(names.toSorted(), accepted.toSorted(), "S1: neither invited nor declined nor ended ones");
  await maya.close();
});

test("S2, S3, S4: a request starts from Customers, with privileges unless cleared, and not everywhere", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  await visit(tom.page, here.demo, "/partner/customers");
  await open(tom.page, "Request a relationship");
  assert.equal(await headline(tom.page), "Request a relationship", "S2");

  const box = tom.page.getByRole("checkbox", { name: "Include delegated administration privileges" });
  assert.ok((await box.isChecked()) && (await box.isEnabled()), "S3: on by default");
  await box.uncheck();
  assert.ok(!(await box.isChecked()), "S3: can be cleared");

  const clouds = tom.page.getByRole("group", { name: "Cloud" });
  for (const name of ["Germany cloud", "US Government cloud"]) {
    await open(tom.page, name, clouds);
    assert.ok(await box.isChecked(), `S4: ticked in the ${name}`);
    assert.ok(await box.isDisabled(), `S4: cannot be cleared in the ${name}`);
    const reason = await tom.page.locator("label").filter({ has: box }).innerText();
    assert.match(reason, new RegExp(`In (the )?${name} every request includes them`), "S4: with the reason beside it");
  }
  assert.equal(await clouds.getByText("China cloud").count(), 0, "S4: nobody is invited in China");
  await tom.close();
});

test("S5, S6: the draft can be opened in e-mail, copied and edited, and always holds its link", async () => {
  const tom = await here.enter(DIRECT, "admin_agent", { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = tom;
  const request = await draftRequest(page, here.demo, {
    domain: "vestland-bygg.example",
    mail: "marit.vestli@vestland-bygg.example",
    name: "Marit",
  });
  assert.match(request.link, new RegExp(`^${here.demo.portal_url}/portal/accept/[\\w-]{40,}$`), "S6: a personal link");

  const mailto = async () => {
    const href = await page.getByRole("link", { name: "Open in e-mail" }).getAttribute("href");
    const [, to, query] = /^mailto:([^?]*)\?(.*)$/.exec(href);
    const fields = Object.fromEntries(query.split("&").map((pair) => pair.split("=").map(decodeURIComponent)));
    return { to: decodeURIComponent(to), ...fields, encoded: query.split("body=")[1] };
  };
  const first = await mailto();
  assert.equal(first.to, "marit.vestli@vestland-bygg.example");
  assert.ok(first.subject.includes(DIRECT), `S5: ${first.subject}`);
  assert.ok(first.body.includes(request.link), "S5: the mail program gets the link");
  assert.match(first.body, /^Hello Marit,\r\n/, "S5: lines end as mail programs expect");
  assert.ok(first.encoded.length < 1800, `S5: ${first.encoded.length} encoded characters`);

  await page.getByRole("button", { name: "Copy to clipboard" }).click();
  await page.getByRole("status").getByText("Copied").waitFor();
  const copied = await page.evaluate(() => globalThis.navigator.clipboard.readText());
  assert.ok(copied.startsWith("Hello Marit,"), `S5: ${copied}`);
  assert.ok(copied.trimEnd().endsWith(request.link), "S5: the copy holds the link");

  const edited = "Dear Marit,\n\nthese are my own words.\n\nTom";
  await page.fill("textarea[name=body]", edited);
  await press(page, "Save");
  assert.equal(await page.inputValue("textarea[name=body]"), edited, "S6: the text may be edited");
  assert.equal((await shownRequest(page)).link, request.link, "S6: the link stays as it was");
  const second = await mailto();
  assert.equal(
    second.body,
    `${edited.replaceAll("\n", "\r\n")}\r\n\r\n${request.link}`,
    "S6: a text without the link gets it back",
  );

  await press(page, "Done");
  await says(page, "Waiting for a global administrator", "You took the message and its link", request.link);
  await tom.close();
});

test("S5, S6: a Chinese draft stays below the limit with its link first, or says that it does not", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const { page } = tom;
  const request = await draftRequest(page, here.demo, { language: "zh-CN" });
  const button = page.getByRole("link", { name: "Open in e-mail" });
  const href = await button.getAttribute("href");
  if (href) {
    const body = href.split("&body=")[1];
    assert.ok(body.length < 1800 && decodeURIComponent(body).startsWith(request.link), href);
  } else {
    await says(page, "This message is too long for your mail program");
  }
  await page.fill("textarea[name=body]", "您好。".repeat(100));
  await press(page, "Save");
  await says(page, "This message is too long for your mail program");
  assert.equal(
    await page.getByText("Open in e-mail").first().getAttribute("href"),
    null,
    "S5: not offered where it would be cut",
  );
  await tom.close();
});

test("S6, S7: sent for the partner, the mail holds the link and is in the customer's language", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  const { page } = tom;
  const solberg = tenant(here.demo, "solberg-eiendom.example");
  const nina = user(solberg, "global_admin");
  const request = await draftRequest(page, here.demo, {
    domain: solberg.domain,
    mail: nina.upn,
    name: nina.display_name,
  });
  await page.fill("textarea[name=body]", "Dear Nina,\n\n<b>no link here</b>, as we said.");
  await press(page, "Send for me");

  const mail = await here.mailTo(nina.upn, /./);
  assert.match(mail.headers.subject, /^Brightwater IT would like to become your Halden Cloud reseller$/, "S7");
  assert.match(mail.headers["reply-to"], /<?tom\.berg@brightwater\.example>?$/, "S7: an answer reaches the person");
  assert.match(mail.headers.from, /Tom Berg at Brightwater IT via Halden Cloud/, "S7");
  assert.equal(mail.headers["content-language"], "en", "S7");
  assert.equal(linkOf(mail), request.link, "S6, S7: the link in a block of its own");
  assert.ok(mail.text.includes("> Dear Nina,"), "S7: the partner's words");
  assert.ok(mail.html.includes(`href="${request.link}"`), "S7: the HTML twin has the link");
  assert.ok(!mail.html.includes("<b>no link"), "S7: the partner's words are text only");

  await until("the mail server's answer", async () => {
    await page.reload();
    return /\b250 /.test(await card(page, "Sent messages").innerText());
  });
  assert.match(
    await card(page, "Sent messages").innerText(),
    /nina\.solberg@solberg-eiendom\.example\s+Sent/,
    "S7, E1",
  );

  const visitor = await here.stranger();
  await visit(visitor.page, here.demo, "/_demo/mail");
  assert.equal(await headline(visitor.page), "Captured mail");
  await follow(visitor.page, visitor.page.locator("tr", { hasText: nina.upn }).getByRole("link").first());
  await follow(visitor.page, visitor.page.getByRole("link", { name: request.link }));
  assert.equal(
    await headline(visitor.page),
    "Brightwater IT wants to be your reseller and manage your services",
    "S7: the captured link works",
  );
  await visitor.close();

  const zh = await draftRequest(page, here.demo, {
    language: "zh-CN",
    domain: "skog-logistikk.example",
    mail: "ebba.skog@skog-logistikk.example",
  });
  await press(page, "Send for me");
  const chinese = await here.mailTo("ebba.skog@skog-logistikk.example", /希望/);
  assert.equal(chinese.headers["content-language"], "zh-CN", "S7: in the recipient's language");
  assert.match(chinese.html, /<html lang="zh-CN">/);
  assert.match(chinese.text, /查看请求/);
  assert.equal(linkOf(chinese), zh.link);
  await tom.close();
});

test("S8, S18: an ordinary user forwards, the administrator accepts, and the partner provisions", async () => {
  const solberg = tenant(here.demo, "solberg-eiendom.example");
  const [nina, petter] = [user(solberg, "global_admin"), user(solberg)];
  const link = linkOf(await here.mailTo(nina.upn, /reseller/));

  const ordinary = await here.stranger();
  ordinary.expect(/403/);
  await ordinary.page.goto(link);
  assert.equal(
    await headline(ordinary.page),
    "Brightwater IT wants to be your reseller and manage your services",
    "S8",
  );
  await open(ordinary.page, "Sign in to review");
  await ordinary.page.fill("input[name=username]", petter.upn);
  await ordinary.page.fill("input[name=password]", petter.password);
  const answer = await press(ordinary.page, "Sign in");
  assert.equal(answer.status(), 403, "S8: only a global administrator accepts");
  await says(ordinary.page, "A global administrator has to accept this", "Nothing has been accepted", "Petter Lie");
  await open(ordinary.page, "Forward to an administrator");
  await ordinary.page.getByRole("radio", { name: nina.display_name }).check();
  await press(ordinary.page, "Forward request");
  assert.equal(await headline(ordinary.page), "The request was passed on");
  await ordinary.close();

  const forwarded = await here.mailTo(nina.upn, /asks you to review/);
  assert.match(
    forwarded.headers.subject,
    /^Petter Lie asks you to review a partner request$/,
    "S8: the administrator's mail",
  );
  assert.equal(linkOf(forwarded), link);

  const tom = await here.enter(DIRECT, "admin_agent");
  await visit(tom.page, here.demo, "/partner/requests?state=open");
  await open(tom.page, /^RQ-/, row(tom.page, nina.upn));
  await says(tom.page, "Passed on to a global administrator", "Not in your list yet");

  const admin = await here.enter(solberg.id, "global_admin", { path: `${linkOf(forwarded)}/review` });
  const { page } = admin;
  assert.equal(
    await page.locator("input[name=decision]:checked").count(),
    0,
    "S18: consent is never ticked beforehand",
  );
  await says(
    page,
    "Act as Global administrator",
    "Act as Helpdesk administrator",
    "You can remove the roles whenever you like",
  );
  await page.check("input[name=decision][value=privileges]");
  await page.getByRole("button", { name: "Accept and grant administration" }).click();
  const missing = await page.locator("#agreement").evaluate((box) => box.matches(":invalid"));
  assert.ok(missing && page.url().endsWith("/review"), "S18: the agreement has to be accepted");
  await decide(page, "privileges");
  assert.equal(await headline(page), "Brightwater IT is now your reseller", "S8");
  await says(page, "You accepted Brightwater IT and granted administration", "Nina Solberg", /Record number \S{30,}/);
  await admin.close();

  const copy = await here.mailTo(nina.upn, /You granted/);
  assert.match(
    copy.text,
    /Your copy: .*agreement[^]*> 1\. What this agreement covers/i,
    "S18: a copy of what was agreed",
  );
  await here.mailTo(tom.account.upn, /^Solberg Eiendom AS accepted, with privileges$/);

  await tom.page.reload();
  await says(
    tom.page,
    "Accepted by a global administrator",
    "Solberg Eiendom AS is in your list",
    "Administration privileges granted",
  );
  await visit(tom.page, here.demo, "/partner/customers?q=solberg");
  assert.match(
    await row(tom.page, "Solberg Eiendom AS").innerText(),
    /Reseller\s+Granted/,
    "S8: the customer is in the list",
  );
  await open(tom.page, "Solberg Eiendom AS", row(tom.page, "Solberg Eiendom AS"));
  await open(tom.page, "Subscriptions");
  await subscribe(tom.page, "productivity-standard", "25");
  assert.match(
    await row(tom.page, "Productivity Standard").innerText(),
    /25\s+1 year, billed monthly[^]*Active/,
    "S8: the partner provisions",
  );
  await tom.close();
});

for (const javaScript of [true, false]) {
  test(`S9: the arrow expands a customer's record ${javaScript ? "in place" : "without JavaScript"}`, async () => {
    const jonas = await here.enter(DIRECT, "helpdesk_agent", { javaScript });
    const { page } = jonas;
    const id = tenant(here.demo, "Avenir Dental Group").id;
    await visit(page, here.demo, "/partner/customers");
    const detail = page.locator(`#d-${id}`);
    assert.ok(!(await detail.isVisible()), "S9: closed at first");
    const arrow = page.getByRole("button", { name: "Show record of Avenir Dental Group" });
    if (javaScript) {
      await arrow.click();
      assert.equal(new URL(page.url()).search, "", "S9: without leaving the page");
      assert.equal(await arrow.getAttribute("aria-expanded"), "true");
    } else {
      await follow(page, arrow);
      assert.equal(new URL(page.url()).search, `?open=${id}`);
    }
    assert.match(
      await detail.innerText(),
      new RegExp(`${id}[^]*United Kingdom[^]*Global administrator for your admin agents`),
      "S9",
    );
    await open(page, "Account", detail);
    assert.equal(await headline(page), "Avenir Dental Group", "S9: the account is managed from there");
    await visit(page, here.demo, `/partner/customers?open=${id}`);
    await open(page, "Subscriptions", detail);
    await says(page, "Productivity Premium", "Telephony");
    await jonas.close();
  });
}

test("S13: outside the partner's region nothing can be asked, and a standing link is refused", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  tom.expect(/422/);
  const { page } = tom;
  await visit(page, here.demo, "/partner/requests/new");
  const offered = await page.locator("select[name=country] option").evaluateAll((all) => all.map(({ value }) => value));
  for (const [country, within] of [
    ["NO", true],
    ["GB", true],
    ["US", true],
    ["JP", false],
    ["BR", false],
  ]) {
    assert.equal(offered.includes(country), within, `S13: ${country}`);
  }
  // Whoever posts a country that the page does not offer meets the rule itself.
  await page.locator("select[name=country]").evaluate((select) => select.append(new globalThis.Option("Japan", "JP")));
  await fillRequest(page, { country: "JP", name: "Keiko" });
  const answer = await press(page, "Create link and continue");
  assert.equal(answer.status(), 422);
  await says(page, "You may sell only in your own region. This country lies outside of it.");
  assert.equal(await page.inputValue("input[name=name]"), "Keiko", "S13: what was typed is kept");

  await visit(page, here.demo, "/partner/requests");
  const link = await page
    .locator(".field", { hasText: "Worldwide cloud, without privileges" })
    .locator("code")
    .innerText();
  await tom.close();
  const keiko = await here.enter("富士見製作所株式会社", "global_admin");
  keiko.expect(/409/);
  const refused = await keiko.page.goto(link);
  assert.equal(refused.status(), 409);
  await says(keiko.page, "Brightwater IT cannot sell in Japan", "Nothing has been accepted");
  assert.equal(await refusalCode(keiko.page), "region_mismatch");
  await keiko.close();
});

test("S14: each cloud accepts at its own portal; Germany and US Government always with privileges", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  for (const [name, portal, words] of [
    ["Rheintal Technik GmbH", "/germany/portal", "Administration portal, Germany"],
    ["Harrow County Transit", "/us-government/portal", "Administration portal, US Government"],
    ["Ås Regnskap AS", "/portal", "Store portal"],
  ]) {
    const customer = tenant(here.demo, name);
    const request = await requestFrom(tom.page, here.demo, customer);
    const mail = await here.mailTo(user(customer, "global_admin").upn, /reseller/);
    assert.ok(linkOf(mail).startsWith(`${here.demo.portal_url}${portal}/accept/`), `S14: ${linkOf(mail)}`);
    assert.equal(linkOf(mail), request.link);
    const admin = await here.enter(customer.id, "global_admin", { path: `${request.link}/review` });
    assert.ok(
      (await admin.page.getByRole("banner").innerText()).includes(words),
      `S14: the portal calls itself ${words}`,
    );
    const optional = customer.cloud === "public";
    assert.equal(
      await admin.page.locator("input[name=decision][value=reseller]").count(),
      optional ? 1 : 0,
      `S4, S14: ${name}`,
    );
    if (!optional) {
      await decide(admin.page, "privileges");
      assert.equal(await headline(admin.page), "Brightwater IT is now your reseller");
      await visit(admin.page, here.demo, `${portal}/partners`);
      assert.match(await line(admin.page, DIRECT), /Reseller 2 roles, no end date/, "S14");
    }
    await admin.close();
  }
  await visit(tom.page, here.demo, "/partner/customers");
  await says(tom.page, "Rheintal Technik GmbH", "Harrow County Transit");
  await saysNot(tom.page, "Ås Regnskap AS");
  await tom.close();
});

test("S6, S8: a standing link works for any customer that is not connected yet, as often as one comes", async () => {
  const tom = await here.enter(DIRECT, "admin_agent");
  await visit(tom.page, here.demo, "/partner/requests");
  const link = await tom.page
    .locator(".field", { hasText: "Worldwide cloud, with administration privileges" })
    .locator("code")
    .innerText();
  const query = Object.fromEntries(new URL(link).searchParams);
  assert.deepEqual(query, { invType: "ResellerRelationship", partnerId: tom.home.id, msppId: "0", DAP: "true" });

  for (const [name, decision, badge] of [
    ["Orchard & Co. Solicitors", "privileges", "Granted"],
    ["Vestland Bygg AS", "reseller", "None"],
  ]) {
    const customer = tenant(here.demo, name);
    const person = await here.stranger();
    await person.page.goto(link);
    await open(person.page, "Sign in to review");
    const admin = user(customer, "global_admin");
    await person.page.fill("input[name=username]", admin.upn);
    await person.page.fill("input[name=password]", admin.password);
    await press(person.page, "Sign in");
    await decide(person.page, decision);
    assert.equal(await headline(person.page), "Brightwater IT is now your reseller");
    await person.close();
    await visit(tom.page, here.demo, `/partner/customers?q=${customer.domain}`);
    assert.match(await row(tom.page, name).innerText(), new RegExp(`Reseller\\s+${badge}`));
  }
  await tom.close();
});
