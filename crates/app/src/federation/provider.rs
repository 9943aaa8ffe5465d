//! Naming an organisation's provider of identity, switching it on and off.

use entente_domain::event::{EventKind, Happened};
use entente_domain::federation::{Because, ClientText, Issuer, Provider, keeps_way_in};
use entente_domain::ids::{Id as _, TenantId};
use entente_domain::policy::{Action, Permit};
use entente_domain::text::{DomainName, TextError};
use entente_identity::federation as provider_says;
use entente_store::federation;
use entente_store::tenant;

use super::{SECRET, redirects};
use crate::sign_in::Audience;
use crate::{App, Ctx, Error, Field, Invalid, Work};

/// As what an administrator acts for an organisation that may be both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// As a partner's global admin.
    Partner,
    /// As a customer's global administrator.
    Customer,
}

/// What an administrator sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The provider, if one is named.
    pub provider: Option<Provider>,
    /// Whether a client secret is kept.
    pub secret: bool,
    /// How many people are linked.
    pub linked: i64,
    /// The domains to choose from.
    pub owned: Vec<DomainName>,
    /// The addresses to register at the provider, with the portal each is for.
    pub redirects: Vec<(Audience, String)>,
}

/// What an administrator types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The provider's address.
    pub issuer: String,
    /// What it knows us as.
    pub client_id: String,
    /// A new secret; empty keeps the one there is, as long as the address stays.
    pub secret: String,
    /// The domains whose people it speaks for.
    pub domains: Vec<String>,
    /// The version that was looked at; none for a new one.
    pub version: Option<i64>,
}

/// The organisation's provider.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::StepUp`] without a fresh proof, as everywhere here.
pub fn view(app: &App, ctx: &Ctx, side: Side) -> Result<View, Error> {
    app.read(ctx, |work| {
        let (home, _) = administrator(work, side)?;
        let provider = federation::get(work.tx, home)?;
        let linked = match &provider {
            Some(it) => federation::count_links(work.tx, home, &it.issuer)?,
            None => 0,
        };
        let secret = federation::secret(work.tx, home)?.is_some();
        let owned = tenant::domains(work.tx, home)?;
        let redirects = redirects(work, &tenant::get(work.tx, home)?.ok_or(Error::NotFound)?)?;
        Ok(View { provider, secret, linked, owned, redirects })
    })
}

/// Names the organisation's provider or changes it. A new one is switched off. Another address is another provider: links and
/// secret of the old one are gone, so that the secret never travels to an address it was not typed for.
///
/// # Errors
/// [`Error::Invalid`] by field; [`Error::Conflict`] when somebody else changed it first; [`Error::Federation`] when no global
/// administrator could sign in any more.
pub fn configure(app: &App, ctx: &Ctx, side: Side, wanted: Wanted) -> Result<(), Error> {
    let typed = Typed::parse(&wanted, app.settings().private_addresses)?;
    let secret = Some(wanted.secret).filter(|it| !it.is_empty());
    app.write(ctx, move |work| {
        let (home, permit) = administrator(work, side)?;
        let owned = tenant::domains(work.tx, home)?;
        if !typed.domains.iter().all(|it| owned.contains(it)) {
            return Err(Error::field("domains", Invalid::NotOffered));
        }
        let old = federation::get(work.tx, home)?;
        if old.as_ref().map(|it| it.version) != wanted.version {
            return Err(Error::Conflict);
        }
        let moved = old.as_ref().is_some_and(|it| it.issuer != typed.issuer);
        let new = Provider {
            tenant: home,
            issuer: typed.issuer.clone(),
            client_id: typed.client_id.clone(),
            domains: typed.domains.clone(),
            enabled: old.as_ref().is_some_and(|it| it.enabled && !moved),
            created_at: old.as_ref().map_or(work.now, |it| it.created_at),
            updated_at: work.now,
            version: old.as_ref().map_or(1, |it| it.version),
        };
        if moved {
            federation::unlink_all(work.tx, &permit, home)?;
            federation::set_secret(work.tx, &permit, home, None)?;
        }
        if old.is_none() {
            federation::insert(work.tx, &permit, &new)?;
        } else if !federation::save(work.tx, &permit, &new)? {
            return Err(Error::Conflict);
        }
        if let Some(secret) = &secret {
            let sealed = work.app.seal().seal(work.app.random(), SECRET, home.uuid().as_bytes(), secret.as_bytes());
            federation::set_secret(work.tx, &permit, home, Some(&sealed))?;
        }
        federation::forget(work.tx, &permit, home)?;
        way_in(work, &new)?;
        work.record(changed(side, &new))?;
        Ok(())
    })
}

