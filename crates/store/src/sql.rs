//! Statements, parameters and rows: the only place that knows how each engine spells our types.
//!
//! | here | PostgreSQL | SQLite |
//! |---|---|---|
//! | id | uuid | blob of 16 bytes |
//! | text | text COLLATE "C" | text |
//! | int | bigint | integer |
//! | bool | boolean | integer 0 or 1 |
//! | time | timestamptz | integer, microseconds since 1970 |
//! | json | jsonb (order of keys and spaces are not kept) | text |
//! | bytes | bytea | blob |
//!
//! A new kind of id needs its name in the list at `impl_ids!` below.

use std::borrow::Cow;
use std::sync::OnceLock;

use entente_domain::ids::{self, Id};
use entente_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;

/// One statement, written once for both engines with `$1`, `$2`, ... as parameters.
#[derive(Debug)]
pub struct Sql {
    postgres: Cow<'static, str>,
    /// Only for [`Sql::split`].
    lite: Option<&'static str>,
    /// SQLite's spelling, made at first use.
    numbered: OnceLock<String>,
}

impl Sql {
    /// A statement in the portable subset.
    ///
    /// PostgreSQL takes a parameter's type from its first use, so an optional filter reads `(a = $1 OR $1 IS NULL)` in
    /// this order, and a parameter that is only selected needs a CAST.
    pub const fn new(text: &'static str) -> Self {
        Self { postgres: Cow::Borrowed(text), lite: None, numbered: OnceLock::new() }
    }

    /// The escape hatch for what the portable subset cannot say; a comment at the statement says why.
    pub const fn split(postgres: &'static str, lite: &'static str) -> Self {
        Self { postgres: Cow::Borrowed(postgres), lite: Some(lite), numbered: OnceLock::new() }
    }

    /// A statement assembled from a small closed set of fragments. Never from input: each distinct text is prepared and
    /// kept by every connection.
    pub const fn dynamic(text: String) -> Self {
        Self { postgres: Cow::Owned(text), lite: None, numbered: OnceLock::new() }
    }

    pub(crate) fn postgres(&self) -> &str {
        &self.postgres
    }

    /// SQLite numbers `$n` by first appearance, so that `SELECT $2, $1` would swap the two; `?n` means what it says.
    pub(crate) fn lite(&self) -> &str {
        self.numbered.get_or_init(|| question_marks(self.lite.unwrap_or(&self.postgres)))
    }

    /// The highest parameter number in PostgreSQL's text.
    pub(crate) fn parameters(&self) -> usize {
        let text = question_marks(&self.postgres);
        text.split('?').skip(1).filter_map(leading_number).max().unwrap_or(0)
    }
}

