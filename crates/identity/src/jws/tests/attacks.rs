//! One test an attack: the token is refused, and a neighbour that differs in nothing else passes.

use aws_lc_rs::hmac;
use entente_domain::time::Timestamp;

use super::*;

mod claims;
mod shape;

const NOW: Timestamp = Timestamp::from_seconds(1_795_424_400);
const SKEW_SECONDS: i64 = 60;

#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Token(JwsError),
    Time(TimeError),
}
use JwsError::{Algorithm as WrongAlgorithm, Extension, Key, Malformed, Signature, TooLong, Type};
use Refused::{Time, Token};

/// What a resource does with a token.
fn presented(token: &str, key: &VerifyingKey) -> Result<(), Refused> {
    let claims = verify(token, key, ACCESS).map_err(Token)?;
    Times::check(&claims, NOW, SKEW_SECONDS).map(|_| ()).map_err(Time)
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256)
}

fn claims(changes: &Value) -> String {
    changed(json!({"iss": "https://localhost:8443/t/v2.0", "sub": "maya", "exp": NOW.seconds() + 300}), changes)
}

/// A token that passes but for these changes to its header and claims.
fn with(key: &SigningKey, in_header: &Value, in_claims: &Value) -> String {
    spelled(key, &header(key, in_header), &claims(in_claims))
}

fn without_changes(key: &SigningKey) -> String {
    with(key, &json!({}), &json!({}))
}

/// `part` 0 is the header, 1 the payload, 2 the signature.
fn replaced(token: &str, part: usize, text: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[part] = text;
    parts.join(".")
}

#[test]
fn alg_none_in_all_case_forms() {
    let key = key();
    let public = key.verifying();
    assert_eq!(presented(&without_changes(&key), &public), Ok(()));
    for form in 0..16 {
        let letter = |(place, letter): (usize, char)| {
            if form >> place & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
        };
        let none: String = "none".chars().enumerate().map(letter).collect();
        let signed = with(&key, &json!({"alg": none}), &json!({}));
        assert_eq!(presented(&signed, &public), Err(Token(WrongAlgorithm)), "{none}");
        assert_eq!(presented(&replaced(&signed, 2, ""), &public), Err(Token(WrongAlgorithm)), "{none} unsigned");
    }
    for alg in [json!(""), json!(" none"), json!("es256"), json!("ES256 "), json!("ES384"), json!("RS1")] {
        let signed = with(&key, &json!({"alg": alg}), &json!({}));
        assert_eq!(presented(&signed, &public), Err(Token(WrongAlgorithm)), "{alg}");
    }
    for alg in [json!(null), json!(["ES256"]), json!(0), json!(false)] {
        let signed = with(&key, &json!({"alg": alg}), &json!({}));
        assert_eq!(presented(&signed, &public), Err(Token(Malformed)), "{alg}");
    }
    assert_eq!(presented(&replaced(&without_changes(&key), 2, ""), &public), Err(Token(Signature)));
}

#[test]
fn hs256_keyed_with_our_public_pem() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm);
        let public = key.verifying();
        let info = info(&public);
        let secrets = [
            pem("PUBLIC KEY", &info).into_bytes(),
            pem("PUBLIC KEY", &info).trim_end().as_bytes().to_vec(),
            public.jwk().to_string().into_bytes(),
            info,
            Vec::new(),
        ];
        for secret in secrets {
            for alg in ["HS256", algorithm.name()] {
                let unsigned = with(&key, &json!({"alg": alg}), &json!({}));
                let signed = unsigned.rsplit_once('.').unwrap().0;
                let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
                let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
                let refusal = if alg == "HS256" { WrongAlgorithm } else { Signature };
                assert_eq!(presented(&forged, &public), Err(Token(refusal)));
            }
        }
        assert_eq!(presented(&without_changes(&key), &public), Ok(()));
    }
}

