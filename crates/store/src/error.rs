//! What can go wrong between an operation and its database, in words both engines share.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The engine's own account of a failure. Shared, because one failed group commit answers many callers.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// The rule of the schema that a statement broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// A primary key, unique constraint or unique index.
    Unique,
    /// A reference to a row that does not exist, or the removal of a row that is still referred to.
    ForeignKey,
    /// A CHECK constraint.
    Check,
    /// A missing value.
    NotNull,
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::NotNull => "not null",
        })
    }
}

/// Why the store has no answer. "Not found" is not among these: it is `None`.
///
/// Messages complete the sentence "failed to ...". None of them contains data from a row.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is away, overloaded, out of space or kept refusing because of other transactions. Worth trying later.
    #[error("get an answer from the database in time")]
    Unavailable(#[source] Cause),
    /// The schema refused a write.
    #[error("keep the {kind} constraint {name}")]
    Constraint {
        /// Which sort of rule.
        kind: ConstraintKind,
        /// Unique and not null: `table.column` or `table.a, table.b` in the order of the key, or the name of the index
        /// when it is built on an expression. Check: the constraint's name. Foreign key: the constraint's name on
        /// PostgreSQL and empty on SQLite, which does not tell.
        name: String,
    },
    /// A stored row is not what the code expects. Always a defect or a tampered database.
    #[error("read a consistent {table}.{column}: {detail}")]
    Inconsistent {
        /// The table, or empty where only the column is known.
        table: &'static str,
        /// The column's name.
        column: String,
        /// What was wrong, without the value itself.
        detail: String,
    },
    /// A defect: wrong SQL, wrong parameters, a nested transaction.
    #[error("run a statement")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// For row mapping: the column holds something that is no value of the domain.
    pub fn inconsistent(table: &'static str, column: &str, detail: impl fmt::Display) -> Self {
        Self::Inconsistent { table, column: column.to_owned(), detail: detail.to_string() }
    }

    /// Whether a unique rule of this name refused the write; see [`StoreError::Constraint`] for how names are written.
    pub fn is_unique(&self, wanted: &str) -> bool {
        matches!(self, Self::Constraint { kind: ConstraintKind::Unique, name } if name == wanted)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Internal(Arc::new(Plain(message.into())))
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable(Arc::new(Plain(message.into())))
    }
}

/// A cause that is ours and not an engine's.
#[derive(Debug)]
struct Plain(String);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Plain {}
