//! Users made from a file: read and checked first, then made in the background, a few at a time.
//!
//! The file is kept line by line. Each batch asks again whether whoever brought it may add users there, and makes a line's user in
//! the transaction that notes so: whatever stops in between, every line becomes one user or none.

mod read;
pub(crate) mod sheet;

use std::collections::{BTreeMap, HashSet};

use entente_domain::event::{Actor, EventKind, Happened};
use entente_domain::ids::{Id as _, ImportId, TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::policy::{Action, Permit, Unattended};
use entente_domain::text::DomainName;
use entente_domain::user_import::{self as domain, Column, Fault, KEPT_HOURS, Line, Row, State, Stopped, Why};
pub use entente_domain::user_import::{MAX_BYTES, MAX_LINES, Unreadable};
pub use entente_store::user_import::Import;
use entente_store::user_import::{self as store, ImportRow};
use entente_store::{StoreError, tenant, user as users};

use crate::people::{hashed, one_time_password};
use crate::user::{self, New};
use crate::{App, Ctx, Error, Work};

const SWEEP: Permit = Permit::unattended(Unattended::Sweep);
/// What first passwords are sealed for.
const PURPOSE: &str = "first-password";
/// Imports of one person that are listed.
const LISTED: i64 = 20;

/// A line of a file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its number in the file.
    pub line: i64,
    /// The sign-in name as typed.
    pub upn: String,
    /// The display name as typed.
    pub name: String,
    /// How it stands.
    pub state: Line,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// The user's first password, the one time it is handed out.
    pub password: Option<String>,
}

/// Reads a file and checks every line, without making anybody. A file that was checked and not started before is forgotten.
///
/// # Errors
/// [`Error::File`] when it cannot be read at all; [`Error::Denied`], [`Error::Acting`] and [`Error::NotFound`] for whoever may not
/// add users there.
pub fn check(app: &App, ctx: &Ctx, customer: TenantId, file: &[u8]) -> Result<ImportId, Error> {
    // Whoever may not do it learns that first, not what is wrong with a file.
    app.read(ctx, |work| work.at_customer(customer, Action::ManageUsers).map(drop))?;
    let lines = read::lines(file).map_err(Error::File)?;
    let rows = app.read(ctx, |work| looked_at(work, customer, &lines))?;
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::ManageUsers)?;
        let proof = work.ctx.proof.clone().ok_or(Error::SignInRequired)?;
        let wrong = rows.iter().filter(|row| row.state == Line::Wrong).count();
        let import = Import {
            id: work.app.new_id(),
            customer,
            started_by: site.me.person.id,
            person_tenant: site.me.tenant.id,
            proof,
            address: work.ctx.address.clone(),
            state: State::Checked,
            stopped: None,
            created_at: work.now,
            started_at: None,
            finished_at: None,
            lines: i64::try_from(rows.len()).unwrap_or(i64::MAX),
            wrong: i64::try_from(wrong).unwrap_or(i64::MAX),
            made: 0,
            fetched_at: None,
        };
        store::forget_checked(work.tx, &site.permit, customer, site.me.person.id)?;
        store::insert(work.tx, &site.permit, &import, &rows)?;
        work.record(counted(site.done(EventKind::ImportChecked), &import))?;
        Ok(import.id)
    })
}

/// The imports of whoever asks for a customer, latest first.
///
/// # Errors
/// As [`check`], but for the file.
pub fn mine(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<Import>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ManageUsers)?;
        let all = store::of_person(work.tx, customer, site.me.person.id, LISTED)?;
        Ok(all.into_iter().filter(|it| alive(work, it)).collect())
    })
}

/// One import, for whoever brought the file.
///
/// # Errors
/// [`Error::NotFound`] for everybody else's, and for a file that was not started in time; otherwise as [`mine`].
pub fn get(app: &App, ctx: &Ctx, customer: TenantId, id: ImportId) -> Result<Import, Error> {
    app.read(ctx, |work| Ok(own(work, customer, id)?.1))
}

/// Up to `limit` of the lines that cannot be used, after the one given.
///
/// # Errors
/// As [`get`].
pub fn wrong(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: ImportId,
    after: i64,
    limit: i64,
) -> Result<Vec<Outcome>, Error> {
    app.read(ctx, |work| {
        let (_, import) = own(work, customer, id)?;
        store::wrong(work.tx, import.id, after, limit)?
            .into_iter()
            .map(|row| outcome(work, &import, row, false))
            .collect()
    })
}

/// Lets the users be made. Repeating it changes nothing.
///
/// # Errors
/// As [`get`].
pub fn start(app: &App, ctx: &Ctx, customer: TenantId, id: ImportId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (site, import) = own(work, customer, id)?;
        if store::start(work.tx, &site.permit, id, work.now)? {
            work.record(counted(site.done(EventKind::ImportStarted), &import))?;
        }
        Ok(())
    })
}

