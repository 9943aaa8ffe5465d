//! The time of this machine.

use entente_app::Clock;
use entente_app::wiring::Timestamp;

/// Reads this machine's clock; the one place that does.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one allowed place")]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}
