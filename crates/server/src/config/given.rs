//! What somebody wrote: one TOML file and the environment, as plain values with the place each comes from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::keys::{self, Default, Key};
use super::{Complaint, Plain};

/// Prefix of the variables that are ours.
const PREFIX: &str = "ENTENTE__";
/// Ending of a variable that names a file with the value.
const FILE: &str = "_FILE";

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// File and line.
    Line(String, usize),
    /// The variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, line) => write!(f, "{file}:{line}"),
            Self::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// Values by key name; a later source replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct Given {
    values: BTreeMap<&'static str, (Plain, Place)>,
    pub(super) complaints: Vec<Complaint>,
    /// The file is no TOML: what it would have said is unknown.
    pub(super) broken: bool,
}

impl Given {
    /// What was written for this key, and where.
    pub(super) fn get(&self, key: &Key) -> Option<&(Plain, Place)> {
        self.values.get(key.name)
    }

    fn complain(&mut self, place: &Place, text: impl fmt::Display) {
        self.complaints.push(Complaint { place: Some(place.clone()), text: text.to_string() });
    }

    /// Reads a file's text; `name` is what complaints call it.
    pub(super) fn file(&mut self, name: &str, text: &str) {
        let line_of = |at: usize| 1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
        let place = |at: usize| Place::Line(name.to_owned(), line_of(at));
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            self.complain(&place(error.span().map_or(0, |span| span.start)), error.message());
            self.broken = true;
        }
        if self.broken {
            return;
        }
        for (section, value) in table.get_ref() {
            let here = place(section.span().start);
            let DeValue::Table(table) = value.get_ref() else {
                self.unknown(&here, section.get_ref());
                continue;
            };
            if !keys::KEYS.iter().any(|key| key.name.starts_with(&format!("{}.", section.get_ref()))) {
                for (entry, _) in table {
                    let at = place(entry.span().start);
                    self.unknown(&at, &format!("{}.{}", section.get_ref(), entry.get_ref()));
                }
                if table.is_empty() {
                    self.unknown(&here, section.get_ref());
                }
                continue;
            }
            for (entry, value) in table {
                let at = place(entry.span().start);
                let dotted = format!("{}.{}", section.get_ref(), entry.get_ref());
                match keys::find(&dotted) {
                    None => self.unknown(&at, &dotted),
                    Some(key) => self.value(key, value.get_ref(), at),
                }
            }
        }
    }

    fn value(&mut self, key: &'static Key, value: &DeValue<'_>, at: Place) {
        let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
        let plain = match key.default {
            Default::Text(_) => text(value).map(Plain::Text),
            Default::Flag(_) => value.as_bool().map(Plain::Flag),
            Default::Number(_) => value
                .as_integer()
                .and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok())
                .map(Plain::Number),
            Default::List => value
                .as_array()
                .and_then(|list| list.iter().map(|item| text(item.get_ref())).collect::<Option<Vec<_>>>())
                .map(Plain::List),
        };
        match plain {
            Some(plain) => {
                self.values.insert(key.name, (plain, at));
            }
            None => self.complain(
                &at,
                format_args!("{} is of the type {}; expected {}", key.name, value.type_str(), key.default.kind()),
            ),
        }
    }

    /// Reads the variables that are ours.
    pub(super) fn environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        let mut ours: Vec<(String, OsString)> =
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        ours.retain(|(name, _)| name.starts_with(PREFIX));
        ours.sort();
        let mut from_file: Vec<&'static str> = Vec::new();
        for (name, value) in ours {
            let place = Place::Variable(name.clone());
            let Ok(value) = value.into_string() else {
                self.complain(&place, "the value is not UTF-8");
                continue;
            };
            let secret = name.strip_suffix(FILE).and_then(|name| keys::find(&dotted(name))).filter(|key| key.secret);
            if let Some(key) = keys::find(&dotted(&name)) {
                self.variable(key, &value, place);
            } else if let Some(key) = secret {
                match read_secret(Path::new(&value)) {
                    Ok(_) if from_file.contains(&key.name) => {}
                    Ok(text) => {
                        let both = self.get(key).is_some_and(|(_, at)| matches!(at, Place::Variable(_)));
                        if both {
                            self.complain(&place, format_args!("{} is set as well; keep one of them", variable(key)));
                        }
                        from_file.push(key.name);
                        self.values.insert(key.name, (Plain::Text(text), place));
                    }
                    Err(error) => self.complain(&place, format_args!("failed to read {value}: {error}")),
                }
            } else {
                let wanted = dotted(&name);
                let hint = keys::nearest(&wanted).map(|key| format!("; did you mean {}?", variable(key)));
                self.complain(&place, format_args!("unknown key {wanted:?}{}", hint.unwrap_or_default()));
            }
        }
    }

    fn variable(&mut self, key: &'static Key, value: &str, place: Place) {
        let plain = match key.default {
            Default::Text(_) => Some(Plain::Text(value.to_owned())),
            Default::Number(_) => value.trim().parse().ok().map(Plain::Number),
            Default::Flag(_) => value.trim().parse().ok().map(Plain::Flag),
            Default::List => {
                let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(Plain::List(items.map(str::to_owned).collect()))
            }
        };
        match plain {
            Some(plain) => {
                self.values.insert(key.name, (plain, place));
            }
            None => self.complain(&place, format_args!("{} is {value:?}; expected {}", key.name, key.expected)),
        }
    }

    fn unknown(&mut self, place: &Place, name: &str) {
        let hint = keys::nearest(name).map(|key| format!("; did you mean {}?", key.name));
        self.complain(place, format_args!("unknown key {name}{}", hint.unwrap_or_default()));
    }
}

/// `ENTENTE__MAIL__HOST` is `mail.host`.
fn dotted(variable: &str) -> String {
    variable.strip_prefix(PREFIX).unwrap_or(variable).replace("__", ".").to_ascii_lowercase()
}

/// The variable of a key.
fn variable(key: &Key) -> String {
    format!("{PREFIX}{}", key.name.replace('.', "__").to_ascii_uppercase())
}

/// A secret in a file usually ends with the line end its editor added.
fn read_secret(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned())
}