/// Stops an import: the users made so far stay, no more are made. Repeating it changes nothing.
///
/// # Errors
/// As [`get`].
pub fn cancel(app: &App, ctx: &Ctx, customer: TenantId, id: ImportId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (site, import) = own(work, customer, id)?;
        if store::finish(work.tx, &site.permit, id, Some(Stopped::Cancelled), work.now)? {
            let happened = counted(site.done(EventKind::ImportEnded), &import);
            work.record(happened.with("why", Stopped::Cancelled.code()))?;
        }
        Ok(())
    })
}

/// What became of every line of an import that has ended. The first passwords are among it the first time, within a day, and never
/// again.
///
/// # Errors
/// [`Error::Conflict`] while users are being made; otherwise as [`get`].
pub fn result(app: &App, ctx: &Ctx, customer: TenantId, id: ImportId) -> Result<Vec<Outcome>, Error> {
    app.write(ctx, move |work| {
        let (site, import) = own(work, customer, id)?;
        let finished = import.finished_at.ok_or(Error::Conflict)?;
        let first = import.fetched_at.is_none() && work.now < finished.plus_seconds(KEPT_HOURS * 60 * 60);
        let limit = i64::try_from(MAX_LINES).unwrap_or(i64::MAX);
        let rows = store::rows(work.tx, id, 0, limit)?;
        let outcomes: Result<Vec<_>, Error> = rows.into_iter().map(|row| outcome(work, &import, row, first)).collect();
        if store::fetched(work.tx, &site.permit, id, work.now)? && first && import.made > 0 {
            work.record(counted(site.done(EventKind::FirstPasswordsFetched), &import))?;
        }
        outcomes
    })
}

/// Makes up to `batch` users of the import that waits longest; returns how many lines it settled, none when nothing waits. Safe to
/// run on several servers at once.
///
/// # Errors
/// When the database has no answer, or somebody took a name in the same moment: then nothing was kept, and the next time it is seen.
pub fn work(app: &App, batch: i64) -> Result<u64, Error> {
    let next = app.read(&Ctx::system(), |work| {
        let Some(import) = store::running(work.tx, 1)?.pop() else { return Ok(None) };
        let rows = store::ready(work.tx, import.id, batch)?;
        Ok(Some((import, rows)))
    })?;
    let Some((import, rows)) = next else { return Ok(0) };
    // Hashing takes its time, so it is done before the transaction.
    let mut prepared = Vec::with_capacity(rows.len());
    for row in rows {
        let password = one_time_password(app);
        let hash = hashed(app, &password)?;
        prepared.push(Prepared { line: row.line, read: parsed(&row.content)?, password, hash });
    }
    let ctx = Ctx {
        person: Some(import.started_by),
        proof: Some(import.proof.clone()),
        actor: Actor::Person { user: import.started_by, tenant: import.person_tenant },
        address: import.address.clone(),
        language: Language::En,
    };
    app.write(&ctx, move |work| settle(work, import.id, &prepared))
}

/// A line with the password its user is to get.
struct Prepared {
    line: i64,
    read: Result<Row, Vec<Fault>>,
    password: String,
    hash: String,
}

fn settle(work: &Work<'_>, id: ImportId, prepared: &[Prepared]) -> Result<u64, Error> {
    let Some(import) = store::get(work.tx, id)?.filter(|it| it.state == State::Running) else { return Ok(0) };
    let site = match work.at_customer(import.customer, Action::ManageUsers) {
        Ok(site) => site,
        Err(Error::NotFound | Error::Denied(_) | Error::Acting(_) | Error::SignInRequired) => {
            return not_allowed(work, &import);
        }
        Err(error) => return Err(error),
    };
    if prepared.is_empty() {
        if store::finish(work.tx, &site.permit, id, None, work.now)? {
            work.record(counted(site.done(EventKind::ImportEnded), &import))?;
        }
        return Ok(1);
    }
    let domains = tenant::domains(work.tx, import.customer)?;
    let (mut made, mut wrong) = (0_i64, 0_i64);
    for line in prepared {
        let checked = match &line.read {
            Ok(row) => usable(work, &domains, row)?.map_or(Ok(row), Err),
            Err(faults) => Err(faults.first().copied().unwrap_or(Fault::new(Column::SignInName, Why::NotAccepted))),
        };
        match checked {
            Ok(row) => {
                let new = New { upn: row.upn.clone(), details: row.details.clone() };
                let user = user::newcomer(work, import.customer, &new);
                let sealed =
                    work.app.seal().seal(work.app.random(), PURPOSE, &owner(id, line.line), line.password.as_bytes());
                if store::made(work.tx, &site.permit, id, line.line, user.person.id, &sealed)? {
                    user::write(work, &site, &user, &line.hash)?;
                    made += 1;
                }
            }
            Err(fault) => wrong += i64::from(store::refused(work.tx, &site.permit, id, line.line, fault)?),
        }
    }
    store::count(work.tx, &site.permit, id, made, wrong)?;
    Ok(u64::try_from(made + wrong).unwrap_or(0).max(1))
}

