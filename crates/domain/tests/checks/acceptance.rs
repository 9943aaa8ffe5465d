//! What an acceptance looks at, and in which order.

use entente_domain::acceptance::{self, Choice, Link, Offer, Refusal, Visitor};
use entente_domain::agreement;
use entente_domain::cloud::Cloud;
use entente_domain::directory::Person;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Asks, Binding, Invitation, Message, Recipient, State};
use entente_domain::language::Language;
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_domain::text::{CompanyName, DomainName, MessageText, SubjectLine};

use crate::{CREATED, NOW, id, person, reviewed, row};

/// Everything an acceptance looks at. Made so that it passes; each fault spoils one thing.
struct Situation {
    offer: Offer,
    here: Cloud,
    person: Option<Person>,
    tenant: Tenant,
    domains: Vec<DomainName>,
    existing: Vec<Relationship>,
    choice: Choice,
}

fn tenant(number: u128, country: &str) -> Tenant {
    Tenant {
        id: id(number),
        cloud: Cloud::Public,
        country: country.parse().unwrap(),
        name: CompanyName::parse("Somebody").unwrap(),
        domain: DomainName::parse("somebody.example").unwrap(),
        language: Language::En,
        organisation: true,
        created_at: CREATED,
    }
}

fn partner(number: u128, kind: PartnerKind) -> Partner {
    Partner {
        tenant: tenant(number, "DE"),
        kind,
        number: "1".to_owned(),
        locations: vec!["DE".parse().unwrap()],
        provider: None,
        standing: Standing::Active,
        since: CREATED,
    }
}

fn request(binding: Binding) -> Invitation {
    Invitation {
        id: id(4),
        number: 1,
        partner: id(1),
        companion: None,
        asks: asks(),
        cloud: Cloud::Public,
        country: "FR".parse().unwrap(),
        binding,
        recipient: Recipient { email: None, name: None, language: Language::En },
        message: Message {
            subject: SubjectLine::parse("A request").unwrap(),
            body: MessageText::parse("Please answer.").unwrap(),
        },
        created_by: id(8),
        created_at: CREATED,
        expires_at: CREATED.plus_days(90),
        restores: None,
        reminded_at: None,
        forwarded_at: None,
        state: State::Open,
        version: 1,
    }
}

const fn asks() -> Asks {
    Asks { kind: RelationshipKind::Reseller, privileges: true }
}

fn situation() -> Situation {
    let domain = DomainName::parse("customer.example").unwrap();
    Situation {
        offer: Offer {
            partner: Partner { provider: Some(id(12)), ..partner(1, PartnerKind::IndirectReseller) },
            companion: Some(partner(12, PartnerKind::IndirectProvider)),
            asks: asks(),
            cloud: Cloud::Public,
            link: Link::Personal(Box::new(request(Binding::Domain(domain.clone())))),
        },
        here: Cloud::Public,
        person: Some(person(Vec::new(), vec![GLOBAL_ADMINISTRATOR])),
        tenant: tenant(2, "FR"),
        domains: vec![domain],
        existing: Vec::new(),
        choice: Choice {
            privileges: true,
            agreement: Some(agreement::current(entente_domain::cloud::Cloud::Public, NOW).version),
        },
    }
}

impl Situation {
    fn decide(&self) -> Result<(), Refusal> {
        let visitor =
            self.person.as_ref().map(|person| Visitor { person, tenant: &self.tenant, domains: &self.domains });
        acceptance::check(&self.offer, self.here, visitor, &self.existing, NOW)?;
        acceptance::check_choice(&self.offer, self.choice, false, NOW)
    }

    fn invitation(&mut self) -> &mut Invitation {
        match &mut self.offer.link {
            Link::Personal(invitation) => invitation,
            Link::Standing { .. } => panic!("the situation has a personal link"),
        }
    }

    fn held(&self, partner: TenantId, kind: RelationshipKind, privileges: bool) -> Relationship {
        let customer = self.tenant.id;
        let terms =
            Terms { id: id(3), partner, customer, kind, channel: Channel::Direct, invitation: None, privileges };
        Relationship::establish(terms, CREATED)
    }
}

