//! The token endpoint: one grant type, one function.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_domain::acting::{Because, Granted};
use entente_domain::application::Application;
use entente_domain::assurance::Proof;
use entente_domain::directory::Person;
use entente_domain::explain::Explanation;
use entente_domain::ids::{ActingId, DirectoryRoleId, GrantId, ServiceId, TenantId, UserId};
use entente_domain::service::Service;
use entente_domain::tenant::{Standing, Tenant};
use entente_identity::RefreshToken;
use entente_store::{directory, service, tenant};

use super::client::{self, Client, Presented};
use super::mint::{AtHome, Draft, Echo, OnBehalf};
use super::{
    Asked, Kind, Params, Place, Refusal, Resource, bearer, code, device, exchange, find, mint, refresh, scope,
};
use crate::{App, Ctx, Error, Work, acting};

/// The grant types, as discovery lists them.
pub const GRANT_TYPES: &[&str] = &[
    "authorization_code",
    "client_credentials",
    "refresh_token",
    device::GRANT_TYPE,
    exchange::ON_BEHALF_OF,
    exchange::TOKEN_EXCHANGE,
];

/// What was asked of the token endpoint.
#[derive(Debug, Clone)]
pub struct Request {
    /// What stands in the authority's address.
    pub place: String,
    /// The form.
    pub params: Params,
    /// What it says about its application.
    pub presented: Presented,
}

/// What the endpoint answers (RFC 6749, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenSet {
    /// The access token.
    pub access_token: String,
    /// Seconds it lives.
    pub expires_in: i64,
    /// What it is for, in the words of the request.
    pub scope: String,
    /// A refresh token, where one was asked for and may be had.
    pub refresh_token: Option<String>,
    /// An identity token, where one was asked for.
    pub id_token: Option<String>,
    /// Who and where, for existing tools: base64url of `{"uid","utid"}`.
    pub client_info: Option<String>,
    /// The kind of token, where RFC 8693 wants it named.
    pub issued_token_type: Option<&'static str>,
}

/// Answers a request for tokens.
///
/// # Errors
/// [`Refusal`] in the words of the standards; nothing is left behind then, except that a used value stays used.
pub fn issue(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let mut set = match request.params.required("grant_type")? {
        "authorization_code" => code::redeem(app, ctx, request),
        "client_credentials" => client_credentials(app, ctx, request),
        "refresh_token" => refresh::redeem(app, ctx, request),
        // Some libraries leave the prefix out.
        device::GRANT_TYPE | "device_code" => device::redeem(app, ctx, request),
        exchange::ON_BEHALF_OF => exchange::on_behalf_of(app, ctx, request),
        exchange::TOKEN_EXCHANGE => exchange::exchange(app, ctx, request),
        other => {
            let text = format!("The grant type '{}' is not supported.", other.escape_debug());
            Err(Refusal::new(Kind::UnsupportedGrantType, 70_003, text).into())
        }
    }?;
    if request.params.get("client_info") != Some("1") {
        set.client_info = None;
    }
    Ok(set)
}

/// Answers a request for tokens by reading alone, where that is enough: a further token of an acting session that goes on. None says
/// nothing about the request; [`issue`] answers it.
pub fn issue_at_once(app: &App, ctx: &Ctx, request: &Request) -> Option<Result<TokenSet, Error>> {
    (request.params.get("grant_type") == Some(exchange::TOKEN_EXCHANGE))
        .then(|| exchange::at_once(app, ctx, request))?
}

/// The place asked and the application that asks. `home` names the organisation the application has to be at home in.
pub(crate) fn asked_by(
    app: &App,
    ctx: &Ctx,
    request: &Request,
    home: impl Fn(&Place) -> Result<Option<TenantId>, Refusal>,
) -> Result<(Place, Client), Error> {
    let (place, client) = app.read(ctx, |work| asked_in(work, request, &home))?;
    client.settle(app, ctx)?;
    Ok((place, client))
}

/// As [`asked_by`], within a look at the database that takes in more; [`Client::settle`] is left to the caller.
pub(crate) fn asked_in(
    work: &Work<'_>,
    request: &Request,
    home: impl Fn(&Place) -> Result<Option<TenantId>, Refusal>,
) -> Result<(Place, Client), Error> {
    let (place, client) = caller(work, &request.place, &request.presented, home)?;
    in_business(work, &client.application, Kind::UnauthorizedClient)?;
    Ok((place, client))
}

