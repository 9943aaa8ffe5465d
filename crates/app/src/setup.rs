//! The first start of an installation: the operator's own organisation and its first global admin.

use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::event::{EventKind, Happened};
use entente_domain::market::CountryCode;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_domain::text::{CompanyName, DomainName, PersonName, UserPrincipalName};
use entente_identity::{FormToken, Password};
use entente_store::{directory, tenant};
use sha2::{Digest, Sha256};

use crate::{App, Ctx, Error, Invalid, Work};

const OPERATOR: Permit = Permit::unattended(Unattended::Operator);

/// What the set-up page collects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The organisation's legal name.
    pub name: CompanyName,
    /// Its domain.
    pub domain: DomainName,
    /// Its country, which is also its first selling location.
    pub country: CountryCode,
    /// The first global admin.
    pub person: PersonName,
    /// What they sign in with; on the organisation's domain.
    pub upn: UserPrincipalName,
    /// Their password.
    pub password: String,
}

/// Whether the installation has no partner yet.
///
/// # Errors
/// When the database has no answer.
pub fn needed(app: &App) -> Result<bool, Error> {
    app.read(&Ctx::operator(), |work| Ok(!tenant::any_partner(work.tx)?))
}

/// A token that lets whoever reads the server's log finish the set-up. Keep only its [`token_hash`], in memory: every start makes
/// another.
pub fn begin(app: &App) -> String {
    FormToken::generate(app.random()).text()
}

/// What is kept of a set-up token.
pub fn token_hash(text: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"entente/setup\0").chain_update(text).finalize().into()
}

/// Makes the operator's organisation a direct partner with its first global admin. Of two who finish at once, one does.
///
/// # Errors
/// [`Error::NotFound`] once there is a partner; [`Error::Invalid`] on `upn` and `password`.
pub fn finish(app: &App, ctx: &Ctx, first: First) -> Result<Person, Error> {
    if first.upn.domain() != first.domain {
        return Err(Error::field("upn", Invalid::DomainDiffers));
    }
    let password =
        Password::new(first.password.as_str()).map_err(|why| Error::field("password", Invalid::Password(why)))?;
    crate::account::resists_guessing(&password, &first.person, &first.upn, &first.name)?;
    let hash = crate::account::hash(app, &password);
    app.write(ctx, move |work| {
        if tenant::any_partner(work.tx)? {
            return Err(Error::NotFound);
        }
        let partner = organisation(work, &first);
        let person = administrator(work, &partner, &first)?;
        tenant::insert(work.tx, &OPERATOR, &partner.tenant)
            .map_err(|error| crate::tenant::taken(error, "tenant_domain.domain", "domain"))?;
        tenant::insert_partner(work.tx, &OPERATOR, &partner)?;
        directory::insert(work.tx, &OPERATOR, &person, Some(&hash), work.now)
            .map_err(|error| crate::tenant::taken(error, "person.upn_key", "upn"))?;
        work.record(Happened::new(EventKind::SetUpCompleted).partner(partner.tenant.id).person(person.id))?;
        Ok(person)
    })
}

fn organisation(work: &Work<'_>, first: &First) -> Partner {
    let tenant = Tenant {
        id: work.app.new_id(),
        cloud: Cloud::Public,
        country: first.country,
        name: first.name.clone(),
        domain: first.domain.clone(),
        language: work.ctx.language,
        organisation: true,
        created_at: work.now,
    };
    Partner {
        tenant,
        kind: PartnerKind::Direct,
        number: "1000001".to_owned(),
        locations: vec![first.country],
        provider: None,
        standing: Standing::Active,
        since: work.now,
    }
}

fn administrator(work: &Work<'_>, partner: &Partner, first: &First) -> Result<Person, Error> {
    let mail = first.upn.as_str().parse().map_err(|why| Error::field("upn", Invalid::Text(why)))?;
    Ok(Person {
        id: work.app.new_id(),
        tenant: partner.tenant.id,
        upn: first.upn.clone(),
        name: first.person.clone(),
        mail,
        language: None,
        enabled: true,
        partner_roles: vec![PartnerRole::GlobalAdmin],
        directory_roles: Vec::new(),
    })
}
