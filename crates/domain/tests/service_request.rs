//! Service requests: every state times every action, response times, and whose they are, compared with the reviewed tables.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

mod reviewed;

use entente_domain::catalogue::Billing;
use entente_domain::ids::{Id, SubscriptionId, TenantId};
use entente_domain::service_request::{
    Action, MAX_NOTES, REOPEN_DAYS, Refused, Response, ServiceRequest, Severity, State,
};
use entente_domain::subscription::{self, Subscription};
use entente_domain::text::{MessageText, SubjectLine};
use entente_domain::time::Timestamp;
use uuid::Uuid;

const CREATED: Timestamp = Timestamp::from_seconds(1_000_000_000);
const NOW: Timestamp = CREATED.plus_days(5);

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn request() -> ServiceRequest {
    ServiceRequest {
        id: id(20),
        number: 1_000_001,
        customer: id(2),
        partner: None,
        opened_by: id(9),
        opened_at: CREATED,
        topic: "outage".to_owned(),
        severity: Severity::Moderate,
        subscription: None,
        title: SubjectLine::parse("Mail is late").unwrap(),
        description: MessageText::parse("Since Monday.").unwrap(),
        answered_at: None,
        state: State::Open,
        version: 1,
    }
}

#[test]
fn transitions() {
    let asked = |state| ServiceRequest { partner: Some(id(1)), state, ..request() };
    let states = [
        ("open", State::Open, 0),
        ("open, full", State::Open, MAX_NOTES),
        ("attention_needed", State::AttentionNeeded, 0),
        ("closed today", State::Closed { at: NOW }, 0),
        ("closed, last moment to reopen", State::Closed { at: NOW.plus_days(-REOPEN_DAYS) }, 0),
        ("closed too long ago", State::Closed { at: NOW.plus_days(-REOPEN_DAYS).plus_seconds(-1) }, 0),
    ];
    let mut rows = vec![row!["state", "action", "outcome", "event", "answered"]];
    for (name, state, notes) in states {
        for action in Action::ALL {
            let it = asked(state);
            let result: Result<_, Refused> = match action {
                Action::Note => it.note(notes),
                Action::Answer => it.answer(notes, NOW),
                Action::AskBack => it.ask_back(notes, NOW),
                Action::Close => it.close(NOW),
                Action::Reopen => it.reopen(NOW),
            };
            let answered = result.as_ref().is_ok_and(|(next, _)| next.answered_at.is_some());
            let (to, event) = match result {
                Ok((next, happened)) => (next.state.standing().code().to_owned(), happened.kind.code()),
                Err(refused) => {
                    assert_eq!(refused.action, *action);
                    (format!("refused: {}", refused.because.code()), "-")
                }
            };
            rows.push(row![name, action.code(), to, event, if answered { "yes" } else { "-" }]);
        }
    }
    let about = "Every action on a service request in every state. The operator alone answers and asks back; that is what a first\n\
                 response is.";
    reviewed::compare("service-request-transitions.txt", &reviewed::columns(about, &rows));
}

#[test]
fn responses() {
    let mut rows = vec![row!["severity", "answered", "closed", "looked at", "response"]];
    let hours = |n: i64| CREATED.plus_seconds(n * 3_600);
    for severity in Severity::ALL {
        let target = severity.response_hours();
        let cases = [
            ("-", None, "-", None, "at the target", hours(target)),
            ("-", None, "-", None, "a second later", hours(target).plus_seconds(1)),
            ("at the target", Some(hours(target)), "-", None, "days later", NOW),
            ("a second late", Some(hours(target).plus_seconds(1)), "-", None, "days later", NOW),
            ("-", None, "before the target", Some(hours(1)), "days later", NOW),
            ("-", None, "after the target", Some(hours(target + 1)), "days later", NOW),
        ];
        for (answered, answered_at, closed, closed_at, looked, now) in cases {
            let state = closed_at.map_or(State::Open, |at| State::Closed { at });
            let it = ServiceRequest { severity: *severity, answered_at, state, ..request() };
            let response = match it.response(now) {
                Response::Due(until) => format!("due until {} h", until.seconds_since(CREATED) / 3_600),
                Response::Missed(until) => format!("missed at {} h", until.seconds_since(CREATED) / 3_600),
                Response::Met(_) => "met".to_owned(),
                Response::Late(_) => "late".to_owned(),
                Response::NotNeeded => "not needed".to_owned(),
            };
            rows.push(row![severity.code(), answered, closed, looked, response]);
        }
    }
    let about = "In which time the operator answers first, by severity.";
    reviewed::compare("service-request-responses.txt", &reviewed::columns(about, &rows));
}

#[test]
fn partners() {
    let (seller, supporter, other): (TenantId, TenantId, TenantId) = (id(1), id(11), id(12));
    let sold = Subscription {
        id: id::<SubscriptionId>(8),
        customer: id(2),
        partner: seller,
        supported_by: supporter,
        of_record: None,
        product: "P".to_owned(),
        name: None,
        billing: Billing::Licence,
        quantity: Some(5),
        parent: None,
        created_at: CREATED,
        commitment: None,
        state: subscription::State::Active,
        version: 1,
    };
    let mut rows = vec![row!["opened by", "about", "seller", "its supporter", "another partner"]];
    for (opened, partner) in [
        ("the customer", None),
        ("the seller", Some(seller)),
        ("the supporter", Some(supporter)),
        ("another", Some(other)),
    ] {
        for (about, subscription) in [("nothing", None), ("what was sold", Some(sold.id))] {
            let it = ServiceRequest { partner, subscription, ..request() };
            let sees = |partner| if it.concerns(partner, Some(&sold)) { "sees it" } else { "-" };
            rows.push(row![opened, about, sees(seller), sees(supporter), sees(other)]);
        }
    }
    let about = "Which partners see a service request of a customer they have a relationship with. The customer's own people see all.";
    reviewed::compare("service-request-partners.txt", &reviewed::columns(about, &rows));
}
