//! Small components that wrap no other markup.

use std::borrow::Borrow;

use askama::Template;
use askama::filters::HtmlSafe;
use entente_domain::time::Timestamp;

use super::{Html, icon_at};
use crate::i18n::{Words, rfc3339};

macro_rules! html_safe {
    ($($type:ident)+) => {$(impl HtmlSafe for $type {})+};
}

html_safe! { Button Segments Pager Stats Steps Timeline Permissions Parties LinkBox MailSheet Todos Keep Crumbs Errors }

/// A state: a shape and a word. `tone` is `ok`, `warn`, `bad`, `info`, `plain` or empty for neutral.
pub fn badge(tone: &str, word: impl AsRef<str>) -> Html {
    let (tone, word) = (Html::text(tone), Html::text(word.as_ref()));
    Html::trusted(format!(r#"<span class="badge {tone}">{word}</span>"#))
}

/// A state whose shape is an icon. `tone` as for [`badge`].
pub fn sign(tone: &str, icon: &str, word: impl AsRef<str>) -> Html {
    let (tone, word) = (Html::text(tone), Html::text(word.as_ref()));
    Html::trusted(format!(r#"<span class="badge sign {tone}">{}{word}</span>"#, icon_at(icon, 12)))
}

/// A label without a state.
pub fn tag(word: impl AsRef<str>) -> Html {
    Html::trusted(format!(r#"<span class="tag">{}</span>"#, Html::text(word.as_ref())))
}

/// An icon in the place of an avatar, for problem pages. `tone` as for [`badge`].
pub fn emblem(name: &str, tone: &str) -> Html {
    Html::trusted(format!(r#"<span class="ava lg {tone}" aria-hidden="true">{}</span>"#, icon_at(name, 24)))
}

/// A day, with the minute and the zone in its tooltip.
pub fn day(words: impl Borrow<Words>, at: impl Borrow<Timestamp>) -> Html {
    let (words, at) = (*words.borrow(), *at.borrow());
    let title = Html::text(&words.date_time(at));
    Html::trusted(format!(r#"<time datetime="{}" title="{title}">{}</time>"#, rfc3339(at), words.date(at)))
}

/// A day and a minute.
pub fn moment(words: impl Borrow<Words>, at: impl Borrow<Timestamp>) -> Html {
    let (words, at) = (*words.borrow(), *at.borrow());
    Html::trusted(format!(r#"<time datetime="{}">{}</time>"#, rfc3339(at), Html::text(&words.date_time(at))))
}

/// An icon button that copies `text`; the script shows it, since without the script it could do nothing.
pub fn copy_button(text: &str, label: &str) -> Html {
    let (text, label) = (Html::text(text), Html::text(label));
    let icon = icon_at("copy", 14);
    Html::trusted(format!(
        r#"<button class="btn ghost tiny needs-js" type="button" data-copy="{text}" aria-label="{label}">{icon}</button>"#
    ))
}

/// The button at a row's end that opens its record: a link to `href` (the same page with `?open=ID`), which the script
/// turns into a toggle when the element `controls` is on the page. `label` names the row.
pub fn expander(href: &str, controls: &str, open: bool, label: &str) -> Html {
    let (href, controls, label) = (Html::text(href), Html::text(controls), Html::text(label));
    let icon = icon_at("chevron-down", 18);
    Html::trusted(format!(
        r#"<a class="exp" href="{href}" role="button" aria-expanded="{open}" aria-controls="{controls}" aria-label="{label}">{icon}</a>"#
    ))
}

/// A heading cell that sorts. `order` is the order the table has now by this column.
pub fn sort_head(href: &str, label: &str, order: Option<SortOrder>, numeric: bool) -> Html {
    let (sort, arrow) = match order {
        Some(SortOrder::Ascending) => (" aria-sort=\"ascending\"", icon_at("arrow-up", 12)),
        Some(SortOrder::Descending) => (" aria-sort=\"descending\"", icon_at("arrow-down", 12)),
        None => ("", Html::default()),
    };
    let class = if numeric { " class=\"num\"" } else { "" };
    let (href, label) = (Html::text(href), Html::text(label));
    Html::trusted(format!(r#"<th scope="col"{class}{sort}><a href="{href}">{label}{arrow}</a></th>"#))
}

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortOrder {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A message that floats in the corner until it is dismissed.
pub fn toast(text: &str) -> Html {
    Html::trusted(format!(r#"<div class="toast">{}{}</div>"#, icon_at("check-circle", 18), Html::text(text)))
}

/// A button, or a link that looks like one.
#[derive(Debug, Clone, Default, Template)]
#[template(
    ext = "html",
    source = r#"{% if let Some(href) = href %}<a class="btn{{ class }}"{% if off %} aria-disabled="true"{% else %} href="{{ href }}"{% endif %}{% if new_key %} data-new{% endif %}{% if let Some(d) = dialog %} data-dialog="{{ d }}"{% endif %}{% if let Some(l) = label %} aria-label="{{ l }}"{% endif %}>{% else %}<button class="btn{{ class }}" type="{{ kind }}"{% if let Some((n, v)) = sends %} name="{{ n }}" value="{{ v }}"{% endif %}{% if let Some(a) = action %} formaction="{{ a }}" formnovalidate{% endif %}{% if let Some(f) = form %} form="{{ f }}"{% endif %}{% if let Some(c) = copies %} data-copy="{{ c }}"{% endif %}{% if let Some(l) = label %} aria-label="{{ l }}"{% endif %}{% if focus %} autofocus{% endif %}{% if closes %} data-close{% endif %}{% if off %} disabled{% endif %}>{% endif %}{% if let Some(i) = icon_name %}{{ crate::ui::icon(i) }}{% endif %}{{ text }}{% if href.is_some() %}</a>{% else %}</button>{% endif %}"#
)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of one element, set by name")]
pub struct Button {
    href: Option<String>,
    kind: &'static str,
    text: Html,
    class: String,
    icon_name: Option<&'static str>,
    label: Option<String>,
    sends: Option<(&'static str, String)>,
    action: Option<String>,
    form: Option<String>,
    dialog: Option<String>,
    copies: Option<String>,
    new_key: bool,
    focus: bool,
    closes: bool,
    off: bool,
}

/// Sends its form.
pub fn submit(text: impl Into<Html>) -> Button {
    Button { kind: "submit", text: text.into(), ..Button::default() }
}

/// A link that looks like a button.
pub fn link(href: impl Into<String>, text: impl Into<Html>) -> Button {
    Button { href: Some(href.into()), text: text.into(), ..Button::default() }
}

/// Copies `what`, or with an empty `what` the text of the mail sheet on the page. Needs the script and is hidden without.
pub fn copier(what: impl Into<String>, text: impl Into<Html>) -> Button {
    let button = Button { kind: "button", text: text.into(), copies: Some(what.into()), ..Button::default() };
    button.icon("copy").class("needs-js")
}

impl Button {
    /// Adds a class: `primary` (one a page), `danger`, `danger solid`, `ghost`, `sm`, `lg`.
    #[must_use]
    pub fn class(mut self, class: &str) -> Self {
        self.class.push(' ');
        self.class.push_str(class);
        self
    }

    /// The one button of the page that matters.
    #[must_use]
    pub fn primary(self) -> Self {
        self.class("primary")
    }

    /// Without border.
    #[must_use]
    pub fn ghost(self) -> Self {
        self.class("ghost")
    }

    /// For what is hard to undo.
    #[must_use]
    pub fn danger(self) -> Self {
        self.class("danger")
    }

    /// For rows and cards.
    #[must_use]
    pub fn small(self) -> Self {
        self.class("sm")
    }

    /// With an icon before its words.
    #[must_use]
    pub fn icon(mut self, name: &'static str) -> Self {
        self.icon_name = Some(name);
        self
    }

    /// Words for screen readers when the visible ones are too few, such as "Remove" in a row.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sends `name=value` when it is the one pressed.
    #[must_use]
    pub fn sends(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.sends = Some((name, value.into()));
        self
    }

    /// Sends the form elsewhere and without the browser's checks, such as "Decline".
    #[must_use]
    pub fn action(mut self, path: impl Into<String>) -> Self {
        self.action = Some(path.into());
        self
    }

    /// Belongs to the form with this id, from outside it.
    #[must_use]
    pub fn form(mut self, id: impl Into<String>) -> Self {
        self.form = Some(id.into());
        self
    }

    /// A link that opens the dialog with this id when the script runs; otherwise its page.
    #[must_use]
    pub fn dialog(mut self, id: impl Into<String>) -> Self {
        self.dialog = Some(id.into());
        self
    }

    /// In a dialog: closes it. As a link it leads back to the page when the dialog's content stands alone.
    #[must_use]
    pub fn closes(mut self) -> Self {
        self.closes = true;
        self.kind = "button";
        self
    }

    /// The link behind the key `n`.
    #[must_use]
    pub fn new_key(mut self) -> Self {
        self.new_key = true;
        self
    }

    /// Has the focus when its page or dialog opens: the safe button of a destructive one.
    #[must_use]
    pub fn focus(mut self) -> Self {
        self.focus = true;
        self
    }

    /// Cannot be used now.
    #[must_use]
    pub fn disabled(mut self, off: bool) -> Self {
        self.off = off;
        self
    }
}

/// One part of a segmented filter.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The same list with this filter.
    pub href: String,
    /// Its words.
    pub label: String,
    /// How many it holds, from the same query as the list.
    pub count: Option<String>,
    /// Whether it is on.
    pub current: bool,
}

/// A filter of which one part is on.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<div class="seg" role="group" aria-label="{{ label }}">{% for s in parts %}<a href="{{ s.href }}"{% if s.current %} aria-current="true"{% endif %}>{{ s.label }}{% if let Some(c) = s.count %}<b>{{ c }}</b>{% endif %}</a>{% endfor %}</div>"#
)]
pub struct Segments {
    /// What it filters by.
    pub label: String,
    /// Its parts.
    pub parts: Vec<Segment>,
}

/// Before and after, at the foot of a list.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<div class="pager"><span>{{ said }}</span><span class="cluster"><a class="btn sm"{% if let Some(h) = previous %} href="{{ h }}" rel="prev"{% else %} role="link" aria-disabled="true"{% endif %}>{{ crate::ui::icon_at("chevron-left", 14) }}{{ words.t("pager-previous") }}</a><a class="btn sm"{% if let Some(h) = next %} href="{{ h }}" rel="next"{% else %} role="link" aria-disabled="true"{% endif %}>{{ words.t("pager-next") }}{{ crate::ui::icon_at("chevron-right", 14) }}</a></span></div>"#
)]
pub struct Pager {
    /// The reader's words.
    pub words: Words,
    /// What part of the list this is, such as `pager-count`.
    pub said: String,
    /// The page before; none on the first.
    pub previous: Option<String>,
    /// The page after; none on the last.
    pub next: Option<String>,
}

/// One number of a [`Stats`] strip.
#[derive(Debug, Clone)]
pub struct Stat {
    /// What it counts.
    pub label: String,
    /// The count by locale.
    pub value: String,
    /// A remark and its tone (`up`, `soon` or empty).
    pub note: Option<(&'static str, String)>,
    /// The list behind it.
    pub href: Option<String>,
}

/// Up to four numbers over a list.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<div class="card stats">{% for s in items %}{% if let Some(h) = s.href %}<a href="{{ h }}">{% else %}<div>{% endif %}<span>{{ s.label }}</span><b>{{ s.value }}</b>{% if let Some((tone, note)) = s.note %}<em class="{{ tone }}">{{ note }}</em>{% endif %}{% if s.href.is_some() %}</a>{% else %}</div>{% endif %}{% endfor %}</div>"#
)]
pub struct Stats {
    /// The numbers.
    pub items: Vec<Stat>,
}

/// How far a task of several pages has come.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<ol class="steps" aria-label="{{ label }}">{% for s in steps %}<li{% if loop.index0 < current %} class="done"{% endif %}{% if loop.index0 == current %} aria-current="step"{% endif %}>{{ s }}</li>{% endfor %}</ol>"#
)]
pub struct Steps {
    /// What the steps belong to.
    pub label: String,
    /// Their names in order.
    pub steps: Vec<String>,
    /// The one being done, from 0.
    pub current: usize,
}

/// One thing that happened, or will.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Its icon.
    pub icon: &'static str,
    /// `ok`, `warn`, `bad`, `acc` or empty.
    pub tone: &'static str,
    /// What happened.
    pub what: Html,
    /// When; from [`day`] or [`moment`].
    pub when: Html,
    /// Circumstances.
    pub sub: Option<Html>,
    /// Has not happened yet.
    pub future: bool,
}

/// A history, latest first.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<ol class="timeline list">{% for m in moments %}<li><span class="dot {{ m.tone }}">{{ crate::ui::icon_at(m.icon, 13) }}</span><div class="what"><span class="{% if m.future %}future{% else %}strong{% endif %}">{{ m.what }}</span>{{ m.when }}</div>{% if let Some(s) = m.sub %}<span class="sub">{{ s }}</span>{% endif %}</li>{% endfor %}</ol>"#
)]
pub struct Timeline {
    /// Latest first.
    pub moments: Vec<Moment>,
}

/// One thing somebody will be able to do.
#[derive(Debug, Clone)]
pub struct Permission {
    /// Its icon.
    pub icon: &'static str,
    /// `yes`, `no` (harmless, for assurances) or `risk`.
    pub tone: &'static str,
    /// What, in a few words.
    pub title: String,
    /// What that reaches.
    pub text: String,
    /// Examples, shown when it is opened.
    pub more: Vec<String>,
    /// Who gets it, shown when it is opened.
    pub note: Option<String>,
}

/// What consent is asked for.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<ul class="perms">{% for p in items %}{% if p.more.is_empty() && p.note.is_none() %}<li><span class="{{ p.tone }}">{{ crate::ui::icon_at(p.icon, 18) }}</span><span><strong>{{ p.title }}</strong><span class="muted small">{{ p.text }}</span></span></li>{% else %}<li class="x"><details><summary><span class="{{ p.tone }}">{{ crate::ui::icon_at(p.icon, 18) }}</span><span><strong>{{ p.title }}</strong><span class="muted small">{{ p.text }}</span></span><span class="chev">{{ crate::ui::icon_at("chevron-down", 18) }}</span></summary><div class="more small">{% if !p.more.is_empty() %}<ul>{% for m in p.more %}<li>{{ m }}</li>{% endfor %}</ul>{% endif %}{% if let Some(n) = p.note %}<p>{{ n }}</p>{% endif %}</div></details></li>{% endif %}{% endfor %}</ul>"#
)]
pub struct Permissions {
    /// In the order of weight.
    pub items: Vec<Permission>,
}

/// Two organisations and an arrow between them.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<div class="parties"><div class="party">{{ crate::ui::avatar(from.0, "lg") }}<div><strong>{{ from.0 }}</strong><span class="sub">{{ from.1 }}</span></div></div><span class="link" aria-hidden="true">{{ crate::ui::icon_at("arrow-right", 20) }}</span><div class="party">{{ crate::ui::avatar(to.0, "lg") }}<div><strong>{{ to.0 }}</strong><span class="sub">{{ to.1 }}</span></div></div></div>"#
)]
pub struct Parties {
    /// Who asks: name and what they are.
    pub from: (String, String),
    /// Who is asked: name and what they are.
    pub to: (String, String),
}

/// A link to be passed on.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<div class="linkbox"><code tabindex="0">{{ url }}</code>{{ crate::ui::copier(url.as_str(), copy.as_str()) }}</div>"#
)]
pub struct LinkBox {
    /// The whole address.
    pub url: String,
    /// The words on the button.
    pub copy: String,
}

