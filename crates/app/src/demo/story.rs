//! What happened in the demo's past year: data alone, counted in days ago.

use entente_domain::service_request::Severity;
use entente_domain::term::{Cycle, Term};

use super::world::{CREATED, CreatedPlan, DIRECT, LARGE, PROVIDER, RESELLER};

/// One day's work.
#[derive(Clone, Copy)]
pub enum Step {
    /// A partner asks a customer and has the request mailed.
    Ask { by: &'static str, customer: &'static str, privileges: bool },
    /// The customer's administrator accepts what was asked last, with or without privileges.
    Accept { customer: &'static str, privileges: bool },
    /// The customer's administrator declines what was asked last.
    Decline { customer: &'static str, reason: &'static str },
    /// A partner orders a product.
    Order {
        by: &'static str,
        customer: &'static str,
        product: &'static str,
        seats: Option<i64>,
        plan: (Term, Cycle),
        /// The product it is an addition to.
        extends: Option<&'static str>,
    },
    /// A partner gives licences of a product to the first so many of a customer's people, who use it at home.
    License { by: &'static str, customer: &'static str, product: &'static str, people: usize },
    /// A partner stops the subscriptions it provisioned, or those of one product.
    Suspend { by: &'static str, customer: &'static str, product: Option<&'static str> },
    /// A partner lets the subscriptions of a product end with their term.
    LetEnd { by: &'static str, customer: &'static str, product: &'static str },
    /// The provider has its reseller support what it sold.
    Support { by: &'static str, customer: &'static str, supporter: &'static str },
    /// A partner creates a customer, attests that it signed the agreement, and hands the first password over.
    Create { by: &'static str, customer: &'static CreatedPlan },
    /// The customer takes the privileges back.
    Remove { customer: &'static str, partner: &'static str, reason: &'static str },
    /// The partner ends the relationship.
    End { by: &'static str, customer: &'static str },
    /// A partner's helpdesk, or the customer's administrator when it is none, opens a service request.
    Open { by: Option<&'static str>, customer: &'static str, request: &'static Request },
    /// The operator answers what was opened last for a customer, or asks back.
    Answer { customer: &'static str, text: &'static str, asks: bool },
    /// The operator closes it.
    Close { customer: &'static str },
    /// What fell due by then happens.
    Sweep,
}

const A_YEAR: (Term, Cycle) = (Term::Year, Cycle::Monthly);

/// What a service request says.
pub struct Request {
    /// Its topic.
    pub topic: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// The product it is about.
    pub product: Option<&'static str>,
    /// Its title.
    pub title: &'static str,
    /// Its description.
    pub description: &'static str,
}

use Step::{
    Accept, Answer, Ask, Close, Create, Decline, End, LetEnd, License, Open, Order, Remove, Support, Suspend, Sweep,
};

const fn ask(by: &'static str, customer: &'static str, privileges: bool) -> Step {
    Ask { by, customer, privileges }
}

const fn accept(customer: &'static str, privileges: bool) -> Step {
    Accept { customer, privileges }
}

const fn order(by: &'static str, customer: &'static str, product: &'static str, seats: i64) -> Step {
    Order { by, customer, product, seats: Some(seats), plan: A_YEAR, extends: None }
}

const fn order_for(
    by: &'static str,
    customer: &'static str,
    product: &'static str,
    seats: i64,
    plan: (Term, Cycle),
) -> Step {
    Order { by, customer, product, seats: Some(seats), plan, extends: None }
}

const fn usage(by: &'static str, customer: &'static str, product: &'static str) -> Step {
    Order { by, customer, product, seats: None, plan: A_YEAR, extends: None }
}

const AVENIR: &str = "avenir-dental.example";
const DONGFANG: &str = "dongfang-wuliu.example";
const KESTREL: &str = "kestrel-systems.example";
const NORDBERG: &str = "nordberg-bakeri.example";
const VESTLAND: &str = "vestland-bygg.example";
const ORCHARD: &str = "orchard-law.example";
const BRYGGEN: &str = "bryggen-arkitekter.example";
const HAVN: &str = "havn-sjomat.example";
const AIGAIO: &str = "aigaio-nautilia.example";
const TEATRO: &str = "teatro-municipal.example";
const TIDEWATER: &str = "tidewater-foods.example";
const ISARLICHT: &str = "isarlicht-medien.example";

const MAIL_IS_LATE: Request = Request {
    topic: "domains",
    severity: Severity::Moderate,
    product: Some("mail-plan"),
    title: "Mail from one supplier arrives hours late",
    description: "Since Monday mail from the domain of one supplier arrives two to five hours late. Mail from everybody else is \
                  quick. The headers show that it waits at your side.",
};
const SIGN_IN_FAILS: Request = Request {
    topic: "sign-in",
    severity: Severity::Critical,
    product: None,
    title: "Nobody in the branch office can sign in",
    description: "Since this morning everybody in our branch office gets an error after the password. At headquarters it works.",
};
const QUESTION: Request = Request {
    topic: "licences",
    severity: Severity::Minimal,
    product: Some("productivity-premium"),
    title: "How do we move licences to new employees?",
    description: "Three people leave at the end of the month, and three others start. Can the licences simply be given to them?",
};

/// Days ago, hour of the day (UTC), minute, what: oldest first.
pub const STORY: &[(i64, i64, i64, Step)] = &[
    (372, 8, 12, ask(DIRECT, LARGE, true)),
    (371, 9, 40, accept(LARGE, true)),
    (370, 10, 5, order(DIRECT, LARGE, "productivity-standard", 62)),
    (370, 10, 9, order(DIRECT, LARGE, "endpoint-protection", 60)),
    (369, 9, 15, License { by: DIRECT, customer: LARGE, product: "endpoint-protection", people: 60 }),
    (369, 9, 20, License { by: DIRECT, customer: LARGE, product: "productivity-standard", people: 58 }),
    (341, 12, 30, ask(DIRECT, TEATRO, false)),
    (336, 15, 2, accept(TEATRO, false)),
    (335, 9, 11, order(DIRECT, TEATRO, "mail-plan", 57)),
    (301, 7, 45, ask(DIRECT, NORDBERG, true)),
    (300, 11, 20, accept(NORDBERG, true)),
    (299, 8, 0, order(DIRECT, NORDBERG, "productivity-standard", 23)),
    (262, 13, 14, ask(PROVIDER, BRYGGEN, false)),
    (260, 9, 31, accept(BRYGGEN, false)),
    (259, 14, 3, order(PROVIDER, BRYGGEN, "directory-premium", 18)),
    (247, 10, 0, ask(DIRECT, ISARLICHT, false)),
    (243, 16, 22, accept(ISARLICHT, false)),
    (242, 9, 9, order(DIRECT, ISARLICHT, "mail-archive", 12)),
    (219, 8, 50, ask(DIRECT, AVENIR, true)),
    (217, 10, 45, accept(AVENIR, true)),
    (216, 9, 30, order(DIRECT, AVENIR, "productivity-premium", 86)),
    (216, 9, 33, order(DIRECT, AVENIR, "telephony", 40)),
    (
        216,
        9,
        35,
        Order {
            by: DIRECT,
            customer: AVENIR,
            product: "calling-plan",
            seats: Some(40),
            plan: A_YEAR,
            extends: Some("telephony"),
        },
    ),
    (188, 11, 11, ask(RESELLER, HAVN, true)),
    (186, 12, 8, accept(HAVN, true)),
    (185, 8, 25, order(PROVIDER, HAVN, "productivity-standard", 34)),
    (185, 8, 28, usage(PROVIDER, HAVN, "object-storage")),
    (184, 9, 0, Support { by: PROVIDER, customer: HAVN, supporter: RESELLER }),
    (160, 14, 40, ask(DIRECT, AIGAIO, true)),
    (158, 8, 19, accept(AIGAIO, true)),
    (157, 9, 2, order_for(DIRECT, AIGAIO, "mail-plan", 210, (Term::Year, Cycle::Annual))),
    (131, 10, 10, Suspend { by: DIRECT, customer: ISARLICHT, product: None }),
    (130, 9, 35, End { by: DIRECT, customer: ISARLICHT }),
    (118, 9, 20, ask(DIRECT, DONGFANG, true)),
    (117, 7, 55, accept(DONGFANG, true)),
    (116, 8, 8, order_for(DIRECT, DONGFANG, "productivity-premium", 140, (Term::ThreeYears, Cycle::Annual))),
    (116, 8, 15, usage(DIRECT, DONGFANG, "cloud-compute")),
    (93, 13, 0, ask(DIRECT, KESTREL, false)),
    (91, 9, 48, accept(KESTREL, false)),
    (90, 10, 26, usage(DIRECT, KESTREL, "cloud-compute")),
    (76, 15, 30, ask(DIRECT, BRYGGEN, true)),
    (74, 8, 41, accept(BRYGGEN, true)),
    (73, 9, 9, order(DIRECT, BRYGGEN, "productivity-frontline", 18)),
    (44, 11, 50, ask(DIRECT, TIDEWATER, true)),
    (40, 16, 5, accept(TIDEWATER, false)),
    (39, 14, 20, order_for(DIRECT, TIDEWATER, "productivity-standard", 75, (Term::Month, Cycle::Monthly))),
    (39, 14, 24, usage(DIRECT, TIDEWATER, "managed-database")),
    (27, 9, 15, Create { by: PROVIDER, customer: &CREATED }),
    (21, 13, 5, LetEnd { by: DIRECT, customer: TEATRO, product: "mail-plan" }),
    (20, 9, 9, ask(DIRECT, "skog-logistikk.example", true)),
    (13, 8, 0, Sweep),
    (12, 9, 5, Open { by: None, customer: AVENIR, request: &QUESTION }),
    (12, 9, 50, Suspend { by: DIRECT, customer: TIDEWATER, product: Some("managed-database") }),
    (
        12,
        11,
        40,
        Answer {
            customer: AVENIR,
            text: "Yes. Take the licences back from those who leave, then assign them to those who start. Nothing has to be ordered.",
            asks: false,
        },
    ),
    (11, 8, 30, Close { customer: AVENIR }),
    (9, 12, 15, ask(DIRECT, ORCHARD, true)),
    (5, 10, 55, Decline { customer: ORCHARD, reason: "We stay with our present partner until the end of the year." }),
    (4, 8, 0, Sweep),
    (4, 8, 10, Open { by: Some(DIRECT), customer: TEATRO, request: &MAIL_IS_LATE }),
    (
        4,
        10,
        25,
        Answer {
            customer: TEATRO,
            text: "Please attach the headers of one mail that was late, as a text file, and tell us the supplier's domain.",
            asks: true,
        },
    ),
    (3, 9, 30, ask(DIRECT, VESTLAND, true)),
    (2, 7, 50, Open { by: Some(DIRECT), customer: TIDEWATER, request: &SIGN_IN_FAILS }),
    (
        1,
        13,
        10,
        Remove { customer: NORDBERG, partner: DIRECT, reason: "We are moving to roles that end by themselves." },
    ),
];
