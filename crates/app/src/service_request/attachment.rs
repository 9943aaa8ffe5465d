//! Files for notes: uploaded first, sent with the note, and read part by part, so that nothing holds more than one of them.
//!
//! They are kept in the database: whatever serves the portals reaches it, and one backup has all (docs/adr).

use entente_domain::ids::{AttachmentId, TenantId};
use entente_domain::policy::Action;
use entente_domain::service_request::attachment::{self, FileKind, MAX_PER_REQUEST, MAX_SIZE};
use entente_domain::service_request::{Action as Step, Attachment, Because, Refused, State};
use entente_store::service_request::attachment as stored;

use super::seen;
use crate::{App, Ctx, Error, Invalid, Work};

/// Keeps a file for the note that is about to be sent. What is never sent is swept away.
///
/// # Errors
/// [`Error::NotFound`] for a request that whoever asks may not see, [`Error::ServiceRequest`] when it is closed, [`Error::Invalid`]
/// on `files` for one that is too big, of no kind that is taken, or more than the request can hold.
pub fn upload(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    number: i64,
    given: &str,
    content: Vec<u8>,
) -> Result<AttachmentId, Error> {
    let refused = |why| Err(Error::field("files", why));
    if content.len() > MAX_SIZE {
        return refused(Invalid::FileTooBig { max: MAX_SIZE });
    }
    let Some(kind) = FileKind::of(&content) else { return refused(Invalid::FileKind) };
    let name = attachment::name(given, kind);
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::HandleServiceRequests)?;
        let (request, _) = seen(work, &site, number)?;
        if matches!(request.state, State::Closed { .. }) {
            return Err(Refused { action: Step::Note, because: Because::Closed }.into());
        }
        let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
        if stored::size_of_all(work.tx, request.id)?.saturating_add(bytes) > MAX_PER_REQUEST {
            return Err(Error::field("files", Invalid::NoRoom { max: MAX_PER_REQUEST }));
        }
        let file = Attachment {
            id: work.app.new_id(),
            request: request.id,
            note: None,
            name: name.clone(),
            kind,
            size: bytes,
            uploaded_by: site.me.person.id,
            uploaded_at: work.now,
        };
        stored::insert(work.tx, &site.permit, &file, &content)?;
        Ok(file.id)
    })
}

/// A file that came with a note, for whoever may see the request.
///
/// # Errors
/// [`Error::NotFound`] for a request that whoever asks may not see, and for a file that is not there or was not sent;
/// [`Error::Denied`] and [`Error::Acting`] without the role.
pub fn file(app: &App, ctx: &Ctx, customer: TenantId, number: i64, id: AttachmentId) -> Result<Attachment, Error> {
    app.read(ctx, |work| sent(work, customer, number, id))
}

/// One part of its content, counted from 0; none behind the last. Whoever lost the right between two parts gets no more of it.
///
/// # Errors
/// As [`file()`].
pub fn part(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    number: i64,
    id: AttachmentId,
    part: i64,
) -> Result<Option<Vec<u8>>, Error> {
    app.read(ctx, |work| {
        let file = sent(work, customer, number, id)?;
        Ok(stored::content(work.tx, file.id, part)?)
    })
}

fn sent(work: &Work<'_>, customer: TenantId, number: i64, id: AttachmentId) -> Result<Attachment, Error> {
    let site = work.at_customer(customer, Action::ViewServiceRequests)?;
    let (request, _) = seen(work, &site, number)?;
    stored::get(work.tx, request.id, id)?.filter(|it| it.note.is_some()).ok_or(Error::NotFound)
}
