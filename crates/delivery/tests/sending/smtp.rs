//! What the SMTP transport does with every answer a server can give, and with servers that give none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entente_delivery::smtp::BadConfig;
use entente_delivery::{Failure, FailureKind, Security, Smtp, SmtpConfig, Transport};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::mail;
use crate::sink::{At, Reach, Script, Sink};

const QUEUED: &str = "250 2.0.0 Ok: queued as 4F1A2";

fn config(port: u16, security: Security) -> SmtpConfig {
    SmtpConfig {
        port: Some(port),
        security,
        hello_name: Some("portal.halden.example".to_owned()),
        timeout: Duration::from_secs(5),
        ..SmtpConfig::new("localhost")
    }
}

fn clear(sink: &Sink) -> Smtp {
    Smtp::new(config(sink.port, Security::None)).unwrap()
}

/// The failure of one attempt against a server that follows the script.
fn failure(script: Script) -> Failure {
    let sink = Sink::start(Reach::Clear, &[script]);
    clear(&sink).send(&mail(1)).unwrap_err()
}

/// A server's TLS configuration and the certificate that vouches for it.
fn server() -> (Arc<ServerConfig>, String) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), certified.cert.pem())
}

#[test]
fn the_servers_answer_is_kept() {
    let sink = Sink::start(Reach::Clear, &[Script::Accept("250-2.0.0 Ok\r\n250 2.0.0 queued as 4F1A2")]);
    let accepted = clear(&sink).send(&mail(1)).unwrap();
    assert_eq!(accepted.answer, "250 2.0.0 Ok 2.0.0 queued as 4F1A2");
    let heard = sink.heard();
    let commands: Vec<&str> = heard.clear.iter().map(String::as_str).collect();
    assert_eq!(
        commands.get(..4).unwrap(),
        [
            "EHLO portal.halden.example",
            "MAIL FROM:<no-reply@halden.example>",
            "RCPT TO:<erik@lindqvist.example>",
            "DATA"
        ]
    );
    let expected = String::from_utf8(mail(1).message().unwrap().formatted()).unwrap();
    assert_eq!(heard.messages.first().unwrap().trim_end(), expected.trim_end());
    assert!(expected.contains("\r\n.\r\n"), "a line with a single dot is part of the test");
}

#[test]
fn temporary_answers_defer() {
    for (at, answer) in [
        (At::Greeting, "421 4.3.2 busy"),
        (At::Mail, "452 4.3.1 disk full"),
        (At::Rcpt, "451 4.7.1 greylisted, come back"),
        (At::Data, "451 4.3.0 later"),
        (At::End, "450 4.2.0 later"),
    ] {
        assert_eq!(failure(Script::Answer(at, answer)), Failure::deferred(answer), "{at:?}");
    }
}

#[test]
fn permanent_answers_bounce() {
    for (at, answer) in [
        (At::Mail, "553 5.1.8 sender refused"),
        (At::Rcpt, "550 5.1.1 no such user"),
        (At::Data, "554 5.5.1 no valid recipients"),
        (At::End, "554 5.7.1 looks like spam"),
    ] {
        assert_eq!(failure(Script::Answer(at, answer)), Failure::bounced(answer), "{at:?}");
    }
}

#[test]
fn what_the_operator_can_mend_defers() {
    let greeting = failure(Script::Answer(At::Greeting, "554 5.7.1 not from your address"));
    assert_eq!(greeting, Failure::deferred("554 5.7.1 not from your address"));
    let sign_in = failure(Script::Answer(At::Mail, "530 5.7.0 Authentication required"));
    assert_eq!(sign_in, Failure::deferred("530 5.7.0 Authentication required"));
}

#[test]
fn an_answer_is_one_short_line() {
    let long: &'static str = Box::leak(format!("550 5.1.1 {}\u{7}", "no such user ".repeat(60)).into_boxed_str());
    let answer = failure(Script::Answer(At::Rcpt, long)).answer;
    assert!(answer.starts_with("550 5.1.1 no such user"));
    assert!(answer.chars().count() <= 500 && !answer.contains(char::is_control));
}

#[test]
fn a_closed_port_defers() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let failure = Smtp::new(config(port, Security::None)).unwrap().send(&mail(1)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Deferred);
    assert!(failure.answer.contains("refused"), "{}", failure.answer);
}

#[test]
fn silence_defers_in_bounded_time() {
    for at in [At::Greeting, At::Rcpt, At::End] {
        let sink = Sink::start(Reach::Clear, &[Script::Hang(at)]);
        let config = SmtpConfig { timeout: Duration::from_millis(300), ..config(sink.port, Security::None) };
        let before = Instant::now();
        let failure = Smtp::new(config).unwrap().send(&mail(1)).unwrap_err();
        assert_eq!(failure, Failure::deferred("the mail server did not answer in time"), "{at:?}");
        assert!(before.elapsed() < Duration::from_secs(4), "{at:?} took {:?}", before.elapsed());
    }
}

#[test]
fn a_lost_answer_defers_and_the_next_attempt_is_the_same_message() {
    let sink = Sink::start(Reach::Clear, &[Script::Drop(At::End), Script::Accept(QUEUED)]);
    let smtp = clear(&sink);
    assert_eq!(smtp.send(&mail(1)).unwrap_err().kind, FailureKind::Deferred);
    assert_eq!(smtp.send(&mail(1)).unwrap().answer, QUEUED);
    let heard = sink.heard();
    let [first, second] = heard.messages.as_slice() else { panic!("two messages") };
    assert_eq!(first, second);
    assert!(first.contains("Message-ID: <01890a5d-ac96-774b-bcce-000000000001@halden.example>"), "{first}");
}