/// The place asked and the application that asks, whatever becomes of its organisation.
pub(crate) fn caller(
    work: &Work<'_>,
    text: &str,
    presented: &Presented,
    home: impl Fn(&Place) -> Result<Option<TenantId>, Refusal>,
) -> Result<(Place, Client), Error> {
    let place = find(work, text)?;
    let client = client::check(work, presented, home(&place)?, &audiences(work.app, &place, text))?;
    Ok((place, client))
}

/// The names under which an assertion may address this authority: the issuer, and the endpoint because existing tools say that;
/// with the directory as the address wrote it (`text`) and by its id, which is how the issuer is written.
fn audiences(app: &App, place: &Place, text: &str) -> Vec<String> {
    let authority = &app.settings().authority;
    let id = place.tenant().ok().map(|it| it.id.to_string());
    let written = std::iter::once(text).chain(id.as_deref());
    written
        .flat_map(|name| ["v2.0", "oauth2/v2.0/token", "oauth2/token"].map(|rest| format!("{authority}/{name}/{rest}")))
        .collect()
}

/// What was asked for: `scope`, or `resource` as version 1 of the authority and RFC 8693 name it.
pub(crate) fn asked(work: &Work<'_>, params: &Params, home: Option<TenantId>, before: &str) -> Result<Asked, Error> {
    match (params.get("scope"), params.get("resource")) {
        (Some(text), _)
            if text.split(' ').any(|it| !matches!(it, "" | "openid" | "profile" | "email" | "offline_access")) =>
        {
            scope::read(work, text, home)
        }
        (_, Some(resource)) => scope::resource(work, resource, home),
        _ => scope::read(work, before, home),
    }
}

/// That the organisation of an application is not a suspended partner: its applications get nothing, and what they have counts no
/// more. `kind` is what the caller calls that.
pub(crate) fn in_business(work: &Work<'_>, application: &Application, kind: Kind) -> Result<(), Error> {
    let Some(owner) = application.owner else { return Ok(()) };
    if tenant::standing(work.tx, owner)? != Some(Standing::Suspended) {
        return Ok(());
    }
    let because = Because::PartnerSuspended;
    let text = "The operator suspended the partner this application belongs to.";
    Err(Refusal::new(kind, 53_003, text).by(because, Explanation::acting_rule(because)).into())
}

/// An application proves itself and acts alone (RFC 6749, section 4.4).
fn client_credentials(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (place, client) = asked_by(app, ctx, request, |place| Ok(Some(place.tenant()?.id)))?;
    client.must_be_proven()?;
    let home = place.tenant()?;
    let asked = app.read(ctx, |work| asked(work, &request.params, Some(home.id), ""))?;
    if asked.names.iter().any(|name| name != ".default") {
        let text = "An application alone asks for '<resource>/.default'; what it may do is set where it is registered.";
        return Err(Refusal::new(Kind::InvalidScope, 1_002_012, text).into());
    }
    let draft = mint::for_application(app, &client.application, home, &asked, app.now());
    set(app, &draft, &asked)
}

fn set(app: &App, draft: &Draft, asked: &Asked) -> Result<TokenSet, Error> {
    Ok(TokenSet {
        access_token: draft.sign(app)?,
        expires_in: draft.lives,
        scope: asked.text.clone(),
        ..TokenSet::default()
    })
}

/// The tokens of somebody in their own organisation.
pub(crate) fn at_home(
    app: &App,
    client: &Application,
    asked: &Asked,
    who: &AtHome,
    echo: &Echo,
    refresh: Option<&RefreshToken>,
) -> Result<TokenSet, Error> {
    let now = app.now();
    let id_token = asked.openid.then(|| mint::identity(app, client, who, echo, now).sign(app)).transpose()?;
    Ok(TokenSet {
        refresh_token: refresh.map(RefreshToken::text),
        id_token,
        client_info: Some(client_info(&who.person, &who.tenant)),
        ..set(app, &mint::access(app, client, asked, who, now), asked)?
    })
}

/// The tokens of somebody acting on behalf: short-lived, and never a refresh token.
pub(crate) fn on_behalf(
    app: &App,
    client: &Application,
    asked: &Asked,
    who: &OnBehalf,
    echo: &Echo,
) -> Result<TokenSet, Error> {
    let now = app.now();
    let id_token = asked.openid.then(|| mint::acting_identity(app, client, who, echo, now).sign(app)).transpose()?;
    Ok(TokenSet {
        id_token,
        client_info: Some(client_info(&who.person, &who.customer)),
        ..set(app, &mint::acting(app, client, asked, who, now), asked)?
    })
}

