//! One test an attack: the token is refused, and a neighbour that differs in nothing else passes.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use entente_domain::time::Timestamp;

use super::*;

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
    token(key, &header(key, in_header), &claims(in_claims))
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

#[test]
fn typ_missing_or_jwt_where_at_jwt_is_due() {
    let key = key();
    let refused = [
        json!(null),
        json!("JWT"),
        json!("jwt"),
        json!("logout+jwt"),
        json!("secevent+jwt"),
        json!("application/JWT"),
        json!("application/application/at+jwt"),
        json!("text/at+jwt"),
        json!("/at+jwt"),
        json!("at+jwt "),
        json!("at jwt"),
        json!(""),
        json!("application/"),
    ];
    for typ in refused {
        let signed = with(&key, &json!({"typ": typ}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Type)), "{typ}");
    }
    for typ in [json!(7), json!(["at+jwt"])] {
        let signed = with(&key, &json!({"typ": typ}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Malformed)), "{typ}");
    }
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert_eq!(presented(&with(&key, &json!({"typ": typ}), &json!({})), &key.verifying()), Ok(()), "{typ}");
    }
    // Where none is due, that is said; a token of another kind of ours still does not pass.
    let any = Types::OneOfOrNone(&["JWT"]);
    for (typ, outcome) in [(json!(null), Ok(())), (json!("JWT"), Ok(())), (json!("at+jwt"), Err(Type))] {
        let signed = with(&key, &json!({"typ": typ}), &json!({}));
        assert_eq!(verify(&signed, &key.verifying(), any).map(|_| ()), outcome, "{typ}");
    }
}

