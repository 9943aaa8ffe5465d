//! The configuration as a commented TOML file.

use std::fmt::Write as _;

use super::Plain;
use super::given::Given;
use super::keys::{KEYS, Key};

/// What a secret looks like when it is printed.
const HIDDEN: &str = "********";

/// Every key with its default.
pub(super) fn defaults() -> String {
    print(|key| (key.default.plain(), None))
}

/// Every key with the value in force; secrets are hidden, and where a value was set is said.
pub(super) fn effective(given: &Given) -> String {
    print(|key| match given.get(key) {
        None => (key.default.plain(), None),
        Some((Plain::Text(text), place)) if key.secret && !text.is_empty() => {
            (Plain::Text(HIDDEN.to_owned()), Some(place.to_string()))
        }
        Some((value, place)) => (value.clone(), Some(place.to_string())),
    })
}

fn print(value_of: impl Fn(&Key) -> (Plain, Option<String>)) -> String {
    let mut text = String::from(
        "# Everything here is the default unless a comment says where it was set; keep only the lines you change.\n\
         # Each key can be set by a variable as well, such as ENTENTE__MAIL__HOST; a secret also by a file that\n\
         # ENTENTE__MAIL__PASSWORD_FILE names.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (here, name) = key.name.split_once('.').unwrap_or(("", key.name));
        // Writing to a String cannot fail.
        if here != section {
            let _ = writeln!(text, "\n[{here}]");
            section = here;
        }
        if !key.about.is_empty() {
            let _ = writeln!(text, "# {}", key.about);
        }
        let (value, place) = value_of(key);
        let place = place.map(|place| format!("  # set by {place}")).unwrap_or_default();
        let _ = writeln!(text, "{name} = {}{place}", written(&value));
    }
    text
}

fn written(value: &Plain) -> String {
    match value {
        Plain::Text(text) => toml::Value::String(text.clone()).to_string(),
        Plain::Number(number) => number.to_string(),
        Plain::Flag(flag) => flag.to_string(),
        Plain::List(items) => toml::Value::Array(items.iter().cloned().map(toml::Value::String).collect()).to_string(),
    }
}
