//! Programs and their tokens, by the same steps a program takes: an authorization code for a signed-in person, the code for tokens, and
//! a token for one that acts on behalf of a customer.
//!
//! `test.authority().act(&program, &person, customer)` is the short way; each step alone is there as well.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails its test")]

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_app::application::{self, Choice};
use entente_app::authority::authorize::{self, Unanswerable};
use entente_app::authority::bearer::{self, Bearer};
use entente_app::authority::client::Presented;
use entente_app::authority::token::{self, Request, TokenSet};
use entente_app::authority::{Params, Refusal, exchange};
use entente_app::{App, Ctx, Error, service};
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::ids::{ApplicationId, TenantId};
use entente_domain::language::Language;
use entente_identity::jws::{Algorithm, SigningKey};
use entente_store::Sql;
use serde_json::Value;

use crate::TestApp;

/// Where every program's sign-in leads back to.
pub const REDIRECT: &str = "https://console.example/callback";
const TOKEN_EXCHANGE: &str = exchange::TOKEN_EXCHANGE;
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What the authority writes, and where it stands.
const WRITTEN: &[(&str, &str)] = &[
    ("grants", "token_grant"),
    ("grants that ended", "token_grant WHERE ended_at IS NOT NULL"),
    ("refresh tokens", "refresh_token"),
    ("refresh tokens that were used", "refresh_token WHERE used_at IS NOT NULL"),
    ("codes", "authorization_code"),
    ("codes that were used", "authorization_code WHERE used_at IS NOT NULL"),
    ("device codes", "device_code"),
    ("device codes that were asked about", "device_code WHERE polled_at IS NOT NULL"),
    ("device codes that wait", "device_code WHERE state = 'waiting'"),
    ("acting sessions", "acting_session"),
    ("acting sessions that ended", "acting_session WHERE ended_at IS NOT NULL"),
    ("assertions", "assertion_seen"),
    ("events", "event"),
];

/// A confidential application with its secret.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its id.
    pub id: ApplicationId,
    /// Its secret.
    pub secret: String,
}

/// A service of the public cloud that lets in global administrators alone and is told nothing, asked for as `urn:` and its name; a test names
/// only what it is about: `New { roles, ..service("Mailboxes") }`.
pub fn service(name: &str) -> service::New {
    service::New {
        cloud: Cloud::Public,
        name: name.parse().expect("a name"),
        portal_url: "https://mail.example/launch".to_owned(),
        redirect: REDIRECT.parse().expect("an address"),
        identifier: format!("urn:{name}"),
        roles: Vec::new(),
        logout_url: None,
        events: None,
    }
}

/// The authority as programs use it.
#[derive(Clone, Copy)]
pub struct Authority<'a>(&'a App);

impl TestApp {
    /// The authority of this application.
    pub fn authority(&self) -> Authority<'_> {
        Authority(&self.app)
    }

    /// How much of each thing the authority writes there is: what a refusal leaves as it was.
    pub fn written(&self) -> BTreeMap<&'static str, i64> {
        let count = |from: &str| {
            let sql = Sql::dynamic(format!("SELECT COUNT(*) FROM {from}"));
            let counted = self.app.store().read(|tx| tx.one(&sql, &[], |row| row.int(0)));
            counted.expect("counted").expect("a row")
        };
        WRITTEN.iter().map(|(what, from)| (*what, count(from))).collect()
    }

    /// A confidential application with a secret of a year, registered by a global admin of a partner who signed in a moment ago.
    pub fn program(&self, administrator: &Ctx, name: &str) -> Program {
        let choice = Choice {
            name: name.parse().expect("a name"),
            redirects: vec![REDIRECT.parse().expect("an address")],
            roles: Vec::new(),
            algorithm: Signature::Es256,
            device_code: false,
        };
        let administrator = &self.confirmed(administrator);
        let id = application::register(&self.app, administrator, choice, true).expect("registered").id;
        let secret = application::add_secret(&self.app, administrator, id, "test", 365).expect("a secret").text();
        Program { id, secret }
    }

    /// Adds a service, and answers what it signs people in as.
    pub fn service(&self, new: service::New) -> Program {
        let added = service::add(&self.app, &Ctx::operator(), new).expect("added");
        Program { id: added.service.application, secret: added.secret.text() }
    }
}

