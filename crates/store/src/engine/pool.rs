//! A bounded pool of connections. The connection used last is used next, so that idle ones stay cold.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Tx;
use crate::error::StoreError;

pub(super) type Opener = Box<dyn Fn() -> Result<Tx, StoreError> + Send + Sync>;

pub(super) struct Pool {
    state: Mutex<State>,
    freed: Condvar,
    limit: usize,
    wait: Duration,
    opener: Opener,
}

struct State {
    idle: Vec<Tx>,
    /// Connections in existence, idle or lent.
    open: usize,
    waiting: usize,
}

impl Pool {
    /// `wait` is the longest anybody waits for a connection.
    pub(super) fn new(limit: usize, wait: Duration, opener: Opener) -> Self {
        let state = Mutex::new(State { idle: Vec::new(), open: 0, waiting: 0 });
        Self { state, freed: Condvar::new(), limit: limit.max(1), wait, opener }
    }

    pub(super) fn take(&self) -> Result<Lease<'_>, StoreError> {
        let mut state = self.state();
        if state.idle.is_empty() && state.open >= self.limit {
            state = self.wait_for_one(state)?;
        }
        if let Some(tx) = state.idle.pop() {
            return Ok(Lease { pool: self, tx: Some(tx) });
        }
        state.open += 1;
        drop(state);
        // The lease counts from here on: when opening fails, dropping it gives the place back.
        let mut lease = Lease { pool: self, tx: None };
        lease.tx = Some((self.opener)()?);
        Ok(lease)
    }

    fn wait_for_one<'a>(&self, mut state: MutexGuard<'a, State>) -> Result<MutexGuard<'a, State>, StoreError> {
        let start = Instant::now();
        state.waiting += 1;
        while state.idle.is_empty() && state.open >= self.limit {
            let Some(left) = self.wait.checked_sub(start.elapsed()) else {
                state.waiting -= 1;
                return Err(StoreError::unavailable("no free connection"));
            };
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting -= 1;
        Ok(state)
    }

    /// Forgets the idle connections, for when one of them turned out to be dead.
    pub(super) fn drain(&self) -> Vec<Tx> {
        let mut state = self.state();
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        idle
    }

    fn give_back(&self, tx: Option<Tx>) {
        let mut state = self.state();
        match tx {
            Some(tx) => state.idle.push(tx),
            None => state.open -= 1,
        }
        let someone_waits = state.waiting > 0;
        drop(state);
        // Notifying is a system call even when nobody waits.
        if someone_waits {
            self.freed.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lent connection.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    tx: Option<Tx>,
}

impl Lease<'_> {
    pub(super) fn tx(&self) -> Result<&Tx, StoreError> {
        self.tx.as_ref().ok_or_else(|| StoreError::internal("a lease without connection"))
    }

    /// Takes the connection out of circulation.
    pub(super) fn discard(mut self) -> Option<Tx> {
        self.tx.take()
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pool.give_back(self.tx.take());
    }
}
