//! When a deferred message is tried again: soon at first, then in a steady beat, for as long as anybody would want it.

use entente_domain::time::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// When messages of one kind are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Seconds between an attempt and the next.
    delays: &'static [i64],
    /// Seconds between all later attempts.
    then: i64,
    /// Seconds over which attempts are spread.
    give_up_after: i64,
}

/// Mail: for three days, shorter than RFC 5321 section 4.5.4.1 suggests for relays because people wait for these mails and the
/// sender must learn in time that nothing arrived.
pub const MAIL: Schedule = Schedule {
    delays: &[MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR],
    then: 6 * HOUR,
    give_up_after: 3 * 24 * HOUR,
};

/// Signals: for a day. They end sessions, which live no longer than that, and whoever restarts should not miss one by minutes.
pub const SIGNAL: Schedule =
    Schedule { delays: &[1, 5, 30, 2 * MINUTE, 10 * MINUTE], then: HOUR, give_up_after: 24 * HOUR };

impl Schedule {
    /// When to try next after `attempts` attempts have failed, the last one at `now`; `None` when it is time to give up.
    /// Zero attempts means a new message, which is due at once.
    pub fn next_attempt(&self, attempts: u32, now: Timestamp) -> Option<Timestamp> {
        let (mut waited, mut delay) = (0, 0);
        for attempt in 0..usize::try_from(attempts).ok()? {
            delay = self.delays.get(attempt).copied().unwrap_or(self.then);
            waited += delay;
            if waited > self.give_up_after {
                return None;
            }
        }
        Some(now.plus_seconds(delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule() {
        let now = Timestamp::from_seconds(1_000_000);
        for (schedule, first) in
            [(MAIL, [0, 60, 300, 900, 3_600, 10_800, 21_600]), (SIGNAL, [0, 1, 5, 30, 120, 600, 3_600])]
        {
            let next = |n| schedule.next_attempt(n, now).map(|next| next.seconds_since(now));
            let waits: Vec<i64> = (0..).map_while(next).collect();
            assert_eq!(waits.get(..7).unwrap(), first);
            assert!(waits.iter().skip(6).all(|wait| *wait == schedule.then));
            let total: i64 = waits.iter().sum();
            let most = schedule.give_up_after;
            assert!(total <= most && total > most - schedule.then, "{total} s in all");
            assert_eq!(schedule.next_attempt(u32::MAX, now), None);
        }
    }
}
