//! A customer's users, as its own administrators and its partners' people look after them: every operation asks
//! `Work::at_customer` what whoever asks may do there now.

use std::collections::HashMap;

use entente_domain::acting::End;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::{self, GLOBAL_ADMINISTRATOR};
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::{DirectoryRoleId, SkuId, TenantId, UserId};
use entente_domain::policy::{Action, Permit, Unattended};
use entente_domain::tenant::Tenant;
use entente_domain::text::{SearchText, UserPrincipalName};
use entente_domain::time::Timestamp;
use entente_domain::user::{self, Action as Step, Administrators, KEPT_DAYS, Manager};
pub use entente_domain::user::{Details, Standing, User};
pub use entente_store::user::{After, By as Order};
use entente_store::user::{By, Filter};
use entente_store::{StoreError, directory, factor, licence, tenant, user as store};

use crate::authority::bearer;
use crate::people::{hashed, one_time_password};
use crate::sheet::Sheet;
use crate::site::Site;
use crate::user_import::sheet;
use crate::{App, Ctx, Error, Invalid, Work};

const SWEEP: Permit = Permit::unattended(Unattended::Sweep);
/// Users an export reads at once.
const AT_ONCE: i64 = 1_000;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What the name or the sign-in name begins with.
    pub search: Option<SearchText>,
    /// Only those who stand like this; none lists all who are not deleted.
    pub standing: Option<Standing>,
    /// Where the previous page ended.
    pub after: Option<After>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The users; with a search those found by name first.
    pub users: Vec<User>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
    /// What they hold licences of; none for whoever may not know.
    pub licences: Option<HashMap<UserId, Vec<SkuId>>>,
}

/// Somebody to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// What they sign in with; its domain is one of the organisation's.
    pub upn: UserPrincipalName,
    /// What is known of them.
    pub details: Details,
}

/// Somebody with a new password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// Who.
    pub user: User,
    /// The password; shown once and stored nowhere.
    pub password: String,
}

/// One page of a customer's users.
///
/// # Errors
/// [`Error::NotFound`] for strangers, [`Error::Denied`] and [`Error::Acting`] when roles or privileges are not enough.
pub fn list(app: &App, ctx: &Ctx, customer: TenantId, query: &Query, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewUsers)?;
        let mut users = fetch(work, site.customer.id, query, query.after.as_ref(), limit + 1)?;
        let more = i64::try_from(users.len()).unwrap_or(i64::MAX) > limit;
        if more {
            users.pop();
        }
        let next = users.last().filter(|_| more).map(|(by, user)| After::user(*by, user));
        let users: Vec<User> = users.into_iter().map(|(_, user)| user).collect();
        let licences = match work.at_customer(customer, Action::ViewLicences) {
            Ok(_) => {
                let ids: Vec<UserId> = users.iter().map(|user| user.person.id).collect();
                Some(licence::of_people(work.tx, &ids)?)
            }
            Err(_) => None,
        };
        Ok(Page { users, next, licences })
    })
}

/// One user, deleted or not.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] also for somebody of another organisation and for one deleted too long ago.
pub fn get(app: &App, ctx: &Ctx, customer: TenantId, id: UserId) -> Result<User, Error> {
    app.read(ctx, |work| Ok(Managed::load(work, customer, id, Action::ViewUsers)?.user))
}

/// The domains sign-in names of a customer's users can have.
///
/// # Errors
/// As [`list`].
pub fn domains(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<entente_domain::text::DomainName>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewUsers)?;
        Ok(tenant::domains(work.tx, site.customer.id)?)
    })
}

/// Adds a user with a first password made here, in the place of which they choose their own when they first sign in.
///
/// # Errors
/// [`Error::Invalid`] on `upn` when the sign-in name is taken or of another organisation's domain; otherwise as [`list`].
pub fn create(app: &App, ctx: &Ctx, customer: TenantId, new: New) -> Result<Password, Error> {
    let password = one_time_password(app);
    let hash = hashed(app, &password)?;
    let user = app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::ManageUsers)?;
        if !tenant::domains(work.tx, site.customer.id)?.contains(&new.upn.domain()) {
            return Err(Error::field("upn", Invalid::DomainDiffers));
        }
        let user = newcomer(work, site.customer.id, &new);
        write(work, &site, &user, &hash)?;
        Ok(user)
    })?;
    Ok(Password { user, password })
}

