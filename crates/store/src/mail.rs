//! Mail waiting to leave the house, and what became of it.
//!
//! A row never holds a link's token: the worker derives it from the invitation's id and a key that is not in the database.

use entente_domain::ids::{EventId, InvitationId, MailId, TenantId};
use entente_domain::language::Language;
use entente_domain::time::Timestamp;

use crate::tenant::{known, parse};
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    INSERT = "INSERT INTO mail (id, event_id, tenant_id, invitation_id, template, recipient, language, content, created_at, state,
            attempts, next_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', 0, $9)";
    DUE = "SELECT id, event_id, tenant_id, invitation_id, template, recipient, language, content, created_at, state, attempts, answer,
            finished_at
        FROM mail WHERE state IN ('queued', 'deferred') AND next_at <= $1 AND (leased_until <= $1 OR leased_until IS NULL)
        ORDER BY next_at, id LIMIT $2";
    LEASE = "UPDATE mail SET leased_until = $2 WHERE id = $1 AND (leased_until <= $3 OR leased_until IS NULL)
            AND state IN ('queued', 'deferred')";
    FINISH = "UPDATE mail SET state = $2, answer = $3, finished_at = $4, attempts = attempts + 1, leased_until = NULL
        WHERE id = $1 AND state IN ('queued', 'deferred')";
    SETTLE = "UPDATE mail SET state = 'sent', answer = $2, finished_at = created_at, attempts = 1
        WHERE state IN ('queued', 'deferred') AND next_at <= $1";
    DEFER = "UPDATE mail SET state = 'deferred', answer = $2, next_at = $3, attempts = attempts + 1, leased_until = NULL
        WHERE id = $1 AND state IN ('queued', 'deferred') AND leased_until IS NOT NULL";
    /// Of requests still out under the same address.
    BOUNCED = "SELECT i.number, m.recipient, m.answer FROM mail m JOIN invitation i ON i.id = m.invitation_id
        WHERE m.tenant_id = $1 AND m.state = 'bounced' AND m.finished_at >= $2
            AND i.partner_id = $1 AND i.state = 'open' AND i.expires_at > $3 AND i.recipient_mail = m.recipient
        ORDER BY m.finished_at DESC LIMIT $4";
    OF_INVITATION = "SELECT id, event_id, tenant_id, invitation_id, template, recipient, language, content, created_at, state, attempts,
            answer, finished_at
        FROM mail WHERE invitation_id = $1 ORDER BY id DESC LIMIT 50";
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Waiting for its first attempt.
    Queued,
    /// A mail server answered 250.
    Sent,
    /// An attempt failed for now; there will be another.
    Deferred,
    /// It cannot be delivered.
    Bounced,
}

entente_domain::codes! {
    Delivery { Queued = "queued", Sent = "sent", Deferred = "deferred", Bounced = "bounced" }
}

/// A message as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id; the Message-ID of every attempt is made from it.
    pub id: MailId,
    /// What it tells of.
    pub event: EventId,
    /// The partner in whose name it goes out, if any.
    pub tenant: Option<TenantId>,
    /// The request whose link it carries, if any.
    pub invitation: Option<InvitationId>,
    /// Which mail.
    pub template: String,
    /// The one recipient.
    pub recipient: String,
    /// The recipient's language.
    pub language: Language,
    /// What the template needs, as JSON.
    pub content: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// Where it stands.
    pub delivery: Delivery,
    /// Attempts made.
    pub attempts: i64,
    /// What the mail server said last.
    pub answer: Option<String>,
    /// When it was sent or given up.
    pub finished_at: Option<Timestamp>,
}

/// Puts a message into the outbox, in the transaction of the event it tells of.
pub fn insert(tx: &Tx, mail: &Mail) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            mail.id,
            mail.event,
            mail.tenant,
            mail.invitation,
            mail.template,
            mail.recipient,
            mail.language.tag(),
            mail.content,
            mail.created_at
        ],
    )
    .map(|_| ())
}

/// Takes up to `limit` due messages for the time until `leased_until`; no other worker gets them meanwhile.
pub fn claim(tx: &Tx, now: Timestamp, leased_until: Timestamp, limit: i64) -> Result<Vec<Mail>, StoreError> {
    let due = tx.all(&DUE, params![now, limit], read)?;
    let mut claimed = Vec::with_capacity(due.len());
    for mail in due {
        if tx.exec(&LEASE, params![mail.id, leased_until, now])? == 1 {
            claimed.push(mail);
        }
    }
    Ok(claimed)
}

/// Writes down the end of a message: sent or bounced. Repeating it changes nothing.
pub fn finish(tx: &Tx, id: MailId, delivery: Delivery, answer: &str, at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&FINISH, params![id, delivery.code(), answer, at]).map(|_| ())
}

/// Writes down that everything due until then was sent as soon as it was written.
pub fn settle(tx: &Tx, until: Timestamp, answer: &str) -> Result<u64, StoreError> {
    tx.exec(&SETTLE, params![until, answer])
}

/// Writes down a failed attempt and when the next one is due. Repeating it changes nothing: the lease is gone.
pub fn defer(tx: &Tx, id: MailId, answer: &str, next_at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&DEFER, params![id, answer, next_at]).map(|_| ())
}

/// Up to `limit` undeliverable messages of a partner's open requests since then, newest first: number, recipient, answer.
pub fn bounced(
    tx: &Tx,
    partner: TenantId,
    since: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(i64, String, String)>, StoreError> {
    tx.all(&BOUNCED, params![partner, since, now, limit], |row| {
        Ok((row.int(0)?, row.text(1)?.to_owned(), row.opt_text(2)?.unwrap_or_default().to_owned()))
    })
}

/// The messages of a request, newest first, at most 50.
pub fn of_invitation(tx: &Tx, invitation: InvitationId) -> Result<Vec<Mail>, StoreError> {
    tx.all(&OF_INVITATION, params![invitation], read)
}

fn read(row: &Row<'_>) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: row.id(0)?,
        event: row.id(1)?,
        tenant: row.opt_id(2)?,
        invitation: row.opt_id(3)?,
        template: row.text(4)?.to_owned(),
        recipient: row.text(5)?.to_owned(),
        language: parse("mail", "language", row.text(6)?)?,
        content: row.text(7)?.to_owned(),
        created_at: row.time(8)?,
        delivery: known("mail", "state", row.text(9)?, Delivery::parse)?,
        attempts: row.int(10)?,
        answer: row.opt_text(11)?.map(ToOwned::to_owned),
        finished_at: row.opt_time(12)?,
    })
}
