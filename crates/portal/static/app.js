// Progressive enhancement only: every page works without this file. Nothing here decides anything.
const root = document.documentElement;
root.classList.add('js');
const $ = (q, from = document) => from.querySelector(q);
const byId = id => document.getElementById(id);

const say = text => {
  const box = $('.toasts');
  if (!box || !text) return;
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = text;
  box.replaceChildren(toast);
  setTimeout(() => toast.remove(), 6000);
};

const messageText = () => {
  const m = $('[data-mail]');
  return m ? [...m.querySelectorAll('textarea,code')].map(e => e.value ?? e.textContent).join('\n\n') : '';
};

const copy = async text => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain http outside localhost has no clipboard interface; the old command still works there.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'vh';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  say(byId('copied')?.innerHTML);
};

const toggleRow = exp => {
  const detail = byId(exp.getAttribute('aria-controls'));
  if (!detail) return false;
  const open = exp.getAttribute('aria-expanded') !== 'true';
  exp.setAttribute('aria-expanded', open);
  detail.hidden = !open;
  exp.closest('tr')?.classList.toggle('open', open);
  return true;
};

addEventListener('click', e => {
  const t = e.target.closest('[data-dialog],[data-copy],[data-menu],[data-close],.exp');
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(e.target)) menu.open = false;
  if (!t) { if (e.target.matches('dialog')) e.target.close(); return; }
  if (e.ctrlKey || e.metaKey || e.shiftKey) return;
  const dialog = t.dataset.dialog && byId(t.dataset.dialog);
  if (dialog) { e.preventDefault(); t.closest('details.menu')?.removeAttribute('open'); dialog.showModal(); }
  if ('copy' in t.dataset) { e.preventDefault(); copy(t.dataset.copy || messageText()); }
  if ('menu' in t.dataset) { e.preventDefault(); t.setAttribute('aria-expanded', byId('nav').toggleAttribute('data-open')); }
  if ('close' in t.dataset && t.closest('dialog')) { e.preventDefault(); t.closest('dialog').close(); }
  if (t.classList.contains('exp') && toggleRow(t)) e.preventDefault();
});

for (const form of document.querySelectorAll('form[data-submit]')) form.submit();
// Work that goes on behind the page: its main part comes anew until the work is done. Without the script a link does the same.
const renew = () => {
  const mark = $('[data-reload]');
  if (mark) setTimeout(async () => {
    try {
      const answer = await fetch(location.href), page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (answer.ok) byId('main').replaceChildren(...page.getElementById('main').childNodes);
    } finally { renew(); }
  }, mark.dataset.reload * 1000);
};
renew();
// Passkeys. The form is sent twice: first for what to ask the authenticator, then with its answer.
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
const encoded = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const passkey = async form => {
  const answer = form.elements.credential;
  try {
    const asked = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    // Refused: sent as a page, the refusal can be read.
    if (!asked.ok) return form.submit();
    const { publicKey } = await asked.json();
    const known = [...publicKey.allowCredentials ?? [], ...publicKey.excludeCredentials ?? []];
    for (const it of [publicKey.user, ...known]) if (it) it.id = bytes(it.id);
    publicKey.challenge = bytes(publicKey.challenge);
    const made = await navigator.credentials[publicKey.user ? 'create' : 'get']({ publicKey });
    const response = {};
    for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (made.response[part]) response[part] = encoded(made.response[part]);
    }
    answer.value = JSON.stringify({ id: made.id, rawId: encoded(made.rawId), type: made.type, response, extensions: {} });
    form.submit();
  } catch {
    say(form.dataset.passkey);
  }
};
if (!window.PublicKeyCredential) for (const form of document.querySelectorAll('[data-passkey]')) form.remove();

addEventListener('submit', e => {
  const form = e.target;
  if ('passkey' in form.dataset) { e.preventDefault(); form.elements.credential.value = ''; passkey(form); return; }
  if ('themeForm' in form.dataset) {
    e.preventDefault();
    const button = $('button', form), next = button.value;
    fetch(form.action, { method: 'POST', body: new URLSearchParams({ theme: next }), redirect: 'manual' });
    next === 'system' ? delete root.dataset.theme : root.dataset.theme = next;
    button.setAttribute('aria-label', button.dataset[next]);
    button.value = { light: 'dark', dark: 'system' }[next] ?? 'light';
    return;
  }
  // A second press while the first is under way would only be answered "already done".
  if (form.method === 'post' && !('again' in form.dataset)) {
    if (form.dataset.sent) e.preventDefault();
    form.dataset.sent = '1';
  }
});
// Going back restores the page with its marks.
addEventListener('pageshow', () => { for (const f of document.forms) delete f.dataset.sent; });

// "Open in e-mail" takes what is typed, not what was saved last. Mail programs cut addresses that are longer than this.
addEventListener('input', e => {
  const form = e.target.closest?.('form:has([data-mail])');
  const open = form && $('a[href^="mailto:"]', form);
  if (!open) return;
  const part = text => encodeURIComponent(text.replace(/\r?\n/g, '\r\n'));
  const link = $('code', form).textContent, { mail, subject, body } = form.elements;
  const after = part(`${body.value}\n\n${link}`);
  const text = after.length > 1800 ? part(`${link}\n\n${body.value}`) : after;
  open.href = `mailto:${part(mail.value)}?subject=${part(subject.value)}&body=${text}`;
});

let prefix = false, row = -1;
const step = by => {
  const rows = [...document.querySelectorAll('tr.row')];
  if (!rows.length) return;
  row = Math.min(rows.length - 1, Math.max(0, row + by));
  const link = $('a', rows[row]);
  link?.focus();
  link?.scrollIntoView({ block: 'nearest' });
};

addEventListener('keydown', e => {
  const at = document.activeElement;
  if (e.key === 'Escape') {
    const menu = at.closest?.('details.menu[open]');
    if (menu) { menu.open = false; $('summary', menu).focus(); }
    byId('nav')?.removeAttribute('data-open');
    return;
  }
  if (e.key === ' ' && at.matches?.('a[role=button]')) { e.preventDefault(); at.click(); return; }
  const typing = at.matches?.('input:not([type=checkbox],[type=radio]),textarea,select') || at.isContentEditable;
  if (typing || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || root.dataset.keys === 'off' || $('dialog[open]')) return;
  const go = q => { const link = $(q); if (link) { e.preventDefault(); link.click(); } };
  if (prefix) { prefix = false; if (/^[a-z]$/.test(e.key)) go(`[data-key="${e.key}"]`); return; }
  switch (e.key) {
    case '/': { const box = $('[data-hotkey="/"]'); if (box) { e.preventDefault(); box.focus(); } break; }
    case 'g': prefix = true; setTimeout(() => { prefix = false; }, 1500); break;
    case 'n': go('[data-new]'); break;
    case 'j': step(1); break;
    case 'k': step(-1); break;
    case 'e': { const exp = at.closest?.('tr.row') && $('.exp', at.closest('tr.row')); if (exp) { e.preventDefault(); exp.click(); } break; }
    case '?': { const help = byId('keys'); if (help) { e.preventDefault(); help.showModal(); } }
  }
});
addEventListener('focusin', e => {
  const here = e.target.closest?.('tr.row');
  if (here) row = [...document.querySelectorAll('tr.row')].indexOf(here);
});

$('[data-errors]')?.focus();