/// Writes a new user down, be they typed in or from a file.
pub(crate) fn write(work: &Work<'_>, site: &Site, user: &User, hash: &str) -> Result<(), Error> {
    store::insert(work.tx, &site.permit, user, hash)
        .map_err(|error| crate::tenant::taken(error, "person.upn_key", "upn"))?;
    work.record(site.done(EventKind::PersonAdded).person(user.person.id))?;
    Ok(())
}

/// Replaces what is known of a user. `version` is that of the record the change was made to.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changed the record since, [`Error::User`] for people above whoever asks; otherwise as
/// [`get`].
pub fn edit(app: &App, ctx: &Ctx, customer: TenantId, id: UserId, version: i64, details: Details) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let managed = Managed::living(work, customer, id, Action::ManageUsers)?;
        managed.check(work, Step::Edit, &managed.user.person.directory_roles)?;
        if managed.user.details == details {
            return Ok(());
        }
        if !store::save(work.tx, &managed.site.permit, id, version, &details)? {
            return Err(Error::Conflict);
        }
        work.record(managed.happened(EventKind::UserChanged).with("fields", changed(&managed.user.details, &details)))?;
        Ok(())
    })
}

/// Blocks a user, which ends everything they are signed in with at once, or lets them sign in again.
///
/// # Errors
/// [`Error::User`] for oneself, for the last administrator, and for people above whoever asks; otherwise as [`get`].
pub fn set_enabled(app: &App, ctx: &Ctx, customer: TenantId, id: UserId, enabled: bool) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let managed = Managed::living(work, customer, id, Action::ManageUsers)?;
        let step = if enabled { Step::Unblock } else { Step::Block };
        managed.check(work, step, &managed.user.person.directory_roles)?;
        if !directory::set_enabled(work.tx, &managed.site.permit, id, enabled)? {
            return Ok(());
        }
        if !enabled {
            crate::account::sign_out_everywhere(work, &managed.site.permit, id)?;
        }
        let kind = if enabled { EventKind::PersonEnabled } else { EventKind::PersonDisabled };
        work.record(managed.happened(kind))?;
        Ok(())
    })
}

/// Gives a user a new password, to be handed over in person, and ends everything they are signed in with. They choose their own
/// when they sign in next.
///
/// # Errors
/// [`Error::User`] for oneself and for people above whoever asks; otherwise as [`get`].
pub fn reset_password(app: &App, ctx: &Ctx, customer: TenantId, id: UserId) -> Result<Password, Error> {
    let password = one_time_password(app);
    let hash = hashed(app, &password)?;
    let user = app.write(ctx, move |work| {
        let managed = Managed::living(work, customer, id, Action::ResetPasswords)?;
        managed.check(work, Step::ResetPassword, &managed.user.person.directory_roles)?;
        directory::set_first_password(work.tx, &managed.site.permit, id, &hash)?;
        crate::account::sign_out_everywhere(work, &managed.site.permit, id)?;
        work.record(managed.happened(EventKind::PasswordChanged))?;
        Ok(managed.user)
    })?;
    Ok(Password { user, password })
}

/// Replaces a user's directory roles.
///
/// # Errors
/// [`Error::Invalid`] on `roles` for one that does not exist, [`Error::User`] for roles above whoever asks and when no global
/// administrator would be left, [`Error::StepUp`] without a fresh proof; otherwise as [`get`].
pub fn set_roles(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: UserId,
    mut roles: Vec<DirectoryRoleId>,
) -> Result<(), Error> {
    // In the order they are stored and read in.
    roles.sort_unstable_by_key(ToString::to_string);
    roles.dedup();
    app.write(ctx, move |work| {
        let managed = Managed::living(work, customer, id, Action::AssignRoles)?;
        if roles.iter().any(|role| directory_role::find(*role).is_none()) {
            return Err(Error::field("roles", Invalid::NotOffered));
        }
        managed.check(work, Step::SetRoles, &roles)?;
        work.fresh(Action::AssignRoles)?;
        let before = &managed.user.person.directory_roles;
        if *before == roles {
            return Ok(());
        }
        let changed = Person { directory_roles: roles.clone(), ..managed.user.person.clone() };
        directory::save_roles(work.tx, &managed.site.permit, &changed)?;
        if before.iter().any(|role| !roles.contains(role)) {
            // A service believes the roles of its token as long as that lives.
            bearer::end_at_services(work, id, End::Person)?;
        }
        let given: Vec<DirectoryRoleId> = roles.iter().copied().filter(|role| !before.contains(role)).collect();
        let happened = managed.happened(EventKind::RolesChanged).with("before", ids(before)).with("roles", ids(&roles));
        work.record(happened.with_some("given", Some(ids(&given)).filter(|it| !it.is_empty())))?;
        Ok(())
    })
}

