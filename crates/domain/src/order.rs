//! What a partner ordered for a customer at once, and what of it was taken back: `completed -> cancelled`.

use crate::ids::{FormId, OrderId, SubscriptionId, TenantId, UserId};
use crate::money::Money;
use crate::subscription::{Action, Because, Refused, Subscription, WINDOW_DAYS};
use crate::term::{Cycle, Term};
use crate::time::Timestamp;

/// An order. What was bought stays as it was written; what becomes of it is its subscription's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What people call it, counted within the partner from 1.
    pub number: i64,
    /// Who placed it.
    pub partner: TenantId,
    /// For whom.
    pub customer: TenantId,
    /// The form it came from: what that sends again is this order.
    pub form: FormId,
    /// When.
    pub placed_at: Timestamp,
    /// The person.
    pub placed_by: UserId,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// Whether it stands.
    pub state: State,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// One thing ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it became.
    pub subscription: SubscriptionId,
    /// The product's code in the catalogue.
    pub product: String,
    /// Units; none where it is paid for by usage.
    pub quantity: Option<i64>,
    /// Term, cycle and the price of one unit a month; none where it is paid for by usage.
    pub agreed: Option<(Term, Cycle, Money)>,
}

/// Whether an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was carried out.
    Completed,
    /// It was taken back.
    Cancelled {
        /// When.
        at: Timestamp,
        /// By whom.
        by: UserId,
    },
}

impl State {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

impl Line {
    /// What a subscription was ordered as.
    pub fn of(sub: &Subscription) -> Self {
        Self {
            subscription: sub.id,
            product: sub.product.clone(),
            quantity: sub.quantity,
            agreed: sub.commitment.map(|it| (it.term, it.cycle, it.price)),
        }
    }

    /// What comes with each bill, without tax; none where it is paid for by usage.
    pub fn total(&self) -> Option<(Cycle, Money)> {
        let (_, cycle, price) = self.agreed?;
        Some((cycle, price.times(self.quantity?).times(cycle.months())))
    }
}

impl Order {
    /// What its lines cost together with each bill, by how often that comes.
    pub fn totals(&self) -> Vec<(Cycle, Money)> {
        let mut totals: Vec<(Cycle, Money)> = Vec::new();
        for (cycle, amount) in self.lines.iter().filter_map(Line::total) {
            let known = totals.iter_mut().find(|(it, sum)| *it == cycle && sum.currency() == amount.currency());
            match known {
                Some((_, sum)) => *sum = sum.plus(amount).unwrap_or(*sum),
                None => totals.push((cycle, amount)),
            }
        }
        totals
    }

    /// The first moment at which it cannot be cancelled any more (Partner Center contract, code 900213).
    pub const fn cancellable_until(&self) -> Timestamp {
        self.placed_at.plus_days(WINDOW_DAYS)
    }

    /// Takes it back. The events are those of its subscriptions, which are taken back with it.
    ///
    /// # Errors
    /// Refused when it was cancelled before, and once its days have passed.
    pub fn cancel(self, by: UserId, now: Timestamp) -> Result<Self, Refused> {
        let refused = |because| Refused { action: Action::Cancel, because };
        if self.state != State::Completed {
            return Err(refused(Because::Over));
        }
        if now >= self.cancellable_until() {
            return Err(refused(Because::WindowPassed));
        }
        Ok(Self { state: State::Cancelled { at: now, by }, ..self })
    }
}
