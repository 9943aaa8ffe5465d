//! The operator's word about keys: what there is, a successor before its time, and the end of keys that somebody else may have.

use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::event::{EventKind, Happened};
use entente_domain::policy::{Permit, Unattended};
use entente_domain::time::Timestamp;
use entente_store::signing_key::{self, SigningKey};

use super::{AHEAD, current, make};
use crate::{App, Ctx, Error};

const OPERATOR: Permit = Permit::unattended(Unattended::Operator);

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Published, and signs from then on.
    Waits(Timestamp),
    /// Signs, since then.
    Signs(Timestamp),
    /// Signs no more; what it signed counts until then at most. None where its successor took over a moment ago.
    Retired(Option<Timestamp>),
}

/// A published key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id, `kid` on the wire.
    pub id: String,
    /// The cloud whose tokens it signs.
    pub cloud: Cloud,
    /// Its algorithm.
    pub algorithm: Signature,
    /// Where it stands.
    pub state: State,
}

/// What a rotation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// The ids of keys published by it. None when successors were waiting already.
    pub published: Vec<String>,
    /// The ids of keys that count no more.
    pub revoked: Vec<String>,
}

/// The published keys of a cloud, or of all of them, by algorithm and age.
///
/// # Errors
/// When the database has no answer.
pub fn list(app: &App, ctx: &Ctx, cloud: Option<Cloud>) -> Result<Vec<Listed>, Error> {
    let clouds = cloud.map_or_else(|| Cloud::ALL.to_vec(), |one| vec![one]);
    app.read(ctx, |work| {
        let mut listed = Vec::new();
        for cloud in &clouds {
            let keys = signing_key::of_cloud(work.tx, *cloud)?;
            let published = keys.iter().filter(|it| it.is_published(work.now));
            listed.extend(published.map(|it| Listed {
                id: it.id.clone(),
                cloud: *cloud,
                algorithm: it.algorithm,
                state: state(&keys, it, work.now),
            }));
        }
        Ok(listed)
    })
}

fn state(keys: &[SigningKey], it: &SigningKey, now: Timestamp) -> State {
    if it.signs_from > now {
        State::Waits(it.signs_from)
    } else if current(keys, it.algorithm, now).is_some_and(|signs| signs.id == it.id) {
        State::Signs(it.signs_from)
    } else {
        State::Retired(it.published_until)
    }
}

/// Publishes a successor of each key of a cloud. It signs a day later, when everybody who keeps a key set has it; what the old one
/// signed counts until it expires. Where a successor waits already, nothing happens.
///
/// With `revoke` every key there is counts no more from the moment this returns, with all it signed, and the successors sign at
/// once: for keys that somebody else may have. A server that signed within the last seconds goes on with its old key for ten
/// more, and what it issues then is refused as well.
///
/// # Errors
/// When the database has no answer.
pub fn rotate(app: &App, ctx: &Ctx, cloud: Cloud, revoke: bool) -> Result<Rotated, Error> {
    let known = app.read(ctx, |work| Ok(signing_key::of_cloud(work.tx, cloud)?))?;
    // Made outside of the transaction: an RSA key takes its time.
    let mut made = vec![make(app, cloud, Signature::Es256)];
    if known.iter().any(|it| it.algorithm == Signature::Rs256) {
        made.push(make(app, cloud, Signature::Rs256));
    }
    let rotated = app.write(ctx, move |work| {
        let keys = signing_key::of_cloud(work.tx, cloud)?;
        let mut rotated = Rotated::default();
        for key in keys.iter().filter(|it| revoke && it.is_published(work.now)) {
            signing_key::retire(work.tx, &OPERATOR, &key.id, work.now, work.now)?;
            rotated.revoked.push(key.id.clone());
        }
        for new in &made {
            let waits = keys.iter().any(|it| it.algorithm == new.algorithm && it.signs_from > work.now);
            let signs_from = if revoke || current(&keys, new.algorithm, work.now).is_none() {
                work.now
            } else if waits {
                continue;
            } else {
                work.now.plus_seconds(AHEAD)
            };
            signing_key::insert(work.tx, &OPERATOR, &SigningKey { created_at: work.now, signs_from, ..new.clone() })?;
            rotated.published.push(new.id.clone());
        }
        // What was revoked is gone with its private half.
        signing_key::sweep(work.tx, &OPERATOR, cloud, work.now)?;
        if !rotated.published.is_empty() {
            let happened = Happened::new(EventKind::KeysRotated)
                .with("cloud", cloud.code())
                .with("published", rotated.published.join(" "))
                .with_some("revoked", revoke.then(|| rotated.revoked.join(" ")));
            work.record(happened)?;
        }
        Ok(rotated)
    })?;
    app.keys().forget(cloud);
    Ok(rotated)
}
