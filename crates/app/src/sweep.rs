//! What falls due as time passes: expiry, the one reminder, what nobody needs any more. Safe to run on several servers at once.

use entente_domain::policy::{Permit, Unattended};
use entente_store::service_request::attachment;
use entente_store::{acting, application, device, factor, federation, grant, invitation, session, signal, user_import};

use crate::authority::keys;
use crate::{App, Ctx, Error};

const SWEEP: Permit = Permit::unattended(Unattended::Sweep);
/// How many requests one transaction handles.
const BATCH: i64 = 200;
/// Longest window a rate limit counts over, in seconds.
const LONGEST_WINDOW: i64 = 24 * 60 * 60;
/// Seconds after which an uploaded file without a note counts as left behind: longer than any form takes to be sent.
const UNSENT_SECONDS: i64 = 60 * 60;
/// Days for which grants, acting sessions and signals that are over are kept, for lists of what was.
const KEPT_DAYS: i64 = 30;

/// Handles everything that is due; returns how many things it changed.
///
/// # Errors
/// When the database has no answer; what was done stays done.
pub fn run(app: &App) -> Result<u64, Error> {
    let mut changed = 0;
    loop {
        let done = expire(app)?
            + remind(app)?
            + crate::application::disable_unused(app, BATCH)?
            + crate::subscription::sweep(app, BATCH)?
            + crate::user::purge(app, BATCH)?;
        changed += done;
        if done == 0 {
            break;
        }
    }
    app.write(&Ctx::system(), |work| {
        session::sweep(work.tx, &SWEEP, work.now)?;
        factor::sweep(work.tx, &SWEEP, work.now)?;
        federation::sweep(work.tx, &SWEEP, work.now)?;
        session::sweep_tries(work.tx, work.now.plus_seconds(-LONGEST_WINDOW))?;
        application::sweep_assertions(work.tx, work.now)?;
        // A code or grant that comes again shortly after its end is still told what it was.
        grant::sweep(work.tx, &SWEEP, work.now.plus_days(-KEPT_DAYS), work.now.plus_seconds(-LONGEST_WINDOW))?;
        device::sweep(work.tx, work.now.plus_seconds(-LONGEST_WINDOW))?;
        crate::user_import::forget_passwords(work, BATCH)?;
        let unfetched = work.now.plus_seconds(-entente_domain::user_import::KEPT_HOURS * 60 * 60);
        user_import::sweep(work.tx, &SWEEP, unfetched, work.now.plus_days(-KEPT_DAYS))?;
        acting::sweep(work.tx, &SWEEP, work.now.plus_days(-KEPT_DAYS))?;
        signal::sweep(work.tx, &SWEEP, work.now.plus_days(-KEPT_DAYS))?;
        attachment::sweep(work.tx, &SWEEP, work.now.plus_seconds(-UNSENT_SECONDS), BATCH)?;
        Ok(())
    })?;
    keys::tend(app)?;
    Ok(changed)
}

fn expire(app: &App) -> Result<u64, Error> {
    app.write(&Ctx::system(), |work| {
        let mut done = 0;
        for inv in invitation::past_validity(work.tx, work.now, BATCH)? {
            let (inv, happened) = inv.expire(work.now)?;
            if invitation::save(work.tx, &SWEEP, &inv)? {
                work.record(happened)?;
                done += 1;
            }
        }
        Ok(done)
    })
}

fn remind(app: &App) -> Result<u64, Error> {
    app.write(&Ctx::system(), |work| {
        let mut done = 0;
        let until = work.now.plus_days(-work.app.settings().remind_after_days);
        // Requests older than the longest validity are past reminding; the lower bound keeps the walk short.
        let from = until.plus_days(-i64::from(entente_domain::validity::ValidityDays::MAX));
        for inv in invitation::unreminded(work.tx, from, until, BATCH)? {
            if !inv.awaits_answer(work.now) {
                continue;
            }
            let (inv, happened) = inv.remind(work.now)?;
            if invitation::save(work.tx, &SWEEP, &inv)? {
                work.record(happened)?;
                done += 1;
            }
        }
        Ok(done)
    })
}
