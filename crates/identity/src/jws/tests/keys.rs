//! Keys: written, read back, named; and everything that is no key for us.

use super::*;
use serde_json::Value;

#[test]
fn every_algorithm_signs_what_it_verifies_also_after_a_stay_in_the_database() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm);
        let again = SigningKey::from_pkcs8(algorithm, &key.pkcs8()).unwrap();
        assert_eq!((again.key_id(), again.verifying().algorithm()), (key.key_id(), algorithm));
        let token = again.sign("at+jwt", &json!({"sub": "maya", "n": 1}));
        let header = peek(&token).unwrap();
        assert_eq!((header.alg, header.kid.as_deref()), (algorithm, Some(key.key_id())));
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let published = VerifyingKey::from_jwk(&key.verifying().jwk()).unwrap();
        for reader in [key.verifying(), published] {
            let claims = verify(&token, &reader, ACCESS).unwrap();
            assert_eq!(Value::Object(claims), json!({"sub": "maya", "n": 1}));
        }
        for other in Algorithm::ALL {
            let stranger = SigningKey::generate(other).verifying();
            assert!(verify(&token, &stranger, ACCESS).is_err(), "{algorithm:?} passed as {other:?}");
        }
    }
}
