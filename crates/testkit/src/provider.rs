//! A provider of identity in a test: it keeps to OpenID Connect until a test tells it not to.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails its test")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{hmac, pkcs8};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entente_app::Clock as _;
use entente_identity::FetchError;
use http::{Request, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::TestApp;

/// What the provider knows us as.
pub const CLIENT: &str = "entente";
/// The secret that shows that it is us.
pub const SECRET: &str = "shared with nobody";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// With the key the provider publishes.
    Well,
    /// With another key.
    ByAnother,
    /// Not at all: `alg` is `none`.
    NotAtAll,
    /// With the client secret (HS256).
    WithTheSecret,
}

/// What the provider says of whoever comes next, and where it departs from the rules.
pub struct Says {
    /// Claims of the token besides those that every token has.
    pub claims: Value,
    /// Answers of the userinfo endpoint; without any, there is no such endpoint.
    pub more: Option<Value>,
    /// How the token is signed.
    pub signed: Signed,
    /// Changes the finished token's claims.
    pub forge: Box<dyn Fn(&mut Value) + Send>,
    /// Changes the description of the provider.
    pub describe: Box<dyn Fn(&mut Value) + Send>,
    /// No answer at all.
    pub silent: bool,
}

/// What an authorization request asked for.
struct Asked {
    nonce: String,
    challenge: String,
    redirect_uri: String,
    /// Whether it has to say when it asked the person (OpenID Connect Core section 2, `auth_time`).
    timed: bool,
}

/// The provider.
pub struct Provider {
    issuer: String,
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
    clock: Arc<crate::app::HandClock>,
    says: Mutex<Says>,
    asked: Mutex<HashMap<String, Asked>>,
}

impl Provider {
    /// A provider at this address, in the world of `test`, which asks it from now on.
    pub fn begin(test: &TestApp, issuer: &str) -> Arc<Self> {
        let says = Says {
            claims: json!({ "sub": "1" }),
            more: None,
            signed: Signed::Well,
            forge: Box::new(|_| {}),
            describe: Box::new(|_| {}),
            silent: false,
        };
        let provider = Arc::new(Self {
            issuer: issuer.to_owned(),
            key: key(),
            other: key(),
            clock: test.clock.clone(),
            says: Mutex::new(says),
            asked: Mutex::default(),
        });
        let answering = Arc::clone(&provider);
        test.fetch.answers(move |request| answering.answer(request));
        provider
    }

    /// What it says of whoever comes next.
    pub fn says(&self) -> MutexGuard<'_, Says> {
        self.says.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs somebody in whom the address sends, and answers the address they are sent back to.
    pub fn sign_in(&self, url: &str) -> String {
        let url = Url::parse(url).expect("an address");
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert!(url.as_str().starts_with(&format!("{}/authorize?", self.issuer)), "{url}");
        assert_eq!((query["response_type"].as_str(), query["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|it| it == "openid"), "{url}");
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let code = format!("code-{}", asked.len());
        let redirect_uri = query["redirect_uri"].clone();
        let mut back = Url::parse(&redirect_uri).expect("an address");
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &query["state"])
            .append_pair("iss", &self.issuer);
        let (nonce, challenge) = (query["nonce"].clone(), query["code_challenge"].clone());
        let timed = query.contains_key("max_age");
        asked.insert(code, Asked { nonce, challenge, redirect_uri, timed });
        back.into()
    }

    fn answer(&self, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let says = self.says();
        if says.silent {
            return Err(FetchError::Timeout);
        }
        let url = request.uri().to_string();
        let path = url.strip_prefix(&self.issuer).ok_or(FetchError::Other("another server".to_owned()))?;
        let (status, body) = match path {
            "/.well-known/openid-configuration" => (200, self.description(&says)),
            "/keys" => (200, json!({ "keys": [self.public_key()] })),
            "/token" => self.token(request, &says),
            "/me" => (200, says.more.clone().unwrap_or_default()),
            _ => (404, json!({})),
        };
        let response = Response::builder().status(status).header("content-type", "application/json");
        Ok(response.body(body.to_string().into_bytes()).expect("a response"))
    }

    fn description(&self, says: &Says) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let mut it = json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": true,
        });
        if says.more.is_some() {
            it["userinfo_endpoint"] = json!(at("/me"));
        }
        (says.describe)(&mut it);
        it
    }

    fn public_key(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let part = |range| URL_SAFE_NO_PAD.encode(point.get(range).expect("an uncompressed point"));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k", "x": part(1..33), "y": part(33..65) })
    }

    fn token(&self, request: &Request<Vec<u8>>, says: &Says) -> (u16, Value) {
        let form: HashMap<String, String> = url::form_urlencoded::parse(request.body()).into_owned().collect();
        let shown = request.headers().get("authorization").map_or("", |it| it.to_str().expect("text"));
        let secret: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        if shown != format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}"))) {
            return (401, json!({ "error": "invalid_client" }));
        }
        // A code is redeemed once, for whoever can show what it was asked with.
        let known = self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&form["code"]);
        let good = known.filter(|it| {
            let shown = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
            shown == it.challenge && form["redirect_uri"] == it.redirect_uri
        });
        let Some(asked) = good else { return (400, json!({ "error": "invalid_grant" })) };
        let now = self.clock.now().seconds();
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "nonce": asked.nonce, "iat": now, "exp": now + 300,
        });
        if asked.timed {
            claims["auth_time"] = json!(now);
        }
        let own = says.claims.as_object().expect("claims").clone();
        claims.as_object_mut().expect("claims").extend(own);
        (says.forge)(&mut claims);
        let token = self.signed(&claims, says.signed);
        (200, json!({ "access_token": "a", "token_type": "Bearer", "id_token": token }))
    }

    fn signed(&self, claims: &Value, signed: Signed) -> String {
        let alg = match signed {
            Signed::Well | Signed::ByAnother => "ES256",
            Signed::NotAtAll => "none",
            Signed::WithTheSecret => "HS256",
        };
        let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
        let text = format!("{}.{}", part(&json!({ "alg": alg, "kid": "k" })), part(claims));
        let by = |key: &EcdsaKeyPair| {
            key.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature").as_ref().to_vec()
        };
        let signature = match signed {
            Signed::Well => by(&self.key),
            Signed::ByAnother => by(&self.other),
            Signed::NotAtAll => Vec::new(),
            Signed::WithTheSecret => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn key() -> EcdsaKeyPair {
    let document: pkcs8::Document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).expect("a key")
}
