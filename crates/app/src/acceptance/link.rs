//! Which link was opened, what it asks, and how many unknown ones an address may try.

use entente_domain::acceptance::{self, Link, Offer, Refusal};
use entente_domain::cloud::Cloud;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Asks, Invitation};
use entente_domain::relationship::RelationshipKind;
use entente_identity::LinkToken;
use entente_store::{invitation, tenant};

use crate::sign_in::WINDOW;
use crate::{App, Ctx, Error, Work, tries};

/// Unknown links within a window before an address has to wait, for known links as well: a guess must not show by its answer.
const GUESSES: i64 = 60;

/// Which link was opened, as parsed from its address.
#[derive(Debug, Clone)]
pub enum Opened {
    /// A personal link, by its token.
    Personal(LinkToken),
    /// A partner's standing link (business rules, section 1).
    Standing {
        /// The inviting partner, or the reseller of a two-tier link.
        partner: TenantId,
        /// The indirect provider of a two-tier link.
        provider: Option<TenantId>,
        /// The `msppId` parameter: the reseller's number in a two-tier link, 0 otherwise.
        number: Option<String>,
        /// The `DAP` parameter.
        privileges: bool,
        /// The cloud whose portal the link belongs to.
        cloud: Cloud,
    },
}

/// What the link asks.
pub(super) fn load(work: &Work<'_>, opened: &Opened) -> Result<Offer, Error> {
    find(work, opened)?.ok_or(Error::Acceptance(Refusal::InviteInvalid))
}

fn find(work: &Work<'_>, opened: &Opened) -> Result<Option<Offer>, Error> {
    let offer = match opened {
        Opened::Personal(token) => match invitation::by_token(work.tx, &token.hash())? {
            Some(inv) => personal(work, inv)?,
            None => None,
        },
        Opened::Standing { partner, provider, number, privileges, cloud } => {
            let asks = Asks {
                kind: RelationshipKind::Reseller,
                privileges: *privileges || !acceptance::offers_without_privileges(*cloud),
            };
            together(work, *partner, *provider, asks, *cloud, Link::Standing { number: number.clone() })?
        }
    };
    // Partners that may not ask together leave nothing that could be shown, not even their names.
    Ok(offer.filter(|offer| acceptance::check_pair(offer).is_ok()))
}

/// What a request asks, as its personal link shows it.
pub(super) fn personal(work: &Work<'_>, inv: Invitation) -> Result<Option<Offer>, Error> {
    let (partner, companion, asks, cloud) = (inv.partner, inv.companion, inv.asks, inv.cloud);
    together(work, partner, companion, asks, cloud, Link::Personal(Box::new(inv)))
}

fn together(
    work: &Work<'_>,
    partner: TenantId,
    companion: Option<TenantId>,
    asks: Asks,
    cloud: Cloud,
    link: Link,
) -> Result<Option<Offer>, Error> {
    let Some(partner) = tenant::partner(work.tx, partner)? else { return Ok(None) };
    let companion = match companion {
        None => None,
        Some(id) => match tenant::partner(work.tx, id)? {
            None => return Ok(None),
            known => known,
        },
    };
    Ok(Some(Offer { partner, companion, asks, cloud, link }))
}

/// Runs an operation on a link, unless its visitor's address has tried too many unknown ones, and counts this one if it is unknown.
///
/// Whether the address has to wait is read apart from the operation: two customers behind one address must not wait for each other.
pub(super) fn guarded<T>(
    app: &App,
    ctx: &Ctx,
    opened: &Opened,
    operation: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let Some(subject) = ctx.address.as_ref().map(|address| format!("link:{address}")) else { return operation() };
    app.read(ctx, |work| tries::check(work, &subject, GUESSES, WINDOW))?;
    let answer = operation();
    if let Err(Error::Acceptance(Refusal::InviteInvalid)) = &answer {
        let opened = opened.clone();
        app.write(ctx, move |work| match find(work, &opened)? {
            // Known, only not for this: a standing link cannot be declined.
            Some(_) => Ok(()),
            None => tries::count(work, &subject, GUESSES, WINDOW),
        })?;
    }
    answer
}
