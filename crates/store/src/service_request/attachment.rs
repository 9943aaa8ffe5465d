//! Files that came with notes, and those that were uploaded for a note that is still to come.

use entente_domain::ids::{AttachmentId, NoteId, ServiceRequestId, UserId};
use entente_domain::policy::Permit;
use entente_domain::service_request::Attachment;
use entente_domain::service_request::attachment::FileKind;
use entente_domain::time::Timestamp;

use crate::tenant::{known, parse};
use crate::{Row, StoreError, Tx, params, statements};

/// Bytes of content a row holds, and so the most that is in memory when a file is read.
pub const PART: usize = 256 * 1024;

statements! {
    GET = "SELECT id, request_id, note_id, name, kind, size, uploaded_by, uploaded_at FROM service_attachment
        WHERE id = $1 AND request_id = $2";
    OF_REQUEST = "SELECT id, request_id, note_id, name, kind, size, uploaded_by, uploaded_at FROM service_attachment
        WHERE request_id = $1 AND note_id IS NOT NULL ORDER BY id LIMIT 500";
    /// What is uploaded and not sent counts as well, or whoever never sends could fill the database.
    SIZE_OF_ALL = "SELECT CAST(COALESCE(SUM(size), 0) AS bigint) FROM service_attachment WHERE request_id = $1";
    INSERT = "INSERT INTO service_attachment (id, request_id, note_id, name, kind, size, uploaded_by, uploaded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SEND = "UPDATE service_attachment SET note_id = $4
        WHERE id = $1 AND request_id = $2 AND uploaded_by = $3 AND note_id IS NULL";
    ADD_PART = "INSERT INTO service_attachment_part (attachment_id, part, content) VALUES ($1, $2, $3)";
    CONTENT = "SELECT content FROM service_attachment_part WHERE attachment_id = $1 AND part = $2";
    UNSENT = "SELECT id FROM service_attachment WHERE note_id IS NULL AND uploaded_at < $1 ORDER BY uploaded_at LIMIT $2";
    REMOVE_PARTS = "DELETE FROM service_attachment_part WHERE attachment_id = $1";
    REMOVE = "DELETE FROM service_attachment WHERE id = $1";
}

/// One file of this request.
pub fn get(tx: &Tx, request: ServiceRequestId, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
    tx.one(&GET, params![id, request], read)
}

/// The files that came with a request's notes, oldest first, at most 500.
pub fn of_request(tx: &Tx, request: ServiceRequestId) -> Result<Vec<Attachment>, StoreError> {
    tx.all(&OF_REQUEST, params![request], read)
}

/// Bytes of all files of a request, sent or not.
pub fn size_of_all(tx: &Tx, request: ServiceRequestId) -> Result<i64, StoreError> {
    Ok(tx.one(&SIZE_OF_ALL, params![request], |row| row.int(0))?.unwrap_or(0))
}

/// Adds a file with its content.
pub fn insert(tx: &Tx, _: &Permit, it: &Attachment, content: &[u8]) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![it.id, it.request, it.note, it.name.as_str(), it.kind.code(), it.size, it.uploaded_by, it.uploaded_at],
    )?;
    for (part, some) in (0_i64..).zip(content.chunks(PART)) {
        tx.exec(&ADD_PART, params![it.id, part, *some])?;
    }
    Ok(())
}

/// Lets an uploaded file go with a note; false when there is none that this person uploaded for this request and did not send.
pub fn send(
    tx: &Tx,
    _: &Permit,
    request: ServiceRequestId,
    id: AttachmentId,
    by: UserId,
    note: NoteId,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&SEND, params![id, request, by, note])? == 1)
}

/// One part of a file's content, counted from 0; none behind the last.
pub fn content(tx: &Tx, id: AttachmentId, part: i64) -> Result<Option<Vec<u8>>, StoreError> {
    tx.one(&CONTENT, params![id, part], |row| Ok(row.bytes(0)?.to_vec()))
}

/// Removes up to `limit` files that were uploaded before then and never sent; returns how many.
pub fn sweep(tx: &Tx, _: &Permit, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let unsent: Vec<AttachmentId> = tx.all(&UNSENT, params![before, limit], |row| row.id(0))?;
    let mut removed = 0;
    for id in unsent {
        tx.exec(&REMOVE_PARTS, params![id])?;
        removed += tx.exec(&REMOVE, params![id])?;
    }
    Ok(removed)
}

fn read(row: &Row<'_>) -> Result<Attachment, StoreError> {
    const TABLE: &str = "service_attachment";
    Ok(Attachment {
        id: row.id(0)?,
        request: row.id(1)?,
        note: row.opt_id(2)?,
        name: parse(TABLE, "name", row.text(3)?)?,
        kind: known(TABLE, "kind", row.text(4)?, FileKind::parse)?,
        size: row.int(5)?,
        uploaded_by: row.id(6)?,
        uploaded_at: row.time(7)?,
    })
}
