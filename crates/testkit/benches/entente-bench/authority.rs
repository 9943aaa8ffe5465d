//! Acting on behalf: a token exchanged over HTTP, against the two signatures that cannot be spared.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
};
use entente_api::{Front, oauth};
use entente_app::authority::exchange::TOKEN_EXCHANGE;
use entente_domain::ids::TenantId;

use crate::http::{ROUND, load, rate};
use crate::installation::Installation;
use crate::row;

/// A token that acts on behalf of one of the installation's customers.
pub fn acting(world: &Installation) -> String {
    world.test.authority().act(&world.program, &world.agent, with_privileges(world)).expect("a token")
}

/// Every third customer gives none.
fn with_privileges(world: &Installation) -> TenantId {
    let held = |it: &&TenantId| world.test.authority().act(&world.program, &world.agent, **it).is_ok();
    *world.customers.iter().find(held).expect("a customer that lets its partner act")
}

/// Prints the ratio; the two take turns, and the middle of the rounds counts.
pub fn exchange_ratio(world: Installation) {
    let world = Arc::new(world);
    let customer = with_privileges(&world);
    let own = world.test.authority().sign_in(&world.program, &world.agent, "openid").expect("a token").access_token;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let front = Front {
        app: world.test.app.clone(),
        address: Arc::new(|peer, _| peer.ip().to_string()),
        known_host: Arc::new(|_, _| true),
        ids: Arc::new(|| "00000000-0000-7000-8000-000000000000".to_owned()),
    };
    let routes = oauth::routes(&front).into_make_service_with_connect_info::<SocketAddr>();
    let server = runtime.spawn(async move { axum::serve(listener, routes).await });
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", TOKEN_EXCHANGE)
        .append_pair("client_id", &world.program.id.to_string())
        .append_pair("client_secret", &world.program.secret)
        .append_pair("subject_token", &own)
        .append_pair("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")
        .append_pair("audience", &customer.to_string())
        .finish();
    let request = format!(
        "POST /organizations/oauth2/v2.0/token HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    load(address, &request, Duration::from_millis(500));
    let signatures = Signatures::new(&own);
    let mut rounds: Vec<(f64, f64, f64)> = (0..5)
        .map(|_| {
            let (bare, exchange) = (rate(ROUND, |end| signatures.until(end)), load(address, &request, ROUND));
            (bare / exchange, exchange, bare)
        })
        .collect();
    server.abort();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, exchange, bare) = rounds[2];
    row(
        "token exchange over HTTP, against one bare ES256 verification plus one signature",
        &format!("{ratio:.1} x ({exchange:.0}/s against {bare:.0}/s)"),
        "within 3 x",
    );
}

/// The two signatures by themselves, with keys that were read once.
struct Signatures {
    key: EcdsaKeyPair,
    public: ParsedPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Signatures {
    fn new(token: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let message = token.rsplit_once('.').expect("a signed token").0.as_bytes().to_vec();
        let signature = key.sign(&SystemRandom::new(), &message).expect("signed").as_ref().to_vec();
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref()).expect("a key");
        Self { key, public, message, signature }
    }

    fn until(&self, end: Instant) -> usize {
        let (mut done, random) = (0, SystemRandom::new());
        while Instant::now() < end {
            self.public.verify_sig(black_box(&self.message), &self.signature).expect("its own");
            black_box(self.key.sign(&random, black_box(&self.message)).expect("signed"));
            done += 1;
        }
        done
    }
}
