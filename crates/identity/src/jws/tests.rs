use aws_lc_rs::encoding::AsDer as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;

mod attacks;
mod forms;
mod keys;
mod standards;
mod vectors;

const ACCESS: Types<'_> = Types::OneOf(&["at+jwt"]);

/// Signs a header and payload exactly as they are spelled here.
pub(crate) fn spelled(key: &SigningKey, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.signature(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The text of `object` with members replaced, or left out where the change says null.
fn changed(mut object: Value, changes: &Value) -> String {
    for (name, value) in changes.as_object().unwrap() {
        object[name] = value.clone();
    }
    object.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    object.to_string()
}

/// A header that passes, with changes.
fn header(key: &SigningKey, changes: &Value) -> String {
    let algorithm = key.verifying().algorithm().name();
    changed(json!({"alg": algorithm, "kid": key.key_id(), "typ": "at+jwt"}), changes)
}

/// The PEM text of bytes under a label.
fn pem(label: &str, der: &[u8]) -> String {
    let body: Vec<String> =
        STANDARD.encode(der).into_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body.join("\n"))
}

/// The key's `SubjectPublicKeyInfo`.
fn info(key: &VerifyingKey) -> Vec<u8> {
    key.parsed.as_der().unwrap().as_ref().to_vec()
}