/// One thing gone wrong, by the name the table gives it.
type Fault = (&'static str, fn(&mut Situation));

/// In the binding order of the checks. Faults with the same prefix exclude one another, so only one of them is applied
/// when several faults come together.
const FAULTS: &[Fault] = &[
    ("pair: two partners of no channel", |it| {
        if let Some(companion) = &mut it.offer.companion {
            companion.kind = PartnerKind::Direct;
        }
    }),
    ("link: cancelled", |it| it.invitation().state = State::Cancelled { at: CREATED, by: id(8) }),
    ("link: superseded", |it| it.invitation().state = State::Superseded { at: CREATED, by: id(5) }),
    ("link: accepted", |it| {
        it.invitation().state = State::Accepted { at: CREATED, by: id(7), customer: id(6), privileges: true };
    }),
    ("link: declined", |it| {
        it.invitation().state = State::Declined { at: CREATED, by: id(7), customer: id(6), reason: None };
    }),
    ("link: expired", |it| it.invitation().state = State::Expired { at: CREATED }),
    ("link: past its validity", |it| it.invitation().expires_at = NOW),
    ("cloud: another portal", |it| it.here = Cloud::Germany),
    ("visitor: not signed in", |it| it.person = None),
    ("tenant: personal account", |it| it.tenant.organisation = false),
    ("binding: another domain", |it| it.domains.clear()),
    ("binding: another tenant", |it| it.invitation().binding = Binding::Tenant(id(77))),
    ("tenant cloud: another", |it| it.tenant.cloud = Cloud::China),
    ("customer: the partner itself", |it| it.tenant.id = id(1)),
    ("customer: the provider", |it| it.tenant.id = id(12)),
    ("region: outside of the partner's", |it| it.tenant.country = "JP".parse().unwrap()),
    ("role: not an administrator", |it| {
        if let Some(person) = &mut it.person {
            person.directory_roles.clear();
        }
    }),
    ("role: blocked administrator", |it| {
        if let Some(person) = &mut it.person {
            person.enabled = false;
        }
    }),
    ("standing: the partner is suspended", |it| it.offer.partner.standing = Standing::Suspended),
    ("standing: the provider is suspended", |it| {
        if let Some(companion) = &mut it.offer.companion {
            companion.standing = Standing::Suspended;
        }
    }),
    ("provider: none any more", |it| it.offer.partner.provider = None),
    ("provider: another one", |it| it.offer.partner.provider = Some(id(13))),
    ("connected: both hold what is asked", |it| {
        let held = [1, 12].map(|partner| it.held(id(partner), RelationshipKind::Reseller, true));
        it.existing = held.to_vec();
    }),
    ("agreement: not accepted", |it| it.choice.agreement = None),
    ("agreement: another version accepted", |it| it.choice.agreement = Some("2026-09-01")),
    ("choice: more than asked", |it| it.offer.asks.privileges = false),
];

fn what(result: &Result<(), Refusal>) -> &'static str {
    result.as_ref().map_or_else(Refusal::code, |()| "accepted")
}