/// Deletes a user: nothing of theirs counts any more, and their sign-in name is free. For 30 days they can be brought back.
///
/// # Errors
/// [`Error::User`] for oneself, for the last administrator, and for people above whoever asks; otherwise as [`get`].
pub fn delete(app: &App, ctx: &Ctx, customer: TenantId, id: UserId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let managed = Managed::load(work, customer, id, Action::DeleteUsers)?;
        if managed.user.deleted_at.is_some() {
            return Ok(());
        }
        managed.check(work, Step::Delete, &[])?;
        if !store::delete(work.tx, &managed.site.permit, &managed.user, work.now)? {
            return Ok(());
        }
        crate::account::sign_out_everywhere(work, &managed.site.permit, id)?;
        let before = ids(&managed.user.person.directory_roles);
        let freed = crate::licence::free(work, &managed.site.permit, &managed.user)?;
        let happened = managed.happened(EventKind::UserDeleted).with_some("licences_freed", freed);
        work.record(happened.with_some("before", Some(before).filter(|it| !it.is_empty())))?;
        Ok(())
    })
}

/// Brings a deleted user back, as they were but without roles and groups: those are given again by whoever may. They have the
/// licences back that are left; returns those that are not.
///
/// # Errors
/// [`Error::User`] when it is too late or somebody else has their sign-in name; otherwise as [`get`].
pub fn restore(app: &App, ctx: &Ctx, customer: TenantId, id: UserId) -> Result<Vec<SkuId>, Error> {
    app.write(ctx, move |work| {
        let managed = Managed::load(work, customer, id, Action::DeleteUsers)?;
        if managed.user.deleted_at.is_none() {
            return Ok(Vec::new());
        }
        managed.check(work, Step::Restore, &[])?;
        let taken = store::holder(work.tx, &managed.user.person.upn.key())?.is_some();
        user::restorable(&managed.user, taken, work.now)?;
        let restored = store::restore(work.tx, &managed.site.permit, &managed.user);
        // Somebody may take the name in the same moment.
        if !restored.map_err(name_taken)? {
            return Ok(Vec::new());
        }
        let back = crate::licence::bring_back(work, &managed.site, &managed.user)?;
        let happened = managed.happened(EventKind::UserRestored);
        let happened = happened.with_some("licences_given", crate::licence::named(back.held));
        work.record(happened.with_some("licences_missing", crate::licence::named(back.missing.clone())))?;
        Ok(back.missing)
    })
}

/// A customer's users that match as CSV (RFC 4180), safe to open in a spreadsheet: every field quoted, formulas defused. Its columns
/// are those an import reads.
///
/// # Errors
/// [`Error::StepUp`] without a fresh proof; otherwise as [`list`].
pub fn export(app: &App, ctx: &Ctx, customer: TenantId, query: &Query) -> Result<Vec<u8>, Error> {
    let file = app.read_long(ctx, |work| {
        let site = work.at_customer(customer, Action::ExportUsers)?;
        work.fresh(Action::ExportUsers)?;
        let mut file = Sheet::new(sheet::heading())?;
        let mut place = None;
        loop {
            let users = fetch(work, site.customer.id, query, place.as_ref(), AT_ONCE)?;
            for (_, user) in &users {
                file.row(sheet::row(user))?;
            }
            match users.last() {
                Some((by, last)) if i64::try_from(users.len()).is_ok_and(|it| it == AT_ONCE) => {
                    place = Some(After::user(*by, last));
                }
                _ => break file.finish(),
            }
        }
    })?;
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::ExportUsers)?;
        work.record(site.done(EventKind::UsersExported))?;
        Ok(())
    })?;
    Ok(file)
}

/// Purges up to `limit` users who were deleted too long ago; returns how many.
///
/// # Errors
/// When the database has no answer.
pub(crate) fn purge(app: &App, limit: i64) -> Result<u64, Error> {
    app.write(&Ctx::system(), move |work| {
        let mut done = 0;
        for user in store::to_purge(work.tx, gone(work.now), limit)? {
            let id = user.person.id;
            if store::purge(work.tx, &SWEEP, id, work.now)? {
                factor::delete_totp(work.tx, &SWEEP, id)?;
                factor::delete_passkeys(work.tx, &SWEEP, id)?;
                factor::delete_codes(work.tx, &SWEEP, id)?;
                licence::forget(work.tx, &SWEEP, id)?;
                work.record(Happened::new(EventKind::UserPurged).customer(user.person.tenant).person(id))?;
                done += 1;
            }
        }
        Ok(done)
    })
}

