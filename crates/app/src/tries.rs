//! Limits on how often something may be tried. They hold across servers, because they live in the database.

use entente_store::session;

use crate::{Error, Work};

/// A window of one day, in seconds; the sweep keeps tries that long.
pub const DAY: i64 = 24 * 60 * 60;

/// Whether `subject` may be tried once more; counts nothing.
///
/// # Errors
/// [`Error::TooMany`] when there were `limit` in the present window already.
pub fn check(work: &Work<'_>, subject: &str, limit: i64, window: i64) -> Result<(), Error> {
    if let Some((since, tries)) = session::tries(work.tx, subject)?
        && tries >= limit
        && work.now < since.plus_seconds(window)
    {
        return Err(Error::TooMany { again_at: since.plus_seconds(window) });
    }
    Ok(())
}

/// Counts one try of `subject`.
///
/// # Errors
/// [`Error::TooMany`] when there were `limit` in the present window already.
pub fn count(work: &Work<'_>, subject: &str, limit: i64, window: i64) -> Result<(), Error> {
    check(work, subject, limit, window)?;
    Ok(session::count_try(work.tx, subject, work.now, work.now.plus_seconds(-window))?)
}
