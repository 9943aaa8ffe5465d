//! Partners' words that the agreement was signed, and when acceptance asks for it.

use entente_app::acceptance::Opened;
use entente_app::new_customer::{self, New};
use entente_app::{Ctx, Error, Invalid, acceptance, attestation, invitation};
use entente_domain::acceptance::{Choice, Refusal};
use entente_domain::attestation::{Because, Signed};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::tenant::PartnerKind;
use entente_testkit::requests::{AGREEMENT, draft, opened};
use entente_testkit::{for_each_engine, together};

use super::world::{World, signed, wrong};

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Because {
    match answer {
        Err(Error::Attestation(it)) => it.because,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_partner_attests_for_its_customers_alone() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, created) = (&w.test.app, w.create("nordlys"));
        let id = created.tenant.id;
        let said = || signed("2026-11-20", AGREEMENT);
        assert_eq!(attestation::status(app, &w.tom, id).unwrap().signed, None);
        attestation::attest(app, &w.tom, id, said()).unwrap();
        let status = attestation::status(app, &w.tom, id).unwrap();
        assert_eq!(status.signed, Some(said().on));
        assert_eq!(status.attested.len(), 1);
        for reader in [w.direct.tenant.id, id] {
            assert_eq!(w.count(reader, EventKind::AgreementAttested), 1);
        }
        assert_eq!(refused(attestation::attest(app, &w.tom, id, said())), Because::AttestedAlready);
        let loud = Signed { mail: "NORA@bakeri.no".parse().unwrap(), ..said() };
        assert_eq!(refused(attestation::attest(app, &w.tom, id, loud)), Because::AttestedAlready);
        attestation::attest(app, &w.tom, id, Signed { mail: "ola@bakeri.no".parse().unwrap(), ..said() }).unwrap();
        attestation::attest(app, &w.tom, id, signed("2026-08-01", "2025-03-01")).unwrap();
        assert!(matches!(attestation::attest(app, &w.kaspar, id, said()), Err(Error::NotFound)));
        let helpdesk = w.test.person(&w.direct.tenant, "Ali", &[PartnerRole::HelpdeskAgent], false);
        assert!(matches!(attestation::attest(app, &helpdesk, id, said()), Err(Error::Denied(_))));
        let nora = w.administrator(&created);
        let own = attestation::own(app, &nora).unwrap().signed.unwrap();
        assert_eq!((own.name.as_str(), own.partner.as_deref()), ("Nora Dahl", Some("Brightwater IT")));
        let mail = entente_app::mail::claim(app, 60, 50).unwrap();
        assert_eq!(mail.iter().filter(|it| it.template == "attested").count(), 3);
    });
}

#[test]
fn nobody_attests_what_cannot_be() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, id) = (&w.test.app, w.create("nordlys").tenant.id);
        let attest = |on, version| attestation::attest(app, &w.tom, id, signed(on, version));
        assert_eq!(wrong(attest("2026-11-24", AGREEMENT)), [("signed_on", Invalid::Day)], "tomorrow");
        assert_eq!(wrong(attest("2026-08-31", AGREEMENT)), [("signed_on", Invalid::Day)], "before there was a text");
        assert_eq!(wrong(attest("2026-11-20", "2026-06-01")), [("agreement", Invalid::NotOffered)], "another cloud's");
        let early = New { signed: Some(signed("2026-11-24", AGREEMENT)), ..w.wish("early") };
        assert_eq!(wrong(new_customer::create(app, &w.tom, early)), [("signed_on", Invalid::Day)]);
        assert!(new_customer::availability(app, &w.tom, "early").unwrap().1, "nothing of it is kept");
        attest("2026-11-23", AGREEMENT).unwrap();
    });
}

