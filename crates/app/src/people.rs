//! A partner's own people: who they are, what they may do, whether they may sign in.

use entente_domain::acting::End;
use entente_domain::directory::{Group, PartnerRole, Person};
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::{GroupId, UserId};
use entente_domain::people::{self, Action as Step};
use entente_domain::policy::{self, Action, Permit};
use entente_domain::tenant::Partner;
use entente_domain::text::{EmailAddress, PersonName, UserPrincipalName, name_key};
use entente_identity::Password;
use entente_store::acting::Reach;
use entente_store::{directory, factor, tenant};

use crate::context::Me;
use crate::{App, Ctx, Error, Invalid, Work, acting};

/// Where the previous page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The last name, in the form lists sort by.
    pub name_key: String,
    /// The last person.
    pub id: UserId,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The people, by name.
    pub people: Vec<Person>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

/// Somebody to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// How others see them.
    pub name: PersonName,
    /// What they sign in with; its domain is one of the organisation's.
    pub upn: UserPrincipalName,
    /// Where their mail goes.
    pub mail: EmailAddress,
    /// Their roles.
    pub roles: Vec<PartnerRole>,
}

/// Somebody added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The person.
    pub person: Person,
    /// Their first password; shown once and stored nowhere.
    pub password: String,
}

/// Up to `limit` of the partner's people by name.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn list(app: &App, ctx: &Ctx, after: Option<&After>, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ManagePeople)?;
        let place = after.map(|it| (it.name_key.as_str(), it.id));
        let mut people = directory::page(work.tx, partner.tenant.id, place, limit + 1)?;
        let more = i64::try_from(people.len()).unwrap_or(i64::MAX) > limit;
        if more {
            people.pop();
        }
        let next = people.last().filter(|_| more).map(|it| After { name_key: name_key(it.name.as_str()), id: it.id });
        Ok(Page { people, next })
    })
}

/// One of the partner's people.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for anybody else's person.
pub fn get(app: &App, ctx: &Ctx, id: UserId) -> Result<Person, Error> {
    app.read(ctx, |work| Ok(manage(work, id)?.person))
}

/// Adds a person with a first password made here.
///
/// # Errors
/// [`Error::Invalid`] on `upn` when the sign-in name is taken or of another organisation's domain; [`Error::Person`] when the
/// roles stand above those of whoever adds; [`Error::StepUp`] without a fresh proof, where roles are given.
pub fn add(app: &App, ctx: &Ctx, new: New) -> Result<Added, Error> {
    let password = one_time_password(app);
    let hash = hashed(app, &password)?;
    let person = app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::ManagePeople)?;
        let person = newcomer(work, &partner, &new)?;
        people::check(&me.person, &person, Step::Add, &person.partner_roles, 0)?;
        if !person.partner_roles.is_empty() {
            work.fresh(Action::GiveRoles)?;
        }
        directory::insert(work.tx, &permit, &person, None, work.now)
            .map_err(|error| crate::tenant::taken(error, "person.upn_key", "upn"))?;
        directory::set_first_password(work.tx, &permit, person.id, &hash)?;
        let happened = Happened::new(EventKind::PersonAdded).partner(partner.tenant.id).person(person.id);
        work.record(happened.with("roles", codes(&person.partner_roles)))?;
        Ok(person)
    })?;
    Ok(Added { person, password })
}

/// Replaces a person's roles.
///
/// # Errors
/// [`Error::Person`] when the partner would lose its last global admin, or when a role stands above those of whoever asks;
/// [`Error::StepUp`] without a fresh proof, where a role is given.
pub fn set_roles(app: &App, ctx: &Ctx, id: UserId, roles: Vec<PartnerRole>) -> Result<(), Error> {
    let roles = distinct(roles);
    app.write(ctx, move |work| {
        let managed = manage(work, id)?;
        managed.check(work, Step::SetRoles, &roles)?;
        if managed.person.partner_roles == roles {
            return Ok(());
        }
        // Taking roles away is never held up.
        if roles.iter().any(|role| !managed.person.partner_roles.contains(role)) {
            work.fresh(Action::GiveRoles)?;
        }
        let changed = Person { partner_roles: roles.clone(), ..managed.person.clone() };
        directory::save_roles(work.tx, &managed.permit, &changed)?;
        // A lost role may be the one they act in; who keeps it begins again at once.
        acting::end_all(work, &managed.permit, Reach::Person(id), End::Person)?;
        let happened = managed.happened(EventKind::RolesChanged).with("before", codes(&managed.person.partner_roles));
        work.record(happened.with("roles", codes(&roles)))?;
        Ok(())
    })
}

