//! A step of a sign-in with a page of its own, between the first proof and the session: what waits behind the browser's cookie, the
//! way to a passkey, and the way back to the beginning when nothing waits. `second` and `enrol` are such steps.

use axum::response::Response;
use entente_app::sign_in::Audience;
use entente_app::sign_in::second::Pending;
use entente_app::{App, Ctx, Error};
use entente_identity::ChallengeToken;
use serde::Deserialize;

use super::attempt;
use super::waiting::{Waiting, ceremony};
use crate::session::{base, see_other, sign_in_path};
use crate::{MaybeSession, Problem, run};

/// An operation about what waits behind a token, at a portal and an address.
type Operation<T> = fn(&App, &Ctx, Audience, &str, &ChallengeToken) -> Result<T, Error>;

/// A step, by its page's name and the operations behind it.
pub(super) struct Step {
    /// Its page's name in the address.
    pub(super) name: &'static str,
    /// What waits.
    pub(super) waiting: Operation<Pending>,
    /// What the browser is to ask the authenticator, as JSON.
    pub(super) begin_passkey: Operation<String>,
}

/// What a step's form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "do", default)]
    what: String,
    #[serde(rename = "return")]
    pub(super) back: Option<String>,
    #[serde(default)]
    pub(super) code: String,
    /// What a new passkey is to be called.
    #[serde(default)]
    pub(super) name: String,
    /// What the authenticator answered; empty the first time.
    #[serde(default)]
    pub(super) credential: String,
}

impl Sent {
    /// Whether it is about a passkey.
    pub(super) fn with_passkey(&self) -> bool {
        self.what == "passkey"
    }

    /// Whether it asks for what to hand to the authenticator.
    pub(super) fn asks_for_ceremony(&self) -> bool {
        self.with_passkey() && self.credential.is_empty()
    }
}

/// Back to the beginning.
pub(super) fn begin_again(audience: Audience, back: &str) -> Response {
    see_other(&sign_in_path(audience, back))
}

impl Step {
    /// Where its form goes.
    pub(super) fn action(&self, who: &MaybeSession) -> String {
        format!("{}/sign-in/{}", base(who.audience), self.name)
    }

    /// What waits, for a page that shows it.
    pub(super) async fn pending(&self, who: &MaybeSession, Waiting(token): Waiting) -> Result<Pending, Error> {
        let (operation, ctx, audience) = (self.waiting, who.ctx.clone(), who.audience);
        let origin = who.visit.origin.as_str().to_owned();
        let token = token.ok_or(Error::SignInRequired)?;
        run(&who.app, move |app| operation(app, &ctx, audience, &origin, &token)).await
    }

    /// The page, for those in whose browser something waits.
    pub(super) async fn show(
        &self,
        who: &MaybeSession,
        waiting: Waiting,
        back: &str,
        page: impl FnOnce(&Pending) -> Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        match self.pending(who, waiting).await {
            Ok(pending) => page(&pending),
            Err(Error::SignInRequired) => Ok(begin_again(who.audience, back)),
            Err(error) => Err(error.into()),
        }
    }

    /// What the page's script hands to the authenticator.
    pub(super) async fn passkey(&self, who: &MaybeSession, Waiting(token): Waiting) -> Result<Response, Problem> {
        let (operation, ctx, audience) = (self.begin_passkey, who.ctx.clone(), who.audience);
        let origin = who.visit.origin.as_str().to_owned();
        let asked = run(&who.app, move |app| {
            let token = token.ok_or(Error::WrongCredentials)?;
            operation(app, &ctx, audience, &origin, &token)
        });
        Ok(ceremony(&asked.await?))
    }
}

/// Takes a step by what was sent, as nobody yet.
pub(super) async fn take<T: Send + 'static>(
    who: &MaybeSession,
    Waiting(token): Waiting,
    finish: impl FnOnce(&App, &Ctx, Audience, &str, &ChallengeToken) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (audience, origin) = (who.audience, who.visit.origin.as_str().to_owned());
    attempt(who, move |app, ctx| {
        let token = token.ok_or(Error::WrongCredentials)?;
        finish(app, ctx, audience, &origin, &token)
    })
    .await
}
