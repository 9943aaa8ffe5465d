//! Every state times every action, printed and compared with the reviewed tables beside this file.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

mod reviewed;

use entente_domain::catalogue::Billing;
use entente_domain::cloud::Cloud;
use entente_domain::event::Happened;
use entente_domain::ids::{Id, InvitationId, RelationshipId, SubscriptionId, TenantId, UserId};
use entente_domain::invitation::{self, Asks, Binding, Invitation, Message, Recipient};
use entente_domain::language::Language;
use entente_domain::money::{Currency, Money};
use entente_domain::relationship::{self, Channel, Privileges, Relationship, RelationshipKind, Side, Terms};
use entente_domain::subscription::{self, Commitment, Subscription, Window};
use entente_domain::term::{Cycle, Term};
use entente_domain::text::{EmailAddress, MessageText, Reason, SubjectLine, SubscriptionName};
use entente_domain::time::Timestamp;
use uuid::Uuid;

const CREATED: Timestamp = Timestamp::from_seconds(1_000_000_000);
const NOW: Timestamp = CREATED.plus_days(5);
const LATE: Timestamp = CREATED.plus_days(90);

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn by() -> UserId {
    id(9)
}

fn customer() -> TenantId {
    id(2)
}

fn recipient(email: bool) -> Recipient {
    let email = email.then(|| EmailAddress::parse("it@customer.example").unwrap());
    Recipient { email, name: None, language: Language::En }
}

fn message() -> Message {
    Message { subject: SubjectLine::parse("A request").unwrap(), body: MessageText::parse("Please answer.").unwrap() }
}

fn request(state: invitation::State) -> Invitation {
    Invitation {
        id: id(4),
        number: 7,
        partner: id(1),
        companion: None,
        asks: Asks { kind: RelationshipKind::Reseller, privileges: true },
        cloud: Cloud::Public,
        country: "DE".parse().unwrap(),
        binding: Binding::Any,
        recipient: recipient(true),
        message: message(),
        created_by: by(),
        created_at: CREATED,
        expires_at: LATE,
        restores: None,
        reminded_at: None,
        forwarded_at: None,
        state,
        version: 1,
    }
}

/// Every situation in which a request can be tried, by the name the table gives it.
fn requests() -> Vec<(String, Invitation, Timestamp)> {
    use invitation::State::{Accepted, Cancelled, Declined, Draft, Expired, Open, Superseded};
    let last = LATE.plus_seconds(-1);
    let at = CREATED.plus_days(1);
    let reminded = |days| Invitation { reminded_at: Some(CREATED.plus_days(days)), ..request(Open) };
    let little = Asks { kind: RelationshipKind::Reseller, privileges: false };
    let situations = [
        ("draft", request(Draft), NOW),
        ("draft, no address", Invitation { recipient: recipient(false), ..request(Draft) }, NOW),
        ("draft, last second", request(Draft), last),
        ("draft, past its validity", request(Draft), LATE),
        ("open", request(Open), NOW),
        ("open, no address", Invitation { recipient: recipient(false), ..request(Open) }, NOW),
        ("open, no privileges asked", Invitation { asks: little, ..request(Open) }, NOW),
        ("open, reminded today", reminded(5), NOW),
        ("open, reminded yesterday", reminded(4), NOW),
        ("open, last second", request(Open), last),
        ("open, past its validity", request(Open), LATE),
        ("accepted", request(Accepted { at, by: by(), customer: customer(), privileges: true }), NOW),
        (
            "accepted, past its validity",
            request(Accepted { at, by: by(), customer: customer(), privileges: true }),
            LATE,
        ),
        ("declined", request(Declined { at, by: by(), customer: customer(), reason: None }), NOW),
        ("cancelled", request(Cancelled { at, by: by() }), NOW),
        ("superseded", request(Superseded { at, by: id(5) }), NOW),
        ("expired", request(Expired { at: LATE }), LATE.plus_days(1)),
    ];
    situations.into_iter().map(|(name, request, now)| (name.to_owned(), request, now)).collect()
}

/// What came of it: the state reached and the event recorded, or the reason of the refusal.
fn outcome(result: Result<(&str, Option<Happened>), &str>) -> (String, String) {
    match result {
        Ok((state, happened)) => (state.to_owned(), happened.map_or("-", |it| it.kind.code()).to_owned()),
        Err(because) => (format!("refused: {because}"), "-".to_owned()),
    }
}

