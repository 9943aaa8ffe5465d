//! Schema changes: embedded, forward only, verified by checksum.
//!
//! A migration is one SQL file for both engines under `migrations/`, named `NNNN_name.sql`, with tokens where the engines
//! spell types differently (see [`Dialect::spell`]); what only one engine can do goes into `NNNN_name.sqlite.sql` or
//! `NNNN_name.postgres.sql`. To add one, write the file and list it in [`MIGRATIONS`]. A released file never changes.
//! CHECK constraints get a name, so that both engines report the same.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// The migrations of this release, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration::both("0002_channel", include_str!("../migrations/0002_channel.sql")),
    Migration::both("0003_search", "").and(
        include_str!("../migrations/0003_search.postgres.sql"),
        include_str!("../migrations/0003_search.sqlite.sql"),
    ),
    Migration::both("0004_support", include_str!("../migrations/0004_support.sql")),
    Migration::both("0005_list", include_str!("../migrations/0005_list.sql")),
    Migration::both("0006_waiting", include_str!("../migrations/0006_waiting.sql")),
    Migration::both("0007_proof", include_str!("../migrations/0007_proof.sql")),
    Migration::both("0008_factor", include_str!("../migrations/0008_factor.sql")),
    Migration::both("0009_authority", include_str!("../migrations/0009_authority.sql")),
    Migration::both("0010_federation", include_str!("../migrations/0010_federation.sql")),
    Migration::both("0011_signal", include_str!("../migrations/0011_signal.sql")),
    Migration::both("0012_opened", include_str!("../migrations/0012_opened.sql")),
    Migration::both("0013_strength", include_str!("../migrations/0013_strength.sql")),
    Migration::both("0014_orders", include_str!("../migrations/0014_orders.sql")),
    Migration::both("0015_user", include_str!("../migrations/0015_user.sql")),
    Migration::both("0016_service_request", include_str!("../migrations/0016_service_request.sql")),
    Migration::both("0017_licence", include_str!("../migrations/0017_licence.sql")),
    Migration::both("0018_new_customer", include_str!("../migrations/0018_new_customer.sql")),
    Migration::both("0019_service_health", include_str!("../migrations/0019_service_health.sql")),
    Migration::both("0020_product", include_str!("../migrations/0020_product.sql")),
    Migration::both("0021_signal", include_str!("../migrations/0021_signal.sql")),
    Migration::both("0022_codes", include_str!("../migrations/0022_codes.sql")),
    Migration::both("0023_fresh_federation", include_str!("../migrations/0023_fresh_federation.sql")),
    Migration::both("0024_source", include_str!("../migrations/0024_source.sql")),
    Migration::both("0025_device_codes", include_str!("../migrations/0025_device_codes.sql")),
    Migration::both("0026_grant_service", include_str!("../migrations/0026_grant_service.sql")),
    Migration::both("0027_signal_late", include_str!("../migrations/0027_signal_late.sql")),
];

/// Names the schema of this release: equal for two builds exactly when their migrations are.
pub fn schema_id() -> String {
    hex(MIGRATIONS.iter().fold(Sha256::new(), |hash, it| hash.chain_update(it.name).chain_update(it.checksum())))
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Created before the first migration, and what is locked while they run.
pub(crate) const BOOKKEEPING: &str = "CREATE TABLE IF NOT EXISTS migration (
    name {text} NOT NULL PRIMARY KEY,
    checksum {text} NOT NULL
){strict}";

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name without ending, such as `0001_instance`; steps are known by it.
    pub name: &'static str,
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    /// From one text for both engines.
    pub const fn both(name: &'static str, text: &'static str) -> Self {
        Self { name, both: text, sqlite: "", postgres: "" }
    }

    /// Adds what only one engine needs, run after the common part in the same transaction.
    #[must_use]
    pub const fn and(mut self, postgres: &'static str, sqlite: &'static str) -> Self {
        self.postgres = postgres;
        self.sqlite = sqlite;
        self
    }

    pub(crate) fn script(&self, dialect: Dialect) -> String {
        let own = match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        };
        dialect.spell(&format!("{}\n{own}", self.both))
    }

    /// Over the files as written, the same on both engines.
    pub(crate) fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.both, self.sqlite, self.postgres] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hex(hash)
    }

    /// Whether it must still be applied, given the checksum the database has for it.
    pub(crate) fn is_due(&self, applied: Option<&str>) -> Result<bool, StoreError> {
        match applied {
            None => Ok(true),
            Some(checksum) if checksum == self.checksum() => Ok(false),
            Some(_) => Err(StoreError::internal(format!(
                "migration {} is not the one this database was built with; a released migration must not change",
                self.name
            ))),
        }
    }
}

/// Which engine a schema is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Replaces the tokens:
    ///
    /// | token | PostgreSQL | SQLite |
    /// |---|---|---|
    /// | `{id}` | uuid | blob |
    /// | `{text}` | text, compared by bytes | text |
    /// | `{int}` | bigint | integer |
    /// | `{bool}` | boolean | integer |
    /// | `{time}` | timestamptz | integer |
    /// | `{json}` | jsonb | text |
    /// | `{bytes}` | bytea | blob |
    /// | `{rowid}` | nothing | a column `row` of its own line: the table's place, for indexes that point by number |
    /// | `{strict}` | nothing | after the closing bracket of every table |
    /// | `{clustered}` | nothing | instead of `{strict}` for a table stored in the order of its primary key |
    pub(crate) fn spell(self, text: &str) -> String {
        let tokens = [
            ("{id}", "UUID", "BLOB"),
            ("{text}", "TEXT COLLATE \"C\"", "TEXT"),
            ("{int}", "BIGINT", "INTEGER"),
            ("{bool}", "BOOLEAN", "INTEGER"),
            ("{time}", "TIMESTAMPTZ", "INTEGER"),
            ("{json}", "JSONB", "TEXT"),
            ("{bytes}", "BYTEA", "BLOB"),
            ("{rowid}", "", "row INTEGER PRIMARY KEY,"),
            ("{strict}", "", " STRICT"),
            ("{clustered}", "", " STRICT, WITHOUT ROWID"),
        ];
        tokens.into_iter().fold(text.to_owned(), |text, (token, postgres, sqlite)| {
            text.replace(token, if self == Self::Sqlite { sqlite } else { postgres })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is not listed would silently never run.
    #[test]
    fn every_file_is_listed_once_and_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.split('.').next().unwrap().to_owned())
            .collect();
        files.sort();
        files.dedup();
        assert_eq!(files, MIGRATIONS.iter().map(|it| it.name).collect::<Vec<_>>());
    }

    #[test]
    fn a_changed_text_has_another_checksum() {
        let step = Migration::both("0001_a", "CREATE TABLE a (x {int}){strict};");
        assert!(step.is_due(None).unwrap());
        assert!(!step.is_due(Some(&step.checksum())).unwrap());
        assert!(step.and("", "x").is_due(Some(&step.checksum())).is_err());
    }

    #[test]
    fn tokens_leave_no_braces() {
        let all = "{id} {text} {int} {bool} {time} {json} {bytes} {rowid} {strict} {clustered}";
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert!(!dialect.spell(all).contains(['{', '}']));
        }
    }
}
