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
use entente_domain::cloud::Cloud;
use entente_domain::ids::TenantId;

use crate::http::{ROUND, load_in_turn, rate};
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

/// More tokens than a server remembers, so that each is one it has not seen.
const UNSEEN: usize = 25_000;

/// Prints the ratio, for a sign-in that comes again and again, as a tool's does that goes from customer to customer, and for one that
/// was never seen before. Both sides take turns, and the middle of the rounds counts.
pub fn exchange_ratio(world: Installation) {
    let world = Arc::new(world);
    let customer = with_privileges(&world);
    let authority = world.test.authority();
    let own = authority.sign_in(&world.program, &world.agent, "openid").expect("a token").access_token;
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
    let request = |subject: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", TOKEN_EXCHANGE)
            .append_pair("client_id", &world.program.id.to_string())
            .append_pair("client_secret", &world.program.secret)
            .append_pair("subject_token", subject)
            .append_pair("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")
            .append_pair("audience", &customer.to_string())
            .finish();
        format!(
            "POST /organizations/oauth2/v2.0/token HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        )
    };
    let said = authority.check(&own).expect("it counts").claims;
    let key = authority.key(Cloud::Public);
    let unseen: Vec<String> = (0..UNSEEN)
        .map(|number| {
            let mut claims = said.clone();
            claims.insert("jti".to_owned(), number.to_string().into());
            request(&key.sign("at+jwt", &claims))
        })
        .collect();
    let seen = [request(&own)];
    let signatures = Signatures::new(&own);
    for (what, requests) in [("", &seen[..]), (", with a sign-in never seen before", &unseen[..])] {
        let mut requests = requests.iter().cycle();
        load_in_turn(address, &mut requests, Duration::from_millis(500));
        let mut rounds: Vec<(f64, f64, f64)> = (0..5)
            .map(|_| {
                let bare = rate(ROUND, |end| signatures.until(end));
                let exchange = load_in_turn(address, &mut requests, ROUND);
                (bare / exchange, exchange, bare)
            })
            .collect();
        rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, exchange, bare) = rounds[2];
        row(
            &format!("token exchange over HTTP{what}, against one bare ES256 verification plus one signature"),
            &format!("{ratio:.1} x ({exchange:.0}/s against {bare:.0}/s)"),
            "within 3 x",
        );
    }
    server.abort();
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
