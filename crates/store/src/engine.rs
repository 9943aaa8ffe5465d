//! [`Store`] and [`Tx`]: transactions on either engine, with the same meaning on both.
//!
//! What is made equal here: a failed statement ends its transaction (PostgreSQL insists, SQLite would go on); a closure
//! that swallows such a failure does not commit; a read cannot write; transactions do not nest; conflicts with other
//! transactions are tried again a bounded number of times.

pub(crate) mod pool;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::StoreError;
use crate::migrate::{self, Migration};
use crate::sql::{Row, Sql, Value};

use self::postgres::{Postgres, PostgresOptions, Session};
use self::sqlite::{Sqlite, SqliteOptions};

/// A database. Cheap to clone; the last clone to go closes it.
#[derive(Clone)]
pub struct Store(Arc<Engine>);

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.engine()).finish()
    }
}

impl Store {
    /// Opens or creates an SQLite database file, readable by its owner only.
    pub fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::open_sqlite_with(path, &SqliteOptions::default())
    }

    /// The same with other than the usual options.
    pub fn open_sqlite_with(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Engine::Sqlite(Sqlite::open(path, options)?))))
    }

    /// Connects to a PostgreSQL database (12 or newer). Connections are not encrypted, so `sslmode=require` is refused
    /// and not ignored; use a socket, the loopback interface or a trusted network.
    pub fn open_postgres(url: &str, options: &PostgresOptions) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Engine::Postgres(Postgres::open(url, options)?))))
    }

    /// `sqlite` or `postgres`, for logs and tests.
    pub fn engine(&self) -> &'static str {
        match &*self.0 {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// Whether a short read may run on an async worker: it then costs microseconds and never waits for a network.
    /// On PostgreSQL every call belongs on a blocking thread; its client refuses to run on an async worker.
    pub fn reads_inline(&self) -> bool {
        matches!(&*self.0, Engine::Sqlite(_))
    }

    /// Runs a read-only transaction: every statement sees the same committed state.
    pub fn read<T, E: From<StoreError>>(&self, work: impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        let _inside = Inside::enter()?;
        match &*self.0 {
            Engine::Sqlite(engine) => engine.read(&work),
            Engine::Postgres(engine) => engine.read(&work),
        }
    }

    /// A read of exactly one statement, without the cost of a transaction around it. Several statements would each see
    /// a state of their own.
    pub fn glance<T, E: From<StoreError>>(&self, work: impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        let _inside = Inside::enter()?;
        match &*self.0 {
            Engine::Sqlite(engine) => engine.glance(&work),
            Engine::Postgres(engine) => engine.glance(&work),
        }
    }

    /// Like [`Store::read`] on connections of its own, so that exports and reports cannot starve short reads. May wait
    /// long for its turn: never call it on an async worker.
    pub fn read_long<T, E: From<StoreError>>(&self, work: impl Fn(&Tx) -> Result<T, E>) -> Result<T, E> {
        let _inside = Inside::enter()?;
        match &*self.0 {
            Engine::Sqlite(engine) => engine.read_long(&work),
            Engine::Postgres(engine) => engine.read_long(&work),
        }
    }

    /// Runs a transaction that may write, as if no other ran beside it, and returns after it is durable. `Err` from the
    /// closure undoes everything. The closure may run several times and, on SQLite, runs on the writer's thread.
    ///
    /// Blocks until the commit: never call it on an async worker.
    pub fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let _inside = Inside::enter()?;
        match &*self.0 {
            Engine::Sqlite(engine) => engine.write(work),
            Engine::Postgres(engine) => engine.write(&work),
        }
    }

    /// Applies the migrations of this release that the database does not have yet.
    pub fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_with(migrate::MIGRATIONS)
    }

    /// Applies a list of migrations; for tests and tools.
    pub fn migrate_with(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        match &*self.0 {
            Engine::Sqlite(engine) => engine.migrate(migrations),
            Engine::Postgres(engine) => engine.migrate(migrations),
        }
    }

    /// Prepares a statement and returns the engine's plan for it, line by line. PostgreSQL is told to avoid full scans,
    /// so that one in its plan means that no index can serve.
    pub fn plan(&self, sql: &Sql) -> Result<Vec<String>, StoreError> {
        let _inside = Inside::enter()?;
        match &*self.0 {
            Engine::Sqlite(engine) => engine.plan(sql),
            Engine::Postgres(engine) => engine.plan(sql),
        }
    }
}

/// One transaction (or, in [`Store::glance`], one statement's surroundings).
///
/// After a statement failed or a row could not be read, every further statement fails and nothing is committed, whatever the closure returns.
/// A statement must not run inside the row closure of another.
pub struct Tx {
    link: Link,
    /// The first failure of a statement in this run.
    fault: RefCell<Option<Fault>>,
    /// While rows are being fetched.
    fetching: Cell<bool>,
}