#[test]
fn another_key_with_our_kid() {
    let (ours, other) = (key(), key());
    let named = json!({"kid": ours.key_id()});
    assert_eq!(presented(&with(&other, &named, &json!({})), &ours.verifying()), Err(Token(Signature)));
    assert_eq!(presented(&with(&ours, &named, &json!({})), &ours.verifying()), Ok(()));
    // A key of another kind under our name, in our algorithm's name and in its own.
    let other = SigningKey::generate(Algorithm::EdDsa);
    assert_eq!(presented(&with(&other, &named, &json!({})), &ours.verifying()), Err(Token(WrongAlgorithm)));
    let named = json!({"kid": ours.key_id(), "alg": "ES256"});
    assert_eq!(presented(&with(&other, &named, &json!({})), &ours.verifying()), Err(Token(Signature)));
}

#[test]
fn kid_with_path_traversal_or_sql() {
    let key = key();
    let own = key.key_id();
    for kid in [
        "../../../../../../dev/null",
        "/etc/passwd",
        "..\\..\\windows\\win.ini",
        "' OR '1'='1",
        "x' UNION SELECT 'key' --",
        "'; DROP TABLE signing_key; --",
        "https://evil.example/key",
        &format!("./{own}"),
        &format!("{own}\0"),
        &format!("{own} "),
        &own.to_lowercase(),
        "",
    ] {
        let signed = with(&key, &json!({"kid": kid}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Key)), "{kid:?}");
    }
    for kid in [json!(7), json!([own]), json!({"kid": own}), json!(true)] {
        let signed = with(&key, &json!({"kid": kid}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Malformed)), "{kid}");
    }
    for kid in [json!(own), json!(null)] {
        assert_eq!(presented(&with(&key, &json!({"kid": kid}), &json!({})), &key.verifying()), Ok(()));
    }
}

/// Headers that bring or point at a key are not followed: they help no other key, and do not disturb ours.
fn ignored_in_header(members: &[Value]) {
    let (ours, evil) = (key(), key());
    for member in members {
        let mut named = member.clone();
        for kid in [json!(null), json!(ours.key_id())] {
            named["kid"] = kid;
            assert_eq!(
                presented(&with(&evil, &named, &json!({})), &ours.verifying()),
                Err(Token(Signature)),
                "{named}"
            );
            assert_eq!(presented(&with(&ours, &named, &json!({})), &ours.verifying()), Ok(()), "{named}");
        }
    }
}

#[test]
fn jku_or_x5u_header() {
    let url = "https://evil.example/keys";
    ignored_in_header(&[json!({"jku": url}), json!({"x5u": url}), json!({"jku": url, "x5u": url})]);
}

#[test]
fn embedded_jwk_header() {
    let evil = key();
    let info = STANDARD.encode(info(&evil.verifying()));
    ignored_in_header(&[json!({"jwk": evil.verifying().jwk()}), json!({"x5c": [info]})]);
}

#[test]
fn crit_unknown() {
    let key = key();
    for crit in [json!(["exp"]), json!(["http://example.com/x"]), json!([]), json!("exp"), json!(["b64"]), json!({})] {
        let signed = with(&key, &json!({"crit": crit, "exp": 1, "http://example.com/x": true}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Extension)), "{crit}");
    }
    let neighbour = with(&key, &json!({"exp": 1, "http://example.com/x": true}), &json!({}));
    assert_eq!(presented(&neighbour, &key.verifying()), Ok(()));
}

#[test]
fn b64_false() {
    let key = key();
    for b64 in [json!(false), json!(true)] {
        let signed = with(&key, &json!({"b64": b64}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Extension)));
        let signed = with(&key, &json!({"b64": b64, "crit": ["b64"]}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Extension)));
    }
    // RFC 7797: the payload goes in as it is.
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header(&key, &json!({}))), claims(&json!({})).replace('.', "-"));
    let raw = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.signature(signed.as_bytes())));
    assert_eq!(presented(&raw, &key.verifying()), Err(Token(Malformed)));
    assert_eq!(presented(&without_changes(&key), &key.verifying()), Ok(()));
}
