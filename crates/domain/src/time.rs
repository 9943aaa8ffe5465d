//! Points in time and whole days. The domain never asks what time it is: `now` is always a parameter.

use std::fmt;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The midnight (UTC) that begins a day written as `2026-11-23`; nothing for what is no day.
pub fn day(text: &str) -> Option<Timestamp> {
    crate::table::date(text).ok()
}

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// From whole seconds since the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }
    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Whole milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }
    /// Whole seconds since the Unix epoch.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// Later by whole days of 24 hours; saturates at the end of time.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(86_400_000_000)))
    }
    /// Later by whole calendar months of the proleptic Gregorian calendar, in UTC: the same day and time, or the month's last day where
    /// it has no such day.
    #[must_use]
    pub const fn plus_months(self, months: i64) -> Self {
        const DAY: i64 = 86_400_000_000;
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let months = year * 12 + (month - 1) + months;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        let last = days_in_month(year, month);
        let days = days_since_epoch(year, month, if day < last { day } else { last });
        Self(days.saturating_mul(DAY).saturating_add(self.0.rem_euclid(DAY)))
    }
    /// Later by seconds; saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }
    /// Whole days from `earlier` to `self`, rounded down.
    pub const fn days_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(86_400_000_000)
    }
}

/// How many days a month of the proleptic Gregorian calendar has; none for a month that does not exist.
pub(crate) const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

/// Days from 1970-01-01 to a date, counting years from March so that the leap day comes last.
pub(crate) const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a number of days since 1970-01-01; the inverse of [`days_since_epoch`].
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * day_of_year + 2) / 153;
    let month = if m < 10 { m + 3 } else { m - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_year - (153 * m + 2) / 5 + 1)
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_is_its_own_inverse() {
        let mut days = days_since_epoch(1899, 12, 31);
        for year in 1900..2201 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    days += 1;
                    assert_eq!((days_since_epoch(year, month, day), civil(days)), (days, (year, month, day)));
                }
            }
        }
    }

    #[test]
    fn months_keep_day_and_time_where_they_can() {
        let at = |year, month, day| {
            Timestamp::from_micros(0).plus_days(days_since_epoch(year, month, day)).plus_seconds(3_661)
        };
        for (from, months, to) in [
            (at(2026, 1, 15), 1, at(2026, 2, 15)),
            (at(2026, 1, 31), 1, at(2026, 2, 28)),
            (at(2024, 1, 31), 1, at(2024, 2, 29)),
            (at(2026, 11, 30), 3, at(2027, 2, 28)),
            (at(2026, 3, 31), -1, at(2026, 2, 28)),
            (at(1969, 12, 31), 12, at(1970, 12, 31)),
        ] {
            assert_eq!(from.plus_months(months), to);
        }
    }
}