#[test]
fn invitations() {
    use invitation::Action;
    let mut rows = vec![row!["situation", "action", "outcome", "event"]];
    for (name, request, now) in requests() {
        for action in Action::ALL {
            let it = request.clone();
            let result = match action {
                Action::Edit => it.edit(recipient(true), message(), now).map(|next| (next, None)),
                Action::Open => it.open(now).map(recorded),
                Action::Send => it.send(now).map(recorded),
                Action::Remind => it.remind(now).map(recorded),
                Action::Accept => it.accept(by(), customer(), true, now).map(recorded),
                Action::Decline => it.decline(by(), customer(), Some(Reason::parse("no").unwrap()), now).map(recorded),
                Action::Cancel => it.cancel(by(), now).map(recorded),
                Action::Supersede => it.supersede(id::<InvitationId>(6), now).map(recorded),
                Action::Expire => it.expire(now).map(recorded),
                Action::Forward => it.forward(customer(), by(), now).map(recorded),
                Action::WantNewLink => it.want_new_link(now).map(|happened| (it, Some(happened))),
            };
            if let Err(refused) = &result {
                assert_eq!((refused.standing, refused.action), (request.standing(now), *action), "{name}");
            }
            let (to, event) = match result {
                Ok((next, happened)) => {
                    if let Some(happened) = &happened {
                        assert_eq!((happened.invitation, happened.partner), (Some(request.id), Some(request.partner)));
                    }
                    outcome(Ok((next.standing(now).code(), happened)))
                }
                Err(refused) => outcome(Err(refused.because.code())),
            };
            rows.push(row![name.as_str(), action.code(), to, event]);
        }
    }
    reviewed::compare(
        "invitation-transitions.txt",
        &reviewed::columns("Every action on a request in every situation. Accepting grants privileges here.", &rows),
    );
}

fn recorded<T>((next, happened): (T, Happened)) -> (T, Option<Happened>) {
    (next, Some(happened))
}

fn relation(channel: Channel, state: relationship::State, privileges: Privileges) -> Relationship {
    Relationship { state, privileges, ..Relationship::establish(terms(channel), CREATED) }
}

fn terms(channel: Channel) -> Terms {
    Terms {
        id: id::<RelationshipId>(3),
        partner: id(1),
        customer: customer(),
        kind: RelationshipKind::Reseller,
        channel,
        invitation: None,
        privileges: true,
    }
}

fn order(state: subscription::State) -> Subscription {
    Subscription {
        id: id::<SubscriptionId>(8),
        customer: customer(),
        partner: id(1),
        supported_by: id(1),
        of_record: None,
        product: "P".to_owned(),
        name: None,
        billing: Billing::Licence,
        quantity: Some(5),
        parent: None,
        created_at: CREATED,
        commitment: None,
        state,
        version: 1,
    }
}

/// A year from [`CREATED`] on, five units.
fn committed() -> Subscription {
    let commitment = Commitment {
        term: Term::Year,
        cycle: Cycle::Monthly,
        price: Money::zero(Currency::Eur),
        began_at: CREATED,
        ends_at: CREATED.plus_months(12),
        renews: true,
        window: Window { opened_at: CREATED, floor: 1 },
    };
    Subscription { commitment: Some(commitment), ..order(subscription::State::Active) }
}

fn ending(mut it: Subscription) -> Subscription {
    if let Some(commitment) = &mut it.commitment {
        commitment.renews = false;
    }
    it
}