/// Who was deleted at or before this time is gone, whether the sweep came by or not.
fn gone(now: Timestamp) -> Timestamp {
    now.plus_days(-KEPT_DAYS)
}

/// Up to `limit` users with the order each stands in: with a search first those found by name, then by sign-in name.
fn fetch(
    work: &Work<'_>,
    customer: TenantId,
    query: &Query,
    place: Option<&After>,
    limit: i64,
) -> Result<Vec<(By, User)>, Error> {
    let prefix = query.search.as_ref().map(SearchText::key);
    let filter = Filter { standing: query.standing, prefix: prefix.as_deref(), deleted_after: gone(work.now) };
    let mut found: Vec<(By, User)> = Vec::new();
    let orders: &[By] = if prefix.is_some() { &[By::Name, By::Login] } else { &[By::Name] };
    for by in orders.iter().copied().filter(|by| place.is_none_or(|it| it.by == By::Name || *by == By::Login)) {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        if left > 0 {
            let users = store::page(work.tx, customer, &filter, by, place, left)?;
            found.extend(users.into_iter().map(|user| (by, user)));
        }
    }
    Ok(found)
}

/// A user as they begin: nobody has signed in as them, and their password is known to another.
pub(crate) fn newcomer(work: &Work<'_>, customer: TenantId, new: &New) -> User {
    let person = Person {
        id: work.app.new_id(),
        tenant: customer,
        upn: new.upn.clone(),
        name: new.details.name.clone(),
        mail: new.details.mail.clone(),
        language: None,
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles: Vec::new(),
    };
    User {
        person,
        details: new.details.clone(),
        must_change_password: true,
        created_at: work.now,
        signed_in_at: None,
        deleted_at: None,
        version: 1,
    }
}

/// A user, and who wants to change them.
struct Managed {
    site: Site,
    user: User,
}

impl Managed {
    /// Somebody of another organisation, and one who is gone, answer like one who never was.
    fn load(work: &Work<'_>, customer: TenantId, id: UserId, action: Action) -> Result<Self, Error> {
        let site = work.at_customer(customer, action)?;
        let here = |it: &User| it.person.tenant == customer && it.deleted_at.is_none_or(|at| at > gone(work.now));
        let user = store::get(work.tx, id)?.filter(here).ok_or(Error::NotFound)?;
        Ok(Self { site, user })
    }

    fn living(work: &Work<'_>, customer: TenantId, id: UserId, action: Action) -> Result<Self, Error> {
        let managed = Self::load(work, customer, id, action)?;
        if managed.user.deleted_at.is_some() { Err(Error::NotFound) } else { Ok(managed) }
    }

    fn check(&self, work: &Work<'_>, step: Step, roles: &[DirectoryRoleId]) -> Result<(), Error> {
        let administrators = administrators(work, &self.site.customer)?;
        let manager = Manager { person: &self.site.me.person, roles: &self.site.roles };
        Ok(user::check(&manager, &self.user.person, step, roles, administrators)?)
    }

    fn happened(&self, kind: EventKind) -> Happened {
        self.site.done(kind).person(self.user.person.id)
    }
}

fn administrators(work: &Work<'_>, customer: &Tenant) -> Result<Administrators, Error> {
    Ok(Administrators {
        directory: directory::count_directory_holders(work.tx, customer.id, GLOBAL_ADMINISTRATOR)?,
        partner: directory::count_holders(work.tx, customer.id, PartnerRole::GlobalAdmin)?,
    })
}

fn name_taken(error: StoreError) -> Error {
    let refused = user::Refused { action: Step::Restore, because: user::Because::NameTaken };
    if error.is_unique("person.upn_key") { refused.into() } else { error.into() }
}

/// The names of what was changed, never the values: the log is read by more people than the record.
fn changed(before: &Details, after: &Details) -> String {
    let fields = [
        ("name", before.name != after.name),
        ("mail", before.mail != after.mail),
        ("given_name", before.given_name != after.given_name),
        ("family_name", before.family_name != after.family_name),
        ("usage_location", before.usage_location != after.usage_location),
        ("phone", before.phone != after.phone),
        ("department", before.department != after.department),
        ("job_title", before.job_title != after.job_title),
    ];
    fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

fn ids(roles: &[DirectoryRoleId]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
