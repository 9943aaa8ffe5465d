//! What the operator may say about a service in every state of health, printed and compared with the reviewed table.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

mod reviewed;

use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::ids::Id;
use entente_domain::language::Language;
use entente_domain::service::{Extent, Health, Level, Report, Service, Trouble};
use entente_domain::text::HealthText;
use entente_domain::time::Timestamp;
use uuid::Uuid;

const BEFORE: Timestamp = Timestamp::from_seconds(1_700_000_000);
const NOW: Timestamp = BEFORE.plus_days(1);

fn text(text: &str) -> HealthText {
    HealthText::parse(text).unwrap()
}

fn troubled(extent: Extent) -> Health {
    Health::Troubled(Trouble { extent, since: BEFORE, english: text("Slow."), chinese: None })
}

fn service(health: Health) -> Service {
    Service {
        id: Id::from_uuid(Uuid::from_u128(1)),
        cloud: Cloud::Public,
        name: "Mailboxes".to_owned(),
        application: Id::from_uuid(Uuid::from_u128(2)),
        portal_url: "https://mail.example/launch".to_owned(),
        roles: Vec::new(),
        logout_url: None,
        events_url: None,
        health,
        created_at: BEFORE,
        version: 1,
    }
}

#[test]
fn reports() {
    let states = [Health::Healthy { since: BEFORE }, troubled(Extent::Degraded), troubled(Extent::Down)];
    let messages = [
        ("none", None, None),
        ("the same", Some("Slow."), None),
        ("other words", Some("Slower."), None),
        ("both languages", Some("Slow."), Some("缓慢。")),
        ("Chinese alone", None, Some("缓慢。")),
    ];
    let mut rows = vec![row!["health", "reported", "message", "outcome", "since", "told"]];
    for state in states {
        for level in Level::ALL {
            for (name, english, chinese) in messages {
                let report = Report { level: *level, english: english.map(text), chinese: chinese.map(text) };
                let was = state.level().code();
                let said = match service(state.clone()).report(report, NOW) {
                    Ok((next, happened)) => {
                        assert_eq!(happened.kind, EventKind::ServiceHealthChanged);
                        assert!(happened.detail.contains(&("health_before", was.to_owned())), "{happened:?}");
                        let since = if next.health.since() == NOW { "now" } else { "before" };
                        let told = next.health.trouble().map_or_else(String::new, |it| {
                            let (zh, language) = it.told(Language::ZhCn);
                            format!("en: {} {}: {zh}", it.told(Language::En).0, language.tag())
                        });
                        [next.health.level().code().to_owned(), since.to_owned(), told]
                    }
                    Err(refused) => {
                        assert_eq!(refused.level, *level);
                        [format!("refused: {}", refused.because.code()), String::new(), String::new()]
                    }
                };
                let [outcome, since, told] = said;
                rows.push(row![was, level.code(), name, outcome, since, told]);
            }
        }
    }
    let about = "What the operator says about a service in every state of health, which it is in since before now with the English\n\
                 message \"Slow.\" where it is in trouble; and what an English and a Chinese reader are told then.";
    reviewed::compare("service-health.txt", &reviewed::columns(about, &rows));
}
