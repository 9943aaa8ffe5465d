//! PostgreSQL: a bounded pool of blocking connections, statements prepared once per connection.
//!
//! Writes are SERIALIZABLE; a conflict is tried again, and after a few failures alone among this process's writes, so
//! that a contended row costs patience and not an error. Sessions are read-only by default, so that only a write can write.

use std::collections::HashMap;
use std::error::Error as _;
use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::{DbError, SqlState};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, SimpleQueryMessage, Statement};

use super::pool::{Lease, Pool};
use super::sqlite::wrong_count;
use super::{ATTEMPTS, Fault, Link, Remedy, Run, Tx, back_off};
use crate::error::{ConstraintKind, StoreError};
use crate::migrate::{self, Dialect, Migration};
use crate::sql::{Fetched, Row, Sql, Value};

/// How a PostgreSQL database is used.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The most connections for short reads and writes.
    pub connections: usize,
    /// The most connections for long reads.
    pub long_connections: usize,
    /// How long a transaction waits for a free connection, and a connection for the server to accept it.
    pub wait: Duration,
    /// When the server gives up on one statement; long reads and migrations have no such limit.
    pub statement_timeout: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            long_connections: 2,
            wait: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// Statements a connection keeps prepared before it starts over; only dynamic ones could ever be that many.
const KEPT_STATEMENTS: usize = 1024;
/// Failed attempts after which a write runs alone in this process.
const PATIENCE: u32 = 3;

const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) struct Postgres {
    short: Pool,
    long: Pool,
    /// Held shared by every write, and exclusively by one that keeps losing.
    turnstile: RwLock<()>,
    config: Config,
}

impl Postgres {
    pub(super) fn open(url: &str, options: &PostgresOptions) -> Result<Self, StoreError> {
        let mut config: Config = url.parse().map_err(error)?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(StoreError::internal("sslmode=require is not supported: connections are not encrypted"));
        }
        config.ssl_mode(SslMode::Disable);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.wait);
        }
        if config.get_application_name().is_none() {
            config.application_name("entente");
        }
        let opener = |limit: Duration| {
            let config = config.clone();
            Box::new(move || Ok(Tx::new(Link::Postgres(Box::new(Session::open(&config, limit)?.into())))))
        };
        let short = Pool::new(options.connections, options.wait, opener(options.statement_timeout));
        let long = Pool::new(options.long_connections, Duration::from_mins(5), opener(Duration::ZERO));
        // A wrong address is found now and not by the first visitor.
        drop(short.take()?);
        Ok(Self { short, long, turnstile: RwLock::new(()), config })
    }

    pub(super) fn read<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        self.transact(&self.short, Some(READ), work)
    }

    pub(super) fn glance<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        self.transact(&self.short, None, work)
    }

    pub(super) fn read_long<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        self.transact(&self.long, Some(READ), work)
    }

    pub(super) fn write<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        self.transact(&self.short, Some(WRITE), work)
    }

    fn transact<T, E: From<StoreError>>(
        &self,
        pool: &Pool,
        begin: Option<&str>,
        work: &impl Fn(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut attempt = 0;
        let mut reconnected = false;
        loop {
            // Always before the lease: whoever waits here holds no connection that another one needs.
            let pass = (begin == Some(WRITE)).then(|| self.pass(attempt));
            let failed = match once(pool.take()?, begin, work) {
                Run::Keep(value) => return Ok(value),
                Run::Undo(error) => return Err(error),
                Run::Panicked(panic) => resume_unwind(panic),
                Run::Again(fault) => fault,
            };
            drop(pass);
            attempt += 1;
            match failed.remedy {
                Remedy::Again if attempt < ATTEMPTS => back_off(attempt),
                Remedy::Reconnect if !reconnected => {
                    // The others were idle when the server went away.
                    close(pool.drain());
                    reconnected = true;
                }
                _ => return Err(E::from(failed.error)),
            }
        }
    }

    fn pass(&self, attempt: u32) -> Pass<'_> {
        // Guards nothing but turns, so a poisoned lock is as good as a sound one.
        if attempt < PATIENCE {
            Pass::Shared(self.turnstile.read().unwrap_or_else(PoisonError::into_inner))
        } else {
            Pass::Alone(self.turnstile.write().unwrap_or_else(PoisonError::into_inner))
        }
    }

    pub(super) fn migrate(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let mut client = self.config.connect(NoTls).map_err(error)?;
        client.batch_execute("SET client_min_messages = warning").map_err(error)?;
        let bookkeeping = Dialect::Postgres.spell(migrate::BOOKKEEPING);
        // Two servers that start together may both find the table missing; the loser then finds it there.
        if client.batch_execute(&bookkeeping).is_err() {
            client.batch_execute(&bookkeeping).map_err(error)?;
        }
        for migration in migrations {
            // The lock comes before the first snapshot, which therefore sees what the holder before us applied.
            client
                .batch_execute(
                    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; LOCK TABLE migration IN SHARE ROW EXCLUSIVE MODE",
                )
                .map_err(error)?;
            let select = "SELECT checksum FROM migration WHERE name = $1";
            let applied = client.query_opt(select, &[&migration.name]).map_err(error)?;
            if migration.is_due(applied.map(|row| row.get::<_, String>(0)).as_deref())? {
                client.batch_execute(&migration.script(Dialect::Postgres)).map_err(error)?;
                let insert = "INSERT INTO migration (name, checksum) VALUES ($1, $2)";
                client.execute(insert, &[&migration.name, &migration.checksum()]).map_err(error)?;
                tracing::info!(migration = migration.name, "applied");
            }
            client.batch_execute("COMMIT").map_err(error)?;
        }
        Ok(())
    }

    pub(super) fn plan(&self, sql: &Sql) -> Result<Vec<String>, StoreError> {
        let mut client = self.config.connect(NoTls).map_err(error)?;
        let nulls = vec!["NULL"; sql.parameters()].join(", ");
        let arguments = if nulls.is_empty() { nulls } else { format!("({nulls})") };
        // The generic plan is the one a kept prepared statement ends up with.
        let script = format!(
            "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan;
             PREPARE planned AS {}; EXPLAIN (COSTS OFF) EXECUTE planned {arguments}; ROLLBACK",
            sql.postgres()
        );
        let lines = client.simple_query(&script).map_err(error)?;
        Ok(lines
            .iter()
            .filter_map(|line| match line {
                SimpleQueryMessage::Row(row) => row.get(0).map(ToOwned::to_owned),
                _ => None,
            })
            .collect())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut idle = self.short.drain();
        idle.append(&mut self.long.drain());
        close(idle);
    }
}

