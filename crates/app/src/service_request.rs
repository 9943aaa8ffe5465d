//! Service requests: the customer's own people and its partners' ask, the operator answers (requirement S12).
//!
//! A partner sees those it opened and those about what it sold or supports, the customer's own people see all of theirs. What the
//! operator does is in [`desk`], files are in [`attachment`].

pub mod attachment;
pub mod desk;

use std::collections::HashMap;

use entente_domain::event::Happened;
use entente_domain::ids::{AttachmentId, SubscriptionId, TenantId, UserId};
use entente_domain::policy::{Action, Permit};
use entente_domain::service_request::attachment::MAX_PER_NOTE;
use entente_domain::service_request::{
    self, Attachment, MAX_NOTES, Note, Refused, ServiceRequest, Severity, State, topic,
};
use entente_domain::subscription::Subscription;
use entente_domain::tenant::Tenant;
use entente_domain::text::{MessageText, SubjectLine};
use entente_domain::time::Timestamp;
use entente_store::service_request as stored;
pub use entente_store::service_request::Filter;
use entente_store::service_request::attachment as files;
use entente_store::{directory, tenant};

use crate::site::Site;
use crate::{App, Ctx, Error, Field, Invalid, Work, subscription};

/// A service request as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The request.
    pub request: ServiceRequest,
    /// The customer's name.
    pub customer: String,
    /// The product it is about, by its code.
    pub product: Option<String>,
    /// Who opened it.
    pub opened_by: String,
    /// The organisation of whoever opened it.
    pub organisation: String,
}

/// What somebody types to open one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// What it is about, by a topic's code.
    pub topic: String,
    /// How bad it is.
    pub severity: Severity,
    /// The subscription it is about.
    pub subscription: Option<SubscriptionId>,
    /// In a line.
    pub title: SubjectLine,
    /// The whole of it.
    pub description: MessageText,
}

/// One service request with all that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// As lists show it.
    pub line: Line,
    /// The customer.
    pub customer: Tenant,
    /// Who helps with the subscription it is about: the name of the seller or of whoever supports it.
    pub supporter: Option<String>,
    /// What was added, oldest first.
    pub notes: Vec<Said>,
    /// Whether whoever looks may add notes, close it and open it again, as far as its state lets them.
    pub handles: bool,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The note.
    pub note: Note,
    /// Who wrote it, with their organisation; none for the operator.
    pub author: Option<(String, String)>,
    /// The files that came with it.
    pub files: Vec<Attachment>,
}

/// A customer's service requests below a number, newest first, as far as whoever asks may see them.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Denied`] and [`Error::Acting`] without the role.
pub fn list(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    filter: Filter,
    below: Option<i64>,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewServiceRequests)?;
        let partner = site.relationship.as_ref().map(|it| it.partner);
        let below = below.unwrap_or(i64::MAX);
        lines(work, stored::of_customer(work.tx, customer, partner, filter, below, limit)?)
    })
}

/// The same of all customers of a partner.
///
/// # Errors
/// [`Error::NotFound`] when the organisation is no partner, [`Error::Denied`] without the role.
pub fn of_partner(app: &App, ctx: &Ctx, filter: Filter, below: Option<i64>, limit: i64) -> Result<Vec<Line>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.seller(Action::ViewServiceRequests)?;
        lines(work, stored::of_partner(work.tx, partner.tenant.id, filter, below.unwrap_or(i64::MAX), limit)?)
    })
}

/// What a new service request can be about: the customer, and its subscriptions as far as whoever asks may know them.
///
/// # Errors
/// As [`open`], but for what was typed.
pub fn offered(app: &App, ctx: &Ctx, customer: TenantId) -> Result<(Tenant, Vec<Subscription>), Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::HandleServiceRequests)?;
        let mut known = subscription::of_customer(work, site.customer.id)?;
        known.retain(|it| may_know(&site, it));
        Ok((site.customer, known))
    })
}

