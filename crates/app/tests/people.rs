//! A partner's own people and one's own account: who may do what to whom, and what ends with it. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Barrier;
use std::thread;

use entente_app::sign_in::{self, Audience, Entered};
use entente_app::{Ctx, Error, Invalid, account, people, tenant};
use entente_domain::assurance::Next;
use entente_domain::cloud::Cloud;
use entente_domain::directory::{Group, PartnerRole, Person};
use entente_domain::event::EventKind;
use entente_domain::ids::{TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::people::Because;
use entente_domain::tenant::{Partner, PartnerKind};
use entente_identity::{PasswordError, SessionToken};
use entente_store::Store;
use entente_testkit::app::PASSWORD;
use entente_testkit::{TestApp, for_each_engine};

use PartnerRole::{AdminAgent, GlobalAdmin, HelpdeskAgent, SalesAgent, UserManagementAdmin};

struct World {
    test: TestApp,
    partner: Partner,
    chief: Ctx,
    manager: Ctx,
    agent: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let manager = test.person(&partner.tenant, "Wei", &[UserManagementAdmin], false);
        let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        Self { test, partner, chief, manager, agent }
    }

    fn add(&self, who: &Ctx, upn: &str, roles: &[PartnerRole]) -> Result<people::Added, Error> {
        let new = people::New {
            name: "Jonas Haugen".parse().unwrap(),
            upn: upn.parse().unwrap(),
            mail: "jonas@mail.example".parse().unwrap(),
            roles: roles.to_vec(),
        };
        people::add(&self.test.app, who, new)
    }

    fn set(&self, who: &Ctx, whom: UserId, roles: &[PartnerRole]) -> Result<(), Error> {
        people::set_roles(&self.test.app, who, whom, roles.to_vec())
    }

    fn sign_in(&self, upn: &str, password: &str) -> Result<(SessionToken, Ctx), Error> {
        let nobody = Ctx::anonymous(None, Language::En);
        let entered = sign_in::start(&self.test.app, &nobody, Audience::Partner, upn, password)?;
        entered.session().ok_or(Error::WrongCredentials)
    }

    /// With a password that somebody else set: it opens nothing but the page that replaces it.
    fn sign_in_first(&self, upn: &str, password: &str) -> Result<(SessionToken, Ctx), Error> {
        let nobody = Ctx::anonymous(None, Language::En);
        let entered = sign_in::start(&self.test.app, &nobody, Audience::Partner, upn, password)?;
        let Entered::Pending(token, Next::NewPassword) = entered else { panic!("in with it: {entered:?}") };
        let own = "a password of one's own";
        let entered = sign_in::password::finish(&self.test.app, &nobody, Audience::Partner, &token, own)?;
        entered.session().ok_or(Error::WrongCredentials)
    }

    fn resume(&self, token: &SessionToken) -> Result<(), Error> {
        sign_in::resume(&self.test.app, Audience::Partner, token, None).map(|_| ())
    }

    fn events(&self, tenant: TenantId, kind: EventKind) -> usize {
        let entries = self.test.app.store().read(|tx| entente_store::event::page(tx, tenant, None, 1_000)).unwrap();
        entries.iter().filter(|entry| entry.kind == kind).count()
    }
}

fn id(ctx: &Ctx) -> UserId {
    ctx.person.unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: &Result<T, Error>, because: Because) {
    assert!(matches!(answer, Err(Error::Person(refused)) if refused.because == because), "{answer:?}");
}

#[test]
fn a_person_is_added_and_signs_in_with_the_password_shown_once() {
    for_each_engine(|store| {
        let world = World::new(store);
        let added =
            world.add(&world.manager, "jonas@brightwater.no", &[HelpdeskAgent, SalesAgent, SalesAgent]).unwrap();
        assert_eq!(added.person.partner_roles, [HelpdeskAgent, SalesAgent], "each once, in order");
        assert_eq!(added.password.len(), 23);
        let (_, ctx) = world.sign_in_first("Jonas@brightwater.no", &added.password).expect("signed in");
        assert_eq!(people::get(&world.test.app, &world.chief, id(&ctx)).unwrap(), added.person);
        let taken = world.add(&world.manager, "JONAS@brightwater.no", &[]);
        assert!(
            matches!(&taken, Err(Error::Invalid(it)) if it[0].name == "upn" && it[0].why == Invalid::Taken),
            "{taken:?}"
        );
        let elsewhere = world.add(&world.manager, "jonas@fjordline.no", &[]);
        assert!(matches!(&elsewhere, Err(Error::Invalid(it)) if it[0].why == Invalid::DomainDiffers), "{elsewhere:?}");
        assert!(matches!(world.add(&world.agent, "x@brightwater.no", &[]), Err(Error::Denied(_))));
        assert_eq!(world.events(world.partner.tenant.id, EventKind::PersonAdded), 4);
    });
}

