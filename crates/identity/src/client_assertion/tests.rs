use serde_json::{Value, json};

use super::AssertionError::{Audience, Client, Number, Time, TooLong};
use super::*;
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
