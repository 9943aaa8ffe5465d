//! What a token costs beside the signature it carries: `cargo bench -p entente-identity`.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be made ends the benchmark")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
};
use divan::{Bencher, black_box};
use entente_identity::jws::{self, Algorithm, SigningKey, Types};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// The claims of an access token.
fn claims() -> Value {
    json!({
        "iss": "https://login.halden.example/6d9e3f0e-5c44-7a55-9f3c-0d4f3f0a1b2c/v2.0",
        "aud": "https://login.halden.example/graph",
        "sub": "0f9619ff-8b86-7011-b42d-00c04fc964ff",
        "oid": "0f9619ff-8b86-7011-b42d-00c04fc964ff",
        "tid": "6d9e3f0e-5c44-7a55-9f3c-0d4f3f0a1b2c",
        "client_id": "3f2504e0-4f89-7d39-9a0c-0305e82c3301",
        "azp": "3f2504e0-4f89-7d39-9a0c-0305e82c3301",
        "scp": "User.Read DelegatedAdminRelationship.ReadWrite.All",
        "wids": ["62e90394-69f5-4237-9190-012177145e10"],
        "amr": ["pwd", "otp"], "acr": "1", "ver": "2.0", "jti": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_w",
        "iat": 1_795_424_400, "nbf": 1_795_424_400, "exp": 1_795_428_000, "auth_time": 1_795_424_390,
    })
}

#[divan::bench]
fn bare_sign(bencher: Bencher<'_, '_>) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let message = claims().to_string();
    bencher.bench_local(|| key.sign(&SystemRandom::new(), black_box(message.as_bytes())).unwrap());
}

#[divan::bench]
fn bare_verify(bencher: Bencher<'_, '_>) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let message = claims().to_string();
    let signature = key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref()).unwrap();
    bencher.bench_local(|| public.verify_sig(black_box(message.as_bytes()), signature.as_ref()).unwrap());
}

#[divan::bench]
fn sign(bencher: Bencher<'_, '_>) {
    let (key, claims) = (SigningKey::generate(Algorithm::Es256), claims());
    bencher.bench_local(|| key.sign("at+jwt", black_box(&claims)));
}

#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let key = SigningKey::generate(Algorithm::Es256);
    let (token, public) = (key.sign("at+jwt", &claims()), key.verifying());
    bencher.bench_local(|| jws::verify(black_box(&token), &public, Types::OneOf(&["at+jwt"])).unwrap());
}
