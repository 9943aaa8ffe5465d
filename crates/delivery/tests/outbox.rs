//! From an operation to a message on its way: the real outbox, the real worker, captured mail; on both engines.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use entente_app::invitation::{self, Draft, View};
use entente_app::mail::Delivery;
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx, factor};
use entente_delivery::outbox::AppOutbox;
use entente_delivery::worker::{Outbox, Worker};
use entente_delivery::{Accepted, Brand, Captured, Failure, Outgoing, Transport};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::invitation::{Asks, Binding, Message, Recipient};
use entente_domain::language::Language;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::PartnerKind;
use entente_testkit::{TestApp, for_each_engine};
use tokio::sync::{Notify, watch};

fn outbox(app: &App) -> Arc<AppOutbox> {
    let brand = Brand { vendor: "Halden Cloud".to_owned(), url: "https://halden.example".to_owned() };
    Arc::new(AppOutbox::new(app.clone(), brand, "partners@halden.example".parse().unwrap()))
}

/// A request that Entente was asked to mail, in the recipient's language.
fn sent_request(test: &TestApp, language: Language) -> (Ctx, View) {
    let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
    let agent = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent], false);
    let draft = Draft {
        asks: Asks { kind: RelationshipKind::Reseller, privileges: true },
        cloud: Cloud::Public,
        country: "NO".parse().unwrap(),
        companion: None,
        binding: Binding::Any,
        recipient: Recipient { email: Some("ingrid@fjordline.no".parse().unwrap()), name: None, language },
        message: Message { subject: "As agreed".parse().unwrap(), body: "Hello <b>Ingrid</b>".parse().unwrap() },
    };
    let view = invitation::create(&test.app, &agent, draft).expect("drafted");
    invitation::send(&test.app, &agent, view.invitation.number).expect("queued");
    (agent, view)
}

/// Runs the worker until the newest mail of the request is no longer queued.
fn deliver(test: &TestApp, agent: &Ctx, view: &View, transport: Arc<dyn Transport>) -> entente_app::mail::Row {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (stop, stopped) = watch::channel(false);
    let wake = Arc::new(Notify::new());
    let worker = Worker::new(outbox(&test.app), transport, wake).poll_every(Duration::from_millis(10));
    runtime
        .block_on(async {
            let running = worker.run(stopped);
            let watching = async {
                loop {
                    let (app, agent, number) = (test.app.clone(), agent.clone(), view.invitation.number);
                    let now = tokio::task::spawn_blocking(move || invitation::view(&app, &agent, number)).await;
                    let mail = now.unwrap().expect("a view").mail.remove(0);
                    if mail.delivery != Delivery::Queued {
                        stop.send(true).expect("a worker");
                        return mail;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(running, watching).1 }).await
        })
        .expect("an outcome in time")
}

fn only_file(folder: &Path) -> String {
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    std::fs::read_to_string(&files[0]).unwrap()
}

#[test]
fn a_request_reaches_its_recipient_with_its_link_and_the_answer_is_kept() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let (agent, view) = sent_request(&test, Language::ZhCn);
        let folder = tempfile::tempdir().unwrap();
        let mail = deliver(&test, &agent, &view, Arc::new(Captured::new(folder.path())));
        assert_eq!((mail.delivery, mail.attempts), (Delivery::Sent, 1));
        assert!(mail.answer.as_deref().unwrap().starts_with("250"));

        let raw = only_file(folder.path());
        let parsed = mailparse::parse_mail(raw.as_bytes()).unwrap();
        let header = |name: &str| {
            let found: Vec<_> = parsed.headers.iter().filter(|it| it.get_key().eq_ignore_ascii_case(name)).collect();
            assert_eq!(found.len(), 1, "one {name}");
            found[0].get_value()
        };
        assert_eq!(header("To"), "ingrid@fjordline.no");
        assert!(header("From").contains("partners@halden.example"));
        assert!(header("Reply-To").contains("maya@brightwater.no"));
        assert_eq!(header("Content-Language"), "zh-CN");
        let link = view.link.as_deref().unwrap();
        for part in &parsed.subparts {
            assert!(part.get_body().unwrap().contains(link), "both twins carry the link");
        }
        let html = parsed.subparts.last().unwrap().get_body().unwrap();
        assert!(html.contains("&lt;b&gt;Ingrid") || html.contains("&#60;b&#62;Ingrid"), "free text is text only");
    });
}

#[test]
fn a_new_second_factor_is_told_to_its_person_in_the_operators_name() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent], false);
        let (app, here) = (&test.app, Audience::Partner);
        let token = factor::begin_application(app, &maya, here).unwrap();
        let secret = factor::adding(app, &maya, here, "https://halden.example", &token).unwrap().secret.unwrap();
        factor::add_application(app, &maya, here, &token, &secret.code(app.now())).unwrap();
        let due = outbox(app).claim_due(10).unwrap();
        let [Ok(mail)] = &due.iter().map(|it| it.load.as_ref()).collect::<Vec<_>>()[..] else { panic!("one mail") };
        assert_eq!((mail.to.as_str(), mail.from_name.as_str()), ("maya@brightwater.no", "Halden Cloud"));
        assert_eq!(mail.subject, "An application for codes was added to your Halden Cloud account");
        assert_eq!(mail.reply_to, None);
        for twin in [&mail.text, &mail.html] {
            for part in ["Maya at Brightwater IT", "23 Nov 2026, 09:00 UTC", "/partner/settings/security"] {
                assert!(twin.contains(part), "{part} is missing in {twin}");
            }
        }
    });
}

/// A mail server that is away.
struct Away;

impl Transport for Away {
    fn send(&self, _: &Outgoing) -> Result<Accepted, Failure> {
        Err(Failure::deferred("connection refused"))
    }
}

#[test]
fn a_failed_attempt_is_told_and_tried_again_later_not_at_once() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let (agent, view) = sent_request(&test, Language::En);
        let mail = deliver(&test, &agent, &view, Arc::new(Away));
        assert_eq!((mail.delivery, mail.attempts), (Delivery::Deferred, 1));
        assert_eq!(mail.answer.as_deref(), Some("connection refused"));
        assert!(outbox(&test.app).claim_due(10).unwrap().is_empty(), "not due yet");
        test.clock.advance_days(1);
        assert_eq!(outbox(&test.app).claim_due(10).unwrap().len(), 1);
        assert!(outbox(&test.app).claim_due(10).unwrap().is_empty(), "leased to the first who asked");
        test.clock.advance_seconds(60 * 60);
        let folder = tempfile::tempdir().unwrap();
        // The agent's session is not what the worker needs; the view is read with the same person.
        let due = outbox(&test.app).claim_due(10).unwrap();
        let again = Captured::new(folder.path()).send(due[0].load.as_ref().unwrap()).unwrap();
        outbox(&test.app).sent(due[0].id, &again.answer).unwrap();
        let mail = invitation::view(&test.app, &agent, view.invitation.number).unwrap().mail.remove(0);
        assert_eq!((mail.delivery, mail.attempts), (Delivery::Sent, 2));
    });
}
