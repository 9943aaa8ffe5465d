// Texts that somebody hostile would type, and requests they would send. Each stands for a family; none needs a family twice.

/** Runs nowhere, or the page is broken: markup, attributes, template languages, links, entities. `x()` marks a run. */
export const MARKUP = [
  "<script>x()</script>",
  '"><img src=x onerror=x()>',
  "'-x()-'",
  "</title><svg/onload=x()>",
  "</textarea><script>x()</script>",
  "</dd></dl><iframe srcdoc='<script>parent.x()</script>'>",
  "{{7*7}}",
  "${7*7}",
  "<%= 7*7 %>",
  "javascript:x()",
  "<script>",
  '<a href="https://evil.example">click</a>',
  "[click](https://evil.example)",
  "&lt;script&gt;x()&lt;/script&gt;",
  '<math><mi//xlink:href="data:x,<script>x()</script>">',
  "<style>*{display:none}</style>",
  "<meta http-equiv=refresh content=0;url=https://evil.example>",
  "<base href=https://evil.example/>",
  "😀<b>",
];

/** What a spreadsheet would calculate when a cell begins with it. */
export const FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "%=1", "＝1+1", '"=1"', 'a,b"c', "=1;2", ";=1", "'=1"];

/** Ways off this site, where a path of this site is due. */
export const REDIRECTS = [
  "https://evil.example/",
  "//evil.example/",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/%09/evil.example",
  "/%2f%2fevil.example",
  "/%5cevil.example",
  "https:evil.example",
  "https:/evil.example",
  "https://good.example@evil.example/",
  "https://localhost.evil.example/",
  "https://evil.example#localhost",
  "https://localhost%00.evil.example/",
  "javascript:alert(1)",
  "data:text/html,x",
  "/..//evil.example",
  "/partner/..//evil.example",
  "/partner/../\\evil.example",
  "/partner/overview\r\nLocation: https://evil.example/",
  ".evil.example",
  "@evil.example",
  "http://[::1]:1/",
];

/** Headers that must change nothing, beside the right `Host`. */
export const FORWARDED = [
  ["X-Forwarded-Host: evil.example"],
  ["Forwarded: host=evil.example;proto=http"],
  ["X-Forwarded-Proto: javascript"],
  ["X-Forwarded-Proto: https"],
  ["X-Forwarded-Prefix: //evil.example"],
  ["X-Forwarded-Port: 99999"],
  ["X-Original-URL: /admin"],
  ["X-Rewrite-URL: /admin"],
  ["X-Forwarded-For: 203.0.113.66"],
  ["X-Real-IP: 203.0.113.66"],
  ["X-HTTP-Method-Override: DELETE"],
  ["X-Host: evil.example", "X-Forwarded-Server: evil.example"],
];

/** The request's own host, wrong in every way; `right` stands for the right one. */
export const HOSTS = (right) => [
  ["Host: evil.example"],
  [`Host: ${right.split(":")[0]}:99999`],
  [`Host: ${right}.evil.example`],
  [`Host: evil.example@${right}`],
  ["Host: "],
  [],
  [`Host: ${right}`, "Host: evil.example"],
];
