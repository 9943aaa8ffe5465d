use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Value, json};

use super::AssertionError::{Audience, Client, NoKey, Number, Time, Token, TooLong};
use super::*;
use crate::jws::tests::spelled;
use crate::jws::{Algorithm, SigningKey};

const NOW: Timestamp = Timestamp::from_seconds(1_795_424_400);
const ISSUER: &str = "https://localhost:8443/11111111-1111-7111-8111-111111111111/v2.0";
const ENDPOINT: &str = "https://localhost:8443/11111111-1111-7111-8111-111111111111/oauth2/v2.0/token";

/// An assertion that passes, with members replaced (or, where null, left out).
fn claims(changes: &Value) -> Value {
    let now = NOW.seconds();
    let mut claims = json!({"iss": "tool", "sub": "tool", "aud": ENDPOINT, "exp": now + 600, "nbf": now, "jti": "n-1"});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn checked(key: &SigningKey, changes: &Value) -> Result<Accepted, AssertionError> {
    check(&key.sign("JWT", &claims(changes)), &[key.verifying()], "tool", &[ISSUER, ENDPOINT], NOW)
}

#[test]
fn each_claim_has_one_good_form() {
    let key = SigningKey::generate(Algorithm::Es256);
    let now = NOW.seconds();
    let good = [
        json!({}),
        json!({"aud": ISSUER}),
        json!({"aud": [ISSUER]}),
        json!({"nbf": null}),
        json!({"iat": now}),
        json!({"nbf": now + 60}),
        json!({"exp": now + 660}),
        json!({"exp": now - 59}),
        json!({"jti": "x".repeat(128)}),
    ];
    for changes in good {
        let accepted = checked(&key, &changes).unwrap_or_else(|error| panic!("{changes}: {error}"));
        let exp = changes["exp"].as_i64().unwrap_or(now + 600);
        let jti = changes["jti"].as_str().unwrap_or("n-1").to_owned();
        assert_eq!(accepted, Accepted { jti, expires_at: Timestamp::from_seconds(exp + 60) });
    }
    let bad = [
        (json!({"iss": null}), Client),
        (json!({"iss": "other"}), Client),
        (json!({"iss": ["tool"]}), Client),
        (json!({"sub": null}), Client),
        (json!({"sub": "other"}), Client),
        (json!({"sub": "TOOL"}), Client),
        (json!({"aud": null}), Audience),
        (json!({"aud": []}), Audience),
        (json!({"aud": [ISSUER, ENDPOINT]}), Audience),
        (json!({"aud": [ISSUER, "https://other.example"]}), Audience),
        (json!({"aud": [[ISSUER]]}), Audience),
        (json!({"aud": format!("{ISSUER}/")}), Audience),
        (json!({"aud": "https://other.example"}), Audience),
        (json!({"exp": null}), Time(TimeError::Malformed)),
        (json!({"exp": format!("{}", now + 600)}), Time(TimeError::Malformed)),
        (json!({"exp": now - 60}), Time(TimeError::Expired)),
        (json!({"nbf": now + 61}), Time(TimeError::NotYet)),
        (json!({"iat": now + 61}), Time(TimeError::NotYet)),
        (json!({"exp": now + 661}), TooLong),
        (json!({"jti": null}), Number),
        (json!({"jti": ""}), Number),
        (json!({"jti": 7}), Number),
        (json!({"jti": "x".repeat(129)}), Number),
    ];
    for (changes, refusal) in bad {
        assert_eq!(checked(&key, &changes), Err(refusal), "{changes}");
    }
}

#[test]
fn the_claimed_client_is_read_without_proof() {
    let key = SigningKey::generate(Algorithm::Es256);
    let token = key.sign("JWT", &claims(&json!({"sub": "tool"})));
    assert_eq!(claimed_client(&token).as_deref(), Some("tool"));
    assert_eq!(claimed_client(&key.sign("JWT", &json!({"sub": 7}))), None);
    assert_eq!(claimed_client("x.y.z"), None);
}

#[test]
fn our_own_kinds_of_token_are_no_assertion() {
    let key = SigningKey::generate(Algorithm::Es256);
    for (typ, outcome) in [
        ("JWT", Ok(())),
        ("client-authentication+jwt", Ok(())),
        ("at+jwt", Err(Token(JwsError::Type))),
        ("logout+jwt", Err(Token(JwsError::Type))),
    ] {
        let token = key.sign(typ, &claims(&json!({})));
        let checked = check(&token, &[key.verifying()], "tool", &[ENDPOINT], NOW);
        assert_eq!(checked.map(|_| ()), outcome, "{typ}");
    }
}

/// A key as a client registers it that gives its keys names of its own, or none.
fn registered(key: &SigningKey, kid: Option<&str>) -> VerifyingKey {
    let mut jwk = key.verifying().jwk();
    jwk["kid"] = json!(kid);
    jwk.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    VerifyingKey::from_jwk(&jwk).unwrap()
}

#[test]
fn the_header_chooses_the_key() {
    let (old, new) = (SigningKey::generate(Algorithm::Es256), SigningKey::generate(Algorithm::Es256));
    let outcome = |token: &str, keys: &[VerifyingKey]| check(token, keys, "tool", &[ENDPOINT], NOW).map(|_| ());
    let token = new.sign("JWT", &claims(&json!({})));
    // By the thumbprint, which is what our tokens say and what a key without a name of its own is called.
    assert_eq!(outcome(&token, &[registered(&old, None), registered(&new, None)]), Ok(()));
    // A name that none of the keys has is not tried on all of them.
    assert_eq!(outcome(&token, &[registered(&old, Some("2025")), registered(&new, Some("2026"))]), Err(NoKey));
    // A key that has the name but did not sign.
    assert_eq!(outcome(&token, &[registered(&old, Some(new.key_id()))]), Err(Token(JwsError::Signature)));
    // Two keys with one name, as a client may have while it changes keys.
    let both = [registered(&old, Some(new.key_id())), registered(&new, None)];
    assert_eq!(outcome(&token, &both), Ok(()));
    assert_eq!(outcome(&token, &[]), Err(NoKey));
    // A key for another algorithm is never asked.
    let rsa = SigningKey::generate(Algorithm::Rs256);
    assert_eq!(outcome(&token, &[registered(&rsa, Some(new.key_id()))]), Err(NoKey));
    assert_eq!(outcome(&token.replace('.', ""), &[new.verifying()]), Err(Token(JwsError::Malformed)));
}

#[test]
fn a_token_that_names_no_key_is_tried_on_ten() {
    let key = SigningKey::generate(Algorithm::Es256);
    let nameless = spelled(&key, r#"{"alg":"ES256"}"#, &claims(&json!({})).to_string());
    let others: Vec<_> = (0..10).map(|_| SigningKey::generate(Algorithm::Es256).verifying()).collect();
    let tenth = [&others[..9], &[key.verifying()]].concat();
    let eleventh = [&others[..], &[key.verifying()]].concat();
    let outcome = |keys: &[VerifyingKey]| check(&nameless, keys, "tool", &[ENDPOINT], NOW).map(|_| ());
    assert_eq!(outcome(&tenth), Ok(()));
    assert_eq!(outcome(&eleventh), Err(Token(JwsError::Signature)));
}

#[test]
fn certificates_sign_as_existing_tools_do() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(["tool.example".into()]).unwrap().self_signed(&pair).unwrap();
    // A certificate does not say which padding its tokens use: newer tools sign PS256, older ones RS256.
    let rs256 = VerifyingKey::from_pem(&certificate.pem()).unwrap();
    let ps256 = rs256.clone().with_algorithm(Algorithm::Ps256).unwrap();
    // They pad thumbprints, enclose a chain of certificates in lines and give times with fractions.
    let thumbprint = |algorithm| URL_SAFE.encode(digest(algorithm, certificate.der()));
    let (sha1, sha256) = (thumbprint(&SHA1_FOR_LEGACY_USE_ONLY), thumbprint(&SHA256));
    let chain = [certificate.pem(), certificate.pem(), certificate.pem()];
    let times = json!({"exp": 1_795_424_999.857_232, "iat": 1_795_424_399.857_232, "nbf": null});
    for (algorithm, name, value, outcome) in [
        (Algorithm::Rs256, "x5t", &sha1, Ok(Timestamp::from_seconds(1_795_424_999 + SKEW_SECONDS))),
        (Algorithm::Ps256, "x5t#S256", &sha256, Ok(Timestamp::from_seconds(1_795_424_999 + SKEW_SECONDS))),
        (Algorithm::Ps256, "x5t#S256", &sha1, Err(NoKey)),
    ] {
        let key = SigningKey::from_pkcs8(algorithm, pair.serialized_der()).unwrap();
        let header = json!({"alg": algorithm.name(), "typ": "JWT", "x5c": chain, name: value});
        let token = spelled(&key, &header.to_string(), &claims(&times).to_string());
        let checked = check(&token, &[rs256.clone(), ps256.clone()], "tool", &[ISSUER, ENDPOINT], NOW);
        assert_eq!(checked.map(|accepted| accepted.expires_at), outcome, "{name}: {value}");
    }
}