/// A message being written, with the part that cannot be changed in its middle. Stands inside a form; the fields are
/// `to`, `subject`, `before` and `after`.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<div class="mail" data-mail><div class="hdr"><label for="to">{{ words.t("mail-to") }}</label><input id="to" name="to" type="email" value="{{ to }}"></div><div class="hdr"><span>{{ words.t("mail-from") }}</span><span class="v">{{ from }}</span></div><div class="hdr"><label for="subject">{{ words.t("mail-subject") }}</label><input id="subject" name="subject" value="{{ subject }}" required></div><textarea name="before" aria-label="{{ words.t("mail-before") }}">
{{ before }}</textarea><div class="locked"><div class="cap">{{ crate::ui::icon_at("lock", 14) }}<span>{{ locked }}</span><span class="right">{{ valid }}</span></div>{{ link }}</div><textarea class="after" name="after" aria-label="{{ words.t("mail-after") }}">
{{ after }}</textarea></div>"#
)]
pub struct MailSheet {
    /// The reader's words.
    pub words: Words,
    /// The recipient, possibly empty.
    pub to: String,
    /// The sender as the recipient sees it.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The text before the link.
    pub before: String,
    /// What the locked part is.
    pub locked: String,
    /// How long the link is valid.
    pub valid: String,
    /// The link.
    pub link: LinkBox,
    /// The text after the link.
    pub after: String,
}