#[test]
fn nobody_rises_above_their_own_rights() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (chief, manager, agent) = (id(&world.chief), id(&world.manager), id(&world.agent));
        for role in [GlobalAdmin, AdminAgent] {
            refused(&world.add(&world.manager, "new@brightwater.no", &[role]), Because::AboveYou);
            refused(&world.set(&world.manager, manager, &[UserManagementAdmin, role]), Because::AboveYou);
        }
        for above in [chief, agent] {
            // Taking their place by a new password would be as good as taking their role.
            refused(&people::reset_password(&world.test.app, &world.manager, above), Because::AboveYou);
            refused(&people::set_enabled(&world.test.app, &world.manager, above, false), Because::AboveYou);
            refused(&world.set(&world.manager, above, &[SalesAgent]), Because::AboveYou);
        }
        world.set(&world.chief, agent, &[SalesAgent]).expect("a global admin may");
        world.set(&world.manager, agent, &[HelpdeskAgent]).expect("no longer above");
        let local = world.test.person(&world.partner.tenant, "Root", &[SalesAgent], true);
        refused(&people::reset_password(&world.test.app, &world.manager, id(&local)), Because::AboveYou);
    });
}

#[test]
fn who_is_in_a_group_is_said_by_a_global_admin_of_the_partner_alone() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (app, agent) = (&world.test.app, id(&world.agent));
        let other = world.test.partner("Nordlys Data", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let group = |tenant: TenantId, name: &str| {
            let group = Group { id: app.new_id(), tenant, name: name.to_owned() };
            tenant::add_group(app, &Ctx::operator(), group.clone(), vec![]).unwrap();
            group.id
        };
        let (own, foreign) = (group(world.partner.tenant.id, "Tier 1"), group(other.tenant.id, "Tier 1"));
        let member =
            || people::groups(app, &world.chief, agent).unwrap().iter().map(|it| it.member).collect::<Vec<_>>();
        // What a group reaches may be everything.
        refused(&people::set_groups(app, &world.manager, agent, vec![own]), Because::AboveYou);
        assert!(matches!(people::set_groups(app, &world.agent, agent, vec![own]), Err(Error::Denied(_))));
        for wrong in [vec![foreign], vec![own, foreign]] {
            assert!(matches!(people::set_groups(app, &world.chief, agent, wrong), Err(Error::NotFound)));
        }
        assert_eq!(member(), [false]);
        people::set_groups(app, &world.chief, agent, vec![own, own]).unwrap();
        assert_eq!(member(), [true]);
        people::set_groups(app, &world.chief, agent, vec![]).unwrap();
        assert_eq!(member(), [false]);
        let here = world.partner.tenant.id;
        let counted = [EventKind::GroupMemberAdded, EventKind::GroupMemberRemoved];
        assert_eq!(counted.map(|kind| world.events(here, kind)), [1, 1]);
    });
}

#[test]
fn giving_asks_for_a_fresh_proof_and_taking_away_never_does() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (app, agent) = (&world.test.app, id(&world.agent));
        let group = Group { id: app.new_id(), tenant: world.partner.tenant.id, name: "Tier 1".to_owned() };
        tenant::add_group(app, &Ctx::operator(), group.clone(), vec![agent]).unwrap();
        world.test.clock.advance_seconds(60 * 60);
        assert!(matches!(world.add(&world.chief, "jonas@brightwater.no", &[SalesAgent]), Err(Error::StepUp(_))));
        assert!(matches!(world.set(&world.chief, agent, &[AdminAgent, SalesAgent]), Err(Error::StepUp(_))));
        world.add(&world.chief, "jonas@brightwater.no", &[]).expect("without a role");
        world.set(&world.chief, agent, &[]).expect("taken away");
        people::set_groups(app, &world.chief, agent, vec![]).expect("taken out");
        assert!(matches!(people::set_groups(app, &world.chief, agent, vec![group.id]), Err(Error::StepUp(_))));
        let chief = world.test.confirmed(&world.chief);
        world.set(&chief, agent, &[SalesAgent]).expect("after confirming");
        people::set_groups(app, &chief, agent, vec![group.id]).expect("after confirming");
    });
}

