//! What a link shows and to whom: which partners may ask together, what waits, the record afterwards, and guessing. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acceptance::{self, Opened};
use entente_app::invitation::{self, Draft, View};
use entente_app::{Ctx, Error, relationship};
use entente_domain::acceptance::Refusal;
use entente_domain::agreement;
use entente_domain::assurance::Proof;
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_READER;
use entente_domain::ids::{ConsentId, TenantId};
use entente_domain::invitation::{Asks, Binding};
use entente_domain::language::Language;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_identity::LinkToken;
use entente_store::Store;
use entente_testkit::requests::{ALL, RESELLER_ONLY, draft, opened};
use entente_testkit::{TestApp, for_each_engine};

struct World {
    test: TestApp,
    partner: Partner,
    agent: Ctx,
    provider: Partner,
    reseller: Partner,
    customer: Tenant,
    admin: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let agent = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent], false);
        let provider = test.partner("Skagerrak", "skagerrak.no", PartnerKind::IndirectProvider, &["NO"], None);
        let of = Some(provider.tenant.id);
        let reseller = test.partner("Havn Verksted AS", "havn.no", PartnerKind::IndirectReseller, &["NO"], of);
        let customer = test.tenant("Fjordline Logistics AS", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        Self { test, partner, agent, provider, reseller, customer, admin }
    }

    /// Somebody who may look at everything and change nothing.
    fn reader(&self) -> Ctx {
        let person = Person {
            id: self.test.app.new_id(),
            tenant: self.customer.id,
            upn: "rune@fjordline.no".parse().unwrap(),
            name: "Rune".parse().unwrap(),
            mail: "rune@fjordline.no".parse().unwrap(),
            language: None,
            enabled: true,
            partner_roles: Vec::new(),
            directory_roles: vec![GLOBAL_READER],
        };
        entente_app::tenant::add_person(&self.test.app, &Ctx::operator(), person.clone(), None).unwrap();
        Ctx::signed_in(&person, Proof::password(self.test.app.now()), None, Language::En)
    }

    fn asked(&self, binding: Binding) -> View {
        let view = invitation::create(&self.test.app, &self.agent, Draft { binding, ..draft() }).unwrap();
        invitation::open(&self.test.app, &self.agent, view.invitation.number).unwrap();
        view
    }

    fn accept(&self, opened: &Opened) -> Result<acceptance::Accepted, Error> {
        acceptance::accept(&self.test.app, &self.admin, opened, Cloud::Public, ALL)
    }

    fn look(&self, ctx: &Ctx, opened: &Opened) -> Result<acceptance::Review, Error> {
        acceptance::review(&self.test.app, ctx, opened, Cloud::Public)
    }

    fn waiting(&self, ctx: &Ctx) -> Vec<String> {
        let waiting = acceptance::waiting(&self.test.app, ctx).unwrap();
        waiting.into_iter().map(|it| it.link).collect()
    }
}

fn to_domain() -> Binding {
    Binding::Domain("fjordline.no".parse().unwrap())
}

fn standing(partner: &Partner, provider: Option<&Partner>, number: Option<&str>) -> Opened {
    Opened::Standing {
        partner: partner.tenant.id,
        provider: provider.map(|it| it.tenant.id),
        number: number.map(ToOwned::to_owned),
        privileges: true,
        cloud: Cloud::Public,
    }
}

fn in_each(test: impl Fn(&World)) {
    for_each_engine(|store| test(&World::new(store)));
}

#[track_caller]
fn unknown<T: std::fmt::Debug>(answer: &Result<T, Error>) {
    assert!(matches!(answer, Err(Error::Acceptance(Refusal::InviteInvalid))), "{answer:?}");
}

