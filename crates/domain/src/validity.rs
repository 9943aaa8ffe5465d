//! How long a personal invitation stays open.

use std::fmt;

/// Whole days an invitation can be accepted; between [`ValidityDays::MIN`] and [`ValidityDays::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValidityDays(u16);

/// The number of days lies outside the allowed span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not between 1 and 180 days")]
pub struct NotAValidity;

impl ValidityDays {
    /// The shortest validity.
    pub const MIN: u16 = 1;
    /// The longest validity.
    pub const MAX: u16 = 180;

    /// Checks the span.
    pub const fn new(days: u16) -> Result<Self, NotAValidity> {
        if Self::MIN <= days && days <= Self::MAX { Ok(Self(days)) } else { Err(NotAValidity) }
    }

    /// The number of days.
    pub const fn days(self) -> u16 {
        self.0
    }
}

impl Default for ValidityDays {
    /// 90 days, the time a granular request waits for approval in the compatible services.
    fn default() -> Self {
        Self(90)
    }
}

impl fmt::Display for ValidityDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        for (days, allowed) in [(0, false), (1, true), (90, true), (180, true), (181, false), (u16::MAX, false)] {
            assert_eq!(
                ValidityDays::new(days).map(ValidityDays::days),
                if allowed { Ok(days) } else { Err(NotAValidity) }
            );
        }
        assert_eq!(ValidityDays::new(ValidityDays::default().days()), Ok(ValidityDays::default()));
    }
}
