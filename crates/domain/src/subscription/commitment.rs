//! What was agreed about a licence: for how long, billed how, at which price, and how far it can be taken back.

use crate::money::Money;
use crate::term::{Cycle, Term};
use crate::time::Timestamp;

/// Days in which an order, a renewal or an increase can be taken back (Partner Center contract, codes 800090 and 900213; business
/// rules, section 5).
pub const WINDOW_DAYS: i64 = 7;

/// What a licence is bought under. What is paid for by usage, and what was sold before there were terms, has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// For how long.
    pub term: Term,
    /// How often it is billed.
    pub cycle: Cycle,
    /// What one unit costs a month, as the price list was when the term began.
    pub price: Money,
    /// Where terms are counted from. An add-on counts with what it extends, so this can be before it was ordered.
    pub began_at: Timestamp,
    /// The first moment after the present term.
    pub ends_at: Timestamp,
    /// Whether another term follows.
    pub renews: bool,
    /// How far the quantity can be taken back.
    pub window: Window,
}

/// Until when the last increase can be taken back, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When the order, the renewal or the increase was.
    pub opened_at: Timestamp,
    /// The least units while it is open: what was committed to before.
    pub floor: i64,
}

impl Window {
    /// The first moment at which nothing can be taken back any more.
    pub const fn closes_at(self) -> Timestamp {
        self.opened_at.plus_days(WINDOW_DAYS)
    }

    /// Whether something can be taken back.
    pub fn is_open(self, now: Timestamp) -> bool {
        now < self.closes_at()
    }
}

impl Commitment {
    /// What comes with each bill for so many units, without tax.
    pub fn total(&self, units: i64) -> Money {
        self.price.times(units).times(self.cycle.months())
    }

    /// The first moment of the term that `ends_at` ends.
    pub fn term_began(&self) -> Timestamp {
        self.term.around(self.began_at, self.ends_at.plus_seconds(-1)).0
    }
}

/// Whether what was ordered is there to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provisioning {
    /// It can be used, or could until it was over.
    Success,
    /// It is being set up.
    Pending,
    /// It was taken back before it was set up.
    Failed,
}

crate::codes! {
    Provisioning { Success = "success", Pending = "pending", Failed = "failed" }
}