/// One thing that needs somebody.
#[derive(Debug, Clone)]
pub struct Todo {
    /// From [`badge`].
    pub badge: Html,
    /// What and who.
    pub text: Html,
    /// What to do about it.
    pub action: Option<Button>,
}

/// What needs somebody today.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<ul class="todo list">{% for t in items %}<li>{{ t.badge }}<span>{{ t.text }}</span>{% if let Some(a) = t.action %}{{ a }}{% endif %}</li>{% endfor %}</ul>"#
)]
pub struct Todos {
    /// Most urgent first.
    pub items: Vec<Todo>,
}

/// What ends and what stays, or what is asked: an icon, its tone (`yes`, `no`, `risk`) and a line.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<ul class="keep list">{% for (i, tone, line) in lines %}<li><span class="{{ tone }}">{{ crate::ui::icon(i) }}</span><span>{{ line }}</span></li>{% endfor %}</ul>"#
)]
pub struct Keep {
    /// Icon name, tone, text.
    pub lines: Vec<(&'static str, &'static str, Html)>,
}

/// The way back up. Phones show the last link only.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r#"<nav class="crumbs" aria-label="{{ words.t("shell-crumbs") }}">{% for (href, text) in above %}<a href="{{ href }}">{{ text }}</a><span aria-hidden="true">/</span>{% endfor %}<span>{{ here }}</span></nav>"#
)]
pub struct Crumbs {
    /// The reader's words.
    pub words: Words,
    /// Address and words, from the top.
    pub above: Vec<(String, String)>,
    /// This page.
    pub here: String,
}

/// Everything that was refused in a form, on top of it, with links to the fields. The script moves the focus here.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = r##"{% if !items.is_empty() %}<div class="note bad" role="alert" tabindex="-1" data-errors>{{ crate::ui::icon("error") }}<div><strong>{{ words.t("form-errors") }}</strong><ul>{% for (name, text) in items %}<li><a href="#{{ name }}">{{ text }}</a></li>{% endfor %}</ul></div></div>{% endif %}"##
)]
pub struct Errors {
    /// The reader's words.
    pub words: Words,
    /// Field name and reason.
    pub items: Vec<(String, String)>,
}