/// Begins or continues acting for a customer and answers its tokens. Everything is decided again inside the transaction that
/// writes; while a session goes on, nothing has to be written and one consistent look decides, together with what was `asked`.
pub(crate) fn act(
    app: &App,
    ctx: &Ctx,
    echo: &Echo,
    asked: impl Fn(&Work<'_>) -> Result<Start, Error>,
) -> Result<(TokenSet, ActingId), Error> {
    let (proven, found) = app.read(ctx, |work| Ok(asked(work)?.look(work)))?;
    // What was shown once counts once, also where the answer is no.
    if let Some(client) = proven {
        client.settle(app, ctx)?;
    }
    let (act, looked) = found?;
    // The proof in hand says whose doing it is: both logs name the person, not a program that was not signed in.
    let own = |it: &Person| Ctx::signed_in(it, act.proof.clone(), ctx.address.clone(), ctx.language);
    let (who, fits) = match looked {
        Ok(looked) => looked,
        Err((person, no)) => {
            acting::record_refusal(app, &own(&person), &person, act.customer.id, no.refused)?;
            return Err(told(no, &act.client, &person).into());
        }
    };
    let who = if fits {
        who
    } else {
        let begin = act.clone();
        app.write(&own(&who.person), move |work| begin.begin(work))?
    };
    let session = who.session;
    Ok((on_behalf(app, &act.client, &act.asked, &who, echo)?, session))
}

/// As [`act`], where nothing has to be written; none where something has, and where the answer is no: that is written down.
pub(crate) fn act_at_once(
    app: &App,
    ctx: &Ctx,
    asked: impl Fn(&Work<'_>) -> Result<Start, Error>,
) -> Option<Result<TokenSet, Error>> {
    let (proven, found) = app.read(ctx, |work| Ok(asked(work)?.look(work))).ok()?;
    let (act, Ok((who, true))) = found.ok()? else { return None };
    proven
        .is_none_or(|it| it.is_settled(app.now()))
        .then(|| on_behalf(app, &act.client, &act.asked, &who, &Echo::default()))
}

/// What [`act`] begins with.
pub(crate) struct Start {
    /// The application's proof, where it is not settled yet.
    pub client: Option<Client>,
    /// What is asked, and the person with their organisation where this look at the database has read them already.
    pub asked: Result<(Act, Option<(Person, Tenant)>), Error>,
}

/// The application to settle, and what one look at the database says.
type Found = (Option<Client>, Result<(Act, Looked), Error>);

impl Start {
    fn look(self, work: &Work<'_>) -> Found {
        let found = self.asked.and_then(|(act, person)| {
            let looked = act.look(work, person)?;
            Ok((act, looked))
        });
        (self.client, found)
    }
}

impl From<Act> for Start {
    fn from(act: Act) -> Self {
        Self { client: None, asked: Ok((act, None)) }
    }
}

/// What is asked when somebody wants to act for a customer.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// The application that asks.
    pub client: Application,
    /// What the tokens are for.
    pub asked: Asked,
    /// Who wants to act.
    pub person: UserId,
    /// The customer.
    pub customer: Tenant,
    /// How they proved who they are.
    pub proof: Proof,
    /// The grant whose token asks; none where a code does.
    pub grant: Option<GrantId>,
    /// The roles asked for; none asks for all.
    pub roles: Option<Vec<DirectoryRoleId>>,
}

/// Who would act and in what, and whether the running session covers a further token without a write; or who may not, and why.
type Looked = Result<(OnBehalf, bool), (Person, acting::No)>;

impl Act {
    fn wanted(&self, service: Option<ServiceId>) -> acting::Wanted {
        let strong = self.proof.strong();
        acting::Wanted { customer: self.customer.id, application: self.client.id, service, strong }
    }

    fn look(&self, work: &Work<'_>, known: Option<(Person, Tenant)>) -> Result<Looked, Error> {
        let (person, home) = self.person(work, known)?;
        let LetIn { roles, service } =
            let_in(work, &self.client, &self.asked.resource, &self.customer, self.roles.clone())?;
        let decided = acting::decide(work, &person, self.customer.id, self.proof.strong(), roles.as_deref())?;
        let granted = match decided {
            Ok(granted) => granted,
            Err(no) => return Ok(Err((person, no))),
        };
        let running = acting::running(work, &person, self.wanted(service), &granted)?;
        let fits = running.as_ref().is_some_and(|it| acting::covers(it, work.now));
        // Without a session there is no id yet, and the caller writes one before anything is signed.
        let session = running.map_or_else(|| work.app.new_id(), |it| it.id);
        Ok(Ok((self.who(person, home, granted, session), fits)))
    }

    fn begin(&self, work: &Work<'_>) -> Result<OnBehalf, Error> {
        let (person, home) = self.person(work, None)?;
        let over = || Refusal::new(Kind::InvalidGrant, 70_008, "What the token rests on was ended. Sign in again.");
        if let Some(id) = self.grant {
            bearer::living(work, id)?.ok_or_else(over)?;
        }
        let LetIn { roles, service } =
            let_in(work, &self.client, &self.asked.resource, &self.customer, self.roles.clone())?;
        let granted = acting::decide(work, &person, self.customer.id, self.proof.strong(), roles.as_deref())?
            .map_err(|no| told(no, &self.client, &person))?;
        let session = acting::begin_or_prolong(work, &person, self.wanted(service), &granted)?.id;
        Ok(self.who(person, home, granted, session))
    }

    fn who(&self, person: Person, home: Tenant, granted: Granted, session: ActingId) -> OnBehalf {
        OnBehalf { person, home, customer: self.customer.clone(), granted, proof: self.proof.clone(), session }
    }

    fn person(&self, work: &Work<'_>, known: Option<(Person, Tenant)>) -> Result<(Person, Tenant), Error> {
        let gone = || Refusal::new(Kind::InvalidGrant, 50_034, "The account does not exist any more.");
        let (person, home) = if let Some(known) = known {
            known
        } else {
            let person = directory::get(work.tx, self.person)?.ok_or_else(gone)?;
            let home = tenant::get(work.tx, person.tenant)?.ok_or_else(gone)?;
            (person, home)
        };
        // An application is at home where its people are; elsewhere it is as good as unknown.
        if !self.client.is_at_home_in(person.tenant) {
            return Err(Refusal::unknown_client().into());
        }
        enough(work, home.id, &self.proof)?;
        Ok((person, home))
    }
}

/// A refusal to act in the words of the authority. Only a program of the person's own organisation reads how that works inside.
pub(crate) fn told(no: acting::No, client: &Application, person: &Person) -> Refusal {
    let own = client.owner == Some(person.tenant);
    let explanation = if own { no.explanation } else { no.explanation.for_others() };
    Refusal::acting(no.refused.because, explanation)
}

/// What is to be asked of the rules.
pub(crate) struct LetIn {
    /// The roles; none asks for all the person holds.
    pub roles: Option<Vec<DirectoryRoleId>>,
    /// The service the token is for, where that is another than the application's own.
    pub service: Option<ServiceId>,
}

/// The roles to ask the rules for: a service lets in only whoever holds one of its own, whether it asks for a token itself or is
/// what another program's token is for.
///
/// # Errors
/// [`Refusal`] for a service of another cloud than the customer's.
pub(crate) fn let_in(
    work: &Work<'_>,
    client: &Application,
    resource: &Resource,
    customer: &Tenant,
    mut roles: Option<Vec<DirectoryRoleId>>,
) -> Result<LetIn, Error> {
    let mut other = None;
    for application in std::iter::once(client).chain(resource.application()) {
        let Some(service) = service_of(work, application)? else { continue };
        serves(&service, customer)?;
        let mut opening = service.opening();
        opening.retain(|role| roles.as_ref().is_none_or(|roles| roles.contains(role)));
        roles = Some(opening);
        other = (application.id != client.id).then_some(service.id);
    }
    Ok(LetIn { roles, service: other })
}

/// The service an application is the relying party of. Services belong to the operator.
pub(crate) fn service_of(work: &Work<'_>, application: &Application) -> Result<Option<Service>, Error> {
    if application.owner.is_some() {
        return Ok(None);
    }
    Ok(service::of_application(work.tx, application.id)?)
}

/// That a service is one of an organisation's cloud.
pub(crate) fn serves(service: &Service, place: &Tenant) -> Result<(), Refusal> {
    if service.cloud == place.cloud {
        return Ok(());
    }
    Err(Refusal::new(Kind::InvalidTarget, 500_011, "The service is not one of this directory's cloud."))
}

/// That a proof is what the person's organisation asks for: it may require two factors since somebody signed in with one.
/// Whatever begins to rest on a proof asks this in the transaction that begins it, so that nothing slips past the moment of change.
///
/// # Errors
/// [`Refusal`] `interaction_required`.
pub(crate) fn enough(work: &Work<'_>, home: TenantId, proof: &Proof) -> Result<(), Error> {
    if tenant::security(work.tx, home)?.lets_in(proof) {
        return Ok(());
    }
    let text = "The person's organisation requires two factors; sign in again with a second one.";
    Err(Refusal::new(Kind::InteractionRequired, 50_076, text).into())
}

fn client_info(person: &Person, tenant: &Tenant) -> String {
    URL_SAFE_NO_PAD
        .encode(serde_json::json!({ "uid": person.id.to_string(), "utid": tenant.id.to_string() }).to_string())
}
