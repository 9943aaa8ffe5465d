//! Signing in with a passkey and nothing else. The page's script sends the form twice: first for what to ask the authenticator, then
//! with its answer.

use axum::response::Response;
use entente_app::Error;
use entente_app::sign_in::second;
use serde::Deserialize;

use super::waiting::{self, Waiting, ceremony};
use super::{attempt, go_on, refused, way_back};
use crate::web::Form;
use crate::{MaybeSession, Problem, run};

#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "return")]
    back: Option<String>,
    #[serde(default)]
    fresh: bool,
    /// What the authenticator answered; empty the first time.
    #[serde(default)]
    credential: String,
}

/// `POST {base}/sign-in/passkey`
pub(super) async fn sign_in(
    who: MaybeSession,
    Waiting(token): Waiting,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let (audience, origin) = (who.audience, who.visit.origin.as_str().to_owned());
    if sent.credential.is_empty() {
        let ctx = who.ctx.clone();
        let begun = run(&who.app, move |app| second::begin_alone(app, &ctx, audience, &origin)).await?;
        return Ok(waiting::with(&who.visit, audience, Some(&begun.0), ceremony(&begun.1)));
    }
    let (back, fresh) = (way_back(audience, sent.back.as_deref()), sent.fresh);
    let entered = attempt(&who, move |app, ctx| {
        let token = token.ok_or(Error::WrongCredentials)?;
        second::finish_alone(app, ctx, audience, &origin, &token, &sent.credential)
    });
    match entered.await {
        Ok(entered) => go_on(&who, entered, &back).await,
        Err(Error::WrongCredentials) => refused(&who, back, String::new(), fresh),
        Err(error) => Err(error.into()),
    }
}
