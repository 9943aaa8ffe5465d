//! The folder that stands in for a mail server in the demo.

use entente_delivery::{Captured, Outgoing, Transport};
use entente_domain::language::Language;
use entente_domain::text::EmailAddress;
use entente_domain::time::Timestamp;

#[test]
fn a_repeated_attempt_replaces_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let captured = Captured::new(folder.path().join("mail"));
    let mail = Outgoing {
        id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        to: EmailAddress::parse("erik@lindqvist.example").unwrap(),
        from_address: EmailAddress::parse("no-reply@halden.example").unwrap(),
        from_name: "Halden Cloud".to_owned(),
        reply_to: None,
        subject: "x".to_owned(),
        text: "x".to_owned(),
        html: "x".to_owned(),
        date: Timestamp::from_micros(1_804_809_600_000_123),
        language: Language::En,
        list_unsubscribe: None,
    };
    let name = "20270312T000000.000123Z-01890a5d-ac96-774b-bcce-b302099a8057.eml";
    for _ in 0..2 {
        assert_eq!(captured.send(&mail).unwrap().answer, format!("250 captured as {name}"));
    }
    let files: Vec<_> = std::fs::read_dir(captured.folder()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, [name]);
    assert_eq!(std::fs::read(captured.folder().join(name)).unwrap(), mail.message().unwrap().formatted());
}
