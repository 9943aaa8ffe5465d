//! SQLite: many readers on snapshots of the write-ahead log, one writer thread with group commit.
//!
//! The writer takes whatever is queued, runs each job in a savepoint of one transaction, commits once and only then
//! answers. It never waits for more jobs to come: under load the queue fills while the disk syncs. When a group cannot
//! be committed (a deferred constraint, a full disk) its jobs run again one by one, so that nobody fails for another's sake.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::ffi;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::pool::Pool;
use super::{ATTEMPTS, Fault, Inside, Link, Panic, Remedy, Run, Tx, back_off};
use crate::error::{ConstraintKind, StoreError};
use crate::migrate::{self, Dialect, Migration};
use crate::sql::{Fetched, Row, Sql, Value};

/// How an SQLite database is run.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The most jobs that share one commit; 1 turns group commit off (for comparison).
    pub group_commit: usize,
    /// How long to wait for another process that holds the write lock.
    pub busy_timeout: Duration,
    /// The most connections for short reads.
    pub readers: usize,
    /// The most connections for long reads.
    pub long_readers: usize,
    /// Page cache of each connection, in KiB.
    pub cache_kib: u32,
    /// How much of the file is read through the system's own cache instead of by copies, in MiB.
    pub mapped_mib: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self {
            group_commit: 256,
            busy_timeout: Duration::from_secs(5),
            readers: (cores * 2).max(4),
            long_readers: 2,
            cache_kib: 8 * 1024,
            mapped_mib: 1024,
        }
    }
}

/// Statements a connection keeps prepared; more than the crate has, so that none is prepared twice.
const KEPT_STATEMENTS: usize = 1024;

pub(super) struct Sqlite {
    // Declared before the writer, so dropped before it: the writer's connection is the last one and folds the
    // write-ahead log into the database.
    readers: Pool,
    long_readers: Pool,
    writer: Writer,
    path: PathBuf,
    options: SqliteOptions,
}

impl Sqlite {
    pub(super) fn open(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        create_private(path)?;
        let writer = Writer::start(Tx::new(Link::Sqlite(connect(path, options)?)), options.group_commit)?;
        let opener = |path: PathBuf, options: SqliteOptions| {
            Box::new(move || {
                let connection = connect(&path, &options)?;
                connection.pragma_update(None, "query_only", true).map_err(error)?;
                Ok(Tx::new(Link::Sqlite(connection)))
            })
        };
        // A short read waits for another short read, never longer than a few of them; a long one for a whole export.
        let readers = Pool::new(options.readers, Duration::from_secs(10), opener(path.to_owned(), options.clone()));
        let long_readers =
            Pool::new(options.long_readers, Duration::from_mins(5), opener(path.to_owned(), options.clone()));
        Ok(Self { readers, long_readers, writer, path: path.to_owned(), options: options.clone() })
    }

    pub(super) fn read<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        read_on(&self.readers, true, work)
    }

    pub(super) fn glance<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        read_on(&self.readers, false, work)
    }

    pub(super) fn read_long<T, E: From<StoreError>>(&self, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        read_on(&self.long_readers, true, work)
    }

    pub(super) fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        self.writer.submit(Box::new(Typed { work, run: None, answer }))?;
        match answered.recv() {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(E::from(StoreError::unavailable("the writer has stopped"))),
        }
    }

    pub(super) fn migrate(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let mut connection = connect(&self.path, &self.options)?;
        let sql = |text: &str| Dialect::Sqlite.spell(text);
        connection.execute_batch(&sql(migrate::BOOKKEEPING)).map_err(error)?;
        for migration in migrations {
            let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).map_err(error)?;
            let applied = {
                let mut statement = tx.prepare("SELECT checksum FROM migration WHERE name = ?1").map_err(error)?;
                let mut rows = statement.query([migration.name]).map_err(error)?;
                match rows.next().map_err(error)? {
                    Some(row) => Some(row.get::<_, String>(0).map_err(error)?),
                    None => None,
                }
            };
            if migration.is_due(applied.as_deref())? {
                tx.execute_batch(&migration.script(Dialect::Sqlite)).map_err(error)?;
                let insert = "INSERT INTO migration (name, checksum) VALUES (?1, ?2)";
                tx.execute(insert, [migration.name, &migration.checksum()]).map_err(error)?;
                tracing::info!(migration = migration.name, "applied");
            }
            tx.commit().map_err(error)?;
        }
        Ok(())
    }

    pub(super) fn plan(&self, sql: &Sql) -> Result<Vec<String>, StoreError> {
        let connection = connect(&self.path, &self.options)?;
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.lite())).map_err(error)?;
        let mut rows = statement.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().map_err(error)? {
            lines.push(row.get::<_, String>("detail").map_err(error)?);
        }
        Ok(lines)
    }
}

/// SQLite would create the file by the process's umask; the log beside it takes over the file's rights.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut open = std::fs::OpenOptions::new();
    open.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path).map(drop).map_err(|cause| StoreError::Unavailable(Arc::new(cause)))
}