/// A group of the partner, and whether somebody is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: Group,
    /// Whether they are.
    pub member: bool,
}

/// The partner's groups by name, at most 500, and which of them a person is in.
///
/// # Errors
/// As [`get`].
pub fn groups(app: &App, ctx: &Ctx, id: UserId) -> Result<Vec<Membership>, Error> {
    app.read(ctx, |work| {
        let managed = manage(work, id)?;
        let own = directory::groups_of(work.tx, id)?;
        let all = directory::groups(work.tx, managed.partner.tenant.id)?;
        Ok(all.into_iter().map(|group| Membership { member: own.contains(&group.id), group }).collect())
    })
}

/// Puts a person into these groups of the partner and takes them out of its others.
///
/// # Errors
/// [`Error::Person`] for whoever is no global admin, [`Error::NotFound`] for a group of somebody else's, [`Error::StepUp`] without a
/// fresh proof, where somebody is put into a group.
pub fn set_groups(app: &App, ctx: &Ctx, id: UserId, groups: Vec<GroupId>) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let managed = manage(work, id)?;
        managed.check(work, Step::SetGroups, &managed.person.partner_roles)?;
        let all = directory::groups(work.tx, managed.partner.tenant.id)?;
        if groups.iter().any(|wanted| !all.iter().any(|it| it.id == *wanted)) {
            return Err(Error::NotFound);
        }
        let own = directory::groups_of(work.tx, id)?;
        if groups.iter().any(|wanted| !own.contains(wanted)) {
            work.fresh(Action::GiveRoles)?;
        }
        let mut left = false;
        for group in all {
            let kind = match (own.contains(&group.id), groups.contains(&group.id)) {
                (false, true) => {
                    directory::add_member(work.tx, &managed.permit, group.id, id)?;
                    EventKind::GroupMemberAdded
                }
                (true, false) => {
                    directory::remove_member(work.tx, &managed.permit, group.id, id)?;
                    left = true;
                    EventKind::GroupMemberRemoved
                }
                _ => continue,
            };
            work.record(managed.happened(kind).with("group", group.name))?;
        }
        if left {
            // The role they act in may be the group's; who holds it otherwise begins again at once.
            acting::end_all(work, &managed.permit, Reach::Person(id), End::Person)?;
        }
        Ok(())
    })
}

/// Blocks a person, which ends their sessions at once, or lets them sign in again.
///
/// # Errors
/// [`Error::Person`] for oneself, for the partner's last global admin, and for people above whoever asks.
pub fn set_enabled(app: &App, ctx: &Ctx, id: UserId, enabled: bool) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let managed = manage(work, id)?;
        managed.check(work, if enabled { Step::Unblock } else { Step::Block }, &managed.person.partner_roles)?;
        if !directory::set_enabled(work.tx, &managed.permit, id, enabled)? {
            return Ok(());
        }
        let kind = if enabled { EventKind::PersonEnabled } else { EventKind::PersonDisabled };
        if !enabled {
            crate::account::sign_out_everywhere(work, &managed.permit, id)?;
        }
        work.record(managed.happened(kind))?;
        Ok(())
    })
}

/// Gives a person a new password, to be handed over in person, and ends their sessions.
///
/// # Errors
/// [`Error::Person`] for oneself and for people above whoever asks.
pub fn reset_password(app: &App, ctx: &Ctx, id: UserId) -> Result<String, Error> {
    let password = one_time_password(app);
    let hash = hashed(app, &password)?;
    app.write(ctx, move |work| {
        let managed = manage(work, id)?;
        managed.check(work, Step::ResetPassword, &managed.person.partner_roles)?;
        directory::set_first_password(work.tx, &managed.permit, id, &hash)?;
        crate::account::sign_out_everywhere(work, &managed.permit, id)?;
        work.record(managed.happened(EventKind::PasswordChanged))?;
        Ok(())
    })?;
    Ok(password)
}