/// Says good-bye to connections on a thread of their own, because the client may not do so on an async worker, where
/// the last handle of a store may well be dropped.
fn close(connections: Vec<Tx>) {
    if !connections.is_empty() && std::thread::spawn(move || drop(connections)).join().is_err() {
        tracing::warn!("failed to close connections in order");
    }
}

/// The right to write now; given back when dropped.
enum Pass<'a> {
    Shared(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'a, ()>),
    Alone(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'a, ()>),
}

/// One attempt on one connection.
fn once<T, E: From<StoreError>>(
    lease: Lease<'_>,
    begin: Option<&str>,
    work: &impl Fn(&Tx) -> Result<T, E>,
) -> Run<T, E> {
    let tx = match lease.tx() {
        Ok(tx) => tx,
        Err(error) => return Run::Undo(E::from(error)),
    };
    if let Some(begin) = begin
        && let Err(fault) = control(tx, begin)
    {
        drop(lease.discard());
        return Run::Again(fault);
    }
    let mut run = tx.run(work);
    let committing = begin == Some(WRITE) && matches!(run, Run::Keep(_));
    let ended = match begin {
        None => Ok(()),
        Some(_) => control(tx, if committing { "COMMIT" } else { "ROLLBACK" }),
    };
    if let Err(fault) = &ended
        && committing
    {
        run = match fault.remedy {
            Remedy::Again => Run::Again(fault.clone()),
            // A connection that dies during COMMIT leaves open whether it happened: running again could do it twice.
            Remedy::None | Remedy::Reconnect => Run::Undo(E::from(fault.error.clone())),
        };
    }
    let healthy = match &tx.link {
        Link::Postgres(session) => !session.borrow().client.is_closed(),
        Link::Sqlite(_) => false,
    };
    // A refused COMMIT has ended the transaction; a refused ROLLBACK means that the connection is beyond use.
    let usable = healthy && (ended.is_ok() || committing);
    if !usable {
        drop(lease.discard());
    }
    run
}

fn control(tx: &Tx, sql: &str) -> Result<(), Fault> {
    match &tx.link {
        Link::Postgres(session) => session.borrow_mut().client.batch_execute(sql).map_err(fault),
        Link::Sqlite(_) => Err(Fault::last(StoreError::internal("not a PostgreSQL connection"))),
    }
}

/// A connection and what it has prepared.
pub(super) struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl Session {
    fn open(config: &Config, statement_timeout: Duration) -> Result<Self, StoreError> {
        let mut client = config.connect(NoTls).map_err(error)?;
        client
            .batch_execute(&format!(
                "SET default_transaction_read_only = on; SET client_min_messages = warning; SET lock_timeout = '10s';
                 SET idle_in_transaction_session_timeout = '60s'; SET statement_timeout = {}",
                statement_timeout.as_millis()
            ))
            .map_err(error)?;
        Ok(Self { client, prepared: HashMap::new() })
    }

    pub(super) fn each(
        &mut self,
        sql: &Sql,
        params: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), Fault> {
        let statement = self.prepare(sql, params.len())?;
        let mut rows = self.client.query_raw(&statement, params).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            visit(&Row(Fetched::Postgres(&row)))?;
        }
        Ok(())
    }

    pub(super) fn exec(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<u64, Fault> {
        let statement = self.prepare(sql, params.len())?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        self.client.execute(&statement, &params).map_err(fault)
    }

    fn prepare(&mut self, sql: &Sql, given: usize) -> Result<Statement, Fault> {
        let statement = if let Some(statement) = self.prepared.get(sql.postgres()) {
            statement.clone()
        } else {
            if self.prepared.len() >= KEPT_STATEMENTS {
                self.prepared.clear();
            }
            let statement = self.client.prepare(sql.postgres()).map_err(fault)?;
            self.prepared.insert(sql.postgres().to_owned(), statement.clone());
            statement
        };
        let due = statement.params().len();
        if due == given { Ok(statement) } else { Err(Fault::last(wrong_count(given, due))) }
    }
}

fn error(cause: postgres::Error) -> StoreError {
    fault(cause).error
}

fn fault(cause: postgres::Error) -> Fault {
    let Some(refusal) = cause.as_db_error() else {
        let io = cause.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        return if cause.is_closed() || io {
            Fault { error: StoreError::Unavailable(Arc::new(cause)), remedy: Remedy::Reconnect }
        } else {
            Fault::last(StoreError::Internal(Arc::new(cause)))
        };
    };
    if let Some(error) = constraint(refusal) {
        return Fault::last(error);
    }
    // Classes of appendix A of PostgreSQL's manual: 40 rollback, 08 connection, 53 resources, 57P operator, 58 system.
    let remedy = match refusal.code() {
        &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => Remedy::Again,
        code if code.code().starts_with("08") || code.code().starts_with("57P") => Remedy::Reconnect,
        _ => Remedy::None,
    };
    let code = refusal.code();
    let passing = remedy != Remedy::None
        || code.code().starts_with("53")
        || code.code().starts_with("58")
        || matches!(code, &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE)
        || code.code().starts_with("25P03");
    let cause = Arc::new(Refusal { code: code.code().to_owned(), message: refusal.message().to_owned() });
    Fault { error: if passing { StoreError::Unavailable(cause) } else { StoreError::Internal(cause) }, remedy }
}

/// What the server said, without its "detail", which quotes the row.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({code})")]
struct Refusal {
    code: String,
    message: String,
}

fn constraint(refusal: &DbError) -> Option<StoreError> {
    let table = refusal.table().unwrap_or_default();
    let (kind, name) = match *refusal.code() {
        SqlState::UNIQUE_VIOLATION => {
            let columns = refusal.detail().and_then(key_columns);
            let name = columns
                .map(|columns| columns.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", "));
            (ConstraintKind::Unique, name)
        }
        SqlState::FOREIGN_KEY_VIOLATION | SqlState::RESTRICT_VIOLATION => (ConstraintKind::ForeignKey, None),
        SqlState::CHECK_VIOLATION => (ConstraintKind::Check, None),
        SqlState::NOT_NULL_VIOLATION => {
            (ConstraintKind::NotNull, refusal.column().map(|column| format!("{table}.{column}")))
        }
        _ => return None,
    };
    let name = name.or_else(|| refusal.constraint().map(ToOwned::to_owned)).unwrap_or_default();
    Some(StoreError::Constraint { kind, name })
}

/// The columns in `Key (a, b)=(1, 2) already exists.`, whose brackets survive translation; none when the key has an
/// expression, for which both engines name the index instead.
fn key_columns(detail: &str) -> Option<Vec<&str>> {
    let (_, rest) = detail.split_once('(')?;
    let (columns, _) = rest.split_once(")=(")?;
    let columns: Vec<&str> = columns.split(", ").map(|column| column.trim_matches('"')).collect();
    let plain = |column: &&str| column.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    columns.iter().all(plain).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::key_columns;

    #[test]
    fn columns_are_read_from_the_detail_of_a_unique_violation() {
        assert_eq!(key_columns("Key (a, b)=(1, 2) already exists."), Some(vec!["a", "b"]));
        assert_eq!(key_columns("Schlüssel »(\"position\")=(x)=(y)« existiert bereits."), Some(vec!["position"]));
        assert_eq!(key_columns("Key (lower(name))=(x) already exists."), None);
        assert_eq!(key_columns(""), None);
    }
}
