//! The operator's side of service requests: what waits, and answering, asking back and closing by number.

use entente_domain::event::Happened;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::service_request::{Refused, ServiceRequest};
use entente_domain::text::MessageText;
use entente_domain::time::Timestamp;
use entente_store::service_request as stored;
use entente_store::tenant;

use super::{Filter, Line, View, about, keep, lines, told, write};
use crate::{App, Ctx, Error};

const OPERATOR: Permit = Permit::unattended(Unattended::Operator);

/// What is not closed above a number, oldest first.
///
/// # Errors
/// When the database has no answer.
pub fn queue(app: &App, filter: Filter, above: i64, limit: i64) -> Result<Vec<Line>, Error> {
    app.read(&Ctx::operator(), |work| lines(work, stored::living(work.tx, filter, above, limit)?))
}

/// One service request with all that was said.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this number.
pub fn view(app: &App, number: i64) -> Result<View, Error> {
    app.read(&Ctx::operator(), |work| {
        let request = stored::by_number(work.tx, number)?.ok_or(Error::NotFound)?;
        let customer = tenant::get(work.tx, request.customer)?.ok_or(Error::NotFound)?;
        let about = about(work, &request)?;
        told(work, request, customer, about.as_ref(), true)
    })
}

/// Answers it.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this number, [`Error::ServiceRequest`] when it is closed or full.
pub fn answer(app: &App, number: i64, text: MessageText) -> Result<(), Error> {
    say(app, number, text, ServiceRequest::answer)
}

/// Asks back, and waits for whoever opened it.
///
/// # Errors
/// As [`answer`].
pub fn ask_back(app: &App, number: i64, text: MessageText) -> Result<(), Error> {
    say(app, number, text, ServiceRequest::ask_back)
}

/// Closes it.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this number, [`Error::ServiceRequest`] when it is closed already.
pub fn close(app: &App, number: i64) -> Result<(), Error> {
    app.write(&Ctx::operator(), move |work| {
        let request = stored::by_number(work.tx, number)?.ok_or(Error::NotFound)?;
        let (request, happened) = request.close(work.now)?;
        keep(work, &OPERATOR, &request, happened)
    })
}

type Step = fn(ServiceRequest, i64, Timestamp) -> Result<(ServiceRequest, Happened), Refused>;

fn say(app: &App, number: i64, text: MessageText, step: Step) -> Result<(), Error> {
    app.write(&Ctx::operator(), move |work| {
        let request = stored::by_number(work.tx, number)?.ok_or(Error::NotFound)?;
        let notes = stored::count_notes(work.tx, request.id)?;
        let (request, happened) = step(request, notes, work.now)?;
        write(work, &OPERATOR, &request, None, (notes + 1, text.clone()))?;
        keep(work, &OPERATOR, &request, happened)
    })
}
