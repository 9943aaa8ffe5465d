//! What tokens are signed with: keys made here, one set a cloud, replaced before they are old, sealed at rest.
//!
//! A successor is published a day before it signs, and a retired key stays published until nothing it signed can be valid. Parsed
//! keys are kept, because parsing costs as much as signing; whether a key still counts is read from its row each time.

mod by_hand;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::time::Timestamp;
use entente_identity::jws::{self, Algorithm};
use entente_store::StoreError;
use entente_store::signing_key::{self, SigningKey};
use serde_json::Value;

use crate::{App, Ctx, Error, Work};

pub use by_hand::{Listed, Rotated, State, list, rotate};

const SWEEP: Permit = Permit::unattended(Unattended::Sweep);
/// A key signs for this many days.
const SIGNS_DAYS: i64 = 90;
/// Seconds a key is published before it signs: as long as clients keep a key set.
const AHEAD: i64 = 24 * 60 * 60;
/// Seconds a key is published after it signed last: longer than any token lives.
const AFTER: i64 = 25 * 60 * 60;
/// Seconds for which a server signs with the key it found without looking again; far shorter than [`AFTER`].
const REMEMBERED: i64 = 10;
const PURPOSE: &str = "signing-key";

type Current = HashMap<(Cloud, Signature), (Timestamp, Arc<jws::SigningKey>)>;

/// The parsed keys of this server.
#[derive(Default)]
pub struct KeyRing {
    verifying: Mutex<HashMap<String, Arc<jws::RememberingKey>>>,
    current: Mutex<Current>,
}

impl KeyRing {
    /// Forgets which key a cloud's tokens are signed with, so that this server looks again.
    fn forget(&self, cloud: Cloud) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _), _| *of != cloud);
    }
}

/// The key a cloud's tokens are signed with now; made when there is none yet.
///
/// # Errors
/// When the database has no answer.
pub(crate) fn signer(app: &App, cloud: Cloud, algorithm: Signature) -> Result<Arc<jws::SigningKey>, Error> {
    let now = app.now();
    let ring = app.keys();
    let remembered = {
        let current = ring.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.get(&(cloud, algorithm)).cloned()
    };
    if let Some((since, key)) = remembered
        && (since..since.plus_seconds(REMEMBERED)).contains(&now)
    {
        return Ok(key);
    }
    let mut found = find(app, cloud, algorithm)?;
    if found.is_none() {
        tend_one(app, cloud, algorithm)?;
        found = find(app, cloud, algorithm)?;
    }
    let found = found.ok_or(Error::Unavailable)?;
    let sealed = app.seal().open(PURPOSE, found.id.as_bytes(), &found.sealed);
    let key = sealed.and_then(|der| jws::SigningKey::from_pkcs8(spelled(algorithm), &der)).ok_or_else(|| {
        Error::Internal(StoreError::inconsistent("signing_key", "sealed", "it does not open with this instance key"))
    })?;
    let key = Arc::new(key);
    ring.current.lock().unwrap_or_else(PoisonError::into_inner).insert((cloud, algorithm), (now, Arc::clone(&key)));
    Ok(key)
}

fn find(app: &App, cloud: Cloud, algorithm: Signature) -> Result<Option<SigningKey>, Error> {
    app.read(&Ctx::system(), |work| Ok(current(&signing_key::of_cloud(work.tx, cloud)?, algorithm, work.now).cloned()))
}

/// The newest that has begun to sign.
fn current(keys: &[SigningKey], algorithm: Signature, now: Timestamp) -> Option<&SigningKey> {
    keys.iter()
        .filter(|it| it.algorithm == algorithm && it.signs_from <= now && it.is_published(now))
        .max_by_key(|it| it.signs_from)
}

/// The public key of this name and the cloud it belongs to, if what it signed counts now.
pub(crate) fn verifying(work: &Work<'_>, id: &str) -> Result<Option<(Cloud, Arc<jws::RememberingKey>)>, Error> {
    let Some(row) = signing_key::get(work.tx, id)?.filter(|it| it.is_published(work.now)) else { return Ok(None) };
    let ring = work.app.keys();
    if let Some(key) = ring.verifying.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
        return Ok(Some((row.cloud, Arc::clone(key))));
    }
    let broken = |detail: &str| Error::Internal(StoreError::inconsistent("signing_key", "jwk", detail));
    let jwk: Value = serde_json::from_str(&row.jwk).map_err(|_| broken("no JSON"))?;
    let key = jws::VerifyingKey::from_jwk(&jwk).map_err(|_| broken("no key"))?;
    let key = Arc::new(jws::RememberingKey::new(key));
    ring.verifying.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Arc::clone(&key));
    Ok(Some((row.cloud, key)))
}