/// Switches the provider on or off. Before people are sent to it, it has to answer.
///
/// # Errors
/// [`Error::NotFound`] when none is named; [`Error::Federation`] when it does not answer, or when no global administrator could
/// sign in any more.
pub fn set_enabled(app: &App, ctx: &Ctx, side: Side, on: bool) -> Result<(), Error> {
    if on {
        test(app, ctx, side)?;
    }
    app.write(ctx, move |work| {
        let (home, permit) = administrator(work, side)?;
        let old = federation::get(work.tx, home)?.ok_or(Error::NotFound)?;
        if old.enabled == on {
            return Ok(());
        }
        let new = Provider { enabled: on, updated_at: work.now, ..old };
        way_in(work, &new)?;
        if !federation::save(work.tx, &permit, &new)? {
            return Err(Error::Conflict);
        }
        federation::forget(work.tx, &permit, home)?;
        work.record(changed(side, &new))?;
        Ok(())
    })
}

/// Asks the provider whether it answers under its own name.
///
/// # Errors
/// [`Error::NotFound`] when none is named; [`Error::Federation`] when it does not answer as it should.
pub fn test(app: &App, ctx: &Ctx, side: Side) -> Result<(), Error> {
    let issuer = app.read(ctx, |work| {
        let (home, _) = administrator(work, side)?;
        Ok(federation::get(work.tx, home)?.ok_or(Error::NotFound)?.issuer)
    })?;
    provider_says::probe(app.fetch(), &issuer).map_err(|why| {
        tracing::warn!(issuer = issuer.as_str(), error = %why, "a provider of identity failed its test");
        match why {
            provider_says::Failed::Unreachable(_) => Because::Unreachable.into(),
            _ => Because::NotTrusted.into(),
        }
    })
}

/// Removes the provider with all links; its people sign in with passwords again.
///
/// # Errors
/// [`Error::Federation`] when no global administrator could sign in any more.
pub fn remove(app: &App, ctx: &Ctx, side: Side) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (home, permit) = administrator(work, side)?;
        let old = federation::get(work.tx, home)?.ok_or(Error::NotFound)?;
        way_in(work, &Provider { enabled: false, ..old.clone() })?;
        federation::delete(work.tx, &permit, home)?;
        work.record(happened(side, EventKind::ProviderRemoved, &old))?;
        Ok(())
    })
}

/// The organisation of whoever asks, when they may say how its people sign in and have just proved who they are. That holds for
/// looking as well, so that nobody fills in the form only to be sent away for a proof.
fn administrator(work: &Work<'_>, side: Side) -> Result<(TenantId, Permit), Error> {
    let (home, permit, action) = match side {
        Side::Partner => {
            let (_, partner, permit) = work.partner(Action::SetPartnerProvider)?;
            (partner.tenant.id, permit, Action::SetPartnerProvider)
        }
        Side::Customer => {
            let (me, permit) = work.customer(Action::SetCustomerProvider)?;
            (me.tenant.id, permit, Action::SetCustomerProvider)
        }
    };
    work.fresh(action)?;
    Ok((home, permit))
}

fn way_in(work: &Work<'_>, provider: &Provider) -> Result<(), Error> {
    let ways = federation::ways_in(work.tx, provider.tenant, &provider.issuer)?;
    Ok(keeps_way_in(ways, provider.enabled)?)
}

fn changed(side: Side, provider: &Provider) -> Happened {
    let happened = happened(side, EventKind::ProviderChanged, provider);
    happened.with("enabled", if provider.enabled { "yes" } else { "no" })
}

fn happened(side: Side, kind: EventKind, provider: &Provider) -> Happened {
    let happened = match side {
        Side::Partner => Happened::new(kind).partner(provider.tenant),
        Side::Customer => Happened::new(kind).customer(provider.tenant),
    };
    let domains: Vec<&str> = provider.domains.iter().map(DomainName::as_str).collect();
    happened.with("issuer", provider.issuer.as_str()).with("domains", domains.join(" "))
}

/// What was typed, once it can be what it should.
struct Typed {
    issuer: Issuer,
    client_id: ClientText,
    domains: Vec<DomainName>,
}

impl Typed {
    /// Every field that cannot be is named.
    fn parse(wanted: &Wanted, plain: bool) -> Result<Self, Error> {
        let (issuer, client_id) =
            (Issuer::parse(wanted.issuer.trim(), plain), ClientText::parse(wanted.client_id.trim()));
        let domains: Result<Vec<DomainName>, _> = wanted.domains.iter().map(|it| DomainName::parse(it)).collect();
        let mut wrong = Vec::new();
        let mut refuse = |name, why| wrong.push(Field { name, why });
        if issuer.is_err() {
            refuse("issuer", Invalid::NotAnIssuer);
        }
        if client_id.is_err() {
            refuse("client_id", Invalid::NotAClient);
        }
        if !wanted.secret.is_empty() && ClientText::parse(&wanted.secret).is_err() {
            refuse("secret", Invalid::NotAClient);
        }
        match &domains {
            Ok(some) if some.is_empty() => refuse("domains", Invalid::Text(TextError::Empty)),
            Ok(_) => {}
            Err(_) => refuse("domains", Invalid::NotOffered),
        }
        match (issuer, client_id, domains) {
            (Ok(issuer), Ok(client_id), Ok(mut domains)) if wrong.is_empty() => {
                domains.sort();
                domains.dedup();
                Ok(Self { issuer, client_id, domains })
            }
            _ => Err(Error::Invalid(wrong)),
        }
    }
}
