//! Words about what is bought: amounts, terms, and how a subscription stands.

use entente_domain::money::Money;
use entente_domain::subscription::{State, Subscription};
use entente_domain::term::{Cycle, Term};

use crate::i18n::{Words, arg};
use crate::key;
use crate::ui::{Html, badge};

/// An amount with its currency, digits in groups: `NOK 12,400.00`.
pub(crate) fn money(words: Words, amount: Money) -> String {
    let plain = amount.amount();
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let whole = whole.parse::<i64>().map_or_else(|_| whole.to_owned(), |it| words.number(it));
    format!("{}\u{a0}{whole}{rest}", amount.currency().code())
}

/// An amount that comes with each bill: `NOK 12,400.00 a month`.
pub(crate) fn each(words: Words, cycle: Cycle, amount: Money) -> String {
    let key = match cycle {
        Cycle::Monthly => key!("buy-each-month"),
        Cycle::Annual => key!("buy-each-year"),
        Cycle::Triennial => key!("buy-each-three-years"),
    };
    words.t_with(key, &[arg("amount", &money(words, amount))])
}

/// For how long and billed how: `1 year, billed monthly`.
pub(crate) fn plan(words: Words, term: Term, cycle: Cycle) -> String {
    let term = words.t(match term {
        Term::Month => key!("buy-term-month"),
        Term::Year => key!("buy-term-year"),
        Term::ThreeYears => key!("buy-term-three-years"),
    });
    let cycle = words.t(match cycle {
        Cycle::Monthly => key!("buy-cycle-monthly"),
        Cycle::Annual => key!("buy-cycle-annual"),
        Cycle::Triennial => key!("buy-cycle-triennial"),
    });
    words.t_with("buy-plan", &[arg("term", &term), arg("cycle", &cycle)])
}

/// What the partner calls it, or else its product.
pub(crate) fn title(words: Words, it: &Subscription) -> String {
    it.name.as_ref().map_or_else(|| super::product(words, &it.product), ToString::to_string)
}

/// How it stands, as a badge.
pub(crate) fn running(words: Words, it: &Subscription) -> Html {
    match it.state {
        State::Active => badge("ok", words.t("subs-active")),
        State::Suspended => badge("warn", words.t("subs-suspended")),
        State::Cancelled => badge("", words.t("subs-cancelled")),
        State::Expired => badge("", words.t("subs-expired")),
    }
}

/// What follows its term; nothing where it has none, and once it is over.
pub(crate) fn renewal(words: Words, it: &Subscription) -> Option<String> {
    let commitment = it.commitment.filter(|_| !it.state.is_over())?;
    let date = words.date(commitment.ends_at);
    Some(if commitment.renews {
        words.t_with("buy-renews", &[arg("date", &date)])
    } else {
        words.t_with("buy-ends", &[arg("date", &date)])
    })
}