enum Link {
    Sqlite(rusqlite::Connection),
    Postgres(Box<RefCell<Session>>),
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}

impl Tx {
    /// All rows, mapped.
    pub fn all<T>(
        &self,
        sql: &Sql,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(map(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The only row, mapped, or none. More than one is an error: the statement then asks for less than it says.
    pub fn one<T>(
        &self,
        sql: &Sql,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.each(sql, params, |row| {
            if found.is_some() {
                return Err(StoreError::internal("a second row where at most one is due"));
            }
            found = Some(map(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Shows every row to `visit` as it arrives, without collecting. An error from `visit` ends it.
    pub fn each(
        &self,
        sql: &Sql,
        params: &[Value<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.statement(params, || match &self.link {
            Link::Sqlite(connection) => sqlite::each(connection, sql, params, &mut visit),
            Link::Postgres(session) => session.borrow_mut().each(sql, params, &mut visit),
        })
    }

    /// Runs a statement that returns no rows; answers how many rows it changed.
    pub fn exec(&self, sql: &Sql, params: &[Value<'_>]) -> Result<u64, StoreError> {
        self.statement(params, || match &self.link {
            Link::Sqlite(connection) => sqlite::exec(connection, sql, params),
            Link::Postgres(session) => session.borrow_mut().exec(sql, params),
        })
    }

    fn statement<T>(&self, params: &[Value<'_>], run: impl FnOnce() -> Result<T, Fault>) -> Result<T, StoreError> {
        if self.fetching.get() {
            return Err(self.failed(Fault::last(StoreError::internal("a statement inside the rows of another"))));
        }
        if self.fault.borrow().is_some() {
            return Err(StoreError::internal("a statement after a failed one"));
        }
        if let Some(error) = params.iter().find_map(|value| value.check().err()) {
            return Err(self.failed(Fault::last(error)));
        }
        self.fetching.set(true);
        let answer = run();
        self.fetching.set(false);
        answer.map_err(|fault| self.failed(fault))
    }

    fn failed(&self, fault: Fault) -> StoreError {
        let error = fault.error.clone();
        self.fault.borrow_mut().get_or_insert(fault);
        error
    }

    const fn new(link: Link) -> Self {
        Self { link, fault: RefCell::new(None), fetching: Cell::new(false) }
    }

    /// Runs a closure once and says what is to become of what it wrote.
    fn run<T, E: From<StoreError>>(&self, work: &impl Fn(&Self) -> Result<T, E>) -> Run<T, E> {
        self.fetching.set(false);
        self.fault.replace(None);
        // The connection is rolled back before it is used again, so no half-changed state outlives a panic.
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        let fault = self.fault.take();
        match (result, fault) {
            (Err(panic), _) => Run::Panicked(panic),
            (Ok(_), Some(fault)) if fault.remedy != Remedy::None => Run::Again(fault),
            (Ok(Ok(_)), Some(fault)) => Run::Undo(E::from(fault.error)),
            (Ok(Ok(value)), None) => Run::Keep(value),
            (Ok(Err(error)), _) => Run::Undo(error),
        }
    }
}

type Panic = Box<dyn Any + Send>;

/// What came of running a closure once.
enum Run<T, E> {
    /// Commit and answer.
    Keep(T),
    /// Roll back and answer.
    Undo(E),
    /// Roll back and run again, while there are attempts left.
    Again(Fault),
    /// Roll back and go on panicking in the caller.
    Panicked(Panic),
}

/// A failed statement.
#[derive(Debug, Clone)]
struct Fault {
    error: StoreError,
    remedy: Remedy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Trying again gives the same.
    None,
    /// Another transaction was in the way.
    Again,
    /// The connection is gone; another one may work.
    Reconnect,
}

impl Fault {
    const fn last(error: StoreError) -> Self {
        Self { error, remedy: Remedy::None }
    }
}

/// An error of the closure that visits rows ends the transaction like one of the statement itself.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::last(error)
    }
}

/// How often a transaction is tried before its caller hears of it.
const ATTEMPTS: u32 = 10;

/// Waits before another attempt: about 1 ms at first and 64 ms in the end, different for concurrent callers so that
/// they do not meet again.
fn back_off(attempt: u32) {
    static TICKET: AtomicU64 = AtomicU64::new(0);
    let spread = TICKET.fetch_add(1, Ordering::Relaxed) % 8;
    let longest = 1_000_u64 << attempt.min(6);
    std::thread::park_timeout(Duration::from_micros(longest / 4 + longest * spread / 8));
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Marks the thread as running a transaction. A nested one would wait for the writer it runs on, or for a connection
/// that only its outer one can give back.
struct Inside(());

impl Inside {
    fn enter() -> Result<Self, StoreError> {
        if INSIDE.replace(true) {
            return Err(StoreError::internal("a transaction inside another"));
        }
        Ok(Self(()))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}
