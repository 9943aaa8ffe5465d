//! The applications a person is signed in to: seeing them and signing out of each. Signing out is never held up by a confirmation.

use entente_domain::acting::End;
use entente_domain::ids::GrantId;
use entente_domain::time::Timestamp;
use entente_store::grant::{self, Grant};
use entente_store::{application, tenant};

use crate::authority::{bearer, mint};
use crate::{App, Ctx, Error};

/// What a person let an application do, as they see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// Its id.
    pub id: GrantId,
    /// The application's name.
    pub application: String,
    /// The name of the organisation that registered it; the operator's for its own.
    pub publisher: String,
    /// Since when.
    pub since: Timestamp,
    /// When a token of it was last asked for.
    pub used_at: Timestamp,
}

/// What whoever asks is signed in to, newest first, at most 100.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn list(app: &App, ctx: &Ctx) -> Result<Vec<Mine>, Error> {
    app.read(ctx, |work| {
        let me = work.me()?;
        let all = grant::of_person(work.tx, me.person.id, work.now)?;
        let mut mine = Vec::with_capacity(all.len());
        for it in all.into_iter().filter(|it| holds_a_token(it, work.now)) {
            // What it was made from may have ended with its application.
            if it.source.is_some() && bearer::living(work, it.id)?.is_none() {
                continue;
            }
            let Some(application) = application::get(work.tx, it.application)? else { continue };
            let owner = application.owner.map(|id| tenant::get(work.tx, id)).transpose()?.flatten();
            mine.push(Mine {
                id: it.id,
                application: application.name.into_string(),
                publisher: owner.map_or_else(|| app.settings().vendor.clone(), |it| it.name.into_string()),
                since: it.created_at,
                used_at: it.used_at,
            });
        }
        Ok(mine)
    })
}

/// Whether the application still has a token that counts. Without a refresh token the grant outlives its one access token, so that
/// a code that comes again is told what it led to; that is no sign-in any more.
fn holds_a_token(it: &Grant, now: Timestamp) -> bool {
    let refreshes = it.scope.split(' ').any(|it| it == "offline_access");
    refreshes || now < it.used_at.plus_seconds(mint::ACCESS_SECONDS)
}

/// Signs whoever asks out of one application: none of its tokens counts from here on, nor what it does on behalf of customers for
/// this person.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's and for one that is over alike.
pub fn end(app: &App, ctx: &Ctx, id: GrantId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let me = work.me()?;
        let own = |it: &Grant| it.person == me.person.id && it.is_alive(work.now);
        let it = grant::get(work.tx, id)?.filter(own).ok_or(Error::NotFound)?;
        bearer::end_grant(work, &it, End::Left)
    })
}
