//! In which terms a product is offered, and what it costs (`data/prices.tsv`).

use std::sync::LazyLock;

use crate::cloud::Cloud;
use crate::money::{Currency, Money};
use crate::table::{self, Validity};
use crate::term::{Cycle, Term};
use crate::time::Timestamp;

/// One way to buy a licence-based product. Dated: a new price is a new offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The product's code.
    pub product: &'static str,
    /// For how long.
    pub term: Term,
    /// How it can be billed.
    pub cycles: Vec<Cycle>,
    validity: Validity,
    prices: Vec<Money>,
}

impl Offer {
    /// What one unit costs a month, without tax. The table has a price in every currency.
    pub fn price(&self, currency: Currency) -> Option<Money> {
        self.prices.iter().copied().find(|price| price.currency() == currency)
    }
}

static OFFERS: LazyLock<Vec<Offer>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &[
        "product",
        "term",
        "cycles",
        "valid_from",
        "valid_to",
        "USD",
        "EUR",
        "GBP",
        "CHF",
        "DKK",
        "NOK",
        "SEK",
        "AUD",
        "NZD",
        "CAD",
        "BRL",
        "CNY",
        "INR",
        "JPY",
        "KRW",
        "TWD",
    ];
    table::load("prices.tsv", include_str!("../../data/prices.tsv"), COLUMNS, |row| {
        let price = |currency: &Currency| {
            Money::parse(row.required(currency.code())?, *currency)
                .map_err(|error| format!("{}: {error}", currency.code()))
        };
        let cycle = |code| Cycle::parse(code).ok_or_else(|| format!("unknown cycle {code}"));
        Ok(Offer {
            product: row.required("product")?,
            term: Term::parse(row.required("term")?).ok_or("unknown term")?,
            cycles: row.required("cycles")?.split(',').map(cycle).collect::<Result<_, _>>()?,
            validity: row.validity()?,
            prices: Currency::ALL.iter().map(price).collect::<Result<_, _>>()?,
        })
    })
});

/// How a product can be bought at that time, the shortest term first. Nothing for what is paid for by usage.
pub fn offers(product: &str, at: Timestamp) -> impl Iterator<Item = &'static Offer> {
    OFFERS.iter().filter(move |it| it.product == product && it.validity.contains(at))
}

/// The offer of a product for a term at that time.
pub fn offer(product: &str, term: Term, at: Timestamp) -> Option<&'static Offer> {
    offers(product, at).find(|it| it.term == term)
}

/// Every term and cycle that anything on sale in a cloud is offered for at that time, the shortest first. Which of them a product has
/// is [`offers`]'s to say.
pub fn plans(cloud: Cloud, at: Timestamp) -> Vec<(Term, Cycle)> {
    let offered = super::available(cloud, at).flat_map(|product| offers(product.code, at));
    let mut plans: Vec<_> = offered.flat_map(|it| it.cycles.iter().map(|cycle| (it.term, *cycle))).collect();
    plans.sort_unstable_by_key(|(term, cycle)| (term.months(), cycle.months()));
    plans.dedup();
    plans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Billing, all, find};
    use crate::table::date;

    #[test]
    fn every_licence_has_one_price_for_each_term_at_any_time() {
        let days: Vec<_> = OFFERS.iter().map(|it| it.validity.from).collect();
        for product in all() {
            if product.billing == Billing::Usage {
                assert_eq!(offers(product.code, days[0]).count(), 0, "{}", product.code);
                continue;
            }
            for day in days.iter().copied().filter(|day| *day >= product.valid_from()) {
                let terms: Vec<_> = offers(product.code, day).map(|it| it.term).collect();
                assert!(terms.is_sorted() && terms.windows(2).all(|two| two[0] != two[1]), "{}", product.code);
                assert!(terms.contains(&Term::Month) && terms.contains(&Term::Year), "{}", product.code);
                // An add-on ends with what it extends, so it is offered for the same terms.
                for extended in &product.add_on_to {
                    assert!(offers(extended, day).all(|it| terms.contains(&it.term)), "{}", product.code);
                }
            }
        }
        for it in OFFERS.iter() {
            assert!(find(it.product).is_some(), "{}", it.product);
            assert!(it.cycles.iter().all(|cycle| cycle.months() <= it.term.months()), "{}", it.product);
        }
    }

    #[test]
    fn prices_change_on_a_day() {
        let price = |day| {
            let offer = offer("productivity-standard", Term::Year, date(day).unwrap()).unwrap();
            offer.price(Currency::Nok).unwrap().to_string()
        };
        assert_eq!((price("2025-12-31").as_str(), price("2026-01-01").as_str()), ("NOK 116.50", "NOK 124.00"));
    }
}
