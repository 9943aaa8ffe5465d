//! For how long a licence is bought and how often it is billed.

use crate::time::Timestamp;

/// For how long something is bought; on the wire an ISO 8601 duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// From month to month.
    Month,
    /// A year.
    Year,
    /// Three years.
    ThreeYears,
}

/// How often a bill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cycle {
    /// Each month.
    Monthly,
    /// Each year.
    Annual,
    /// Once for three years.
    Triennial,
}

crate::codes! {
    Term { Month = "P1M", Year = "P1Y", ThreeYears = "P3Y" }
    Cycle { Monthly = "monthly", Annual = "annual", Triennial = "triennial" }
}

impl Term {
    /// Its length in calendar months.
    pub const fn months(self) -> i64 {
        match self {
            Self::Month => 1,
            Self::Year => 12,
            Self::ThreeYears => 36,
        }
    }

    /// The one of the terms counted from `anchor` that `at` lies in: its first moment and the first moment after it. Counted from the
    /// anchor each time, so that what began on the 31st does not wander to the 28th. Before the anchor it is the first one.
    pub fn around(self, anchor: Timestamp, at: Timestamp) -> (Timestamp, Timestamp) {
        let length = self.months();
        // No month is longer than 31 days, so this guess is never too late.
        let mut passed = (at.days_since(anchor) / (31 * length)).max(0);
        while anchor.plus_months((passed + 1) * length) <= at {
            passed += 1;
        }
        (anchor.plus_months(passed * length), anchor.plus_months((passed + 1) * length))
    }
}

impl Cycle {
    /// For how many months one bill is.
    pub const fn months(self) -> i64 {
        match self {
            Self::Monthly => 1,
            Self::Annual => 12,
            Self::Triennial => 36,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::date;
    use proptest::prelude::*;

    #[test]
    fn terms_are_counted_in_calendar_months() {
        let day = |text| date(text).unwrap();
        assert_eq!(Term::Month.around(day("2026-01-31"), day("2026-02-28")), (day("2026-02-28"), day("2026-03-31")));
        assert_eq!(Term::Month.around(day("2026-01-31"), day("2026-02-27")), (day("2026-01-31"), day("2026-02-28")));
        assert_eq!(Term::Year.around(day("2024-02-29"), day("2028-02-29")), (day("2028-02-29"), day("2029-02-28")));
        assert_eq!(Term::Year.around(day("2026-05-01"), day("2025-05-01")), (day("2026-05-01"), day("2027-05-01")));
        assert_eq!(Term::ThreeYears.around(day("2026-05-01"), day("2029-04-30")).1, day("2029-05-01"));
    }

    proptest! {
        #[test]
        fn every_moment_lies_in_one_term(anchor in 0_i64..4_000_000_000, later in 0_i64..2_000_000_000) {
            let (anchor, at) = (Timestamp::from_seconds(anchor), Timestamp::from_seconds(anchor + later));
            for term in Term::ALL {
                let (from, to) = term.around(anchor, at);
                prop_assert!(from <= at && at < to);
                prop_assert_eq!(term.around(anchor, from), (from, to));
                prop_assert_eq!(term.around(anchor, to).0, to);
            }
        }
    }
}
