//! Users to be made from a file, line by line.

use entente_domain::assurance::Proof;
use entente_domain::ids::{ImportId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;
use entente_domain::user_import::{Fault, Line, State, Stopped};

use crate::tenant::known;
use crate::{Row, StoreError, Tx, params, statements};

/// The columns of an import.
macro_rules! import {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer_id, started_by, person_tenant_id, authenticated_at, methods, address, state, stopped_why, created_at,
            started_at, finished_at, lines, wrong, made, fetched_at FROM user_import ",
            $rest
        )
    };
}

statements! {
    GET = import!("WHERE id = $1");
    OF_PERSON = import!("WHERE customer_id = $1 AND started_by = $2 ORDER BY created_at DESC, id DESC LIMIT $3");
    RUNNING = import!("WHERE state = 'running' ORDER BY started_at, id LIMIT $1");
    INSERT = "INSERT INTO user_import (id, customer_id, started_by, person_tenant_id, authenticated_at, methods, address, state,
            created_at, lines, wrong, made)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)";
    INSERT_ROW = "INSERT INTO user_import_row (import_id, line, content, state, fault) VALUES ($1, $2, $3, $4, $5)";
    FORGET_CHECKED = "DELETE FROM user_import WHERE customer_id = $1 AND started_by = $2 AND state = 'checked'";
    START = "UPDATE user_import SET state = 'running', started_at = $2 WHERE id = $1 AND state = 'checked'";
    FINISH = "UPDATE user_import SET state = $2, stopped_why = $3, finished_at = $4 WHERE id = $1 AND state IN ('checked', 'running')";
    COUNT = "UPDATE user_import SET made = made + $2, wrong = wrong + $3 WHERE id = $1";
    FETCHED = "UPDATE user_import SET fetched_at = $2 WHERE id = $1 AND fetched_at IS NULL";
    ROWS = "SELECT line, content, state, fault, person_id, password FROM user_import_row
        WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3";
    WRONG = "SELECT line, content, state, fault, person_id, password FROM user_import_row
        WHERE import_id = $1 AND state = 'wrong' AND line > $2 ORDER BY line LIMIT $3";
    READY = "SELECT line, content, state, fault, person_id, password FROM user_import_row
        WHERE import_id = $1 AND state = 'ready' ORDER BY line LIMIT $2";
    /// Of any number who work on the same line, one finds it ready.
    MADE = "UPDATE user_import_row SET state = 'made', person_id = $3, password = $4
        WHERE import_id = $1 AND line = $2 AND state = 'ready'";
    REFUSED = "UPDATE user_import_row SET state = 'wrong', fault = $3 WHERE import_id = $1 AND line = $2 AND state = 'ready'";
    FORGET_PASSWORDS = "UPDATE user_import_row SET password = NULL WHERE import_id = $1 AND password IS NOT NULL";
    SWEEP_CHECKED = "DELETE FROM user_import WHERE state = 'checked' AND created_at <= $1";
    SWEEP_FINISHED = "DELETE FROM user_import WHERE finished_at IS NOT NULL AND finished_at <= $1";
    HOLDING = "SELECT id FROM user_import WHERE finished_at IS NOT NULL AND fetched_at IS NULL AND finished_at <= $1
        ORDER BY finished_at, id LIMIT $2";
}

/// An import as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Whose users they are to be.
    pub customer: TenantId,
    /// Who brought the file.
    pub started_by: UserId,
    /// The organisation that person belongs to.
    pub person_tenant: TenantId,
    /// When and how they had proven who they are.
    pub proof: Proof,
    /// The network address it came from.
    pub address: Option<String>,
    /// How far it is.
    pub state: State,
    /// Why it ended early.
    pub stopped: Option<Stopped>,
    /// When the file was read.
    pub created_at: Timestamp,
    /// When the first user was to be made.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Lines of the file.
    pub lines: i64,
    /// Lines that cannot be used.
    pub wrong: i64,
    /// Users made.
    pub made: i64,
    /// When the first passwords were fetched, or forgotten.
    pub fetched_at: Option<Timestamp>,
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Its number in the file.
    pub line: i64,
    /// What its cells hold, as `entente_app` writes them.
    pub content: String,
    /// How it stands.
    pub state: Line,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Who was made of it.
    pub person: Option<UserId>,
    /// The sealed first password.
    pub password: Option<Vec<u8>>,
}

/// One import.
pub fn get(tx: &Tx, id: ImportId) -> Result<Option<Import>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The latest imports of one person for a customer.
pub fn of_person(tx: &Tx, customer: TenantId, person: UserId, limit: i64) -> Result<Vec<Import>, StoreError> {
    tx.all(&OF_PERSON, params![customer, person, limit], read)
}

/// Imports that are being worked off, longest first.
pub fn running(tx: &Tx, limit: i64) -> Result<Vec<Import>, StoreError> {
    tx.all(&RUNNING, params![limit], read)
}

/// Keeps a checked file.
pub fn insert(tx: &Tx, _: &Permit, import: &Import, rows: &[ImportRow]) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            import.id,
            import.customer,
            import.started_by,
            import.person_tenant,
            import.proof.at,
            import.proof.code(),
            import.address.as_deref(),
            import.state.code(),
            import.created_at,
            import.lines,
            import.wrong
        ],
    )?;
    for row in rows {
        tx.exec(
            &INSERT_ROW,
            params![import.id, row.line, row.content.as_str(), row.state.code(), faults(&row.faults)],
        )?;
    }
    Ok(())
}

