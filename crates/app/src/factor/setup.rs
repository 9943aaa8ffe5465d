//! A new factor from its first proof to its row, the same in the settings and during a sign-in, and the recovery codes that come with
//! it.

use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::factor::{Kind, RECOVERY_CODES};
use entente_domain::policy::{self, Action, Permit};
use entente_domain::text::FactorName;
use entente_identity::RecoveryCode;
use entente_identity::passkey::Kept;
use entente_store::factor::{self, Passkey, Totp};

use super::Codes;
use crate::context::Me;
use crate::sign_in::challenge;
use crate::{App, Ctx, Error, Work, proof};

/// A factor that proved to work and is about to be kept.
#[derive(Debug, Clone)]
pub enum Setup {
    /// An application, by its sealed secret, with the step whose code it showed.
    Application(Vec<u8>, i64),
    /// A passkey, the host it works at and its name.
    Passkey(Kept, String, FactorName),
}

impl Setup {
    /// The application whose secret this is, if `typed` is its code.
    pub fn application(
        app: &App,
        ctx: &Ctx,
        person: &Person,
        sealed: Option<&[u8]>,
        typed: &str,
    ) -> Result<Option<Self>, Error> {
        let Some(sealed) = sealed else { return Ok(None) };
        let step = app.read(ctx, |work| Ok(challenge::open(work, person, sealed)?.step(typed, work.now)))?;
        Ok(step.map(|step| Self::Application(sealed.to_owned(), step)))
    }

    /// The passkey a browser made in this ceremony.
    pub fn passkey(app: &App, origin: &str, state: Option<&[u8]>, said: &str, name: &FactorName) -> Option<Self> {
        let passkeys = proof::passkeys(app, origin)?;
        let kept = passkeys.finish_adding(state?, said).ok()?;
        Some(Self::Passkey(kept, passkeys.host().to_owned(), name.clone()))
    }

    /// What kind of factor it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Application(..) => Kind::OneTimeCode,
            Self::Passkey(..) => Kind::Passkey,
        }
    }

    const fn name(&self) -> Option<&FactorName> {
        match self {
            Self::Application(..) => None,
            Self::Passkey(_, _, name) => Some(name),
        }
    }

    /// Keeps it. Whoever has no recovery codes gets some. The code that proved an application is used up by that.
    pub fn keep(&self, work: &Work<'_>, me: &Me) -> Result<Option<Codes>, Error> {
        let permit = policy::check(&me.person, Action::ManageOwnFactors)?;
        match self {
            Self::Application(secret, step) => {
                let new = Totp { secret: secret.clone(), last_step: *step, confirmed_at: work.now };
                let kept = factor::insert_totp(work.tx, &permit, me.person.id, &new);
                kept.map_err(|error| taken(error, "totp.person_id"))?;
            }
            Self::Passkey(kept, host, name) => {
                let new = Passkey {
                    id: work.app.new_id(),
                    person: me.person.id,
                    host: host.clone(),
                    credential_id: kept.id.clone(),
                    credential: kept.credential.clone(),
                    name: name.clone(),
                    created_at: work.now,
                    last_used_at: None,
                };
                let kept = factor::insert_passkey(work.tx, &permit, &new);
                kept.map_err(|error| taken(error, "passkey.credential_id"))?;
            }
        }
        let happened = Happened::new(EventKind::FactorAdded).person(me.person.id).with("factor", self.kind().code());
        work.record(happened.with_some("passkey", self.name().map(FactorName::as_str)))?;
        if factor::codes_left(work.tx, me.person.id)? > 0 {
            return Ok(None);
        }
        fresh_codes(work, me, &permit, Some(self.kind())).map(Some)
    }
}

/// Somebody added the same a moment ago.
fn taken(error: entente_store::StoreError, constraint: &str) -> Error {
    if error.is_unique(constraint) { Error::Conflict } else { error.into() }
}

/// Makes new recovery codes, on their own or along with a new factor; the old ones are void.
pub fn fresh_codes(work: &Work<'_>, me: &Me, permit: &Permit, along: Option<Kind>) -> Result<Codes, Error> {
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(work.app.random())).collect();
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| code.hash(me.person.id)).collect();
    factor::replace_codes(work.tx, permit, me.person.id, &hashes)?;
    let happened = Happened::new(EventKind::RecoveryCodesMade).person(me.person.id);
    work.record(happened.with_some("factor", along.map(Kind::code)))?;
    Ok(codes.iter().map(RecoveryCode::text).collect())
}
