//! Keys: written, read back, named; and everything that is no key for us.

use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
};

use super::*;

#[test]
fn every_algorithm_signs_what_it_verifies_also_after_a_stay_in_the_database() {
    let strangers = Algorithm::ALL.map(|algorithm| SigningKey::generate(algorithm).verifying());
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm);
        let again = SigningKey::from_pkcs8(algorithm, &key.pkcs8()).unwrap();
        assert_eq!((again.key_id(), again.verifying().algorithm()), (key.key_id(), algorithm));
        let token = again.sign("at+jwt", &json!({"sub": "maya", "n": 1}));
        let read = Token::read(&token).unwrap();
        let header = read.header();
        assert_eq!((header.alg, header.kid.as_deref()), (algorithm, Some(key.key_id())));
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let published = VerifyingKey::from_jwk(&key.verifying().jwk()).unwrap();
        for reader in [key.verifying(), published] {
            let claims = verify(&token, &reader, ACCESS).unwrap();
            assert_eq!(Value::Object(claims), json!({"sub": "maya", "n": 1}));
        }
        for stranger in &strangers {
            assert!(verify(&token, stranger, ACCESS).is_err(), "{algorithm:?} passed as {stranger:?}");
        }
    }
}

#[test]
fn names_of_algorithms_are_exact() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::parse(algorithm.name()), Some(algorithm));
        assert_eq!(Algorithm::parse(&algorithm.name().to_lowercase()), None);
    }
    for name in ["", "none", "HS256", "RS384", "ES384", "PS512", "ES256K", "Ed25519", "ES256 ", "ES256\0"] {
        assert_eq!(Algorithm::parse(name), None, "{name:?}");
    }
}

#[test]
fn a_private_key_is_for_one_kind_of_algorithm() {
    for (algorithm, others) in [
        (Algorithm::Es256, vec![Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa]),
        (Algorithm::EdDsa, vec![Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256]),
        (Algorithm::Rs256, vec![Algorithm::Es256, Algorithm::EdDsa]),
    ] {
        let der = SigningKey::generate(algorithm).pkcs8();
        assert!(SigningKey::from_pkcs8(algorithm, &der).is_some());
        assert!(SigningKey::from_pkcs8(algorithm, &der[1..]).is_none());
        assert!(SigningKey::from_pkcs8(algorithm, b"").is_none());
        for other in others {
            assert!(SigningKey::from_pkcs8(other, &der).is_none(), "{algorithm:?} was read as {other:?}");
        }
    }
}

#[test]
fn a_published_key_holds_nothing_private() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm);
        let jwk = key.verifying().jwk();
        let members: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = match algorithm {
            Algorithm::Es256 => vec!["alg", "crv", "kid", "kty", "use", "x", "y"],
            Algorithm::Rs256 | Algorithm::Ps256 => vec!["alg", "e", "kid", "kty", "n", "use"],
            Algorithm::EdDsa => vec!["alg", "crv", "kid", "kty", "use", "x"],
        };
        assert_eq!(members, expected);
        assert_eq!(
            (&jwk["alg"], &jwk["use"], &jwk["kid"]),
            (&json!(algorithm.name()), &json!("sig"), &json!(key.key_id()))
        );
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.key_id()));
        assert_eq!(format!("{:?}", key.verifying()), format!("VerifyingKey({} {})", algorithm.name(), key.key_id()));
    }
}

/// The JWK with changes: what reading it gives.
fn read(jwk: &Value, changes: &Value) -> Result<Algorithm, KeyError> {
    let jwk: Value = serde_json::from_str(&changed(jwk.clone(), changes)).unwrap();
    VerifyingKey::from_jwk(&jwk).map(|key| key.algorithm())
}

