//! What happened when in a race of checks against revocations, and whether any check was answered by a right that was gone.
//!
//! The rule (one register a subject, linearizable): after a revocation was acknowledged, and until the right is given back, no check
//! that begins is allowed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One thing that happened to one subject, from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub began: Duration,
    /// When it was answered.
    pub ended: Duration,
}

/// The history of one subject. Threads write into it while they race.
#[derive(Debug)]
pub struct History {
    origin: Instant,
    inner: Mutex<Inner>,
    checked: Condvar,
}

#[derive(Debug, Default, Clone)]
struct Inner {
    allowed: Vec<Span>,
    refused: u64,
    /// From a revocation's acknowledgement to the beginning of giving back; open at the end of the last.
    gone: Vec<(Duration, Option<Duration>)>,
}

impl Inner {
    fn checks(&self) -> u64 {
        self.allowed.len() as u64 + self.refused
    }
}

/// What a history comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Checks that were answered.
    pub checks: u64,
    /// Of these, allowed.
    pub allowed: u64,
    /// Revocations that were acknowledged.
    pub revocations: u64,
    /// Checks that were allowed although they began after an acknowledged revocation and ended before the right came back.
    pub stale: u64,
}

impl History {
    /// An empty history; all histories that are compared share `origin`.
    pub fn new(origin: Instant) -> Self {
        Self { origin, inner: Mutex::default(), checked: Condvar::new() }
    }

    /// Runs a check and writes down what came of it.
    pub fn check(&self, check: impl FnOnce() -> bool) -> bool {
        let began = self.origin.elapsed();
        let allowed = check();
        let span = Span { began, ended: self.origin.elapsed() };
        self.note(|inner| if allowed { inner.allowed.push(span) } else { inner.refused += 1 });
        self.checked.notify_all();
        allowed
    }

    /// Runs a revocation that has to succeed.
    pub fn revoke(&self, revoke: impl FnOnce()) {
        revoke();
        let acknowledged = self.origin.elapsed();
        self.note(|inner| inner.gone.push((acknowledged, None)));
    }

    /// Runs what gives the right back.
    pub fn give_back(&self, give: impl FnOnce()) {
        let began = self.origin.elapsed();
        self.note(|inner| {
            if let Some((_, until)) = inner.gone.last_mut() {
                *until = Some(began);
            }
        });
        give();
    }

    /// Waits until `more` checks were answered, counted from now.
    ///
    /// # Panics
    /// When they were not within two minutes: whoever checks has ended.
    pub fn await_checks(&self, more: u64) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let until = inner.checks() + more;
        let short = |inner: &mut Inner| inner.checks() < until;
        let waited = self.checked.wait_timeout_while(inner, Duration::from_mins(2), short);
        let (inner, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(inner);
        assert!(!waited.timed_out(), "nothing is checked any more");
    }

    /// Looks at the whole.
    pub fn verdict(&self) -> Verdict {
        self.note(|inner| {
            let stale = |span: &&Span| {
                let at = inner.gone.partition_point(|(from, _)| *from <= span.began);
                let last = at.checked_sub(1).and_then(|at| inner.gone.get(at));
                last.is_some_and(|(_, until)| until.is_none_or(|until| span.ended <= until))
            };
            Verdict {
                checks: inner.checks(),
                allowed: inner.allowed.len() as u64,
                revocations: inner.gone.len() as u64,
                stale: inner.allowed.iter().filter(stale).count() as u64,
            }
        })
    }

    fn note<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::ops::Add for Verdict {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            checks: self.checks + other.checks,
            allowed: self.allowed + other.allowed,
            revocations: self.revocations + other.revocations,
            stale: self.stale + other.stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_by_a_right_that_is_gone_is_found() {
        let history = History::new(Instant::now());
        assert!(history.check(|| true));
        history.revoke(|| {});
        assert!(!history.check(|| false));
        assert_eq!(history.verdict().stale, 0);
        assert!(history.check(|| true), "as a server with a stale cache would");
        assert_eq!(history.verdict().stale, 1);
        history.give_back(|| {});
        assert!(history.check(|| true));
        assert_eq!(history.verdict(), Verdict { checks: 4, allowed: 3, revocations: 1, stale: 1 });
    }

    #[test]
    fn a_check_that_ends_after_the_right_came_back_may_have_seen_it() {
        let history = History::new(Instant::now());
        history.revoke(|| {});
        history.check(|| {
            history.give_back(|| {});
            true
        });
        assert_eq!(history.verdict().stale, 0);
    }
}