/// What the world is told: the public keys of a cloud, or of all of them, as a JSON Web Key Set (RFC 7517, section 5).
///
/// # Errors
/// When the database has no answer.
pub fn published(app: &App, cloud: Option<Cloud>) -> Result<Value, Error> {
    let clouds: Vec<Cloud> = cloud.map_or_else(|| Cloud::ALL.to_vec(), |one| vec![one]);
    let keys = app.read(&Ctx::system(), |work| {
        let mut keys = Vec::new();
        for cloud in &clouds {
            for row in signing_key::of_cloud(work.tx, *cloud)?.into_iter().filter(|it| it.is_published(work.now)) {
                let jwk: Value = serde_json::from_str(&row.jwk)
                    .map_err(|_| StoreError::inconsistent("signing_key", "jwk", "no JSON"))?;
                keys.push(jwk);
            }
        }
        Ok(keys)
    })?;
    Ok(serde_json::json!({ "keys": keys }))
}

/// Makes what is missing and replaces what grows old, in every cloud. Safe on several servers at once.
///
/// # Errors
/// When the database has no answer.
pub fn tend(app: &App) -> Result<(), Error> {
    for cloud in Cloud::ALL {
        tend_one(app, cloud, Signature::Es256)?;
        let known = app.read(&Ctx::system(), |work| Ok(signing_key::of_cloud(work.tx, cloud)?))?;
        if known.iter().any(|it| it.algorithm == Signature::Rs256) {
            tend_one(app, cloud, Signature::Rs256)?;
        }
    }
    Ok(())
}

fn tend_one(app: &App, cloud: Cloud, algorithm: Signature) -> Result<(), Error> {
    let due = app.read(&Ctx::system(), |work| Ok(due(&signing_key::of_cloud(work.tx, cloud)?, algorithm, work.now)))?;
    if due == Due::Nothing {
        return Ok(());
    }
    // Made outside of the transaction: an RSA key takes its time.
    let made = if matches!(due, Due::First | Due::Successor) { Some(make(app, cloud, algorithm)) } else { None };
    app.write(&Ctx::system(), move |work| {
        let keys = signing_key::of_cloud(work.tx, cloud)?;
        match (self::due(&keys, algorithm, work.now), &made) {
            (Due::First, Some(made)) => {
                signing_key::insert(
                    work.tx,
                    &SWEEP,
                    &SigningKey { created_at: work.now, signs_from: work.now, ..made.clone() },
                )?;
            }
            (Due::Successor, Some(made)) => {
                let signs_from = work.now.plus_seconds(AHEAD);
                signing_key::insert(work.tx, &SWEEP, &SigningKey { created_at: work.now, signs_from, ..made.clone() })?;
            }
            (Due::Retire(ids), _) => {
                for id in ids {
                    signing_key::retire(work.tx, &SWEEP, &id, work.now, work.now.plus_seconds(AFTER))?;
                }
            }
            _ => {}
        }
        signing_key::sweep(work.tx, &SWEEP, cloud, work.now)?;
        Ok(())
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// There is none.
    First,
    /// The one there is grows old.
    Successor,
    /// These were replaced.
    Retire(Vec<String>),
}

fn due(keys: &[SigningKey], algorithm: Signature, now: Timestamp) -> Due {
    let own: Vec<&SigningKey> = keys.iter().filter(|it| it.algorithm == algorithm).collect();
    let Some(signs) = current(keys, algorithm, now) else { return Due::First };
    let replaced: Vec<String> = own
        .iter()
        .filter(|it| it.signs_from < signs.signs_from && it.signs_until.is_none())
        .map(|it| it.id.clone())
        .collect();
    if !replaced.is_empty() {
        return Due::Retire(replaced);
    }
    let old = now >= signs.signs_from.plus_days(SIGNS_DAYS).plus_seconds(-AHEAD);
    if old && own.iter().all(|it| it.signs_from <= now) { Due::Successor } else { Due::Nothing }
}

fn make(app: &App, cloud: Cloud, algorithm: Signature) -> SigningKey {
    let key = jws::SigningKey::generate(spelled(algorithm));
    let id = key.key_id().to_owned();
    SigningKey {
        sealed: app.seal().seal(app.random(), PURPOSE, id.as_bytes(), &key.pkcs8()),
        jwk: key.verifying().jwk().to_string(),
        id,
        cloud,
        algorithm,
        created_at: app.now(),
        signs_from: app.now(),
        signs_until: None,
        published_until: None,
    }
}

const fn spelled(algorithm: Signature) -> Algorithm {
    match algorithm {
        Signature::Es256 => Algorithm::Es256,
        Signature::Rs256 => Algorithm::Rs256,
    }
}
