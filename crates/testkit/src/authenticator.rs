//! An authenticator with one passkey, and the browser around it: what the ceremonies of Web Authentication talk to in tests.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails its test")]

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The user was there and proved it, by a PIN or otherwise (Web Authentication, section 6.1: bits 0 and 2 of the flags).
const VERIFIED: u8 = 0b0000_0101;
/// The user was only there.
const PRESENT: u8 = 0b0000_0001;
/// A key follows (bit 6).
const WITH_KEY: u8 = 0b0100_0000;

/// One passkey.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    host: String,
    user: String,
    /// How often it signed. Public, so that a test can play a copy of it.
    pub counter: AtomicU32,
}

impl Authenticator {
    /// Makes the passkey these options ask for, at `origin`, and what the browser answers.
    pub fn create(options: &str, origin: &str) -> (Self, String) {
        let options: Value = serde_json::from_str(options).expect("options");
        let asked = &options["publicKey"];
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).expect("an id");
        let made = Self {
            key,
            id,
            host: text(&asked["rp"]["id"]),
            user: text(&asked["user"]["id"]),
            counter: AtomicU32::new(0),
        };
        let client = client_data("webauthn.create", &asked["challenge"], origin);
        let mut data = made.data(VERIFIED | WITH_KEY);
        data.extend([0; 16]);
        data.extend(16_u16.to_be_bytes());
        data.extend(made.id);
        data.extend(made.public_key());
        // The map {"fmt": "none", "attStmt": {}, "authData": data} in CBOR (RFC 8949).
        let mut attested = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attested.push(u8::try_from(data.len()).expect("short"));
        attested.extend(data);
        let response = json!({ "attestationObject": encoded(&attested), "clientDataJSON": encoded(&client) });
        let answer = made.answer(&response);
        (made, answer)
    }

    /// Answers what these options ask, at `origin`.
    pub fn get(&self, options: &str, origin: &str) -> String {
        self.signed(options, origin, VERIFIED)
    }

    /// The same without having asked for a PIN.
    pub fn get_unverified(&self, options: &str, origin: &str) -> String {
        self.signed(options, origin, PRESENT)
    }

    fn signed(&self, options: &str, origin: &str, flags: u8) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let client = client_data("webauthn.get", &options["publicKey"]["challenge"], origin);
        self.counter.fetch_add(1, Ordering::SeqCst);
        let data = self.data(flags);
        let message = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("a signature");
        let response = json!({
            "authenticatorData": encoded(&data),
            "clientDataJSON": encoded(&client),
            "signature": encoded(signature.as_ref()),
            "userHandle": self.user,
        });
        self.answer(&response)
    }

    fn answer(&self, response: &Value) -> String {
        let id = encoded(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} }).to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let host = Sha256::digest(self.host.as_bytes());
        [host.as_slice(), &[flags], &self.counter.load(Ordering::SeqCst).to_be_bytes()].concat()
    }

    /// The key as COSE writes it (RFC 9053): {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..65).expect("an uncompressed point").split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
    }
}

fn client_data(kind: &str, challenge: &Value, origin: &str) -> Vec<u8> {
    let data = json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false });
    data.to_string().into_bytes()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
