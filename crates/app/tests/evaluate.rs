//! What others are told when they ask what somebody may do (requirement E12), on both engines: who may ask, what decides, and that
//! the answer is that of the tokens.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fmt::Write as _;

use entente_app::acceptance::{self, Opened};
use entente_app::acting::{self, Whom};
use entente_app::authority::bearer::{self, Bearer};
use entente_app::authority::client::Presented;
use entente_app::authority::evaluate::{self, Decision, Named, Question};
use entente_app::authority::{Params, authorize, keys, token};
use entente_app::{Ctx, Error, application, people, relationship, service, tenant};
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR};
use entente_domain::factor::Security;
use entente_domain::ids::DirectoryRoleId;
use entente_domain::language::Language;
use entente_domain::policy::Action;
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_store::Store;
use entente_testkit::requests::ALL;
use entente_testkit::{TestApp, for_each_engine};

use PartnerRole::{AdminAgent, GlobalAdmin, HelpdeskAgent, SalesAgent, UserManagementAdmin};

const BACK: &str = "https://tool.example/back";
const NATIVE: &str = "https://halden.example/native/.default";
const MAILBOXES: &str = "urn:halden:mailboxes";

/// A program with its secret.
struct Program {
    id: String,
    secret: String,
}

struct World {
    test: TestApp,
    partner: Partner,
    chief: Ctx,
    wei: Ctx,
    tom: Ctx,
    customer: Tenant,
    torunn: Ctx,
    ola: Ctx,
    stranger: Partner,
    kari: Ctx,
    elsewhere: Tenant,
    nils: Ctx,
    console: Program,
    mailboxes: Program,
}

impl World {
    /// Brightwater with privileges at Havn; Nordlys and Fjordline, who have to do with neither; a service that all of them sign in to.
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        keys::tend(&test.app).unwrap();
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let wei = test.person(&partner.tenant, "Wei", &[UserManagementAdmin], false);
        let tom = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        test.person(&partner.tenant, "Ali", &[HelpdeskAgent], false);
        test.person(&partner.tenant, "Elena", &[SalesAgent], false);
        let stranger = test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let kari = test.person(&stranger.tenant, "Kari", &[AdminAgent], false);
        let customer = test.tenant("Havn AS", "havn.no", Cloud::Public, "NO");
        let torunn = test.person(&customer, "Torunn", &[], true);
        let ola = test.person(&customer, "Ola", &[], false);
        let elsewhere = test.tenant("Fjordline AS", "fjordline.no", Cloud::Public, "NO");
        let nils = test.person(&elsewhere, "Nils", &[], true);
        let opened = Opened::Standing {
            partner: partner.tenant.id,
            provider: None,
            number: Some(partner.number.clone()),
            privileges: true,
            cloud: Cloud::Public,
        };
        acceptance::accept(&test.app, &torunn, &opened, Cloud::Public, ALL).unwrap();
        let choice = application::Choice {
            name: "Console".parse().unwrap(),
            redirects: vec![BACK.parse().unwrap()],
            roles: vec![AdminAgent],
            algorithm: Signature::Es256,
            device_code: false,
        };
        let sure = test.confirmed(&chief);
        let id = application::register(&test.app, &sure, choice, true).unwrap().id;
        let secret = application::add_secret(&test.app, &sure, id, "", 30).unwrap().text();
        let console = Program { id: id.to_string(), secret };
        let new = service::New {
            cloud: Cloud::Public,
            name: "Mailboxes".parse().unwrap(),
            portal_url: "https://mail.example/launch".to_owned(),
            redirect: BACK.parse().unwrap(),
            identifier: MAILBOXES.to_owned(),
            roles: vec![HELPDESK_ADMINISTRATOR],
            logout_url: None,
            events: None,
        };
        let added = service::add(&test.app, &Ctx::operator(), new).unwrap();
        let mailboxes = Program { id: added.service.application.to_string(), secret: added.secret.text() };
        Self {
            test,
            partner,
            chief,
            wei,
            tom,
            customer,
            torunn,
            ola,
            stranger,
            kari,
            elsewhere,
            nils,
            console,
            mailboxes,
        }
    }

    fn nobody() -> Ctx {
        Ctx::anonymous(None, Language::En)
    }

    fn request(&self, place: &str, program: &Program, more: &[(&str, &str)]) -> Result<String, Error> {
        let mut pairs = vec![("client_id", program.id.as_str()), ("client_secret", &program.secret)];
        pairs.extend(more);
        let params = params(&pairs);
        let presented = Presented::read(&params, None).unwrap();
        let request = token::Request { place: place.to_owned(), params, presented };
        token::issue(&self.test.app, &Self::nobody(), &request).map(|it| it.access_token)
    }

    /// The token of somebody who signs in to a program.
    fn signed_in(&self, who: &Ctx, program: &Program) -> String {
        let (app, place) = (&self.test.app, "organizations");
        let asked =
            params(&[("client_id", &program.id), ("response_type", "code"), ("redirect_uri", BACK), ("scope", NATIVE)]);
        let checked = authorize::check(app, who, place, &asked).unwrap();
        let code = authorize::issue(app, who, &checked).unwrap().code.text();
        let form = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", BACK)];
        self.request(place, program, &form).unwrap()
    }

    fn alone(&self, program: &Program, home: &Tenant) -> Bearer {
        let form = [("grant_type", "client_credentials"), ("scope", NATIVE)];
        self.bearer(&self.request(&home.id.to_string(), program, &form).unwrap())
    }

    fn exchange(
        &self,
        subject: &str,
        program: &Program,
        customer: &Tenant,
        roles: Option<&str>,
    ) -> Result<String, Error> {
        let audience = customer.id.to_string();
        let mut form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", &audience),
            ("scope", NATIVE),
        ];
        form.extend(roles.map(|it| ("roles", it)));
        self.request("organizations", program, &form)
    }

    fn bearer(&self, text: &str) -> Bearer {
        let app = &self.test.app;
        bearer::check(app, &Self::nobody(), text, &bearer::audiences(app)).unwrap()
    }

    fn person(&self, who: &Ctx) -> Bearer {
        self.bearer(&self.signed_in(who, &self.mailboxes))
    }

    fn ask(&self, bearer: &Bearer, question: &Question) -> Decision {
        evaluate::evaluate(&self.test.app, &Self::nobody(), bearer, question).unwrap()
    }
}