#[test]
fn one_consent_never_connects_partners_of_different_channels() {
    in_each(|w| {
        let other = w.test.partner("Kattegat", "kattegat.no", PartnerKind::IndirectProvider, &["NO"], None);
        let nobody = Ctx::anonymous(None, Language::En);
        for (partner, beside, number) in [
            (&w.partner, &w.provider, None),
            (&w.partner, &w.reseller, None),
            (&w.provider, &w.reseller, None),
            (&w.provider, &other, None),
            (&w.reseller, &other, None),
            (&w.reseller, &w.partner, None),
            (&w.reseller, &w.reseller, None),
            (&w.reseller, &w.provider, Some("1")),
            (&w.reseller, &w.provider, Some(w.provider.number.as_str())),
        ] {
            let link = standing(partner, Some(beside), number);
            unknown(&w.look(&nobody, &link));
            unknown(&w.look(&w.admin, &link));
            unknown(&w.accept(&link));
        }
        assert_eq!(relationship::partners(&w.test.app, &w.admin).unwrap(), []);
        let alone = w.accept(&standing(&w.reseller, None, Some("0")));
        assert!(matches!(alone, Err(Error::Acceptance(Refusal::ProviderMissing))), "{alone:?}");

        for number in [None, Some("0"), Some(w.reseller.number.as_str())] {
            let seen = w.look(&w.admin, &standing(&w.reseller, Some(&w.provider), number)).unwrap();
            assert_eq!(seen.refusal, None, "{number:?}");
        }
        w.accept(&standing(&w.reseller, Some(&w.provider), Some(&w.reseller.number))).unwrap();
        w.accept(&standing(&w.partner, None, Some("0"))).unwrap();
        let partners = relationship::partners(&w.test.app, &w.admin).unwrap();
        let mut connected: Vec<TenantId> = partners.iter().map(|it| it.partner.tenant.id).collect();
        connected.sort();
        let mut expected = [&w.partner, &w.provider, &w.reseller].map(|it| it.tenant.id);
        expected.sort();
        assert_eq!(connected, expected);
    });
}

#[test]
fn a_provider_asks_together_with_its_own_reseller() {
    in_each(|w| {
        let app = &w.test.app;
        let agent = w.test.person(&w.provider.tenant, "Kaspar", &[PartnerRole::AdminAgent], false);
        let asked = Draft { companion: Some(w.reseller.tenant.id), binding: to_domain(), ..draft() };
        let view = invitation::create(app, &agent, asked).unwrap();
        w.accept(&opened(&view)).unwrap();
        assert_eq!(relationship::partners(app, &w.admin).unwrap().len(), 2);
    });
}

#[test]
fn administrators_find_what_waits_for_them() {
    in_each(|w| {
        let app = &w.test.app;
        let first = w.asked(to_domain());
        w.test.clock.advance_seconds(60);
        let second = w.asked(Binding::Tenant(w.customer.id));
        w.test.clock.advance_seconds(60);
        w.asked(Binding::Any);
        w.asked(Binding::Domain("orchard.no".parse().unwrap()));
        invitation::create(app, &w.agent, Draft { binding: to_domain(), ..draft() }).unwrap();
        let links = [second.link.clone().unwrap(), first.link.clone().unwrap()];
        assert_eq!(w.waiting(&w.admin), links, "newest first, neither anybody's, nor others', nor unfinished ones");
        let one = acceptance::waiting(app, &w.admin).unwrap().remove(0);
        assert_eq!((one.partner.as_str(), one.asks), ("Brightwater IT", second.invitation.asks));
        assert_eq!((one.sent_at, one.expires_at), (second.invitation.created_at, second.invitation.expires_at));

        assert_eq!(w.waiting(&w.reader()), [""; 0], "who may look but not answer gets no link");
        let user = w.test.person(&w.customer, "Ola", &[], false);
        assert!(matches!(acceptance::waiting(app, &user), Err(Error::Denied(_))));
        let stranger = w.test.tenant("Marlowe Foods", "marlowe.no", Cloud::Public, "NO");
        let ada = w.test.person(&stranger, "Ada", &[], true);
        assert_eq!(w.waiting(&ada), [""; 0]);

        w.accept(&opened(&first)).unwrap();
        assert_eq!(w.waiting(&w.admin), [""; 0], "the other asks for what is granted now");
    });
}

#[test]
fn what_waits_is_bounded_and_ends_with_its_validity() {
    in_each(|w| {
        for _ in 0..23 {
            w.asked(to_domain());
            w.test.clock.advance_seconds(1);
        }
        let last = w.asked(Binding::Tenant(w.customer.id));
        let waiting = w.waiting(&w.admin);
        assert_eq!((waiting.len(), waiting.first()), (20, last.link.as_ref()));
        w.test.clock.advance_days(91);
        assert_eq!(w.waiting(&w.admin), [""; 0], "before any sweep");
    });
}

