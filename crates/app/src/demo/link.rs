//! Reading the links Entente mails and shows, personal and standing.

use entente_domain::acceptance::Choice;
use entente_domain::agreement;
use entente_domain::assurance::{Method, Proof};
use entente_domain::cloud::Cloud;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::TenantId;
use entente_identity::LinkToken;
use entente_store::directory;

use crate::acceptance::{self, Accepted, Opened};
use crate::{App, Ctx, Error};

/// Accepts everything a link asks as the tenant's first global administrator.
///
/// # Errors
/// [`Error::NotFound`] when the tenant has none or the text is no link of ours; otherwise as [`acceptance::accept`].
pub fn accept_as_admin(app: &App, link: &str, tenant: TenantId) -> Result<Accepted, Error> {
    let (opened, here) = parse(app, link).ok_or(Error::NotFound)?;
    let admin = app.read(&Ctx::operator(), |work| {
        let admins = directory::directory_holders(work.tx, tenant, GLOBAL_ADMINISTRATOR, 1)?;
        admins.into_iter().next().ok_or(Error::NotFound)
    })?;
    // Whatever factors the administrator set up meanwhile, this control acts as if they had just shown them.
    let proof = Proof::new(app.now(), vec![Method::Password, Method::OneTimeCode]);
    let ctx = Ctx::signed_in(&admin, proof, None, admin.language.unwrap_or_default());
    let asked = acceptance::review(app, &ctx, &opened, here)?.offer.asks;
    let choice = Choice { privileges: asked.privileges, agreement: Some(agreement::current(here, app.now()).version) };
    acceptance::accept(app, &ctx, &opened, here, choice)
}

/// What a link opens, and the cloud whose portal it leads to.
pub(super) fn parse(app: &App, link: &str) -> Option<(Opened, Cloud)> {
    let link = link.split('#').next()?;
    app.settings().customer_portals.iter().find_map(|(cloud, portal)| {
        let rest = link.strip_prefix(portal.as_str())?;
        let opened = match rest.strip_prefix("/accept/") {
            Some(token) => Opened::Personal(LinkToken::parse(token)?),
            None => standing(rest.strip_prefix("/partner-invitation?")?, *cloud)?,
        };
        Some((opened, *cloud))
    })
}

/// The parameters of business rules, section 1: a two-tier link names the reseller as `partnerId` and the provider beside it.
fn standing(query: &str, cloud: Cloud) -> Option<Opened> {
    let value = |wanted: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let provider = match value("indirectCSPId") {
        Some(id) => Some(id.parse().ok()?),
        None => None,
    };
    let privileges = value("DAP").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    let number = value("msppId").map(ToOwned::to_owned);
    Some(Opened::Standing { partner: value("partnerId")?.parse().ok()?, provider, number, privileges, cloud })
}