fn connect(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    // Without SQLITE_OPEN_URI: a path is a path, whatever characters it has.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(options.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        // Without this guarantee SQLite plans a statement with a range or LIKE anew whenever a parameter changes, which costs
        // more than most of ours take to run.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{};
             PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA mmap_size = {}",
            options.cache_kib,
            i64::from(options.mapped_mib) * 1024 * 1024
        ))?;
        Ok(connection)
    };
    open().map_err(error)
}

fn read_on<T, E: From<StoreError>>(pool: &Pool, snapshot: bool, work: &impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
    let mut attempt = 0;
    loop {
        let lease = pool.take()?;
        let tx = lease.tx()?;
        if snapshot {
            control(tx, "BEGIN DEFERRED").map_err(|fault| fault.error)?;
        }
        let run = tx.run(work);
        // Nothing was written: ending a snapshot cannot fail in a way that matters. A connection that refuses is dropped.
        if snapshot && control(tx, "ROLLBACK").is_err() {
            drop(lease.discard());
        } else {
            drop(lease);
        }
        attempt += 1;
        match run {
            Run::Keep(value) => return Ok(value),
            Run::Undo(error) => return Err(error),
            Run::Panicked(panic) => resume_unwind(panic),
            Run::Again(fault) if attempt == ATTEMPTS => return Err(E::from(fault.error)),
            Run::Again(_) => back_off(attempt),
        }
    }
}

/// Shows the rows of a statement to a closure.
pub(super) fn each(
    connection: &Connection,
    sql: &Sql,
    params: &[Value<'_>],
    visit: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), Fault> {
    let mut statement = bound(connection, sql, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(fault)? {
        visit(&Row(Fetched::Lite(row)))?;
    }
    Ok(())
}

pub(super) fn exec(connection: &Connection, sql: &Sql, params: &[Value<'_>]) -> Result<u64, Fault> {
    let changed = bound(connection, sql, params)?.raw_execute().map_err(fault)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

fn bound<'a>(
    connection: &'a Connection,
    sql: &Sql,
    params: &[Value<'_>],
) -> Result<rusqlite::CachedStatement<'a>, Fault> {
    let mut statement = connection.prepare_cached(sql.lite()).map_err(fault)?;
    let due = statement.parameter_count();
    if due != params.len() {
        return Err(Fault::last(wrong_count(params.len(), due)));
    }
    for (index, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value).map_err(fault)?;
    }
    Ok(statement)
}

pub(super) fn wrong_count(given: usize, due: usize) -> StoreError {
    StoreError::internal(format!("{given} parameters where the statement has {due}"))
}

/// BEGIN, SAVEPOINT and their like.
fn control(tx: &Tx, sql: &str) -> Result<(), Fault> {
    let Link::Sqlite(connection) = &tx.link else {
        return Err(Fault::last(StoreError::internal("not an SQLite connection")));
    };
    connection.prepare_cached(sql).and_then(|mut it| it.raw_execute()).map(drop).map_err(fault)
}

/// Whether the engine has rolled the transaction back on its own, as it does when the disk is full.
fn transaction_lost(tx: &Tx) -> bool {
    match &tx.link {
        Link::Sqlite(connection) => connection.is_autocommit(),
        Link::Postgres(_) => false,
    }
}

/// The one thread that writes.
struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    fn start(tx: Tx, group_commit: usize) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        let work = move || write_all(&tx, &queue, group_commit.max(1));
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(work);
        let thread = thread.map_err(|cause| StoreError::Unavailable(Arc::new(cause)))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(StoreError::unavailable("the writer has stopped")) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // The last handle may go down with a job, on the writer's own thread, which cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|it| it.thread().id() != thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("the writer panicked");
        }
    }
}

/// One caller's transaction, its types erased.
trait Job: Send {
    fn run(&mut self, tx: &Tx) -> Next;
    /// Answers with what the last run gave, or with what went wrong around it.
    fn answer(self: Box<Self>, wrong: Option<StoreError>);
}

enum Next {
    Keep,
    Undo,
    Again,
}

struct Typed<F, T, E> {
    work: F,
    run: Option<Run<T, E>>,
    answer: SyncSender<Result<Result<T, E>, Panic>>,
}

impl<F, T, E> Job for Typed<F, T, E>
where
    F: Fn(&Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &Tx) -> Next {
        let run = tx.run(&self.work);
        let next = match &run {
            Run::Keep(_) => Next::Keep,
            Run::Undo(_) | Run::Panicked(_) => Next::Undo,
            Run::Again(_) => Next::Again,
        };
        self.run = Some(run);
        next
    }

    fn answer(self: Box<Self>, wrong: Option<StoreError>) {
        let result = match (self.run, wrong) {
            (Some(Run::Panicked(panic)), _) => Err(panic),
            (_, Some(error)) => Ok(Err(E::from(error))),
            (Some(Run::Keep(value)), None) => Ok(Ok(value)),
            (Some(Run::Undo(error)), None) => Ok(Err(error)),
            (Some(Run::Again(fault)), None) => Ok(Err(E::from(fault.error))),
            (None, None) => Ok(Err(E::from(StoreError::internal("a job that never ran")))),
        };
        // What the closure captured may be the last handle of the store; it must go before the caller goes on.
        drop(self.work);
        // The caller waits until answered; should it be gone, nobody needs the answer.
        let _ = self.answer.send(result);
    }
}