#[test]
fn what_a_jwk_may_say() {
    use KeyError::{Algorithm as Wrong, Invalid, Kind, Malformed, Secret, Use};
    let ec = SigningKey::generate(Algorithm::Es256).verifying().jwk();
    let ed = SigningKey::generate(Algorithm::EdDsa).verifying().jwk();
    for (changes, outcome) in [
        (json!({}), Ok(Algorithm::Es256)),
        (json!({"alg": null, "use": null, "kid": null}), Ok(Algorithm::Es256)),
        (json!({"key_ops": ["verify"], "x5c": ["ignored"], "x5u": "https://evil.example"}), Ok(Algorithm::Es256)),
        (json!({"key_ops": ["sign"]}), Err(Use)),
        (json!({"key_ops": "verify"}), Err(Use)),
        (json!({"use": "enc"}), Err(Use)),
        (json!({"use": 1}), Err(Use)),
        (json!({"d": "AAAA"}), Err(Secret)),
        (json!({"k": "AAAA"}), Err(Secret)),
        (json!({"kty": "oct"}), Err(Secret)),
        (json!({"kty": null}), Err(Malformed)),
        (json!({"kty": "ec"}), Err(Kind)),
        (json!({"kty": "OKP"}), Err(Kind)),
        (json!({"crv": null}), Err(Kind)),
        (json!({"crv": "P-384"}), Err(Kind)),
        (json!({"crv": "secp256k1"}), Err(Kind)),
        (json!({"alg": "RS256"}), Err(Wrong)),
        (json!({"alg": "none"}), Err(Wrong)),
        (json!({"alg": "HS256"}), Err(Wrong)),
        (json!({"alg": 1}), Err(Wrong)),
        (json!({"kid": ""}), Err(Malformed)),
        (json!({"kid": 1}), Err(Malformed)),
        (json!({"kid": "k".repeat(256)}), Ok(Algorithm::Es256)),
        (json!({"kid": "k".repeat(257)}), Err(Malformed)),
        (json!({"x5t": ["x"]}), Err(Malformed)),
        (json!({"x": null}), Err(Malformed)),
        (json!({"x": 1}), Err(Malformed)),
        (json!({"x": "AAAA"}), Err(Malformed)),
        (json!({"x": format!("{}=", ec["x"].as_str().unwrap())}), Err(Malformed)),
        (json!({"x": format!("AAAA{}", ec["x"].as_str().unwrap())}), Err(Malformed)),
        (json!({"y": ec["x"]}), Err(Invalid)),
        (json!({"x": URL_SAFE_NO_PAD.encode([0; 32]), "y": URL_SAFE_NO_PAD.encode([0; 32])}), Err(Invalid)),
        (json!({"x": URL_SAFE_NO_PAD.encode([255; 32])}), Err(Invalid)),
    ] {
        assert_eq!(read(&ec, &changes), outcome, "{changes}");
    }
    assert_eq!(read(&ed, &json!({"crv": "X25519"})), Err(Kind));
    assert_eq!(read(&ed, &json!({"x": "AAAA"})), Err(Malformed));
    assert_eq!(read(&ed, &json!({"alg": "ES256"})), Err(Wrong));
    assert_eq!(VerifyingKey::from_jwk(&json!([ec])).unwrap_err(), Malformed);
}

#[test]
fn what_an_rsa_jwk_may_say() {
    use KeyError::{Algorithm as Wrong, Invalid, Malformed, Secret, Size};
    let rsa = SigningKey::generate(Algorithm::Rs256).verifying().jwk();
    let n = URL_SAFE_NO_PAD.decode(rsa["n"].as_str().unwrap()).unwrap();
    let text = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
    let odd = |bytes: usize, first: u8| {
        let mut number = vec![0x55; bytes];
        number[0] = first;
        text(&number)
    };
    let mut even = n.clone();
    even[255] &= 0xfe;
    for (changes, outcome) in [
        (json!({}), Ok(Algorithm::Rs256)),
        (json!({"alg": null}), Ok(Algorithm::Rs256)),
        (json!({"alg": "PS256"}), Ok(Algorithm::Ps256)),
        (json!({"alg": "ES256"}), Err(Wrong)),
        (json!({"alg": "RS512"}), Err(Wrong)),
        (json!({"d": "AAAA"}), Err(Secret)),
        (json!({"p": "AAAA"}), Err(Secret)),
        (json!({"oth": []}), Err(Secret)),
        (json!({"n": null}), Err(Malformed)),
        (json!({"n": ""}), Err(Malformed)),
        (json!({"n": text(&[&[0], n.as_slice()].concat())}), Err(Malformed)),
        (json!({"n": odd(128, 0xff)}), Err(Size)),
        (json!({"n": odd(256, 0x7f)}), Err(Size)),
        (json!({"n": odd(256, 0x80)}), Ok(Algorithm::Rs256)),
        (json!({"n": odd(1024, 0xff)}), Ok(Algorithm::Rs256)),
        (json!({"n": odd(1025, 0x01)}), Err(Size)),
        (json!({"n": text(&even)}), Err(Invalid)),
        (json!({"e": "Aw"}), Ok(Algorithm::Rs256)),
        (json!({"e": "AQ"}), Err(Invalid)),
        (json!({"e": "Ag"}), Err(Invalid)),
        (json!({"e": "AA"}), Err(Invalid)),
        (json!({"e": ""}), Err(Invalid)),
        (json!({"e": "AAEAAQ"}), Err(Invalid)),
        (json!({"e": text(&[0xff; 9])}), Err(Invalid)),
    ] {
        assert_eq!(read(&rsa, &changes), outcome, "{changes}");
    }
}