fn prefix(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

#[test]
fn order_of_the_checks() {
    assert_eq!(situation().decide(), Ok(()), "without a fault the offer is accepted");
    let mut rows = vec![row!["fault", "answer alone", "answer with every later fault as well"]];
    for (index, (name, spoil)) in FAULTS.iter().enumerate() {
        let mut alone = situation();
        spoil(&mut alone);
        let alone = alone.decide();

        let mut together = situation();
        let mut applied = vec![prefix(name)];
        // Later ones first, so that what the fault itself spoils is not overwritten.
        let mut later: Vec<&Fault> = Vec::new();
        for fault in &FAULTS[index + 1..] {
            if !applied.contains(&prefix(fault.0)) {
                applied.push(prefix(fault.0));
                later.push(fault);
            }
        }
        for (_, spoil) in later.into_iter().rev() {
            spoil(&mut together);
        }
        spoil(&mut together);
        let together = together.decide();
        assert_eq!(what(&alone), what(&together), "{name}: a later check answered first");
        rows.push(row![*name, what(&alone), what(&together)]);
    }
    let about = "The checks of an acceptance in their order. Each fault alone gets its answer when every check before it\n\
                 passes; together with all later faults it still gets the same answer, which shows the order.";
    reviewed::compare("acceptance-order.txt", &reviewed::columns(about, &rows));
}

#[test]
fn partners_who_may_ask_together() {
    use PartnerKind::{Direct, IndirectProvider, IndirectReseller};
    let bound = |number, kind, provider: Option<u128>| Partner { provider: provider.map(id), ..partner(number, kind) };
    let named = [
        ("a direct partner", bound(1, Direct, None)),
        ("a provider", bound(1, IndirectProvider, None)),
        ("a reseller", bound(1, IndirectReseller, Some(12))),
        ("a reseller without provider", bound(1, IndirectReseller, None)),
    ];
    let beside = [
        ("(nobody)", None),
        ("a direct partner", Some(bound(12, Direct, None))),
        ("provider 12", Some(bound(12, IndirectProvider, None))),
        ("provider 13", Some(bound(13, IndirectProvider, None))),
        ("a reseller of this partner", Some(bound(14, IndirectReseller, Some(1)))),
        ("a reseller of provider 12", Some(bound(14, IndirectReseller, Some(12)))),
    ];
    let standing = |number: Option<&str>| Link::Standing { number: number.map(ToOwned::to_owned) };
    let links = [
        ("personal", Link::Personal(Box::new(request(Binding::Any)))),
        ("standing", standing(None)),
        ("standing, number 0", standing(Some("0"))),
        ("standing, its number", standing(Some("1"))),
        ("standing, another number", standing(Some("2"))),
    ];
    let mut rows = vec![row!["link", "partner", "named beside it", "answer"]];
    for (link_name, link) in links {
        for (name, partner) in &named {
            // A number is looked at in two-tier links only.
            if link_name.contains("number") && *name != "a reseller" {
                continue;
            }
            for (other, companion) in &beside {
                let mut it = situation();
                let (partner, companion) = (partner.clone(), companion.clone());
                it.offer = Offer { partner, companion, link: link.clone(), ..it.offer };
                let answer = it.decide();
                let alone = acceptance::check_pair(&it.offer);
                assert!(
                    answer.is_err() || alone.is_ok(),
                    "{link_name}, {name}, {other}: accepted without belonging together"
                );
                rows.push(row![link_name, *name, *other, what(&answer)]);
            }
        }
    }
    let about = "Which partners one consent may connect. The reseller buys from provider 12.";
    reviewed::compare("acceptance-pairs.txt", &reviewed::columns(about, &rows));
}

#[test]
fn already_connected_means_both_partners_and_no_less_than_asked() {
    use RelationshipKind::{Advisor, Reseller};
    let answer = |held: &[(u128, RelationshipKind, bool)], asks: Asks| {
        let mut it = situation();
        it.offer.asks = asks;
        it.choice.privileges = asks.privileges;
        it.existing = held.iter().map(|(partner, kind, granted)| it.held(id(*partner), *kind, *granted)).collect();
        what(&it.decide())
    };
    let (much, little) = (asks(), Asks { kind: Advisor, privileges: false });
    assert_eq!(answer(&[(1, Reseller, true)], much), "accepted", "one of the two is missing");
    assert_eq!(answer(&[(1, Reseller, true), (12, Reseller, false)], much), "accepted", "one lacks privileges");
    assert_eq!(answer(&[(1, Reseller, true), (12, Advisor, true)], much), "accepted", "one may not sell");
    assert_eq!(answer(&[(1, Reseller, true), (12, Reseller, true)], much), "already_connected");
    assert_eq!(answer(&[(1, Advisor, false), (12, Reseller, true)], little), "already_connected", "more than asked");
    assert_eq!(answer(&[(21, Reseller, true), (22, Reseller, true)], little), "accepted", "others do not count");
}

#[test]
fn privileges_can_be_left_out_only_where_the_cloud_allows_it() {
    let mut rows = vec![row!["cloud", "asked", "chosen", "answer"]];
    for cloud in Cloud::ALL {
        for asked in [false, true] {
            for chosen in [false, true] {
                let mut it = situation();
                it.offer.cloud = cloud;
                it.offer.asks.privileges = asked;
                let answer =
                    acceptance::check_choice(&it.offer, Choice { privileges: chosen, ..it.choice }, false, NOW);
                let word = |yes: bool| if yes { "privileges" } else { "relationship only" };
                rows.push(row![cloud.code(), word(asked), word(chosen), what(&answer)]);
            }
        }
    }
    reviewed::compare(
        "acceptance-choice.txt",
        &reviewed::columns("What an administrator may choose, by cloud.", &rows),
    );
}