fn leading_number(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

/// Replaces `$` before a digit by `?` outside of quotes.
fn question_marks(sql: &str) -> String {
    let mut quoted_by = None;
    let mut rest = sql.chars().peekable();
    let mut text = String::with_capacity(sql.len());
    while let Some(c) = rest.next() {
        match quoted_by {
            Some(quote) if c == quote => quoted_by = None,
            None if c == '\'' || c == '"' => quoted_by = Some(c),
            _ => {}
        }
        let parameter = c == '$' && quoted_by.is_none() && rest.peek().is_some_and(char::is_ascii_digit);
        text.push(if parameter { '?' } else { c });
    }
    text
}

/// Declares a module's statements as statics and lists them in `ALL`, so that one test can prepare every one of them on
/// both engines and print its plan.
///
/// ```text
/// statements! {
///     /// By primary key.
///     GET = "SELECT name FROM tenant WHERE id = $1";
///     /// The engines disagree about LIKE.
///     SEARCH = split("... postgres ...", "... sqlite ...");
/// }
/// ```
#[macro_export]
macro_rules! statements {
    (@ [$($done:ident)*]) => {
        /// Every statement of this module by name.
        pub(crate) static ALL: &[(&str, &$crate::Sql)] = &[$((stringify!($done), &$done)),*];
    };
    (@ [$($done:ident)*] $(#[$meta:meta])* $name:ident = split($postgres:expr, $lite:expr $(,)?); $($rest:tt)*) => {
        $(#[$meta])*
        pub(crate) static $name: $crate::Sql = $crate::Sql::split($postgres, $lite);
        $crate::statements!(@ [$($done)* $name] $($rest)*);
    };
    (@ [$($done:ident)*] $(#[$meta:meta])* $name:ident = $sql:expr; $($rest:tt)*) => {
        $(#[$meta])*
        pub(crate) static $name: $crate::Sql = $crate::Sql::new($sql);
        $crate::statements!(@ [$($done)* $name] $($rest)*);
    };
    ($($all:tt)+) => { $crate::statements!(@ [] $($all)+); };
}

/// The parameters of a statement, in the order of their numbers: `params![id, &name, now, expires]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] };
}

/// A parameter or a cell, borrowed from its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Any typed id.
    Id(Uuid),
    /// Text, or JSON as text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A point in time.
    Time(Timestamp),
    /// Raw bytes.
    Bytes(&'a [u8]),
}

/// 4713-11-24 BC, the first instant PostgreSQL can hold.
const FIRST_INSTANT: Timestamp = Timestamp::from_micros(-210_866_803_200_000_000 + POSTGRES_EPOCH);
/// 2000-01-01, where PostgreSQL starts counting.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Value<'_> {
    /// Refuses on both engines what one of them cannot store, so that the test on either finds it.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self {
            Self::Text(text) if text.contains('\0') => Err(StoreError::internal("text with a NUL character")),
            Self::Time(time) if *time < FIRST_INSTANT => Err(StoreError::internal("time before 4713 BC")),
            _ => Ok(()),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Id(_) => "id",
            Self::Text(_) => "text",
            Self::Int(_) => "int",
            Self::Bool(_) => "bool",
            Self::Time(_) => "time",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// How many ids [`each_of`] asks for at once; its statements have as many parameters.
const AT_ONCE: usize = 16;

/// The names that a statement with [`AT_ONCE`] parameters knows for these ids. A list of any length in one statement would be
/// another text, prepared anew, for every length.
pub(crate) fn named<I: Id + std::hash::Hash>(
    tx: &crate::Tx,
    sql: &Sql,
    ids: &[I],
) -> Result<std::collections::HashMap<I, String>, StoreError> {
    let mut names = std::collections::HashMap::with_capacity(ids.len());
    each_of(tx, sql, ids, |row| {
        names.insert(row.id(0)?, row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(names)
}

/// Every row that a statement with [`AT_ONCE`] parameters finds for these ids.
pub(crate) fn each_of<I: Id>(
    tx: &crate::Tx,
    sql: &Sql,
    ids: &[I],
    mut read: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for some in ids.chunks(AT_ONCE) {
        let mut params = [Value::Null; AT_ONCE];
        for (param, id) in params.iter_mut().zip(some) {
            *param = Value::Id(id.uuid());
        }
        tx.each(sql, &params, &mut read)?;
    }
    Ok(())
}

/// What can be a parameter.
pub trait ToValue {
    /// The value, borrowed.
    fn to_value(&self) -> Value<'_>;
}

macro_rules! impl_ids {
    ($($id:ident)+) => {$(
        impl ToValue for ids::$id {
            fn to_value(&self) -> Value<'_> {
                Value::Id(self.uuid())
            }
        }
    )+};
}

impl_ids! {
    TenantId UserId GroupId DirectoryRoleId InvitationId RelationshipId ConsentId SubscriptionId EventId MailId SessionId
    ApplicationId CredentialId GrantId ActingId ServiceId
    PasskeyId SignalId ImportId
    OrderId FormId
    ServiceRequestId NoteId AttachmentId
    SkuId
}

macro_rules! impl_values {
    ($($type:ty => |$value:ident| $made:expr;)+) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value<'_> {
                let $value = self;
                $made
            }
        }
    )+};
}

impl_values! {
    Uuid => |it| Value::Id(*it);
    str => |it| Value::Text(it);
    String => |it| Value::Text(it);
    i64 => |it| Value::Int(*it);
    i32 => |it| Value::Int(i64::from(*it));
    u32 => |it| Value::Int(i64::from(*it));
    bool => |it| Value::Bool(*it);
    Timestamp => |it| Value::Time(*it);
    [u8] => |it| Value::Bytes(it);
    Vec<u8> => |it| Value::Bytes(it);
    Value<'_> => |it| *it;
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl ToValue for Cow<'_, str> {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef;
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Id(uuid) => ValueRef::Blob(uuid.as_bytes()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bool(yes) => ValueRef::Integer(i64::from(*yes)),
            Self::Time(time) => ValueRef::Integer(time.micros()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

type Unfit = Box<dyn std::error::Error + Sync + Send>;

impl postgres::types::ToSql for Value<'_> {
    fn to_sql(&self, ty: &postgres::types::Type, out: &mut bytes::BytesMut) -> Result<postgres::types::IsNull, Unfit> {
        use postgres::types::Type;
        match self {
            Self::Null => return Ok(postgres::types::IsNull::Yes),
            Self::Id(uuid) if *ty == Type::UUID => return uuid.to_sql(ty, out),
            Self::Text(text) if matches!(*ty, Type::TEXT | Type::VARCHAR | Type::JSON) => return text.to_sql(ty, out),
            Self::Text(text) if *ty == Type::JSONB => {
                // The binary form of jsonb is a version byte before the text.
                out.extend_from_slice(&[1]);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Int(number) if *ty == Type::INT8 => return number.to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT4 => return i32::try_from(*number)?.to_sql(ty, out),
            Self::Bool(yes) if *ty == Type::BOOL => return yes.to_sql(ty, out),
            Self::Time(time) if *ty == Type::TIMESTAMPTZ => {
                postgres_protocol::types::timestamp_to_sql(time.micros() - POSTGRES_EPOCH, out);
            }
            Self::Bytes(bytes) if *ty == Type::BYTEA => return bytes.to_sql(ty, out),
            _ => return Err(format!("a parameter of kind {} where the statement has {ty}", self.kind()).into()),
        }
        Ok(postgres::types::IsNull::No)
    }

    fn accepts(_: &postgres::types::Type) -> bool {
        // Decided together with the value, in `to_sql`.
        true
    }

    postgres::types::to_sql_checked!();
}

impl<'a> postgres::types::FromSql<'a> for Value<'a> {
    fn from_sql(ty: &postgres::types::Type, raw: &'a [u8]) -> Result<Self, Unfit> {
        use postgres::types::{FromSql, Type};
        Ok(match *ty {
            Type::UUID => Self::Id(Uuid::from_slice(raw)?),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::JSON => Self::Text(FromSql::from_sql(&Type::TEXT, raw)?),
            Type::JSONB => match raw.split_first() {
                Some((1, text)) => Self::Text(std::str::from_utf8(text)?),
                _ => return Err("jsonb of an unknown version".into()),
            },
            Type::INT8 => Self::Int(FromSql::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i64::from(<i32 as FromSql>::from_sql(ty, raw)?)),
            Type::BOOL => Self::Bool(FromSql::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ => {
                let micros = postgres_protocol::types::timestamp_from_sql(raw)?;
                Self::Time(Timestamp::from_micros(micros.checked_add(POSTGRES_EPOCH).ok_or("a time without bounds")?))
            }
            Type::BYTEA => Self::Bytes(raw),
            _ => return Err(format!("{ty} has no counterpart here; CAST it in the statement").into()),
        })
    }

    fn from_sql_null(_: &postgres::types::Type) -> Result<Self, Unfit> {
        Ok(Self::Null)
    }

    fn accepts(_: &postgres::types::Type) -> bool {
        true
    }
}

/// One row of an answer, valid until the next one is fetched. Columns count from 0; text and bytes are borrowed.
///
/// Every accessor fails with [`StoreError::Inconsistent`] when the cell is NULL (except `opt_*`) or of another type.
#[derive(Debug)]
pub struct Row<'a>(pub(crate) Fetched<'a>);

#[derive(Debug)]
pub(crate) enum Fetched<'a> {
    Lite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

/// Reads a cell that may not be NULL, and its `opt_` twin that may.
macro_rules! accessors {
    ($($(#[$doc:meta])* $name:ident, $optional:ident -> $type:ty { $($pattern:pat => $made:expr),+ $(,)? })+) => {$(
        $(#[$doc])*
        pub fn $name(&self, column: usize) -> Result<$type, StoreError> {
            match self.value(column)? {
                $($pattern => Ok($made),)+
                other => Err(self.unfit(column, stringify!($name), &other)),
            }
        }

        /// The same where NULL means none.
        pub fn $optional(&self, column: usize) -> Result<Option<$type>, StoreError> {
            match self.value(column)? {
                Value::Null => Ok(None),
                $($pattern => Ok(Some($made)),)+
                other => Err(self.unfit(column, stringify!($name), &other)),
            }
        }
    )+};
}

impl Row<'_> {
    accessors! {
        /// Text.
        text, opt_text -> &str { Value::Text(text) => text }
        /// JSON as text. PostgreSQL keeps the meaning, not the bytes: what is hashed or signed belongs in a text column.
        json, opt_json -> &str { Value::Text(text) => text }
        /// A whole number.
        int, opt_int -> i64 { Value::Int(number) => number }
        /// True or false.
        bool, opt_bool -> bool { Value::Bool(yes) => yes, Value::Int(0) => false, Value::Int(1) => true }
        /// A point in time.
        time, opt_time -> Timestamp {
            Value::Time(time) => time,
            Value::Int(micros) => Timestamp::from_micros(micros),
        }
        /// Raw bytes.
        bytes, opt_bytes -> &[u8] { Value::Bytes(bytes) => bytes }
    }

    /// A typed id.
    pub fn id<I: Id>(&self, column: usize) -> Result<I, StoreError> {
        self.opt_id(column)?.ok_or_else(|| self.unfit(column, "id", &Value::Null))
    }

    /// A typed id, or none where the cell is NULL.
    pub fn opt_id<I: Id>(&self, column: usize) -> Result<Option<I>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Id(uuid) => Ok(Some(I::from_uuid(uuid))),
            Value::Bytes(bytes) => match Uuid::from_slice(bytes) {
                Ok(uuid) => Ok(Some(I::from_uuid(uuid))),
                Err(_) => Err(self.unfit(column, "id", &Value::Bytes(bytes))),
            },
            other => Err(self.unfit(column, "id", &other)),
        }
    }

    fn value(&self, column: usize) -> Result<Value<'_>, StoreError> {
        match self.0 {
            Fetched::Lite(row) => {
                use rusqlite::types::ValueRef;
                match row.get_ref(column) {
                    Ok(ValueRef::Null) => Ok(Value::Null),
                    Ok(ValueRef::Integer(number)) => Ok(Value::Int(number)),
                    Ok(ValueRef::Blob(bytes)) => Ok(Value::Bytes(bytes)),
                    Ok(ValueRef::Text(text)) => {
                        std::str::from_utf8(text).map(Value::Text).map_err(|error| self.inconsistent(column, error))
                    }
                    Ok(ValueRef::Real(_)) => Err(self.inconsistent(column, "a real number has no counterpart here")),
                    Err(error) => Err(self.inconsistent(column, error)),
                }
            }
            Fetched::Postgres(row) => row.try_get(column).map_err(|error| {
                let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                self.inconsistent(column, why)
            }),
        }
    }

    #[cold]
    fn unfit(&self, column: usize, wanted: &str, found: &Value<'_>) -> StoreError {
        self.inconsistent(column, format!("{} where {wanted} is due", found.kind()))
    }

    #[cold]
    fn inconsistent(&self, column: usize, detail: impl std::fmt::Display) -> StoreError {
        let name = match self.0 {
            Fetched::Lite(row) => row.as_ref().column_name(column).ok().map(ToOwned::to_owned),
            Fetched::Postgres(row) => row.columns().get(column).map(|it| it.name().to_owned()),
        };
        StoreError::inconsistent("", &name.unwrap_or_else(|| format!("number {column}")), detail)
    }
}

#[cfg(test)]
mod tests {
    statements! {
        /// Parameters out of order, a quoted dollar and an escaped quote.
        TRICKY = "SELECT $2, '$1 it''s $3', \"$4\", $10 FROM t WHERE a = $1";
        /// No parameter at all.
        BOTH = split("SELECT 'pg'", "SELECT 'lite'");
    }

    #[test]
    fn parameters_are_rewritten_outside_of_quotes_only() {
        assert_eq!(TRICKY.lite(), "SELECT ?2, '$1 it''s $3', \"$4\", ?10 FROM t WHERE a = ?1");
        assert_eq!(TRICKY.parameters(), 10);
        assert_eq!((BOTH.postgres(), BOTH.lite(), BOTH.parameters()), ("SELECT 'pg'", "SELECT 'lite'", 0));
    }

    #[test]
    fn the_macro_lists_every_statement() {
        assert_eq!(ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["TRICKY", "BOTH"]);
    }
}