#[test]
fn an_rsa_key_verifies_the_padding_it_is_told_and_no_other() {
    let key = SigningKey::generate(Algorithm::Ps256);
    let token = key.sign("at+jwt", &json!({}));
    let as_rs256 = key.verifying().with_algorithm(Algorithm::Rs256).unwrap();
    assert_eq!(verify(&token, &as_rs256, ACCESS), Err(JwsError::Algorithm));
    assert!(verify(&token, &as_rs256.with_algorithm(Algorithm::Ps256).unwrap(), ACCESS).is_ok());
    assert_eq!(key.verifying().with_algorithm(Algorithm::Es256).unwrap_err(), KeyError::Algorithm);
    let renamed =
        token.replacen(&URL_SAFE_NO_PAD.encode(r#"{"alg":"PS256","#), &URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","#), 1);
    assert_ne!(renamed, token);
    let as_rs256 = key.verifying().with_algorithm(Algorithm::Rs256).unwrap();
    assert_eq!(verify(&renamed, &as_rs256, ACCESS), Err(JwsError::Signature));
}

#[test]
fn pem_holds_a_public_key() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa] {
        let key = SigningKey::generate(algorithm).verifying();
        let text = pem("PUBLIC KEY", &info(&key));
        let read = VerifyingKey::from_pem(&text).unwrap();
        assert_eq!((read.key_id(), read.algorithm(), read.jwk()), (key.key_id(), algorithm, key.jwk()));
        let chatty = format!("Subject: somebody\r\n\r\n{}\r\n", text.replace('\n', "\r\n"));
        assert_eq!(VerifyingKey::from_pem(&chatty).unwrap().key_id(), key.key_id());
    }
}

#[test]
fn what_no_pem_of_a_public_key_is() {
    let key = SigningKey::generate(Algorithm::Es256);
    let der = info(&key.verifying());
    let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPQ somebody";
    let mut off_curve = der.clone();
    off_curve[60] ^= 1;
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap().public_key_pem();
    for (text, error) in [
        (String::new(), KeyError::Malformed),
        (ssh.into(), KeyError::Malformed),
        (pem("EC PUBLIC KEY", &der), KeyError::Malformed),
        (pem("PUBLIC KEY", &der).replace("-----END", "-----ENDE"), KeyError::Malformed),
        (pem("PUBLIC KEY", &der).replace("MFkw", "M!kw"), KeyError::Malformed),
        (pem("PUBLIC KEY", b""), KeyError::Kind),
        (pem("PUBLIC KEY", &[der.as_slice(), &[0]].concat()), KeyError::Malformed),
        (pem("PUBLIC KEY", &der[..90]), KeyError::Malformed),
        (pem("PUBLIC KEY", &off_curve), KeyError::Invalid),
        (p384, KeyError::Kind),
        (pem("PRIVATE KEY", &key.pkcs8()), KeyError::Secret),
        (pem("PUBLIC KEY", &der) + &pem("RSA PRIVATE KEY", b"x"), KeyError::Secret),
        (pem("CERTIFICATE", &der), KeyError::Malformed),
        (pem("PUBLIC KEY", &der) + &" ".repeat(32 * 1024), KeyError::Malformed),
    ] {
        assert_eq!(VerifyingKey::from_pem(&text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn a_certificate_brings_its_key_and_two_more_names_for_it() {
    for (kind, algorithm) in [
        (&PKCS_ECDSA_P256_SHA256, Algorithm::Es256),
        (&PKCS_RSA_SHA256, Algorithm::Rs256),
        (&PKCS_ED25519, Algorithm::EdDsa),
    ] {
        let pair = KeyPair::generate_for(kind).unwrap();
        let certificate = CertificateParams::new(["tool.example".into()]).unwrap().self_signed(&pair).unwrap();
        let key = VerifyingKey::from_pem(&certificate.pem()).unwrap();
        assert_eq!(key.key_id(), VerifyingKey::from_pem(&pair.public_key_pem()).unwrap().key_id());
        assert_eq!(key.algorithm(), algorithm);

        let hash = |algorithm| Some(URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(algorithm, certificate.der())));
        let (sha1, sha256) = (hash(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY), hash(&aws_lc_rs::digest::SHA256));
        let (own, other) = (Some(key.key_id().to_owned()), Some("other".to_owned()));
        for (kid, x5t, x5t_s256, named) in [
            (None, None, None, true),
            (own.clone(), None, None, true),
            (other.clone(), None, None, false),
            (None, sha1.clone(), None, true),
            (None, None, sha256.clone(), true),
            (other.clone(), sha1.clone(), sha256.clone(), true),
            (own.clone(), other.clone(), None, false),
            (own.clone(), sha1.clone(), other.clone(), false),
            (None, sha256.clone(), None, false),
        ] {
            let header = Header { alg: algorithm, kid, typ: None, x5t, x5t_s256 };
            assert_eq!(key.is_named_by(&header), named, "{header:?}");
            // A JWK may state the thumbprints of its certificate too, padded or not.
            let padded = sha1.as_ref().map(|hash| format!("{hash}="));
            let jwk = changed(key.jwk(), &json!({"x5t": padded, "x5t#S256": sha256}));
            let jwk = VerifyingKey::from_jwk(&serde_json::from_str(&jwk).unwrap()).unwrap();
            assert_eq!(jwk.is_named_by(&header), named, "{header:?}");
        }
        // A key without a certificate cannot be told by thumbprints; they say nothing against it.
        let bare = VerifyingKey::from_jwk(&key.jwk()).unwrap();
        assert!(bare.is_named_by(&Header { alg: algorithm, kid: own, typ: None, x5t: sha1, x5t_s256: None }));
        assert!(!bare.is_named_by(&Header { alg: algorithm, kid: other, typ: None, x5t: None, x5t_s256: None }));
    }
}