#[test]
fn exp_as_text_1e308_or_negative() {
    let key = key();
    let later = NOW.seconds() + 300;
    let spelled = |exp: &str| token(&key, &header(&key, &json!({})), &format!(r#"{{"sub":"maya","exp":{exp}}}"#));
    let numbers = [
        format!("\"{later}\""),
        format!("{later}.0"),
        format!("{later}.5"),
        format!("{later}e0"),
        "1e308".into(),
        "1e10".into(),
        "-1".into(),
        format!("-{later}"),
        "-0.0".into(),
        "253402300800".into(),
        "9223372036854775807".into(),
        "18446744073709551615".into(),
        "99999999999999999999".into(),
        "true".into(),
        "null".into(),
        format!("[{later}]"),
    ];
    for exp in numbers {
        assert_eq!(presented(&spelled(&exp), &key.verifying()), Err(Time(TimeError::Malformed)), "{exp}");
    }
    // These are no JSON.
    for exp in ["1e309", "Infinity", "NaN", "0x7fffffff", "+1", "01795424700"] {
        assert_eq!(presented(&spelled(exp), &key.verifying()), Err(Token(Malformed)), "{exp}");
    }
    let missing = with(&key, &json!({}), &json!({"exp": null}));
    assert_eq!(presented(&missing, &key.verifying()), Err(Time(TimeError::Malformed)));
    assert_eq!(presented(&spelled(&later.to_string()), &key.verifying()), Ok(()));
    assert_eq!(presented(&spelled("253402300799"), &key.verifying()), Ok(()));
    assert_eq!(presented(&spelled("0"), &key.verifying()), Err(Time(TimeError::Expired)));
}

#[test]
fn exp_over_and_nbf_or_iat_61_s_ahead_with_60_s_skew() {
    let key = key();
    let now = NOW.seconds();
    let cases = [
        (json!({"nbf": now + 60}), Ok(())),
        (json!({"nbf": now + 61}), Err(Time(TimeError::NotYet))),
        (json!({"iat": now + 60}), Ok(())),
        (json!({"iat": now + 61}), Err(Time(TimeError::NotYet))),
        (json!({"exp": now - 59}), Ok(())),
        (json!({"exp": now - 60}), Err(Time(TimeError::Expired))),
        (json!({"nbf": "0"}), Err(Time(TimeError::Malformed))),
        (json!({"iat": -1}), Err(Time(TimeError::Malformed))),
        (json!({"nbf": 1e9}), Err(Time(TimeError::Malformed))),
    ];
    for (changes, outcome) in cases {
        assert_eq!(presented(&with(&key, &json!({}), &changes), &key.verifying()), outcome, "{changes}");
    }
}

#[test]
fn duplicate_claim_names() {
    let key = key();
    let later = NOW.seconds() + 300;
    let good = header(&key, &json!({}));
    for payload in [
        format!(r#"{{"sub":"maya","exp":{later},"sub":"root"}}"#),
        format!(r#"{{"exp":1,"exp":{later}}}"#),
        format!(r#"{{"sub":"maya","exp":{later},"\u0073ub":"root"}}"#),
        format!(r#"{{"exp":{later},"act":{{"sub":"maya","sub":"root"}}}}"#),
        format!(r#"{{"exp":{later},"list":[{{"a":1,"a":2}}]}}"#),
    ] {
        assert_eq!(presented(&token(&key, &good, &payload), &key.verifying()), Err(Token(Malformed)), "{payload}");
    }
    let neighbour = format!(r#"{{"sub":"maya","exp":{later},"act":{{"sub":"root"}},"list":[{{"a":1}},{{"a":2}}]}}"#);
    assert_eq!(presented(&token(&key, &good, &neighbour), &key.verifying()), Ok(()));
    for name in ["alg", "kid", "typ", "\\u0061lg"] {
        let twice = format!("{},\"{name}\":\"ES256\"}}", good.strip_suffix('}').unwrap());
        let signed = token(&key, &twice, &claims(&json!({})));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Malformed)), "{twice}");
    }
}

#[test]
fn es256_in_der_form_or_with_stripped_or_added_leading_zero() {
    let key = key();
    // One signature in 256 starts with a zero byte, which a careless writer leaves out.
    let good = std::iter::repeat_with(|| without_changes(&key))
        .find(|token| URL_SAFE_NO_PAD.decode(token.rsplit_once('.').unwrap().1).unwrap()[0] == 0)
        .unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key.pkcs8()).unwrap();
    let bad = [
        der.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec(),
        signature[1..].to_vec(),
        [&[0], r, s].concat(),
        [r, &[0], s].concat(),
        [&[0], r, &[0], s].concat(),
        [r, s, &[0]].concat(),
        [s, r].concat(),
        vec![0; 64],
        r.to_vec(),
        Vec::new(),
    ];
    for signature in bad {
        let altered = replaced(&good, 2, &URL_SAFE_NO_PAD.encode(&signature));
        assert_eq!(presented(&altered, &key.verifying()), Err(Token(Signature)), "{} bytes", signature.len());
    }
    assert_eq!(presented(&good, &key.verifying()), Ok(()));
}

#[test]
fn eddsa_non_canonical_s() {
    // The order of the group, in little endian (RFC 8032 section 5.1): S + L satisfies the same equation as S.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = SigningKey::generate(Algorithm::EdDsa);
    let good = without_changes(&key);
    let mut signature = URL_SAFE_NO_PAD.decode(good.rsplit_once('.').unwrap().1).unwrap();
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    let altered = replaced(&good, 2, &URL_SAFE_NO_PAD.encode(&signature));
    assert_eq!(presented(&altered, &key.verifying()), Err(Token(Signature)));
    assert_eq!(presented(&good, &key.verifying()), Ok(()));
}

#[test]
fn payload_changed_signature_kept() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm);
        let good = without_changes(&key);
        for changes in [json!({"sub": "root"}), json!({"exp": NOW.seconds() + 301}), json!({"admin": true})] {
            let altered = replaced(&good, 1, &URL_SAFE_NO_PAD.encode(claims(&changes)));
            assert_eq!(presented(&altered, &key.verifying()), Err(Token(Signature)), "{algorithm:?} {changes}");
        }
        let altered = replaced(&good, 0, &URL_SAFE_NO_PAD.encode(header(&key, &json!({"x": 1}))));
        assert_eq!(presented(&altered, &key.verifying()), Err(Token(Signature)), "{algorithm:?}");
        assert_eq!(presented(&good, &key.verifying()), Ok(()));
    }
}

#[test]
fn two_dots_missing_and_other_numbers_of_parts() {
    let key = key();
    let good = without_changes(&key);
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for bad in [
        parts.concat(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{header}.{payload}.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
        "..".into(),
        ".".into(),
        String::new(),
    ] {
        assert!(presented(&bad, &key.verifying()).is_err(), "{bad:?}");
        if bad.matches('.').count() != 2 {
            assert_eq!(presented(&bad, &key.verifying()), Err(Token(Malformed)), "{bad:?}");
        }
    }
    assert_eq!(presented(&format!("{header}.{payload}."), &key.verifying()), Err(Token(Signature)));
    assert_eq!(presented(&good, &key.verifying()), Ok(()));
}

#[test]
fn header_of_100_kb() {
    let key = key();
    let fill = |length: usize| json!({"x": "y".repeat(length)});
    let bare = header(&key, &fill(0)).len();
    let of = |bytes: usize| with(&key, &fill(bytes - bare), &json!({}));
    assert_eq!(presented(&of(MAX_HEADER_BYTES), &key.verifying()), Ok(()));
    for bytes in [MAX_HEADER_BYTES + 1, 4096, 100 * 1024] {
        assert_eq!(presented(&of(bytes), &key.verifying()), Err(Token(TooLong)), "{bytes}");
    }
    let of = |bytes: usize| with(&key, &json!({}), &fill(bytes));
    let room = (MAX_TOKEN_BYTES - of(0).len()) / 4 * 3;
    assert_eq!(presented(&of(room), &key.verifying()), Ok(()));
    assert_eq!(presented(&of(room + 3), &key.verifying()), Err(Token(TooLong)));
}