#[test]
fn a_partner_does_not_lock_itself_out() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (chief, agent) = (id(&world.chief), id(&world.agent));
        refused(&world.set(&world.chief, chief, &[AdminAgent]), Because::LastAdministrator);
        refused(&people::set_enabled(&world.test.app, &world.chief, chief, false), Because::Yourself);
        refused(&people::reset_password(&world.test.app, &world.chief, chief), Because::Yourself);
        world.set(&world.chief, agent, &[GlobalAdmin, AdminAgent]).unwrap();
        people::set_enabled(&world.test.app, &world.chief, agent, false).expect("one is left");
        refused(&world.set(&world.chief, chief, &[]), Because::LastAdministrator);
        people::set_enabled(&world.test.app, &world.chief, agent, true).unwrap();
        world.set(&world.chief, chief, &[SalesAgent]).expect("the other can still sign in");
        assert!(matches!(world.set(&world.chief, chief, &[GlobalAdmin]), Err(Error::Denied(_))), "at once");
    });
}

#[test]
fn two_administrators_cannot_remove_each_other_at_once() {
    for_each_engine(|store| {
        let world = World::new(store);
        let other = world.test.person(&world.partner.tenant, "Priya", &[GlobalAdmin], false);
        let start = Barrier::new(2);
        let race = |who: &Ctx, whom: &Ctx| {
            start.wait();
            people::set_enabled(&world.test.app, who, id(whom), false).is_ok()
        };
        let won = thread::scope(|scope| {
            let first = scope.spawn(|| race(&world.chief, &other));
            let second = scope.spawn(|| race(&other, &world.chief));
            [first.join().unwrap(), second.join().unwrap()]
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    });
}

#[test]
fn blocking_and_resetting_end_the_sessions() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let agent = id(&world.agent);
        let (token, _) = world.sign_in("tom@brightwater.no", PASSWORD).unwrap();
        people::set_enabled(app, &world.chief, agent, false).unwrap();
        people::set_enabled(app, &world.chief, agent, false).expect("repeating changes nothing");
        people::set_enabled(app, &world.chief, agent, true).unwrap();
        assert!(matches!(world.resume(&token), Err(Error::SignInRequired)), "not back with the person");
        let (token, _) = world.sign_in("tom@brightwater.no", PASSWORD).unwrap();
        let password = people::reset_password(app, &world.chief, agent).unwrap();
        assert!(matches!(world.resume(&token), Err(Error::SignInRequired)));
        assert!(matches!(world.sign_in("tom@brightwater.no", PASSWORD), Err(Error::WrongCredentials)));
        world.sign_in_first("tom@brightwater.no", &password).expect("with the new one");
        let here = world.partner.tenant.id;
        let counted = [EventKind::PersonDisabled, EventKind::PersonEnabled, EventKind::PasswordChanged];
        // Set by the administrator, then replaced by its owner.
        assert_eq!(counted.map(|kind| world.events(here, kind)), [1, 1, 2]);
    });
}