impl Authority<'_> {
    /// The tokens of somebody at home; add `offline_access` to the scope for a refresh token.
    ///
    /// # Errors
    /// What the authority answers.
    pub fn sign_in(self, program: &Program, who: &Ctx, scope: &str) -> Result<TokenSet, Error> {
        let code = self.code(program, who, "organizations", scope)?;
        self.redeem(program, "organizations", &code)
    }

    /// An authorization code at `place` for somebody who is signed in there.
    ///
    /// # Errors
    /// What the authority answers.
    pub fn code(self, program: &Program, who: &Ctx, place: &str, scope: &str) -> Result<String, Error> {
        let id = program.id.to_string();
        let asked = [("client_id", &*id), ("redirect_uri", REDIRECT), ("response_type", "code"), ("scope", scope)];
        let checked = authorize::check(self.0, who, place, &params(&asked)).map_err(|it| match it {
            Unanswerable::Shown(error) => error,
            Unanswerable::Sent(_, refusal) => (*refusal).into(),
        })?;
        Ok(authorize::issue(self.0, who, &checked)?.code.text())
    }

    /// Redeems a code.
    ///
    /// # Errors
    /// What the authority answers.
    pub fn redeem(self, program: &Program, place: &str, code: &str) -> Result<TokenSet, Error> {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
        self.request(program, place, &fields)
    }

    /// A token of a person exchanged for one that acts on behalf of a customer (RFC 8693).
    ///
    /// # Errors
    /// What the authority answers.
    pub fn exchange(self, program: &Program, token: &str, customer: TenantId) -> Result<TokenSet, Error> {
        self.exchanged(program, token, customer, &[])
    }

    /// The same for a resource by its name, such as a service's.
    ///
    /// # Errors
    /// What the authority answers.
    pub fn exchange_for(
        self,
        program: &Program,
        token: &str,
        customer: TenantId,
        resource: &str,
    ) -> Result<TokenSet, Error> {
        self.exchanged(program, token, customer, &[("resource", resource)])
    }

    fn exchanged(
        self,
        program: &Program,
        token: &str,
        customer: TenantId,
        more: &[(&str, &str)],
    ) -> Result<TokenSet, Error> {
        let customer = customer.to_string();
        let mut fields = vec![
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
            ("audience", &*customer),
        ];
        fields.extend_from_slice(more);
        self.request(program, "organizations", &fields)
    }

    /// A token by which somebody acts on behalf of a customer.
    ///
    /// # Errors
    /// What the authority answers.
    pub fn act(self, program: &Program, who: &Ctx, customer: TenantId) -> Result<String, Error> {
        let own = self.sign_in(program, who, "openid")?;
        Ok(self.exchange(program, &own.access_token, customer)?.access_token)
    }

    /// Any request to the token endpoint, with the program's secret.
    ///
    /// # Errors
    /// What the authority answers.
    pub fn request(self, program: &Program, place: &str, fields: &[(&str, &str)]) -> Result<TokenSet, Error> {
        let (params, presented) = presented(program, fields)?;
        token::issue(self.0, &nobody(), &Request { place: place.to_owned(), params, presented })
    }

    /// What a program is told about a token (RFC 7662).
    ///
    /// # Errors
    /// What the authority answers.
    pub fn introspect(self, program: &Program, token: &str) -> Result<Value, Error> {
        let (params, presented) = presented(program, &[("token", token)])?;
        bearer::introspect(self.0, &nobody(), "organizations", &params, &presented)
    }

    /// Ends what a token rests on (RFC 7009).
    ///
    /// # Errors
    /// What the authority answers.
    pub fn revoke(self, program: &Program, token: &str) -> Result<(), Error> {
        let (params, presented) = presented(program, &[("token", token)])?;
        bearer::revoke(self.0, &nobody(), "organizations", &params, &presented)
    }

    /// An access token that says what a test wants, signed with the present key of a cloud as the authority itself would.
    pub fn signed(self, cloud: Cloud, claims: &Value) -> String {
        self.key(cloud).sign("at+jwt", claims)
    }

    /// The present key of a cloud.
    pub fn key(self, cloud: Cloud) -> SigningKey {
        let keys = self.0.store().read(|tx| entente_store::signing_key::of_cloud(tx, cloud)).expect("read");
        let kept = keys.iter().find(|it| it.algorithm == Signature::Es256).expect("a key");
        let der = self.0.seal().open("signing-key", kept.id.as_bytes(), &kept.sealed).expect("sealed by this instance");
        SigningKey::from_pkcs8(Algorithm::Es256, &der).expect("a key")
    }

    /// Who holds a token for one of the local interfaces, as these ask at every call.
    ///
    /// # Errors
    /// [`Refusal`] when it does not count.
    pub fn check(self, token: &str) -> Result<Bearer, Error> {
        bearer::check(self.0, &Ctx::anonymous(None, Language::En), token, &bearer::audiences(self.0))
    }

    /// Whether a token counts now.
    ///
    /// # Panics
    /// When that cannot be told.
    pub fn counts(self, token: &str) -> bool {
        match self.check(token) {
            Ok(_) => true,
            Err(Error::Authority(_)) => false,
            Err(error) => panic!("failed to check a token: {error:?}"),
        }
    }
}

fn nobody() -> Ctx {
    Ctx::anonymous(Some("192.0.2.9".to_owned()), Language::En)
}

/// A program's form, with its secret.
fn presented(program: &Program, fields: &[(&str, &str)]) -> Result<(Params, Presented), Error> {
    let id = program.id.to_string();
    let mut all = vec![("client_id", &*id), ("client_secret", &*program.secret)];
    all.extend_from_slice(fields);
    let params = params(&all);
    let presented = Presented::read(&params, None)?;
    Ok((params, presented))
}

/// A token with a header of one's own, signed with a key for ES256.
pub fn spelled(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.pkcs8()).expect("a key for ES256");
    let [header, claims] = [header, claims].map(|it| URL_SAFE_NO_PAD.encode(it.to_string()));
    let signed = format!("{header}.{claims}");
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("signed");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Names and values of a form.
pub fn params(fields: &[(&str, &str)]) -> Params {
    let pairs = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Params::new(pairs).map_err(|it: Refusal| it.text).expect("each name once")
}