/// Opens a service request; answers its number. Needs no privileges.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Denied`] and [`Error::Acting`] without the role, [`Error::Invalid`] on `topic` and
/// `subscription`.
pub fn open(app: &App, ctx: &Ctx, customer: TenantId, new: New) -> Result<i64, Error> {
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::HandleServiceRequests)?;
        let New { topic, severity, subscription, title, description } = new.clone();
        let found = subscription.map(|id| subscription::one(work, site.customer.id, id)).transpose()?;
        let about = found.map(|it| it.filter(|it| may_know(&site, it)));
        let wrong = |name| Field { name, why: Invalid::NotOffered };
        let fields: Vec<Field> = topic::find(&topic)
            .is_none()
            .then(|| wrong("topic"))
            .into_iter()
            .chain(matches!(about, Some(None)).then(|| wrong("subscription")))
            .collect();
        if !fields.is_empty() {
            return Err(Error::Invalid(fields));
        }
        let partner = site.relationship.as_ref().map(|it| it.partner);
        let request = ServiceRequest {
            id: work.app.new_id(),
            number: stored::next_number(work.tx)?,
            customer,
            partner,
            opened_by: site.me.person.id,
            opened_at: work.now,
            topic,
            severity,
            subscription,
            title,
            description,
            answered_at: None,
            state: State::Open,
            version: 1,
        };
        let sold = about.flatten().into_iter().flat_map(|it| [it.partner, it.supported_by]);
        let mut partners: Vec<TenantId> = partner.into_iter().chain(sold).collect();
        partners.sort_unstable();
        partners.dedup();
        stored::insert(work.tx, &site.permit, &request, &partners)?;
        work.record(within(&site, request.opened()))?;
        Ok(request.number)
    })
}

/// One service request with all that was said.
///
/// # Errors
/// [`Error::NotFound`] for a stranger and for one that whoever asks may not see, [`Error::Denied`] and [`Error::Acting`] without the
/// role.
pub fn view(app: &App, ctx: &Ctx, customer: TenantId, number: i64) -> Result<View, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewServiceRequests)?;
        let handles = work.at_customer(customer, Action::HandleServiceRequests).is_ok();
        let (request, about) = seen(work, &site, number)?;
        told(work, request, site.customer, about.as_ref(), handles)
    })
}

/// Adds a note with the files that were uploaded for it.
///
/// # Errors
/// [`Error::NotFound`] as for [`view`], [`Error::ServiceRequest`] when it is closed or full, [`Error::Invalid`] on `files` when there
/// are too many, or one is not there any more.
pub fn note(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    number: i64,
    text: MessageText,
    uploaded: Vec<AttachmentId>,
) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::HandleServiceRequests)?;
        let (request, _) = seen(work, &site, number)?;
        let notes = stored::count_notes(work.tx, request.id)?;
        let (request, happened) = request.note(notes)?;
        if uploaded.len() > MAX_PER_NOTE {
            return Err(Error::field("files", Invalid::TooManyFiles { max: MAX_PER_NOTE }));
        }
        let note = write(work, &site.permit, &request, Some(&site), (notes + 1, text.clone()))?;
        for id in &uploaded {
            if !files::send(work.tx, &site.permit, request.id, *id, site.me.person.id, note.id)? {
                return Err(Error::field("files", Invalid::NotOffered));
            }
        }
        keep(work, &site.permit, &request, within(&site, happened))
    })
}

/// Closes it.
///
/// # Errors
/// [`Error::NotFound`] as for [`view`], [`Error::ServiceRequest`] when it is closed already.
pub fn close(app: &App, ctx: &Ctx, customer: TenantId, number: i64) -> Result<(), Error> {
    turn(app, ctx, customer, number, ServiceRequest::close)
}

/// Opens it again.
///
/// # Errors
/// [`Error::NotFound`] as for [`view`], [`Error::ServiceRequest`] when it is not closed, or was closed too long ago.
pub fn reopen(app: &App, ctx: &Ctx, customer: TenantId, number: i64) -> Result<(), Error> {
    turn(app, ctx, customer, number, ServiceRequest::reopen)
}

fn turn(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    number: i64,
    step: fn(ServiceRequest, Timestamp) -> Result<(ServiceRequest, Happened), Refused>,
) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::HandleServiceRequests)?;
        let (request, _) = seen(work, &site, number)?;
        let (request, happened) = step(request, work.now)?;
        keep(work, &site.permit, &request, within(&site, happened))
    })
}

/// What happened at a customer, with the relationship a partner's person rests on.
fn within(site: &Site, happened: Happened) -> Happened {
    Happened { relationship: site.relationship.as_ref().map(|it| it.id), ..happened }
}

/// Writes a changed request and what happened to it.
fn keep(work: &Work<'_>, permit: &Permit, request: &ServiceRequest, happened: Happened) -> Result<(), Error> {
    if !stored::save(work.tx, permit, request)? {
        return Err(Error::Conflict);
    }
    work.record(happened)?;
    Ok(())
}

