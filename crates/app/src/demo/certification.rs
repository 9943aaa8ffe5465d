//! The little world an AuthZEN certification asks about: two people, two records, and what the former may do with the latter.
//! Only a demonstration answers it, so that the certifier runs against a stock binary; nothing of it is in the database.

use serde_json::{Map, Value};

/// The kind of resource by which a question is known to be about this world.
pub const RECORD: &str = "record";
/// The kind of its people.
pub const USER: &str = "user";
/// Its people, each with their stored role.
const PEOPLE: &[(&str, Option<&str>)] = &[("alice", None), ("bob", Some("admin"))];
/// Its records, each with its stored status.
const RECORDS: &[(&str, &str)] = &[("record-1", "active"), ("record-2", "archived")];
/// What is tried with them.
const ACTIONS: &[&str] = &["read", "write", "delete"];

/// Properties as a question states them; what it states goes before what is stored.
pub type Properties = Map<String, Value>;

/// One of its people, records or actions, with what the question says of it.
#[derive(Debug, Clone, Copy)]
pub struct Thing<'a> {
    /// Its id or name.
    pub id: &'a str,
    /// What is said of it.
    pub properties: &'a Properties,
}

impl Thing<'_> {
    fn is(&self, name: &str, wanted: &Value, stored: Option<&str>) -> bool {
        self.properties.get(name).map_or_else(|| stored.is_some_and(|it| wanted == it), |said| said == wanted)
    }
}

/// Whether the person may do it to the record.
pub fn decide(person: Thing<'_>, action: Thing<'_>, record: Thing<'_>) -> bool {
    let Some((who, role)) = PEOPLE.iter().find(|(id, _)| *id == person.id) else { return false };
    let Some((what, status)) = RECORDS.iter().find(|(id, _)| *id == record.id) else { return false };
    match (action.id, *who, *what) {
        ("read", _, "record-1") | ("write", "alice", "record-1") => true,
        // What is archived is an administrator's to change.
        ("write", _, "record-2") => {
            record.is("status", &"archived".into(), Some(status)) && person.is("role", &"admin".into(), *role)
        }
        // Only what can be brought back may be deleted.
        ("delete", "alice", "record-1") => action.is("soft", &true.into(), None),
        _ => false,
    }
}

/// Who may do it to the record.
pub fn people(properties: &Properties, action: Thing<'_>, record: Thing<'_>) -> Vec<&'static str> {
    let allowed = |id: &&str| decide(Thing { id, properties }, action, record);
    PEOPLE.iter().map(|(id, _)| *id).filter(allowed).collect()
}

/// To which records the person may do it.
pub fn records(person: Thing<'_>, action: Thing<'_>, properties: &Properties) -> Vec<&'static str> {
    let allowed = |id: &&str| decide(person, action, Thing { id, properties });
    RECORDS.iter().map(|(id, _)| *id).filter(allowed).collect()
}

/// What the person may do to the record.
pub fn actions(person: Thing<'_>, record: Thing<'_>) -> Vec<&'static str> {
    let properties = &Properties::new();
    let allowed = |id: &&str| decide(person, Thing { id, properties }, record);
    ACTIONS.iter().copied().filter(allowed).collect()
}
