//! A person's signed-in browsers: seeing them and ending them. Ending is never held up by a confirmation.

use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::SessionId;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::time::Timestamp;
use entente_identity::SessionToken;
use entente_identity::session::IDLE_SECONDS;
use entente_store::session;

use crate::sign_in::Audience;
use crate::{App, Ctx, Error};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// Its id; the cookie's value is another.
    pub id: SessionId,
    /// The portal it is good for; none that this version knows.
    pub audience: Option<Audience>,
    /// The network address it was begun from.
    pub address: Option<String>,
    /// When it began.
    pub since: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// The living sessions of whoever asks, latest use first.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn list(app: &App, ctx: &Ctx, held: &SessionToken) -> Result<Vec<Mine>, Error> {
    app.read(ctx, |work| {
        let me = work.me()?;
        let this = session::get(work.tx, &held.hash())?.map(|it| it.id);
        let used_since = work.now.plus_seconds(-IDLE_SECONDS);
        let all = session::of_person(work.tx, me.person.id, work.now, used_since)?;
        let mine = |it: session::Session| Mine {
            this: Some(it.id) == this,
            id: it.id,
            audience: Audience::parse(&it.audience),
            address: it.address,
            since: it.created_at,
            seen_at: it.seen_at,
        };
        Ok(all.into_iter().map(mine).collect())
    })
}

/// Ends one of the sessions of whoever asks. Repeating it changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's and for one that has ended alike.
pub fn end(app: &App, ctx: &Ctx, id: SessionId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let me = work.me()?;
        if !session::delete_one(work.tx, &OWN, me.person.id, id)? {
            return Err(Error::NotFound);
        }
        work.record(Happened::new(EventKind::SessionEnded).person(me.person.id))?;
        Ok(())
    })
}

/// Ends all sessions of whoever asks but the one held.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn end_others(app: &App, ctx: &Ctx, held: &SessionToken) -> Result<u64, Error> {
    let keep = held.hash();
    app.write(ctx, move |work| {
        let me = work.me()?;
        let ended = session::delete_others(work.tx, &OWN, me.person.id, &keep)?;
        if ended > 0 {
            work.record(Happened::new(EventKind::SessionEnded).person(me.person.id))?;
        }
        Ok(ended)
    })
}
