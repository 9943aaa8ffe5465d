//! When a deferred message is tried again: soon at first, then every six hours, for three days.

use entente_domain::time::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Seconds between an attempt and the next; the last one repeats.
const DELAYS: [i64; 6] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];

/// Seconds over which attempts are spread: three days, shorter than RFC 5321 section 4.5.4.1 suggests for relays
/// because people wait for these mails and the sender must learn in time that nothing arrived.
pub const GIVE_UP_AFTER: i64 = 3 * 24 * HOUR;

/// When to try next after `attempts` attempts have failed, the last one at `now`; `None` when it is time to give up.
/// Zero attempts means a new message, which is due at once.
pub fn next_attempt(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    if attempts == 0 {
        return Some(now);
    }
    let delay = |attempt: usize| *DELAYS.get(attempt).unwrap_or(&DELAYS[DELAYS.len() - 1]);
    let mut waited = 0;
    for attempt in 0..usize::try_from(attempts).ok()? {
        waited += delay(attempt);
        if waited > GIVE_UP_AFTER {
            return None;
        }
    }
    Some(now.plus_seconds(delay(usize::try_from(attempts).ok()? - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule() {
        let now = Timestamp::from_seconds(1_000_000);
        let waits: Vec<i64> = (0..).map_while(|n| next_attempt(n, now)).map(|next| next.seconds_since(now)).collect();
        assert_eq!(waits.get(..7).unwrap(), [0, 60, 300, 900, 3_600, 10_800, 21_600]);
        assert!(waits.iter().skip(6).all(|wait| *wait == 21_600));
        let total: i64 = waits.iter().sum();
        assert!(total <= GIVE_UP_AFTER && total > GIVE_UP_AFTER - 6 * HOUR, "{total} s in all");
        assert_eq!(next_attempt(u32::MAX, now), None);
    }
}