/// Whoever started it lost the right in the middle: what is made stays, and nothing more is made in their name.
fn not_allowed(work: &Work<'_>, import: &Import) -> Result<u64, Error> {
    if store::finish(work.tx, &SWEEP, import.id, Some(Stopped::NotAllowed), work.now)? {
        let mut happened = counted(Happened::new(EventKind::ImportEnded).customer(import.customer), import);
        if import.person_tenant != import.customer {
            happened = happened.partner(import.person_tenant);
        }
        work.record(happened.with("why", Stopped::NotAllowed.code()))?;
    }
    Ok(1)
}

/// Forgets the first passwords nobody fetched within a day.
pub(crate) fn forget_passwords(work: &Work<'_>, limit: i64) -> Result<(), Error> {
    for id in store::holding(work.tx, work.now.plus_seconds(-KEPT_HOURS * 60 * 60), limit)? {
        store::fetched(work.tx, &SWEEP, id, work.now)?;
    }
    Ok(())
}

/// The import with the permit of whoever brought the file.
fn own(work: &Work<'_>, customer: TenantId, id: ImportId) -> Result<(crate::site::Site, Import), Error> {
    let site = work.at_customer(customer, Action::ManageUsers)?;
    let mine = |it: &Import| it.customer == customer && it.started_by == site.me.person.id && alive(work, it);
    let import = store::get(work.tx, id)?.filter(mine).ok_or(Error::NotFound)?;
    Ok((site, import))
}

/// A file that was not started in time is gone, whether the sweep came by or not.
fn alive(work: &Work<'_>, import: &Import) -> bool {
    import.state != State::Checked || work.now < import.created_at.plus_seconds(KEPT_HOURS * 60 * 60)
}

fn counted(happened: Happened, import: &Import) -> Happened {
    let happened = happened.with("lines", import.lines.to_string()).with("wrong", import.wrong.to_string());
    if import.made > 0 { happened.with("made", import.made.to_string()) } else { happened }
}

/// Every line with what is wrong with it, as this transaction sees the directory.
fn looked_at(work: &Work<'_>, customer: TenantId, lines: &[read::Read]) -> Result<Vec<ImportRow>, Error> {
    let domains = tenant::domains(work.tx, customer)?;
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let mut faults = line.faults.clone();
        if faults.is_empty() {
            match domain::row(|column| line.cell(column)) {
                Ok(row) if !seen.insert(row.upn.key()) => faults.push(Fault::new(Column::SignInName, Why::Repeated)),
                Ok(row) => faults.extend(usable(work, &domains, &row)?),
                Err(wrong) => faults = wrong,
            }
        }
        rows.push(ImportRow {
            line: i64::try_from(line.number).unwrap_or(i64::MAX),
            content: content(&line.cells)?,
            state: if faults.is_empty() { Line::Ready } else { Line::Wrong },
            faults,
            person: None,
            password: None,
        });
    }
    Ok(rows)
}

/// What the directory has against a line that reads well.
fn usable(work: &Work<'_>, domains: &[DomainName], row: &Row) -> Result<Option<Fault>, Error> {
    let fault = |why| Some(Fault::new(Column::SignInName, why));
    if !domains.contains(&row.upn.domain()) {
        return Ok(fault(Why::OtherDomain));
    }
    let holder: Option<UserId> = users::holder(work.tx, &row.upn.key())?;
    Ok(holder.and_then(|_| fault(Why::Taken)))
}

fn content(cells: &BTreeMap<Column, String>) -> Result<String, Error> {
    let named: BTreeMap<&str, &str> = cells.iter().map(|(column, text)| (column.code(), text.as_str())).collect();
    serde_json::to_string(&named).map_err(|error| broken(&error))
}

fn cells(content: &str) -> Result<BTreeMap<String, String>, Error> {
    serde_json::from_str(content).map_err(|error| broken(&error))
}

fn parsed(content: &str) -> Result<Result<Row, Vec<Fault>>, Error> {
    let cells = cells(content)?;
    Ok(domain::row(|column| cells.get(column.code()).cloned()))
}

fn broken(error: &serde_json::Error) -> Error {
    Error::Internal(StoreError::inconsistent("user_import_row", "content", error))
}

fn outcome(work: &Work<'_>, import: &Import, row: ImportRow, with_password: bool) -> Result<Outcome, Error> {
    let mut cells = cells(&row.content)?;
    let mut cell = |column: Column| cells.remove(column.code()).unwrap_or_default();
    let sealed = row.password.filter(|_| with_password);
    let open = |sealed: Vec<u8>| work.app.seal().open(PURPOSE, &owner(import.id, row.line), &sealed);
    Ok(Outcome {
        line: row.line,
        upn: cell(Column::SignInName),
        name: cell(Column::DisplayName),
        state: row.state,
        faults: row.faults,
        // Sealed by another instance key: the operator replaced it, and the password is reset like a lost one.
        password: sealed.and_then(open).and_then(|plain| String::from_utf8(plain).ok()),
    })
}

fn owner(id: ImportId, line: i64) -> Vec<u8> {
    [id.uuid().as_bytes().as_slice(), &line.to_be_bytes()].concat()
}