#[test]
fn without_starttls_nothing_is_said() {
    let (_, pem) = server();
    let sink = Sink::start(Reach::Clear, &[Script::Accept(QUEUED)]);
    let config = SmtpConfig {
        ca_pem: Some(pem.into_bytes()),
        credentials: Some(("user".to_owned(), "secret".to_owned())),
        ..config(sink.port, Security::StartTls)
    };
    let failure = Smtp::new(config).unwrap().send(&mail(1)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Deferred);
    assert!(failure.answer.contains("STARTTLS"), "{}", failure.answer);
    let heard = sink.heard();
    assert!(heard.messages.is_empty());
    assert!(heard.clear.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{:?}", heard.clear);
}

#[test]
fn starttls_protects_everything_after_the_greeting() {
    let (tls, pem) = server();
    let sink = Sink::start(Reach::StartTls(tls), &[Script::Accept(QUEUED)]);
    let config = SmtpConfig {
        ca_pem: Some(pem.into_bytes()),
        credentials: Some(("user".to_owned(), "secret".to_owned())),
        ..config(sink.port, Security::StartTls)
    };
    assert_eq!(Smtp::new(config).unwrap().send(&mail(1)).unwrap().answer, QUEUED);
    let heard = sink.heard();
    assert_eq!(heard.clear, ["EHLO portal.halden.example", "STARTTLS"]);
    assert_eq!(heard.protected.iter().filter(|line| line.starts_with("AUTH PLAIN ")).count(), 1);
    assert_eq!(heard.protected.iter().filter(|line| line.starts_with("RCPT TO")).count(), 1);
    assert_eq!(heard.messages.len(), 1);
}

#[test]
fn a_wrong_password_defers() {
    let (tls, pem) = server();
    let sink = Sink::start(Reach::StartTls(tls), &[Script::Answer(At::Auth, "535 5.7.8 wrong password")]);
    let config = SmtpConfig {
        ca_pem: Some(pem.into_bytes()),
        credentials: Some(("user".to_owned(), "secret".to_owned())),
        ..config(sink.port, Security::StartTls)
    };
    let failure = Smtp::new(config).unwrap().send(&mail(1)).unwrap_err();
    assert_eq!(failure, Failure::deferred("535 5.7.8 wrong password"));
}

#[test]
fn a_stranger_with_a_certificate_of_its_own_gets_nothing() {
    let ((tls, _), (_, other)) = (server(), server());
    for (reach, security) in
        [(Reach::StartTls(tls.clone()), Security::StartTls), (Reach::Implicit(tls), Security::Implicit)]
    {
        let sink = Sink::start(reach, &[Script::Accept(QUEUED)]);
        let config = SmtpConfig { ca_pem: Some(other.clone().into_bytes()), ..config(sink.port, security) };
        let failure = Smtp::new(config).unwrap().send(&mail(1)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Deferred, "{}", failure.answer);
        let heard = sink.heard();
        assert!(heard.messages.is_empty() && heard.protected.is_empty());
        assert!(!heard.clear.iter().any(|line| line.starts_with("MAIL")), "{:?}", heard.clear);
    }
}

#[test]
fn implicit_tls_says_nothing_in_clear() {
    let (tls, pem) = server();
    let sink = Sink::start(Reach::Implicit(tls), &[Script::Accept(QUEUED)]);
    let config = SmtpConfig { ca_pem: Some(pem.into_bytes()), ..config(sink.port, Security::Implicit) };
    assert_eq!(Smtp::new(config).unwrap().send(&mail(1)).unwrap().answer, QUEUED);
    assert!(sink.heard().clear.is_empty());
    assert_eq!(sink.heard().messages.len(), 1);
}

#[test]
fn configurations_that_cannot_work_are_refused_at_once() {
    let secret =
        SmtpConfig { credentials: Some(("user".to_owned(), "hunter22".to_owned())), ..config(25, Security::None) };
    assert!(!format!("{secret:?}").contains("hunter22"));
    assert!(matches!(Smtp::new(secret), Err(BadConfig::PasswordInClear)));
    let broken = SmtpConfig {
        ca_pem: Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec()),
        ..config(25, Security::StartTls)
    };
    assert!(matches!(Smtp::new(broken), Err(BadConfig::Certificates(_))));
}

#[test]
fn hostile_text_reaches_one_recipient() {
    let sink = Sink::start(Reach::Clear, &[Script::Accept(QUEUED)]);
    let smtp = clear(&sink);
    for hostile in [
        "A\r\nBcc: x@example.org",
        "x\r\n.\r\nRCPT TO:<x@example.org>\r\n",
        "x\n.\nMAIL FROM:<x@example.org>",
        "x\r.\r",
    ] {
        let mut evil = mail(1);
        evil.subject = hostile.to_owned();
        evil.from_name = hostile.to_owned();
        evil.text = hostile.to_owned();
        evil.html = hostile.to_owned();
        smtp.send(&evil).unwrap();
        let heard = std::mem::take(&mut *sink.heard());
        assert_eq!(heard.clear.iter().filter(|line| line.starts_with("RCPT")).count(), 1, "{hostile:?}");
        assert_eq!(heard.clear.iter().filter(|line| line.starts_with("MAIL")).count(), 1, "{hostile:?}");
        assert_eq!(heard.messages.len(), 1, "{hostile:?}");
        let message = heard.messages.first().unwrap();
        let (headers, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("\r\nBcc"), "{hostile:?}");
    }
}