/// Removes the files a person brought for a customer and did not start.
pub fn forget_checked(tx: &Tx, _: &Permit, customer: TenantId, person: UserId) -> Result<(), StoreError> {
    tx.exec(&FORGET_CHECKED, params![customer, person]).map(|_| ())
}

/// Lets the work begin; false when it began or ended already.
pub fn start(tx: &Tx, _: &Permit, id: ImportId, at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.exec(&START, params![id, at])? == 1)
}

/// Ends an import; false when it had ended.
pub fn finish(tx: &Tx, _: &Permit, id: ImportId, stopped: Option<Stopped>, at: Timestamp) -> Result<bool, StoreError> {
    let state = if stopped.is_some() { State::Stopped } else { State::Done };
    Ok(tx.exec(&FINISH, params![id, state.code(), stopped.map(Stopped::code), at])? == 1)
}

/// Adds to what was made and what could not be.
pub fn count(tx: &Tx, _: &Permit, id: ImportId, made: i64, wrong: i64) -> Result<(), StoreError> {
    tx.exec(&COUNT, params![id, made, wrong]).map(|_| ())
}

/// Notes that the first passwords were fetched, and forgets them; false when they were before.
pub fn fetched(tx: &Tx, _: &Permit, id: ImportId, at: Timestamp) -> Result<bool, StoreError> {
    let first = tx.exec(&FETCHED, params![id, at])? == 1;
    tx.exec(&FORGET_PASSWORDS, params![id])?;
    Ok(first)
}

/// Up to `limit` lines after the one given.
pub fn rows(tx: &Tx, id: ImportId, after: i64, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
    tx.all(&ROWS, params![id, after, limit], read_row)
}

/// The same of lines that cannot be used.
pub fn wrong(tx: &Tx, id: ImportId, after: i64, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
    tx.all(&WRONG, params![id, after, limit], read_row)
}

/// The next lines to make users of.
pub fn ready(tx: &Tx, id: ImportId, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
    tx.all(&READY, params![id, limit], read_row)
}

/// Notes whom a line became; false when it was no longer to be worked on.
pub fn made(tx: &Tx, _: &Permit, id: ImportId, line: i64, person: UserId, password: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.exec(&MADE, params![id, line, person, password])? == 1)
}

/// Notes what was wrong with a line after all; false when it was no longer to be worked on.
pub fn refused(tx: &Tx, _: &Permit, id: ImportId, line: i64, fault: Fault) -> Result<bool, StoreError> {
    Ok(tx.exec(&REFUSED, params![id, line, fault.to_string()])? == 1)
}

/// Up to `limit` imports that ended at or before `until` and still hold first passwords.
pub fn holding(tx: &Tx, until: Timestamp, limit: i64) -> Result<Vec<ImportId>, StoreError> {
    tx.all(&HOLDING, params![until, limit], |row| row.id(0))
}

/// Removes files that were read at or before `unstarted` and not started since, and imports that ended at or before `finished`.
pub fn sweep(tx: &Tx, _: &Permit, unstarted: Timestamp, finished: Timestamp) -> Result<(), StoreError> {
    tx.exec(&SWEEP_CHECKED, params![unstarted])?;
    tx.exec(&SWEEP_FINISHED, params![finished]).map(|_| ())
}

fn faults(faults: &[Fault]) -> Option<String> {
    let codes: Vec<String> = faults.iter().map(ToString::to_string).collect();
    (!codes.is_empty()).then(|| codes.join(" "))
}

fn read(row: &Row<'_>) -> Result<Import, StoreError> {
    let proof = Proof::parse(row.time(4)?, row.text(5)?);
    Ok(Import {
        id: row.id(0)?,
        customer: row.id(1)?,
        started_by: row.id(2)?,
        person_tenant: row.id(3)?,
        proof: proof.map_err(|error| StoreError::inconsistent("user_import", "methods", error))?,
        address: row.opt_text(6)?.map(ToOwned::to_owned),
        state: known("user_import", "state", row.text(7)?, State::parse)?,
        stopped: row.opt_text(8)?.map(|code| known("user_import", "stopped_why", code, Stopped::parse)).transpose()?,
        created_at: row.time(9)?,
        started_at: row.opt_time(10)?,
        finished_at: row.opt_time(11)?,
        lines: row.int(12)?,
        wrong: row.int(13)?,
        made: row.int(14)?,
        fetched_at: row.opt_time(15)?,
    })
}

fn read_row(row: &Row<'_>) -> Result<ImportRow, StoreError> {
    let faults = row.opt_text(3)?.unwrap_or_default();
    let faults = faults.split_whitespace().map(|code| known("user_import_row", "fault", code, Fault::parse));
    Ok(ImportRow {
        line: row.int(0)?,
        content: row.text(1)?.to_owned(),
        state: known("user_import_row", "state", row.text(2)?, Line::parse)?,
        faults: faults.collect::<Result<_, _>>()?,
        person: row.opt_id(4)?,
        password: row.opt_bytes(5)?.map(ToOwned::to_owned),
    })
}