fn params(pairs: &[(&str, &str)]) -> Params {
    Params::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()).unwrap()
}

fn named(kind: &str, id: &str) -> Named {
    Named { kind: kind.to_owned(), id: id.to_owned() }
}

fn act(subject: &str, customer: &str) -> Question {
    Question {
        subject: named("user", subject),
        action: evaluate::ACT.to_owned(),
        resource: named("customer", customer),
        customer: None,
        roles: None,
        strong: false,
    }
}

fn open(subject: &str, customer: &str) -> Question {
    Question {
        action: evaluate::OPEN.to_owned(),
        resource: named("service", MAILBOXES),
        customer: Some(customer.to_owned()),
        ..act(subject, customer)
    }
}

fn may(subject: &str, action: Action, place: &str) -> Question {
    Question { action: action.code().to_owned(), resource: named("tenant", place), ..act(subject, place) }
}

/// `yes`, or the rule and who can fix it.
fn told(decision: &Decision) -> String {
    decision.refused.as_ref().map_or_else(
        || "yes".to_owned(),
        |it| format!("{} ({})", it.rule, it.fixed_by.map_or("nobody", entente_domain::acting::Fixer::code)),
    )
}

#[test]
fn who_is_told_what() {
    for_each_engine(|store| {
        let world = World::new(store);
        let acting =
            world.exchange(&world.signed_in(&world.tom, &world.console), &world.console, &world.customer, None);
        let clock = world.test.program(&world.chief, "Clock");
        let without_role = Program { id: clock.id.to_string(), secret: clock.secret };
        let callers = [
            ("colleague", world.person(&world.chief)),
            ("who sees no customers", world.person(&world.wei)),
            ("own application", world.alone(&world.console, &world.partner.tenant)),
            ("a program without role", world.alone(&without_role, &world.partner.tenant)),
            ("customer", world.person(&world.torunn)),
            ("customer's user", world.person(&world.ola)),
            ("service", world.alone(&world.mailboxes, &world.customer)),
            ("tom acting there", world.bearer(&acting.unwrap())),
            ("another partner", world.person(&world.kari)),
            ("another customer", world.person(&world.nils)),
        ];
        let (tom, ali, elena) = ("tom@brightwater.no", "ali@brightwater.no", "elena@brightwater.no");
        let roles = |it: &Question, roles: &[DirectoryRoleId]| Question { roles: Some(roles.to_vec()), ..it.clone() };
        let questions = [
            ("tom acts at havn", act(tom, "havn.no")),
            ("tom acts at havn as user administrator", roles(&act(tom, "havn.no"), &[USER_ADMINISTRATOR])),
            ("elena acts at havn", act(elena, "havn.no")),
            ("tom acts at fjordline", act(tom, "fjordline.no")),
            ("tom acts at nobody", act(tom, "nobody.example")),
            ("somebody acts at havn", act("somebody@brightwater.no", "havn.no")),
            ("kari acts at havn", act("kari@nordlys.no", "havn.no")),
            ("ali opens mailboxes for havn", open(ali, "havn.no")),
            ("elena opens mailboxes for havn", open(elena, "havn.no")),
            ("torunn opens mailboxes at home", open("torunn@havn.no", "havn.no")),
            ("ola opens mailboxes at home", open("ola@havn.no", "havn.no")),
            ("tom manages people at home", may(tom, Action::ManagePeople, "brightwater.no")),
            ("maya manages people at home", may("maya@brightwater.no", Action::ManagePeople, "brightwater.no")),
            ("maya manages people at havn", may("maya@brightwater.no", Action::ManagePeople, "havn.no")),
            ("elena sells to havn", may(elena, Action::ManageSubscriptions, "havn.no")),
            ("ali sells to havn", may(ali, Action::ManageSubscriptions, "havn.no")),
            ("elena sells to fjordline", may(elena, Action::ManageSubscriptions, "fjordline.no")),
            ("torunn stops acting at home", may("torunn@havn.no", Action::StopActing, "havn.no")),
            ("ola stops acting at home", may("ola@havn.no", Action::StopActing, "havn.no")),
        ];
        let mut table = String::new();
        for (what, question) in &questions {
            for (who, bearer) in &callers {
                writeln!(table, "{what:38}  {who:22}  {}", told(&world.ask(bearer, question))).unwrap();
            }
        }
        insta::assert_snapshot!("evaluate", table);
    });
}