/// Adds a note of somebody, or of the operator, at its place.
fn write(
    work: &Work<'_>,
    permit: &Permit,
    request: &ServiceRequest,
    site: Option<&Site>,
    (position, text): (i64, MessageText),
) -> Result<Note, Error> {
    let author = site.map(|it| (it.me.person.id, it.me.tenant.id));
    let note = Note { id: work.app.new_id(), request: request.id, position, author, at: work.now, text };
    stored::add_note(work.tx, permit, &note)?;
    Ok(note)
}

/// The request with this number, if it is this customer's and whoever asks may see it, and the subscription it is about.
fn seen(work: &Work<'_>, site: &Site, number: i64) -> Result<(ServiceRequest, Option<Subscription>), Error> {
    let found = stored::by_number(work.tx, number)?.filter(|it| it.customer == site.customer.id);
    let request = found.ok_or(Error::NotFound)?;
    let about = about(work, &request)?;
    let sees = |partner| request.concerns(partner, about.as_ref());
    if site.relationship.as_ref().is_none_or(|rel| sees(rel.partner)) {
        Ok((request, about))
    } else {
        Err(Error::NotFound)
    }
}

/// The subscription a request is about, with the support contact that holds now.
fn about(work: &Work<'_>, request: &ServiceRequest) -> Result<Option<Subscription>, Error> {
    let about = request.subscription.map(|id| subscription::one(work, request.customer, id));
    Ok(about.transpose()?.flatten())
}

/// Whether whoever is at work there may know a subscription: the customer's own people all of them, a partner's what it sold or supports.
fn may_know(site: &Site, it: &Subscription) -> bool {
    site.relationship.as_ref().is_none_or(|rel| it.partner == rel.partner || it.supported_by == rel.partner)
}

/// Requests with the names that lists show.
fn lines(work: &Work<'_>, requests: Vec<ServiceRequest>) -> Result<Vec<Line>, Error> {
    let people: Vec<UserId> = requests.iter().map(|it| it.opened_by).collect();
    let tenants: Vec<TenantId> = requests.iter().flat_map(|it| [Some(it.customer), it.partner]).flatten().collect();
    let (people, tenants) = (directory::names(work.tx, &people)?, tenant::names(work.tx, &tenants)?);
    let name = |id: TenantId| tenants.get(&id).cloned().unwrap_or_default();
    let mut lines = Vec::with_capacity(requests.len());
    for request in requests {
        let product = match request.subscription {
            Some(id) => entente_store::subscription::get(work.tx, request.customer, id)?.map(|it| it.product),
            None => None,
        };
        lines.push(Line {
            customer: name(request.customer),
            product,
            opened_by: people.get(&request.opened_by).cloned().unwrap_or_default(),
            organisation: name(request.partner.unwrap_or(request.customer)),
            request,
        });
    }
    Ok(lines)
}

/// One request with everything that was said about it.
fn told(
    work: &Work<'_>,
    request: ServiceRequest,
    customer: Tenant,
    about: Option<&Subscription>,
    handles: bool,
) -> Result<View, Error> {
    let notes = stored::notes(work.tx, request.id, MAX_NOTES)?;
    let mut files = files::of_request(work.tx, request.id)?;
    let supporter = about.map(|it| it.supported_by);
    let (people, tenants): (Vec<_>, Vec<_>) = notes.iter().filter_map(|it| it.author).unzip();
    let people: HashMap<UserId, String> = directory::names(work.tx, &people)?;
    let tenants = tenant::names(work.tx, &tenants.into_iter().chain(supporter).collect::<Vec<_>>())?;
    let notes = notes.into_iter().map(|note| {
        let named = |(person, home)| (people.get(&person).cloned().unwrap_or_default(), home);
        let author =
            note.author.map(named).map(|(person, home)| (person, tenants.get(&home).cloned().unwrap_or_default()));
        let own = files.extract_if(.., |it| it.note == Some(note.id)).collect();
        Said { note, author, files: own }
    });
    let notes = notes.collect();
    let line = lines(work, vec![request])?.pop().ok_or(Error::NotFound)?;
    Ok(View { line, customer, supporter: supporter.and_then(|it| tenants.get(&it).cloned()), notes, handles })
}

/// What the domain would answer now to adding a note, closing and opening again: what a page offers.
pub fn possible(request: &ServiceRequest, now: entente_domain::time::Timestamp) -> (bool, bool, bool) {
    let again = |step: Result<_, service_request::Refused>| step.map(|_: (ServiceRequest, Happened)| ()).is_ok();
    (again(request.clone().note(0)), again(request.clone().close(now)), again(request.clone().reopen(now)))
}