#[test]
fn relationships() {
    use relationship::{Action, State};
    let channels = [Channel::Direct, Channel::Provider { reseller: id(11) }, Channel::Reseller { provider: id(12) }];
    let states = [("active", State::Active), ("ended", State::Ended { at: CREATED, by: by() })];
    let privileges = [
        Privileges::None,
        Privileges::Granted { since: CREATED },
        Privileges::Removed { at: CREATED, by: by(), side: Side::Customer, reason: None },
    ];
    let subscriptions: [(&str, &[Subscription]); 3] = [
        ("none", &[]),
        ("suspended", &[order(subscription::State::Suspended)]),
        ("one active", &[order(subscription::State::Suspended), order(subscription::State::Active)]),
    ];
    let mut rows = vec![row!["channel", "state", "privileges", "subscriptions", "action", "outcome", "event"]];
    for channel in channels {
        for (state_name, state) in states {
            for privileges in &privileges {
                for action in Action::ALL {
                    for (subscriptions_name, subscriptions) in &subscriptions {
                        // Only ending looks at the subscriptions; the other actions do not even see them.
                        let matters = *action == Action::End;
                        if !matters && *subscriptions_name != "none" {
                            continue;
                        }
                        let it = relation(channel, state, privileges.clone());
                        let result = match action {
                            Action::GrantPrivileges => it.grant_privileges(NOW).map(|next| (next, None)),
                            Action::RemovePrivileges => {
                                it.remove_privileges(Side::Partner, by(), None, NOW).map(recorded)
                            }
                            Action::End => it.end(by(), subscriptions, NOW).map(recorded),
                            Action::Renew => it.renew(terms(channel), NOW).map(|next| (next, None)),
                        };
                        let (to, event) = match result {
                            Ok((next, happened)) => {
                                let to = if next.is_active() { "active" } else { "ended" };
                                let to = format!("{to}, {}", next.privileges.code());
                                outcome(Ok((&to, happened)))
                            }
                            Err(refused) => {
                                assert_eq!(refused.action, *action);
                                outcome(Err(refused.because.code()))
                            }
                        };
                        let seen = if matters { subscriptions_name } else { "-" };
                        rows.push(row![channel.code(), state_name, privileges.code(), seen, action.code(), to, event]);
                    }
                }
            }
        }
    }
    let about = "Every action on a relationship in every state. The outcome is the state and the privileges after it.\n\
                 Granting and renewing record no event of their own: the acceptance that causes them is the event.";
    reviewed::compare("relationship-transitions.txt", &reviewed::columns(about, &rows));
}

type Changed = Result<(Subscription, Happened), subscription::Refused>;

/// Every situation in which a subscription can be tried, by the name the table gives it, with what it extends.
fn bought() -> Vec<(&'static str, Subscription, Option<Subscription>, Timestamp)> {
    use subscription::State::{Active, Cancelled, Expired, Suspended};
    let open = CREATED.plus_days(7).plus_seconds(-1);
    let shut = CREATED.plus_days(7);
    let ended = CREATED.plus_months(12);
    let state = |state| Subscription { state, ..committed() };
    let suspended_usage = Subscription { quantity: None, billing: Billing::Usage, ..order(Suspended) };
    let more = || committed().change_quantity(8, shut).unwrap().0;
    vec![
        ("active, days open", committed(), None, open),
        ("active, days passed", committed(), None, shut),
        ("active, no renewal", ending(committed()), None, shut),
        ("active, 5 to 8 just now", more(), None, shut.plus_days(1)),
        ("active, 5 to 8 a week ago", more(), None, shut.plus_days(7)),
        ("active, no term", order(Active), None, shut),
        ("active, by usage", Subscription { quantity: None, billing: Billing::Usage, ..order(Active) }, None, shut),
        ("active, term passed", committed(), None, ended),
        ("active, second term, days passed", committed(), None, ended.plus_days(7)),
        ("active, no renewal, last second", ending(committed()), None, ended.plus_seconds(-1)),
        ("active, no renewal, term passed", ending(committed()), None, ended),
        ("suspended, days open", state(Suspended), None, open),
        ("suspended, days passed", state(Suspended), None, shut),
        ("suspended, by usage", suspended_usage, None, shut),
        ("suspended add-on, parent active", state(Suspended), Some(committed()), shut),
        ("suspended add-on, parent suspended", state(Suspended), Some(state(Suspended)), shut),
        ("ending add-on, parent renews", ending(committed()), Some(committed()), shut),
        ("ending add-on, parent ends", ending(committed()), Some(ending(committed())), shut),
        ("cancelled", state(Cancelled), None, open),
        ("expired", state(Expired), None, ended),
    ]
}