#[test]
fn the_record_says_what_was_granted_to_people_of_the_same_organisation() {
    in_each(|w| {
        let app = &w.test.app;
        let reader = w.reader();
        let personal = acceptance::accept(app, &w.admin, &opened(&w.asked(to_domain())), Cloud::Public, RESELLER_ONLY)
            .unwrap()
            .consent;
        let both = w.accept(&standing(&w.reseller, Some(&w.provider), None)).unwrap().consent;
        for who in [&w.admin, &reader] {
            let one = acceptance::record(app, who, personal).unwrap();
            assert_eq!((one.id, one.partner.tenant.id, one.companion), (personal, w.partner.tenant.id, None));
            assert_eq!(one.granted, Asks { kind: RelationshipKind::Reseller, privileges: false });
            assert_eq!((one.name.as_str(), Some(one.decided_by)), ("Ingrid", w.admin.person));
            assert_eq!(one.decided_at, w.test.app.now());
            let current = agreement::current(Cloud::Public, w.test.app.now());
            assert_eq!((one.agreement.as_str(), one.agreement_version.as_str()), (current.code, current.version));
            let two = acceptance::record(app, who, both).unwrap();
            assert_eq!(two.companion.map(|it| it.tenant.id), Some(w.provider.tenant.id));
            assert!(two.granted.privileges);
        }
        let user = w.test.person(&w.customer, "Ola", &[], false);
        let stranger = w.test.tenant("Marlowe Foods", "marlowe.no", Cloud::Public, "NO");
        let ada = w.test.person(&stranger, "Ada", &[], true);
        let none: ConsentId = app.new_id();
        for number in [personal, none] {
            assert!(matches!(acceptance::record(app, &user, number), Err(Error::Denied(_))));
            assert!(matches!(acceptance::record(app, &ada, number), Err(Error::NotFound)));
        }
        assert!(matches!(acceptance::record(app, &w.admin, none), Err(Error::NotFound)));
    });
}

#[test]
fn guessing_links_is_limited_and_known_links_never_count() {
    in_each(|w| {
        let from = |address: &str| Ctx::anonymous(Some(address.to_owned()), Language::En);
        let (guesser, neighbour) = (from("192.0.2.66"), from("192.0.2.67"));
        let known = opened(&w.asked(to_domain()));
        let events = w.test.events(w.partner.tenant.id).len();
        let guess = Opened::Personal(LinkToken::parse(&"A".repeat(43)).unwrap());
        for _ in 0..100 {
            w.look(&guesser, &known).unwrap();
        }
        let begun = w.test.app.now();
        let foreign = standing(&w.partner, Some(&w.provider), None);
        for n in 0..60 {
            match n % 3 {
                0 => unknown(&w.look(&guesser, &guess)),
                1 => unknown(&w.look(&guesser, &foreign)),
                _ => unknown(&acceptance::ask_new_link(&w.test.app, &guesser, &guess)),
            }
        }
        w.test.clock.advance_seconds(14 * 60);
        let until = begun.plus_seconds(15 * 60);
        for link in [&guess, &known] {
            let stopped = w.look(&guesser, link);
            assert!(matches!(&stopped, Err(Error::TooMany { again_at }) if *again_at == until), "{stopped:?}");
        }
        let signed_in = Ctx { address: guesser.address.clone(), ..w.admin.clone() };
        let stopped = acceptance::accept(&w.test.app, &signed_in, &known, Cloud::Public, ALL);
        assert!(matches!(stopped, Err(Error::TooMany { .. })), "{stopped:?}");
        w.look(&neighbour, &known).unwrap();
        assert_eq!(w.test.events(w.partner.tenant.id).len(), events, "nothing but the count was written");
        w.test.clock.advance_seconds(60);
        w.look(&guesser, &known).unwrap();
        acceptance::accept(&w.test.app, &w.test.confirmed(&signed_in), &known, Cloud::Public, ALL).unwrap();
    });
}

#[test]
fn a_standing_link_that_cannot_be_declined_is_no_guess() {
    in_each(|w| {
        let link = standing(&w.partner, None, None);
        for _ in 0..61 {
            unknown(&acceptance::decline(&w.test.app, &w.admin, &link, Cloud::Public, None));
        }
        w.look(&w.admin, &link).unwrap();
    });
}

#[test]
fn who_answered_is_told_to_the_same_organisation_however_many_administrators_it_has() {
    in_each(|w| {
        for n in 0..21 {
            w.test.person(&w.customer, &format!("Admin{n}"), &[], true);
        }
        let last = w.test.person(&w.customer, "Aase", &[], true);
        let view = w.asked(to_domain());
        assert_eq!(w.look(&w.admin, &opened(&view)).unwrap().answered_by, None);
        acceptance::accept(&w.test.app, &last, &opened(&view), Cloud::Public, ALL).unwrap();
        let seen = w.look(&w.admin, &opened(&view)).unwrap();
        assert!(matches!(seen.refusal, Some(Refusal::InviteUsed { .. })));
        assert_eq!(seen.answered_by.map(|it| it.to_string()).as_deref(), Some("Aase"));
        let stranger = w.test.tenant("Marlowe Foods", "marlowe.no", Cloud::Public, "NO");
        let ada = w.test.person(&stranger, "Ada", &[], true);
        for ctx in [ada, Ctx::anonymous(None, Language::En)] {
            assert_eq!(w.look(&ctx, &opened(&view)).unwrap().answered_by, None);
        }
    });
}