#[test]
fn other_organisations_people_are_not_to_be_found() {
    for_each_engine(|store| {
        let world = World::new(store);
        let other = world.test.partner("Nordlys Data", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let stranger = id(&world.test.person(&other.tenant, "Kari", &[SalesAgent], false));
        let app = &world.test.app;
        assert!(matches!(people::get(app, &world.chief, stranger), Err(Error::NotFound)));
        assert!(matches!(people::set_enabled(app, &world.chief, stranger, false), Err(Error::NotFound)));
        assert!(matches!(people::reset_password(app, &world.chief, stranger), Err(Error::NotFound)));
        assert!(matches!(world.set(&world.chief, stranger, &[]), Err(Error::NotFound)));
        let customer = world.test.tenant("Fjordline AS", "fjordline.no", Cloud::Public, "NO");
        let admin = world.test.person(&customer, "Ingrid", &[], true);
        assert!(matches!(people::list(app, &admin, None, 10), Err(Error::NotFound)));
    });
}

#[test]
fn the_list_has_pages() {
    for_each_engine(|store| {
        let world = World::new(store);
        let mut seen: Vec<Person> = Vec::new();
        let mut after = None;
        loop {
            let page = people::list(&world.test.app, &world.manager, after.as_ref(), 2).unwrap();
            assert!(page.people.len() <= 2);
            seen.extend(page.people);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let names: Vec<_> = seen.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Maya", "Tom", "Wei"]);
    });
}

#[test]
fn one_changes_ones_own_password() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let (here, ctx) = world.sign_in("tom@brightwater.no", PASSWORD).unwrap();
        let (elsewhere, _) = world.sign_in("tom@brightwater.no", PASSWORD).unwrap();
        let wrong = account::change_password(app, &ctx, &here, "not the password", "another new password");
        assert!(
            matches!(&wrong, Err(Error::Invalid(it)) if it[0].name == "current" && it[0].why == Invalid::WrongPassword),
            "{wrong:?}"
        );
        let short = account::change_password(app, &ctx, &here, PASSWORD, "short");
        assert!(
            matches!(&short, Err(Error::Invalid(it)) if it[0].why == Invalid::Password(PasswordError::TooShort)),
            "{short:?}"
        );
        let weak = account::change_password(app, &ctx, &here, PASSWORD, "brightwater1");
        assert!(
            matches!(&weak, Err(Error::Invalid(it)) if it[0].name == "password" && it[0].why == Invalid::Password(PasswordError::Guessable)),
            "{weak:?}"
        );
        account::change_password(app, &ctx, &here, PASSWORD, "another new password").expect("changed");
        world.resume(&here).expect("goes on");
        assert!(matches!(world.resume(&elsewhere), Err(Error::SignInRequired)));
        world.sign_in("tom@brightwater.no", "another new password").expect("signed in");
        assert_eq!(world.events(world.partner.tenant.id, EventKind::PasswordChanged), 1);
    });
}

#[test]
fn guessing_the_present_password_is_limited_like_signing_in() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let (here, ctx) = world.sign_in("tom@brightwater.no", PASSWORD).unwrap();
        let guess = |text: &str| account::change_password(app, &ctx, &here, text, "another new password");
        for _ in 0..10 {
            assert!(matches!(guess("a wrong guess"), Err(Error::Invalid(_))));
        }
        assert!(matches!(guess(PASSWORD), Err(Error::TooMany { .. })), "even the right one has to wait");
        assert!(matches!(world.sign_in("tom@brightwater.no", PASSWORD), Err(Error::TooMany { .. })), "one count");
        world.test.clock.advance_seconds(15 * 60);
        guess(PASSWORD).expect("after the window");
    });
}

/// Strangers wait in a line of their own length; whoever finds it full is sent away before anything is counted against them.
#[test]
fn too_many_sign_ins_at_once_are_sent_away_and_hurt_nobody() {
    for_each_engine(|store| {
        let world = World::new(store);
        let line: Vec<_> = std::iter::from_fn(|| world.test.app.passwords().queue()).collect();
        for _ in 0..20 {
            let sent_away = world.sign_in("tom@brightwater.no", PASSWORD);
            assert!(matches!(sent_away, Err(Error::Unavailable)), "{sent_away:?}");
        }
        drop(line);
        world.sign_in("tom@brightwater.no", PASSWORD).expect("none of the twenty was a try");
    });
}

#[test]
fn the_language_is_ones_own_choice() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        for choice in [Some(Language::ZhCn), Some(Language::ZhCn), None] {
            account::set_language(app, &world.agent, choice).unwrap();
            assert_eq!(account::profile(app, &world.agent).unwrap().person.language, choice);
        }
        assert_eq!(world.events(world.partner.tenant.id, EventKind::LanguageChanged), 2, "the repetition is none");
    });
}
