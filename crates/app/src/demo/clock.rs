//! A clock that can be turned.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use entente_domain::time::Timestamp;

use crate::Clock;

/// The time of another clock, moved by an offset.
pub struct DemoClock {
    real: Arc<dyn Clock>,
    seconds: AtomicI64,
}

impl DemoClock {
    /// As the other clock tells, until it is turned.
    pub fn new(real: Arc<dyn Clock>) -> Self {
        Self { real, seconds: AtomicI64::new(0) }
    }

    /// Turns it on by seconds, or back when negative.
    pub fn advance(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// By how many seconds it is ahead. Whoever keeps this across a restart turns the next clock on by it.
    pub fn offset(&self) -> i64 {
        self.seconds.load(Ordering::SeqCst)
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        self.real.now().plus_seconds(self.offset())
    }
}
