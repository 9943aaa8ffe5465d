//! Who somebody is: initials for people and organisations, and the account in use.

use askama::Template;
use askama::filters::HtmlSafe;
use entente_domain::directory::Person;
use entente_domain::tenant::Tenant;

use super::Html;

/// Initials on a colour that stays the same for a name. `shape` is empty, `round` for people, `lg` for headlines.
pub fn avatar(name: impl AsRef<str>, shape: &str) -> Html {
    let name = name.as_ref();
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|first| first.is_alphanumeric()));
    let first = words.next().unwrap_or('?');
    // Han characters are wide and one of them already tells names apart.
    let second = if first.is_ascii() { words.next() } else { None };
    let initials: String = std::iter::once(first).chain(second).flat_map(char::to_uppercase).collect();
    // FNV-1a; its upper bits spread short names over the six colours better than the lower ones.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let colour = (hash >> 16) % 6;
    let initials = Html::text(&initials);
    Html::trusted(format!(r#"<span class="ava {shape} h{colour}c" aria-hidden="true">{initials}</span>"#))
}

/// The account in use, and a way to another one.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<div class="account">{{ crate::ui::avatar(name, "round") }}<div><span class="strong">{{ name }}</span>{% if let Some(m) = mail %} <span class="sub">{{ m }}</span>{% endif %}<br><span class="sub">{{ role }}</span></div>{% if let Some((href, text)) = switch %}<a class="btn sm" href="{{ href }}">{{ text }}</a>{% endif %}</div>"#
)]
pub struct Account {
    /// The person's name, or the sign-in name where no name is known.
    pub name: String,
    /// The sign-in name.
    pub mail: Option<String>,
    /// What they are and where.
    pub role: String,
    /// Where to sign in as somebody else, and the words for it.
    pub switch: Option<(String, String)>,
}

impl HtmlSafe for Account {}

impl Account {
    /// Of a person in their organisation, without a way to another.
    pub fn of(person: &Person, home: &Tenant) -> Self {
        Self {
            name: person.name.to_string(),
            mail: Some(person.upn.to_string()),
            role: home.name.to_string(),
            switch: None,
        }
    }
}
