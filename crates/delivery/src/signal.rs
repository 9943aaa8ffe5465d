//! Signals to relying services: each is signed when it leaves, posted, and tried again until its receiver has taken it.
//!
//! Delivered at least once: a receiver knows a repetition by the token's `jti`, which is the signal's id at every attempt. One
//! receiver has one signal in hand at a time, so whoever hangs holds up nobody else.

use entente_app::App;
use entente_app::signal::{self, Kind, Row, State};
use entente_domain::ids::SignalId;
use entente_domain::time::Timestamp;
use http::{Request, Response, StatusCode, header};

use crate::retry::{SIGNAL, Schedule};
use crate::smtp::{Accepted, Failure, Transport};
use crate::worker::{Due, Outbox, OutboxError};

/// How long a signal is in hand at most, in seconds: longer than the client waits for an answer.
const LEASE_SECONDS: i64 = 60;
/// Most characters of an answer that are kept.
const MAX_ANSWER: usize = 500;

/// Turns a signal into a signed token: adds `iat` and, from its id, `jti`. The error is for people.
pub type Sign = dyn Fn(&Row) -> Result<String, String> + Send + Sync;

/// The signals of one installation.
pub struct Signals {
    app: App,
}

impl Signals {
    /// Of this application.
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Outbox for Signals {
    type Id = SignalId;
    type Load = Row;
    const KIND: &'static str = "signal";
    const AT_ONCE: usize = 16;
    const SCHEDULE: Schedule = SIGNAL;

    fn claim_due(&self, _: usize) -> Result<Vec<Due<SignalId, Row>>, OutboxError> {
        let claimed = signal::claim(&self.app, LEASE_SECONDS)?;
        Ok(claimed
            .map(|row| Due { id: row.id, attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX), load: Ok(row) })
            .into_iter()
            .collect())
    }

    fn sent(&self, id: SignalId, answer: &str) -> Result<(), OutboxError> {
        Ok(signal::finish(&self.app, id, State::Delivered, answer)?)
    }

    fn deferred(&self, id: SignalId, answer: &str, next: Timestamp) -> Result<(), OutboxError> {
        Ok(signal::deferred(&self.app, id, answer, next)?)
    }

    fn bounced(&self, id: SignalId, answer: &str) -> Result<(), OutboxError> {
        Ok(signal::finish(&self.app, id, State::Failed, answer)?)
    }

    fn now(&self) -> Timestamp {
        self.app.now()
    }
}

/// Carries signals to their receivers through the application's HTTP client.
pub struct Receivers {
    app: App,
    sign: Box<Sign>,
}

impl Receivers {
    /// `sign` is asked once for each attempt.
    pub fn new(app: App, sign: Box<Sign>) -> Self {
        Self { app, sign }
    }
}

impl Transport<Row> for Receivers {
    fn send(&self, row: &Row) -> Result<Accepted, Failure> {
        let token = (self.sign)(row).map_err(|why| Failure::deferred(format!("not signed: {why}")))?;
        let request = request(row, &token).map_err(|error| Failure::bounced(error.to_string()))?;
        let response = self.app.fetch().send(request).map_err(|error| match error {
            entente_app::wiring::FetchError::Refused(_) => Failure::bounced(format!("failed to {error}")),
            _ => Failure::deferred(format!("failed to {error}")),
        })?;
        let answer = answer(&response, row, &token);
        match response.status() {
            status if status.is_success() => Ok(Accepted { answer }),
            // What is wrong with it now stays wrong: RFC 8935 section 2.4, Back-Channel Logout 1.0 section 2.8. A receiver that is
            // gone says so with 410; a redirect is not followed, so it leads nowhere at the next attempt either.
            StatusCode::BAD_REQUEST | StatusCode::GONE => Err(Failure::bounced(answer)),
            status if status.is_redirection() => Err(Failure::bounced(answer)),
            _ => Err(Failure::deferred(answer)),
        }
    }
}

fn request(row: &Row, token: &str) -> Result<Request<Vec<u8>>, http::Error> {
    let mut request = Request::post(row.url.as_str());
    if let Some(shown) = &row.authorization {
        request = request.header(header::AUTHORIZATION, format!("Bearer {shown}"));
    }
    match row.kind {
        // A token is base64url and dots, which a form takes as they are.
        Kind::Logout => request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("logout_token={token}").into_bytes()),
        Kind::Caep => request
            .header(header::CONTENT_TYPE, "application/secevent+jwt")
            .header(header::ACCEPT, "application/json")
            .body(token.as_bytes().to_vec()),
    }
}

/// Status and text of an answer, unless it repeats what we showed: answers are kept and logged.
fn answer(response: &Response<Vec<u8>>, row: &Row, token: &str) -> String {
    let status = response.status().as_u16();
    let text = String::from_utf8_lossy(response.body());
    let secret = text.contains(token) || row.authorization.as_deref().is_some_and(|it| text.contains(it));
    if secret {
        return format!("{status} (the answer repeats what was sent)");
    }
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_ANSWER).collect();
    format!("{status} {}", text.trim()).trim_end().to_owned()
}
