//! The toy: a few mailboxes for each customer, in memory, the same three whenever the program starts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::claims::Customer;

/// How many changes a page shows.
const SHOWN: usize = 20;
/// How many mailboxes a customer may have.
const MOST: usize = 200;

/// One mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Counts up for each customer.
    pub id: u64,
    /// Such as `support@fjordline.example`.
    pub address: String,
    /// What people call it.
    pub name: String,
}

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new mailbox; `local` is what stands before the `@`.
    Add {
        /// Before the `@`.
        local: String,
        /// Its name.
        name: String,
    },
    /// Another name for a mailbox.
    Rename {
        /// Which.
        id: u64,
        /// The new name.
        name: String,
    },
    /// A mailbox less.
    Delete {
        /// Which.
        id: u64,
    },
}

/// Why a change cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A name nobody could read.
    #[error("A name has 1 to 64 characters.")]
    Name,
    /// An address no mail would reach.
    #[error("An address has 1 to 64 small letters, digits, dots or hyphens before the @.")]
    Address,
    /// Two mailboxes of one address.
    #[error("There is a mailbox with this address already.")]
    Taken,
    /// Somebody else was quicker.
    #[error("This mailbox is not there any more.")]
    Gone,
    /// A toy has its limits.
    #[error("There are as many mailboxes as this example holds.")]
    Full,
}

/// What a customer has, newest change first.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// In the order of their addresses.
    pub mailboxes: Vec<Mailbox>,
    /// What was done, and by whom.
    pub changes: Vec<String>,
}

/// The mailboxes of all customers.
#[derive(Default)]
pub struct Mailboxes(Mutex<HashMap<String, Held>>);

struct Held {
    next: u64,
    overview: Overview,
}

impl Held {
    fn seeded(domain: &str) -> Self {
        let seed = [("invoices", "Invoices"), ("reception", "Reception"), ("support", "Support")];
        let mailboxes = (1..).zip(seed).map(|(id, (local, name))| Mailbox {
            id,
            address: format!("{local}@{domain}"),
            name: name.to_owned(),
        });
        Self { next: 4, overview: Overview { mailboxes: mailboxes.collect(), changes: Vec::new() } }
    }
}

impl Mailboxes {
    /// What a customer has.
    pub fn of(&self, customer: &Customer) -> Overview {
        self.held(customer, |held| held.overview.clone())
    }

    /// Makes a change; `by` says who did it.
    pub fn apply(&self, customer: &Customer, change: &Change, by: &str) -> Result<(), Refused> {
        self.held(customer, |held| {
            let all = &mut held.overview.mailboxes;
            let done = match change {
                Change::Add { local, name } => {
                    let address = format!("{}@{}", checked_local(local)?, customer.domain);
                    let name = checked_name(name)?;
                    if all.iter().any(|it| it.address == address) {
                        return Err(Refused::Taken);
                    }
                    if all.len() >= MOST {
                        return Err(Refused::Full);
                    }
                    let done = format!("{address} added");
                    all.push(Mailbox { id: held.next, address, name });
                    all.sort_by(|a, b| a.address.cmp(&b.address));
                    held.next += 1;
                    done
                }
                Change::Rename { id, name } => {
                    let name = checked_name(name)?;
                    let it = all.iter_mut().find(|it| it.id == *id).ok_or(Refused::Gone)?;
                    let done = format!("{} renamed from {} to {name}", it.address, it.name);
                    it.name = name;
                    done
                }
                Change::Delete { id } => {
                    let at = all.iter().position(|it| it.id == *id).ok_or(Refused::Gone)?;
                    format!("{} deleted", all.remove(at).address)
                }
            };
            held.overview.changes.insert(0, format!("{done} by {by}"));
            held.overview.changes.truncate(SHOWN);
            Ok(())
        })
    }

    fn held<T>(&self, customer: &Customer, work: impl FnOnce(&mut Held) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(all.entry(customer.id.clone()).or_insert_with(|| Held::seeded(&customer.domain)))
    }
}

fn checked_name(name: &str) -> Result<String, Refused> {
    let name = name.trim();
    let fits = (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Refused::Name) }
}

fn checked_local(local: &str) -> Result<&str, Refused> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    let fits = (1..=64).contains(&local.len()) && local.chars().all(plain);
    if fits { Ok(local) } else { Err(Refused::Address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(domain: &str) -> Customer {
        Customer { id: domain.to_owned(), name: "A customer".to_owned(), domain: domain.to_owned() }
    }

    fn add(local: &str, name: &str) -> Change {
        Change::Add { local: local.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn customers_start_alike_and_do_not_meet() {
        let all = Mailboxes::default();
        let (one, other) = (customer("one.example"), customer("other.example"));
        all.apply(&one, &Change::Delete { id: 1 }, "Ada").unwrap();
        all.apply(&one, &add("sales", " Sales "), "Ada").unwrap();
        all.apply(&one, &Change::Rename { id: 4, name: "Selling".to_owned() }, "Bo").unwrap();
        let addresses: Vec<String> = all.of(&one).mailboxes.into_iter().map(|it| it.address).collect();
        assert_eq!(addresses, ["reception@one.example", "sales@one.example", "support@one.example"]);
        assert_eq!(
            all.of(&one).changes,
            [
                "sales@one.example renamed from Sales to Selling by Bo",
                "sales@one.example added by Ada",
                "invoices@one.example deleted by Ada",
            ]
        );
        assert_eq!((all.of(&other).mailboxes.len(), all.of(&other).changes.len()), (3, 0));
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_leaves_no_trace() {
        let all = Mailboxes::default();
        let one = customer("one.example");
        for (change, why) in [
            (add("support", "Again"), Refused::Taken),
            (add("", "Nameless"), Refused::Address),
            (add("a b", "Spaced"), Refused::Address),
            (add("Ä", "Foreign"), Refused::Address),
            (add("sales", "  "), Refused::Name),
            (add("sales", &"x".repeat(65)), Refused::Name),
            (add("sales", "a\nb"), Refused::Name),
            (Change::Rename { id: 9, name: "Nobody".to_owned() }, Refused::Gone),
            (Change::Delete { id: 9 }, Refused::Gone),
        ] {
            assert_eq!(all.apply(&one, &change, "Ada"), Err(why), "{change:?}");
        }
        assert!(all.of(&one).changes.is_empty());
    }
}