#[test]
fn subscriptions() {
    use subscription::Action;
    let mut rows = vec![row!["situation", "action", "outcome", "event"]];
    for (name, it, parent, now) in bought() {
        let (settled, due) = it.clone().at(now);
        rows.push(row![name, "(time passes)", settled.state.code(), due.as_ref().map_or("-", |it| it.kind.code())]);
        for action in Action::ALL {
            let it = settled.clone();
            let parent = parent.as_ref();
            let quantities = [("10000001", 10_000_001), ("9", 9), ("5", 5), ("4", 4), ("0", 0)];
            let tries: Vec<(String, Changed)> = match action {
                // An order makes a subscription; it is not something that is done to one. Support has a table of its own.
                Action::Add | Action::AssignSupport => continue,
                Action::Suspend => vec![(String::new(), it.suspend())],
                Action::Activate => vec![(String::new(), it.activate(parent))],
                Action::Rename => vec![(String::new(), it.rename(SubscriptionName::parse("Sales").ok()))],
                Action::ChangeQuantity => quantities
                    .iter()
                    .map(|(text, to)| (format!(" to {text}"), it.clone().change_quantity(*to, now)))
                    .collect(),
                Action::Cancel => {
                    vec![(String::new(), it.clone().cancel(now)), (" with parent".to_owned(), it.cancel_with_parent())]
                }
                Action::Renew => vec![(String::new(), it.renew(parent))],
                Action::LetEnd => vec![(String::new(), it.let_end())],
            };
            for (how, result) in tries {
                let (to, event) = match result {
                    Ok((next, happened)) => {
                        assert_eq!(happened.subscription, Some(next.id));
                        outcome(Ok((next.state.code(), Some(happened))))
                    }
                    Err(refused) => {
                        assert_eq!(refused.action, *action);
                        outcome(Err(refused.because.code()))
                    }
                };
                rows.push(row![name, format!("{}{how}", action.code()), to, event]);
            }
        }
    }
    let about = "Every action on a subscription of five units in every situation, after what passing time makes of it.\n\
                 Days are the seven after an order, a renewal or an increase in which it can be taken back.";
    reviewed::compare("subscription-transitions.txt", &reviewed::columns(about, &rows));
}

#[test]
fn support() {
    use relationship::State;
    let (seller, reseller): (TenantId, TenantId) = (id(1), id(11));
    let ended = State::Ended { at: CREATED, by: by() };
    let removed = Privileges::Removed { at: CREATED, by: by(), side: Side::Customer, reason: None };
    let granted = || Privileges::Granted { since: CREATED };
    let sells = |channel| relation(channel, State::Active, Privileges::None);
    let helps = |state, privileges, provider| Relationship {
        partner: reseller,
        ..relation(Channel::Reseller { provider }, state, privileges)
    };
    let channel = Channel::Provider { reseller };
    let situations = [
        ("sells alone", vec![sells(Channel::Direct)]),
        ("reseller without a relationship", vec![sells(channel)]),
        ("reseller with privileges", vec![sells(channel), helps(State::Active, granted(), seller)]),
        ("reseller never had privileges", vec![sells(channel), helps(State::Active, Privileges::None, seller)]),
        ("reseller lost its privileges", vec![sells(channel), helps(State::Active, removed, seller)]),
        ("reseller's relationship ended", vec![sells(channel), helps(ended, granted(), seller)]),
        ("reseller of another provider", vec![sells(channel), helps(State::Active, granted(), id(12))]),
        ("another partner's reseller", vec![sells(Channel::Direct), helps(State::Active, granted(), seller)]),
    ];
    let mut rows = vec![row!["situation", "assign the reseller", "supports if assigned before", "assign the seller"]];
    for (name, relationships) in situations {
        let assign = |to| order(subscription::State::Active).assign_support(to, &relationships);
        let answer = |to| match assign(to) {
            Ok((next, _)) if next.supported_by == to => "yes",
            Ok(_) => "another",
            Err(refused) => refused.because.code(),
        };
        let before = Subscription { supported_by: reseller, ..order(subscription::State::Active) };
        let now = before.supported_within(&relationships).supported_by;
        let now = if now == reseller { "the reseller" } else { "the seller" };
        rows.push(row![name, answer(reseller), now, answer(seller)]);
    }
    let about = "Whom a customer calls about a subscription. The seller always can be called; its reseller while it holds privileges.";
    reviewed::compare("subscription-support.txt", &reviewed::columns(about, &rows));
}
