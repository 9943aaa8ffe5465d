//! Amounts of money: decimal, in one currency, never a binary fraction.

use std::fmt;

use rust_decimal::Decimal;

use crate::market::{self, CountryCode};
use crate::time::Timestamp;

/// A currency some market is billed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Currency {
    /// United States dollar, also where the markets' table names no currency.
    Usd,
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
    /// Swiss franc.
    Chf,
    /// Danish krone.
    Dkk,
    /// Norwegian krone.
    Nok,
    /// Swedish krona.
    Sek,
    /// Australian dollar.
    Aud,
    /// New Zealand dollar.
    Nzd,
    /// Canadian dollar.
    Cad,
    /// Brazilian real.
    Brl,
    /// Chinese yuan.
    Cny,
    /// Indian rupee.
    Inr,
    /// Japanese yen.
    Jpy,
    /// Korean won.
    Krw,
    /// New Taiwan dollar.
    Twd,
}

crate::codes! {
    Currency {
        Usd = "USD", Eur = "EUR", Gbp = "GBP", Chf = "CHF", Dkk = "DKK", Nok = "NOK", Sek = "SEK", Aud = "AUD", Nzd = "NZD",
        Cad = "CAD", Brl = "BRL", Cny = "CNY", Inr = "INR", Jpy = "JPY", Krw = "KRW", Twd = "TWD",
    }
}

impl Currency {
    /// Digits behind the point (ISO 4217, minor unit).
    pub const fn digits(self) -> u32 {
        match self {
            Self::Jpy | Self::Krw => 0,
            _ => 2,
        }
    }

    /// What customers in a country are billed in. Five markets' rows name no currency; the dollar is what most of the table names.
    pub fn of(country: CountryCode, at: Timestamp) -> Self {
        market::currency(country, at).and_then(Self::parse).unwrap_or(Self::Usd)
    }
}

/// The text is no amount of this currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of this currency")]
pub struct NotAnAmount;

/// An amount, with no more digits behind the point than its currency has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::ZERO, currency }
    }

    /// Reads what [`Money::amount`] writes.
    ///
    /// # Errors
    /// [`NotAnAmount`] for anything but a plain decimal number with at most the currency's digits.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, NotAnAmount> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let amount: Decimal = text.parse().map_err(|_| NotAnAmount)?;
        if !plain || amount.scale() > currency.digits() {
            return Err(NotAnAmount);
        }
        Ok(Self { amount, currency })
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The number in plain digits, for storage and files: `1240.00`.
    pub fn amount(self) -> String {
        format!("{:.*}", self.currency.digits() as usize, self.amount)
    }

    /// That many times as much. Saturates, far beyond what a subscription can cost.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        let amount = self.amount.checked_mul(Decimal::from(count)).unwrap_or(Decimal::MAX);
        Self { amount, ..self }
    }

    /// Both together; none where the currencies differ.
    pub fn plus(self, other: Self) -> Option<Self> {
        let amount = self.amount.checked_add(other.amount)?;
        (self.currency == other.currency).then_some(Self { amount, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.code(), self.amount())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str, currency: Currency) -> Money {
        Money::parse(text, currency).unwrap()
    }

    #[test]
    fn amounts_have_their_currencys_digits() {
        assert_eq!(money("12.4", Currency::Eur).amount(), "12.40");
        assert_eq!(money("1760", Currency::Jpy).to_string(), "JPY 1760");
        for (text, currency) in
            [("1.234", Currency::Eur), ("1.0", Currency::Jpy), ("", Currency::Usd), ("1e3", Currency::Usd)]
        {
            assert_eq!(Money::parse(text, currency), Err(NotAnAmount), "{text}");
        }
        assert_eq!(money("0.10", Currency::Usd).times(3), money("0.30", Currency::Usd));
        assert_eq!(money("1", Currency::Usd).plus(money("1", Currency::Eur)), None);
    }

    #[test]
    fn markets_have_currencies() {
        let at = crate::table::date("2026-11-22").unwrap();
        let of = |code: &str| Currency::of(code.parse().unwrap(), at);
        assert_eq!(
            (of("NO"), of("DE"), of("BR"), of("VA")),
            (Currency::Nok, Currency::Eur, Currency::Usd, Currency::Usd)
        );
        for country in market::all_countries(at) {
            for code in market::currencies(country, at) {
                assert!(Currency::parse(code).is_some(), "{code}");
            }
        }
    }

    proptest! {
        #[test]
        fn arithmetic_is_exact(cents in 0_i64..100_000_000, count in 0_i64..=crate::subscription::MAX_QUANTITY, months in 1_i64..=36) {
            let price = money(&format!("{}.{:02}", cents / 100, cents % 100), Currency::Eur);
            let total = price.times(count).times(months);
            let expected = i128::from(cents) * i128::from(count) * i128::from(months);
            prop_assert_eq!(total.amount(), format!("{}.{:02}", expected / 100, expected % 100));
            prop_assert_eq!(Money::parse(&total.amount(), Currency::Eur), Ok(total));
            prop_assert_eq!(price.times(count).plus(price), Some(price.times(count + 1)));
        }
    }
}
