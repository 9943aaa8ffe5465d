//! Attacks on how a token is written: its signature, its parts, its length.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

use super::*;

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
    for bytes in [MAX_HEADER_BYTES + 1, 10_000, 100 * 1024] {
        assert_eq!(presented(&of(bytes), &key.verifying()), Err(Token(TooLong)), "{bytes}");
    }
    let of = |bytes: usize| with(&key, &json!({}), &fill(bytes));
    let room = (MAX_TOKEN_BYTES - of(0).len()) / 4 * 3;
    assert_eq!(presented(&of(room), &key.verifying()), Ok(()));
    assert_eq!(presented(&of(room + 3), &key.verifying()), Err(Token(TooLong)));
}