#[test]
fn a_reseller_does_not_attest_and_its_provider_does() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let wish = New { reseller: Some(w.reseller.tenant.id), ..w.wish("nordlys") };
        let id = new_customer::create(app, &w.kaspar, wish).unwrap().tenant.id;
        let said = || signed("2026-11-20", AGREEMENT);
        assert_eq!(refused(attestation::attest(app, &w.oskar, id, said())), Because::ResellerCannotAttest);
        let closed = attestation::status(app, &w.oskar, id).unwrap().refused.map(|it| it.because);
        assert_eq!(closed, Some(Because::ResellerCannotAttest));
        attestation::attest(app, &w.kaspar, id, said()).unwrap();
        let seen = attestation::status(app, &w.oskar, id).unwrap();
        assert!(seen.signed.is_some() && seen.attested.is_empty(), "that it is signed, not by whom");
    });
}

#[test]
fn of_two_who_attest_the_same_one_is_told() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, id) = (&w.test.app, w.create("nordlys").tenant.id);
        let attest = || attestation::attest(app, &w.tom, id, signed("2026-11-20", AGREEMENT));
        let (one, two) = together(attest, attest);
        let (won, lost): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert_eq!(refused(lost.into_iter().next().unwrap()), Because::AttestedAlready);
        assert_eq!(w.count(id, EventKind::AgreementAttested), 1);
    });
}

/// Asks and answers in one, with or without the agreement.
fn accept(w: &World, partner: &Ctx, admin: &Ctx, agreement: Option<&'static str>) -> Result<(), Error> {
    w.connect(partner, admin, agreement)
}

#[test]
fn what_is_signed_is_not_asked_for_again_until_there_is_a_newer_version() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        // In the summer before the newest version.
        w.test.clock.advance_days(-120);
        let home = w.test.tenant("Fjordline AS", "fjordline.no", Cloud::Public, "NO");
        let ingrid = w.test.person(&home, "Ingrid", &[], true);
        let missing = |answer: Result<(), Error>| {
            assert!(matches!(answer, Err(Error::Acceptance(Refusal::AgreementRequired))), "{answer:?}");
        };
        missing(accept(&w, &w.tom, &ingrid, None));
        accept(&w, &w.tom, &ingrid, Some("2025-03-01")).unwrap();
        let signed = |admin: &Ctx| {
            let view = invitation::create(app, &w.kaspar, draft()).unwrap();
            let link: Opened = opened(&view);
            acceptance::review(app, admin, &link, Cloud::Public).unwrap().signed
        };
        assert!(signed(&ingrid).is_some(), "and the page does not ask");
        let other = w.test.partner("Fjell", "fjell.no", PartnerKind::Direct, &["NO"], None);
        let kari = w.test.person(&other.tenant, "Kari", &[PartnerRole::AdminAgent], false);
        accept(&w, &kari, &ingrid, None).unwrap();
        // The newest version is in force by now.
        w.test.clock.advance_days(120);
        let ingrid = w.test.confirmed(&ingrid);
        assert_eq!(signed(&ingrid), None);
        missing(accept(&w, &w.kaspar, &ingrid, None));
        missing(accept(&w, &w.kaspar, &ingrid, Some("2025-03-01")));
        accept(&w, &w.kaspar, &ingrid, Some(AGREEMENT)).unwrap();
        assert!(signed(&ingrid).is_some());
    });
}

#[test]
fn what_a_partner_attested_is_not_asked_for_either() {
    for_each_engine(|store| {
        let w = World::new(store);
        let wish = New { signed: Some(signed("2026-11-20", AGREEMENT)), ..w.wish("nordlys") };
        let created = new_customer::create(&w.test.app, &w.tom, wish).unwrap();
        let nora = w.administrator(&created);
        let choice: Choice = Choice { privileges: true, agreement: None };
        w.connect(&w.tom, &nora, choice.agreement).unwrap();
        let given = w.test.app.store().read(|tx| entente_store::consent::latest(tx, created.tenant.id, 5)).unwrap();
        assert_eq!(given.len(), 1);
        assert!(!given[0].agreement_signed && given[0].agreement_version == AGREEMENT);
    });
}
