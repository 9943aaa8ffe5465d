//! The keys tokens are signed with.

use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::tenant::{known, parse};
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, cloud, algorithm, sealed, jwk, created_at, signs_from, signs_until, published_until FROM signing_key
        WHERE id = $1";
    OF_CLOUD = "SELECT id, cloud, algorithm, sealed, jwk, created_at, signs_from, signs_until, published_until FROM signing_key
        WHERE cloud = $1 ORDER BY algorithm, signs_from LIMIT 100";
    INSERT = "INSERT INTO signing_key (id, cloud, algorithm, sealed, jwk, created_at, signs_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RETIRE = "UPDATE signing_key SET signs_until = $2, published_until = $3 WHERE id = $1";
    DELETE = "DELETE FROM signing_key WHERE cloud = $1 AND published_until <= $2";
}

/// A key as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its thumbprint (RFC 7638), on the wire `kid`.
    pub id: String,
    /// The cloud whose tokens it signs; a key of one is nothing in another (threat 2).
    pub cloud: Cloud,
    /// Its algorithm.
    pub algorithm: Signature,
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    /// The public half as a JSON Web Key.
    pub jwk: String,
    /// When it was made and, from then on, published.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When another took over.
    pub signs_until: Option<Timestamp>,
    /// When nothing it signed can still be valid.
    pub published_until: Option<Timestamp>,
}

impl SigningKey {
    /// Whether what it signed counts at `now`.
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.published_until.is_none_or(|until| now < until)
    }
}

/// The key with this id.
pub fn get(tx: &Tx, id: &str) -> Result<Option<SigningKey>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The keys of a cloud, by algorithm and age.
pub fn of_cloud(tx: &Tx, cloud: Cloud) -> Result<Vec<SigningKey>, StoreError> {
    tx.all(&OF_CLOUD, params![cloud.code()], read)
}

/// Adds a key.
pub fn insert(tx: &Tx, _: &Permit, it: &SigningKey) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![it.id, it.cloud.code(), it.algorithm.code(), it.sealed, it.jwk, it.created_at, it.signs_from],
    )
    .map(|_| ())
}

/// Says until when a key signs and is published.
pub fn retire(tx: &Tx, _: &Permit, id: &str, signs_until: Timestamp, published: Timestamp) -> Result<(), StoreError> {
    tx.exec(&RETIRE, params![id, signs_until, published]).map(|_| ())
}

/// Removes keys of a cloud that are published no more.
pub fn sweep(tx: &Tx, _: &Permit, cloud: Cloud, now: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&DELETE, params![cloud.code(), now])
}

fn read(row: &Row<'_>) -> Result<SigningKey, StoreError> {
    Ok(SigningKey {
        id: row.text(0)?.to_owned(),
        cloud: parse("signing_key", "cloud", row.text(1)?)?,
        algorithm: known("signing_key", "algorithm", row.text(2)?, Signature::parse)?,
        sealed: row.bytes(3)?.to_vec(),
        jwk: row.text(4)?.to_owned(),
        created_at: row.time(5)?,
        signs_from: row.time(6)?,
        signs_until: row.opt_time(7)?,
        published_until: row.opt_time(8)?,
    })
}