/// Removes the second factors of somebody who lost them, and ends everything they are signed in with. The recovery codes go with them.
///
/// # Errors
/// [`Error::Person`] for oneself and for people above whoever asks, [`Error::StepUp`] without a fresh proof.
pub fn reset_factors(app: &App, ctx: &Ctx, id: UserId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let managed = manage(work, id)?;
        let permit = policy::check(&managed.me.person, Action::ResetFactors)?;
        managed.check(work, Step::ResetFactors, &managed.person.partner_roles)?;
        work.fresh(Action::ResetFactors)?;
        if !factor::enrolled(work.tx, id)?.any() {
            return Ok(());
        }
        factor::delete_totp(work.tx, &permit, id)?;
        factor::delete_passkeys(work.tx, &permit, id)?;
        factor::delete_codes(work.tx, &permit, id)?;
        crate::account::sign_out_everywhere(work, &permit, id)?;
        work.record(managed.happened(EventKind::FactorRemoved).with("factor", "all"))?;
        Ok(())
    })
}

/// Whether somebody of the partner has a second factor.
///
/// # Errors
/// As [`get`].
pub fn has_factors(app: &App, ctx: &Ctx, id: UserId) -> Result<bool, Error> {
    app.read(ctx, |work| Ok(factor::enrolled(work.tx, manage(work, id)?.person.id)?.any()))
}

/// One of the partner's people, and who wants to change them.
struct Managed {
    me: Me,
    partner: Partner,
    person: Person,
    permit: Permit,
}

impl Managed {
    fn check(&self, work: &Work<'_>, step: Step, roles: &[PartnerRole]) -> Result<(), Error> {
        let administrators = directory::count_holders(work.tx, self.partner.tenant.id, PartnerRole::GlobalAdmin)?;
        Ok(people::check(&self.me.person, &self.person, step, roles, administrators)?)
    }

    fn happened(&self, kind: EventKind) -> Happened {
        Happened::new(kind).partner(self.partner.tenant.id).person(self.person.id)
    }
}

fn manage(work: &Work<'_>, id: UserId) -> Result<Managed, Error> {
    let (me, partner, permit) = work.partner(Action::ManagePeople)?;
    let person = directory::get(work.tx, id)?.filter(|it| it.tenant == partner.tenant.id).ok_or(Error::NotFound)?;
    Ok(Managed { me, partner, person, permit })
}

fn newcomer(work: &Work<'_>, partner: &Partner, new: &New) -> Result<Person, Error> {
    if !tenant::domains(work.tx, partner.tenant.id)?.contains(&new.upn.domain()) {
        return Err(Error::field("upn", Invalid::DomainDiffers));
    }
    Ok(Person {
        id: work.app.new_id(),
        tenant: partner.tenant.id,
        upn: new.upn.clone(),
        name: new.name.clone(),
        mail: new.mail.clone(),
        language: None,
        enabled: true,
        partner_roles: distinct(new.roles.clone()),
        directory_roles: Vec::new(),
    })
}

/// The roles in the order they are stored in, each once.
fn distinct(mut roles: Vec<PartnerRole>) -> Vec<PartnerRole> {
    roles.sort_unstable_by_key(|role| role.code());
    roles.dedup();
    roles
}

fn codes(roles: &[PartnerRole]) -> String {
    roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(" ")
}

/// Four groups of five characters that nobody mistakes for one another: 100 bits, easy to read out.
pub(crate) fn one_time_password(app: &App) -> String {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    app.random().fill(&mut bytes);
    let signs: Vec<char> = bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect();
    signs.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

pub(crate) fn hashed(app: &App, password: &str) -> Result<String, Error> {
    let password = Password::new(password).map_err(|why| Error::field("password", Invalid::Password(why)))?;
    Ok(crate::account::hash(app, &password))
}
