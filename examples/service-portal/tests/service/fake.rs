//! A small authority with keys of its own, which answers what a test tells it to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, rsa};
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub const CLIENT: &str = "mailboxes-client";
pub const SECRET: &str = "mailboxes-secret";

/// A key that signs.
pub enum Key {
    Es256(&'static str, EcdsaKeyPair),
    Rs256(&'static str, Box<rsa::KeyPair>),
}

impl Key {
    pub fn es256(kid: &'static str) -> Self {
        Self::Es256(kid, EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub fn rs256(kid: &'static str) -> Self {
        Self::Rs256(kid, Box::new(rsa::KeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Es256(kid, pair) => {
                // An uncompressed point: 4, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256",
                       "x": BASE64.encode(x), "y": BASE64.encode(y)})
            }
            Self::Rs256(kid, pair) => {
                // PKCS #1 of 2048 bits: nine bytes, the modulus, two bytes, the exponent.
                let der = pair.public_key().as_ref();
                assert_eq!(der.len(), 270);
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
                       "n": BASE64.encode(&der[9..265]), "e": BASE64.encode(&der[267..])})
            }
        }
    }

    /// Signs claims as a token of this type.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let (alg, kid) = match self {
            Self::Es256(kid, _) => ("ES256", kid),
            Self::Rs256(kid, _) => ("RS256", kid),
        };
        self.sign_with(&json!({"alg": alg, "typ": typ, "kid": kid}), claims)
    }

    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let encode = |it: &Value| BASE64.encode(it.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let random = SystemRandom::new();
        let signature = match self {
            Self::Es256(_, pair) => pair.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Rs256(_, pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

/// What the authority knows and does.
pub struct Told {
    pub keys: Vec<Key>,
    /// Codes with the S256 challenge they were asked for with, and the ID token they become.
    pub codes: HashMap<String, (String, Option<String>)>,
    pub access_token: String,
    pub introspection: (u16, Value),
    pub discoveries: usize,
    /// Whether it cannot say anything about itself for now.
    pub away: bool,
    pub introspected: Vec<String>,
}

/// The authority that runs.
pub struct Fake {
    pub base: String,
    pub told: Arc<Mutex<Told>>,
    _serving: JoinSet<()>,
}

/// The organisation that the authority does not know.
pub const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Told {
            keys: vec![Key::es256("first")],
            codes: HashMap::new(),
            access_token: "opaque".to_owned(),
            introspection: (200, json!({"active": true})),
            discoveries: 0,
            away: false,
            introspected: Vec::new(),
        }));
        let router = Router::new()
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery))
            .route("/{tenant}/keys", get(keys))
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route("/{tenant}/oauth2/v2.0/introspect", post(introspect))
            .with_state((base.clone(), Arc::clone(&told)));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, told, _serving: serving }
    }

    pub fn told<T>(&self, work: impl FnOnce(&mut Told) -> T) -> T {
        work(&mut self.told.lock().unwrap())
    }

    /// Signs with the newest key.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        self.told(|told| told.keys.last().unwrap().sign(typ, claims))
    }
}

type Known = State<(String, Arc<Mutex<Told>>)>;

async fn discovery(State((base, told)): Known, Path(tenant): Path<String>) -> (StatusCode, Json<Value>) {
    let away = {
        let mut told = told.lock().unwrap();
        told.discoveries += 1;
        told.away
    };
    if away {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null));
    }
    if tenant == UNKNOWN {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_tenant"})));
    }
    let document = json!({
        "issuer": format!("{base}/{tenant}/v2.0"),
        "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
        "jwks_uri": format!("{base}/{tenant}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    (StatusCode::OK, Json(document))
}

async fn keys(State((_, told)): Known) -> Json<Value> {
    let keys: Vec<Value> = told.lock().unwrap().keys.iter().map(Key::jwk).collect();
    Json(json!({"keys": keys}))
}

type Fields = Form<HashMap<String, String>>;

async fn token(State((_, told)): Known, Form(sent): Fields) -> (StatusCode, Json<Value>) {
    let refuse = |error| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
    let is = |name: &str, value: &str| sent.get(name).is_some_and(|it| it == value);
    if !is("client_id", CLIENT) || !is("client_secret", SECRET) {
        return refuse("invalid_client");
    }
    let mut told = told.lock().unwrap();
    let Some((challenge, id_token)) = sent.get("code").and_then(|code| told.codes.remove(code)) else {
        return refuse("invalid_grant");
    };
    let verifier = sent.get("code_verifier").cloned().unwrap_or_default();
    let computed = BASE64.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    if computed != challenge || !is("redirect_uri", "http://localhost:8090/callback") {
        return refuse("invalid_grant");
    }
    let mut answer = json!({"token_type": "Bearer", "access_token": told.access_token, "expires_in": 300});
    if let Some(id_token) = id_token {
        answer["id_token"] = id_token.into();
    }
    (StatusCode::OK, Json(answer))
}

async fn introspect(
    State((_, told)): Known,
    Path(tenant): Path<String>,
    Form(sent): Fields,
) -> (StatusCode, Json<Value>) {
    let mut told = told.lock().unwrap();
    let field = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let seen = format!("{tenant} {}:{} {}", field("client_id"), field("client_secret"), field("token"));
    told.introspected.push(seen);
    let (status, body) = told.introspection.clone();
    (StatusCode::from_u16(status).unwrap(), Json(body))
}
