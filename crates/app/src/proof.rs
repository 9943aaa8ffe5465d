//! Looking at what somebody shows as a second proof. Looking and using are apart: looking takes its time and changes nothing, using
//! is a conditional write in the transaction that rests on it, so that of two at once with the same code one wins.

use entente_domain::assurance::Method;
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::{PasskeyId, UserId};
use entente_domain::policy::{Permit, Unattended};
use entente_identity::{Passkeys, RecoveryCode, passkey};
use entente_store::factor;

use crate::sign_in::challenge;
use crate::{App, Ctx, Error, Work};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);

/// What somebody shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The code their application shows.
    Code(String),
    /// A recovery code.
    Recovery(String),
    /// What their browser says a passkey answered, as JSON.
    Passkey(String),
}

impl Answer {
    /// A code as somebody typed it: recovery codes look unlike those of an application, so one field takes both.
    pub fn typed(text: &str) -> Self {
        match RecoveryCode::parse(text) {
            Some(_) => Self::Recovery(text.to_owned()),
            None => Self::Code(text.to_owned()),
        }
    }
}

/// What was found to be right.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    person: UserId,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Step(i64),
    Code([u8; 32]),
    Passkey { id: PasskeyId, credential: Vec<u8> },
}

impl Found {
    /// Whose it is.
    pub fn person(&self) -> UserId {
        self.person
    }

    /// How it proves who somebody is.
    pub fn method(&self) -> Method {
        match self.what {
            What::Step(_) => Method::OneTimeCode,
            What::Code(_) => Method::RecoveryCode,
            What::Passkey { .. } => Method::Passkey,
        }
    }

    /// Uses it up.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] when it was used a moment ago, or is gone.
    pub fn consume(&self, work: &Work<'_>) -> Result<(), Error> {
        let used = match &self.what {
            What::Step(step) => factor::use_step(work.tx, &OWN, self.person, *step)?,
            What::Code(hash) => {
                let used = factor::use_code(work.tx, &OWN, self.person, hash, work.now)?;
                if used {
                    work.record(Happened::new(EventKind::RecoveryCodeUsed).person(self.person))?;
                }
                used
            }
            What::Passkey { id, credential } => factor::use_passkey(work.tx, &OWN, *id, credential, work.now)?,
        };
        if used { Ok(()) } else { Err(Error::WrongCredentials) }
    }
}

/// Looks at what `person` shows. For a passkey, `ceremony` is what was remembered of its first half.
pub(crate) fn look(
    app: &App,
    ctx: &Ctx,
    origin: &str,
    person: &Person,
    answer: &Answer,
    ceremony: Option<&[u8]>,
) -> Result<Option<Found>, Error> {
    let what = match answer {
        Answer::Code(typed) => app.read(ctx, |work| {
            let Some(totp) = factor::totp(work.tx, person.id)? else { return Ok(None) };
            let secret = challenge::open(work, person, &totp.secret)?;
            Ok(secret.step(typed, work.now).filter(|step| *step > totp.last_step).map(What::Step))
        })?,
        Answer::Recovery(typed) => RecoveryCode::parse(typed).map(|code| What::Code(code.hash(person.id))),
        Answer::Passkey(said) => {
            let (Some(passkeys), Some(ceremony)) = (passkeys(app, origin), ceremony) else { return Ok(None) };
            let Some((id, _)) = passkey::named(said) else { return Ok(None) };
            let known = app.read(ctx, |work| Ok(factor::passkey(work.tx, &id)?))?;
            known.filter(|it| it.person == person.id && it.host == passkeys.host()).and_then(|it| {
                let kept = passkeys.finish_proof(ceremony, said, &it.credential).ok()?;
                Some(What::Passkey { id: it.id, credential: kept.credential })
            })
        }
    };
    Ok(what.map(|what| Found { person: person.id, what }))
}

/// Who a passkey that names its person itself says somebody is. Whether they may sign in here is for the caller to ask.
pub(crate) fn look_at_stranger(
    app: &App,
    ctx: &Ctx,
    origin: &str,
    said: &str,
    ceremony: &[u8],
) -> Result<Option<Found>, Error> {
    let Some(passkeys) = passkeys(app, origin) else { return Ok(None) };
    let Some((id, person)) = passkey::named(said) else { return Ok(None) };
    let known = app.read(ctx, |work| Ok(factor::passkey(work.tx, &id)?))?;
    let known = known.filter(|it| Some(it.person) == person && it.host == passkeys.host());
    Ok(known.and_then(|it| {
        let kept = passkeys.finish_sign_in(ceremony, said, &it.credential).ok()?;
        Some(Found { person: it.person, what: What::Passkey { id: it.id, credential: kept.credential } })
    }))
}

/// The passkeys of one of the installation's addresses; none where browsers know none.
pub(crate) fn passkeys(app: &App, origin: &str) -> Option<Passkeys> {
    Passkeys::at(origin, &app.settings().vendor)
}
