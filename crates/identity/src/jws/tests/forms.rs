//! One token has one text: every other spelling is refused.

use proptest::prelude::*;

use super::*;

fn signed(key: &SigningKey) -> String {
    spelled(key, &header(key, &json!({})), r#"{"sub":"maya"}"#)
}

#[test]
fn base64url_has_one_spelling() {
    let key = SigningKey::generate(Algorithm::Es256);
    let good = signed(&key);
    assert!(verify(&good, &key.verifying(), ACCESS).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    for (place, part) in parts.iter().enumerate() {
        // Where a part does not fill its last byte, its last character has spare bits, which must be zero.
        let last = part.chars().last().unwrap();
        let spare = ('0'..='z').find(|other| {
            let text = format!("{}{other}", &part[..part.len() - 1]);
            *other != last && part.len() % 4 != 0 && lenient(&text).is_some() && lenient(&text) == lenient(part)
        });
        let mut bad = vec![format!("{part}="), format!("{part}=="), format!("{part}\n"), format!(" {part}")];
        bad.push(format!("{}\r\n{}", &part[..4], &part[4..]));
        bad.push(format!("{}+{}", &part[..4], &part[5..]));
        bad.push(format!("{}%2D{}", &part[..4], &part[5..]));
        bad.extend(spare.map(|other| format!("{}{other}", &part[..part.len() - 1])));
        for text in bad {
            let mut altered = parts.clone();
            altered[place] = &text;
            let resigned = URL_SAFE_NO_PAD.encode(key.signature(altered[..2].join(".").as_bytes()));
            if place < 2 {
                altered[2] = &resigned;
            }
            assert_eq!(verify(&altered.join("."), &key.verifying(), ACCESS), Err(JwsError::Malformed), "{text:?}");
        }
    }
    // A P-256 signature fills 85 characters and a third of the next, so at least that part was tried with spare bits.
    assert_eq!(parts[2].len() % 4, 2);
}

/// Reads base64url as careless readers do, with any spare bits.
fn lenient(text: &str) -> Option<Vec<u8>> {
    let config = base64::engine::GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, config).decode(text).ok()
}

#[test]
fn a_payload_is_an_object() {
    let key = SigningKey::generate(Algorithm::Es256);
    for payload in ["", "[]", "\"sub\"", "null", "1", "{", "{}{}", "{} x", "\u{feff}{}", "foo"] {
        let signed = spelled(&key, &header(&key, &json!({})), payload);
        assert_eq!(verify(&signed, &key.verifying(), ACCESS), Err(JwsError::Malformed), "{payload:?}");
    }
    for payload in ["{}", " {} ", "{\r\n}"] {
        let signed = spelled(&key, &header(&key, &json!({})), payload);
        assert!(verify(&signed, &key.verifying(), ACCESS).is_ok(), "{payload:?}");
    }
}

#[test]
fn a_header_that_says_more_is_read_all_the_same() {
    let key = SigningKey::generate(Algorithm::Es256);
    let more = json!({"cty": "x", "x5t": "abc", "x5t#S256": "def", "zip": "DEF", "nested": {"a": [1]}});
    let text = spelled(&key, &header(&key, &more), "{}");
    let token = Token::read(&text).unwrap();
    let read = token.header();
    let expected = Header {
        alg: Algorithm::Es256,
        kid: Some(key.key_id().to_owned()),
        typ: Some("at+jwt".into()),
        x5t: Some("abc".into()),
        x5t_s256: Some("def".into()),
    };
    assert_eq!(*read, expected);
    for name in ["x5t", "x5t#S256"] {
        let text = spelled(&key, &header(&key, &json!({name: 1})), "{}");
        assert_eq!(Token::read(&text).err(), Some(JwsError::Malformed));
    }
}

proptest! {
    #[test]
    fn every_changed_character_is_noticed(place in 0usize..1000, replacement in "[A-Za-z0-9_.-]") {
        let key = SigningKey::generate(Algorithm::Es256);
        let good = signed(&key);
        let place = place % good.len();
        let mut altered = good.clone();
        altered.replace_range(place..=place, &replacement);
        prop_assert_eq!(verify(&altered, &key.verifying(), ACCESS).is_ok(), altered == good);
    }

    #[test]
    fn arbitrary_text_is_refused(text in ".{0,80}") {
        prop_assert!(Token::read(&text).is_err());
    }

    #[test]
    fn arbitrary_parts_never_panic(header: Vec<u8>, payload: Vec<u8>, signature: Vec<u8>) {
        let key = SigningKey::generate(Algorithm::Es256);
        let parts = [header, payload, signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        prop_assert!(verify(&parts.join("."), &key.verifying(), ACCESS).is_err());
    }
}