#[test]
fn what_is_taken_back_is_gone_from_the_next_answer() {
    type Change = fn(&World);
    let changes: [(&str, &str, Change); 7] = [
        ("remove", "privileges_removed (customer_administrator)", |it| {
            relationship::remove_privileges(&it.test.app, &it.torunn, it.partner.tenant.id, None).unwrap();
        }),
        ("stop everybody", "stopped_by_customer (customer_administrator)", |it| {
            acting::stop(&it.test.app, &it.torunn, Whom::Everybody).unwrap();
        }),
        ("stop the partner", "stopped_by_customer (customer_administrator)", |it| {
            acting::stop(&it.test.app, &it.torunn, Whom::Partner(it.partner.tenant.id)).unwrap();
        }),
        ("suspend", "partner_suspended (operator)", |it| {
            tenant::set_standing(&it.test.app, &Ctx::operator(), it.partner.tenant.id, Standing::Suspended).unwrap();
        }),
        ("block", "blocked (partner_administrator)", |it| {
            people::set_enabled(&it.test.app, &it.chief, it.tom.person.unwrap(), false).unwrap();
        }),
        ("take the role", "no_role (partner_administrator)", |it| {
            people::set_roles(&it.test.app, &it.chief, it.tom.person.unwrap(), vec![SalesAgent]).unwrap();
        }),
        ("want two factors", "second_factor_required (oneself)", |it| {
            let wanted = Security { partners: true, ..Security::NOTHING };
            tenant::set_security(&it.test.app, &Ctx::operator(), it.customer.id, wanted).unwrap();
        }),
    ];
    for (what, rule, change) in changes {
        for_each_engine(|store| check(store, what, rule, change));
    }
}

fn check(store: &Store, what: &str, rule: &str, change: fn(&World)) {
    let world = World::new(store);
    let asker = world.person(&world.chief);
    let id = world.tom.person.unwrap().to_string();
    let (acts, opens) = (act(&id, "havn.no"), open(&id, "havn.no"));
    for question in [&acts, &opens] {
        assert_eq!(told(&world.ask(&asker, question)), "yes", "{what}");
    }
    let own = world.signed_in(&world.tom, &world.console);
    let at_service = world.signed_in(&world.tom, &world.mailboxes);
    change(&world);
    for (question, subject, program) in [(&acts, &own, &world.console), (&opens, &at_service, &world.mailboxes)] {
        let decision = world.ask(&asker, question);
        assert_eq!(told(&decision), rule, "{what}");
        let exchanged = world.exchange(subject, program, &world.customer, None);
        let said = match exchanged {
            Err(Error::Authority(it)) => it.because().map(entente_domain::acting::Because::code),
            other => panic!("{what}: {other:?}"),
        };
        assert!(said.is_none_or(|it| rule.starts_with(it)), "{what}: {said:?}");
        // Somebody blocked holds no token any more that could be exchanged.
        assert_eq!(said.is_none(), what == "block", "{what}");
        assert_eq!(decision.step_up, what == "want two factors");
    }
    let strong = world.ask(&asker, &Question { strong: true, ..acts.clone() });
    assert_eq!(strong.allowed(), what == "want two factors", "two factors lift that one refusal alone");
}