fn write_all(tx: &Tx, queue: &Receiver<Box<dyn Job>>, limit: usize) {
    let mut group = Vec::new();
    while let Ok(first) = queue.recv() {
        group.push(first);
        while group.len() < limit
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        // Marks the thread, so that a closure which opens a transaction of its own is told instead of waiting forever.
        let inside = Inside::enter();
        commit_group(tx, &mut group);
        drop(inside);
    }
}

fn commit_group(tx: &Tx, group: &mut Vec<Box<dyn Job>>) {
    if group.len() > 1 {
        match together(tx, group) {
            Ok(()) => return group.drain(..).for_each(|job| job.answer(None)),
            Err(cause) => {
                undo(tx);
                tracing::warn!(jobs = group.len(), %cause, "failed to commit a group; committing one by one");
            }
        }
    }
    let mut down = None;
    for mut job in group.drain(..) {
        if down.is_none() {
            match alone(tx, &mut *job) {
                Ok(()) => {
                    job.answer(None);
                    continue;
                }
                // One transaction's own constraint says nothing about the next.
                Err(error @ StoreError::Constraint { .. }) => {
                    job.answer(Some(error));
                    continue;
                }
                Err(error) => down = Some(error),
            }
        }
        job.answer(down.clone());
    }
}

/// Runs every job in a savepoint of its own and commits them all, or none.
fn together(tx: &Tx, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let control = |sql| control(tx, sql).map_err(|fault| fault.error);
    control("BEGIN IMMEDIATE")?;
    for job in group {
        control("SAVEPOINT job")?;
        let next = job.run(tx);
        if transaction_lost(tx) {
            return Err(StoreError::unavailable("the engine rolled the transaction back"));
        }
        match next {
            Next::Keep => {}
            Next::Undo => control("ROLLBACK TO job")?,
            Next::Again => return Err(StoreError::unavailable("a job met a lock")),
        }
        control("RELEASE job")?;
    }
    control("COMMIT")
}

/// Runs one job in a transaction of its own; an error is about the transaction, not the job's answer.
fn alone(tx: &Tx, job: &mut dyn Job) -> Result<(), StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failed = match control(tx, "BEGIN IMMEDIATE") {
            Err(fault) => fault,
            Ok(()) => match job.run(tx) {
                Next::Undo => {
                    undo(tx);
                    return Ok(());
                }
                Next::Keep => match control(tx, "COMMIT") {
                    Ok(()) => return Ok(()),
                    Err(fault) => fault,
                },
                Next::Again if attempt == ATTEMPTS => {
                    undo(tx);
                    return Ok(());
                }
                Next::Again => Fault { error: StoreError::unavailable("locked"), remedy: Remedy::Again },
            },
        };
        undo(tx);
        // BEGIN has already waited for the busy timeout: a second wait is enough.
        if failed.remedy == Remedy::None || attempt >= 2 && matches!(failed.error, StoreError::Unavailable(_)) {
            return Err(failed.error);
        }
        back_off(attempt);
    }
}

fn undo(tx: &Tx) {
    if !transaction_lost(tx)
        && let Err(fault) = control(tx, "ROLLBACK")
    {
        tracing::error!(cause = %fault.error, "failed to roll back");
    }
}

fn error(cause: rusqlite::Error) -> StoreError {
    fault(cause).error
}

fn fault(cause: rusqlite::Error) -> Fault {
    let rusqlite::Error::SqliteFailure(failure, message) = &cause else {
        return Fault::last(StoreError::Internal(Arc::new(cause)));
    };
    match failure.code {
        ErrorCode::ConstraintViolation => match constraint(failure.extended_code, message.as_deref().unwrap_or("")) {
            Some(error) => Fault::last(error),
            None => Fault::last(StoreError::Internal(Arc::new(cause))),
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Fault { error: StoreError::Unavailable(Arc::new(cause)), remedy: Remedy::Again }
        }
        ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted => Fault::last(StoreError::Unavailable(Arc::new(cause))),
        _ => Fault::last(StoreError::Internal(Arc::new(cause))),
    }
}

/// Reads `UNIQUE constraint failed: tenant.domain` and its siblings (documented at sqlite.org/rescode.html).
fn constraint(extended: i32, message: &str) -> Option<StoreError> {
    let kind = match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            ConstraintKind::Unique
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ConstraintKind::ForeignKey,
        ffi::SQLITE_CONSTRAINT_CHECK => ConstraintKind::Check,
        ffi::SQLITE_CONSTRAINT_NOTNULL => ConstraintKind::NotNull,
        _ => return None,
    };
    let name = message.split_once("failed: ").map_or("", |(_, name)| name);
    // A unique index on an expression is reported as: index 'its_name'.
    let name = name.strip_prefix("index '").and_then(|it| it.strip_suffix('\'')).unwrap_or(name);
    Some(StoreError::Constraint { kind, name: name.to_owned() })
}