#[test]
fn the_tokens_say_the_same() {
    for_each_engine(|store| {
        let world = World::new(store);
        let asker = world.alone(&world.console, &world.partner.tenant);
        for name in ["tom", "ali", "elena"] {
            let who = sign_in_again(&world, name);
            for customer in [&world.customer, &world.elsewhere] {
                for roles in [None, Some(GLOBAL_ADMINISTRATOR), Some(HELPDESK_ADMINISTRATOR), Some(USER_ADMINISTRATOR)]
                {
                    let upn = format!("{name}@brightwater.no");
                    let wanted = roles.map(|it| vec![it]);
                    let text = roles.map(|it| it.to_string());
                    for (question, program) in [
                        (act(&upn, customer.domain.as_str()), &world.console),
                        (open(&upn, customer.domain.as_str()), &world.mailboxes),
                    ] {
                        let decision = world.ask(&asker, &Question { roles: wanted.clone(), ..question });
                        let subject = world.signed_in(&who, program);
                        let exchanged = world.exchange(&subject, program, customer, text.as_deref());
                        match exchanged {
                            Ok(text) => {
                                let bearer::Holder::OnBehalf { session, .. } = world.bearer(&text).holder else {
                                    panic!("on behalf")
                                };
                                assert!(decision.allowed(), "{upn} {roles:?}");
                                assert_eq!(decision.roles, session.roles);
                                assert_eq!(decision.relationship, Some((session.relationship, session.version)));
                            }
                            Err(Error::Authority(it)) => {
                                let rule = decision.refused.map(|it| it.rule);
                                assert_eq!(
                                    rule,
                                    it.because().map(entente_domain::acting::Because::code),
                                    "{upn} {roles:?}"
                                );
                            }
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                }
            }
        }
    });
}

fn sign_in_again(world: &World, name: &str) -> Ctx {
    use entente_app::sign_in::{self, Audience, Entered};
    let upn = format!("{name}@brightwater.no");
    let password = entente_testkit::app::PASSWORD;
    let entered = sign_in::start(&world.test.app, &World::nobody(), Audience::Partner, &upn, password);
    entered.ok().and_then(Entered::session).unwrap().1
}

#[test]
fn foreign_and_unknown_are_one_answer() {
    for_each_engine(|store| {
        let world = World::new(store);
        let unknown =
            Decision { refused: Some(entente_domain::explain::Explanation::unknown()), ..Decision::default() };
        let tom = world.tom.person.unwrap().to_string();
        let nobody = "0193a8d0-0000-7000-8000-000000000001";
        // People and customers that exist, asked about by those who have nothing to do with them.
        for stranger in [world.person(&world.kari), world.person(&world.nils)] {
            for subject in [&*tom, "tom@brightwater.no", nobody, "nobody@brightwater.no"] {
                for place in ["havn.no", "fjordline.no"] {
                    let view = may(subject, Action::ViewCustomers, place);
                    for question in [act(subject, place), open(subject, place), view] {
                        assert_eq!(world.ask(&stranger, &question), unknown);
                    }
                }
            }
        }
        // A customer nobody has is told like one that only others have.
        let asker = world.person(&world.chief);
        for make in [act as fn(&str, &str) -> Question, open] {
            let known = world.ask(&asker, &make(&tom, "fjordline.no"));
            assert_eq!(told(&known), "no_relationship (customer_administrator)");
            for other in ["nobody.example", nobody, "no domain", &world.stranger.tenant.id.to_string()] {
                assert_eq!(world.ask(&asker, &make(&tom, other)), known, "{other}");
            }
        }
    });
}

#[test]
fn a_customer_reads_nothing_of_how_the_partner_works_inside() {
    for_each_engine(|store| {
        let world = World::new(store);
        let question = act("elena@brightwater.no", "havn.no");
        let names = |bearer: &Bearer| -> Vec<&str> {
            world.ask(bearer, &question).refused.unwrap().inputs.into_iter().map(|(name, _)| name).collect()
        };
        assert!(names(&world.person(&world.chief)).contains(&"roles_held"));
        assert!(!names(&world.person(&world.torunn)).contains(&"roles_held"));
        assert!(names(&world.person(&world.torunn)).contains(&"relationship"));
    });
}

#[test]
fn what_somebody_may_do_can_be_listed() {
    for_each_engine(|store| {
        let world = World::new(store);
        let asker = world.person(&world.chief);
        let listed = |it: &Question| evaluate::allowed_actions(&world.test.app, &World::nobody(), &asker, it).unwrap();
        assert_eq!(
            listed(&act("ali@brightwater.no", "havn.no")),
            [
                "view_customers",
                "assign_support",
                "view_company",
                "view_subscriptions",
                "view_users",
                "reset_passwords",
                "view_service_requests",
                "handle_service_requests",
                "act_on_behalf"
            ]
        );
        assert_eq!(listed(&open("ali@brightwater.no", "havn.no")), ["open"]);
        assert_eq!(listed(&act("ali@brightwater.no", "fjordline.no")), [""; 0]);
    });
}
