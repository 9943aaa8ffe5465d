//! Acting on behalf at the authority: who may be given a token for which customer and service, and giving it.

use entente_domain::acting::Granted;
use entente_domain::application::Application;
use entente_domain::assurance::Proof;
use entente_domain::directory::Person;
use entente_domain::ids::{ActingId, DirectoryRoleId, GrantId, ServiceId, UserId};
use entente_domain::service::Service;
use entente_domain::tenant::Tenant;
use entente_store::{directory, service, tenant};

use super::client::Client;
use super::mint::{Echo, OnBehalf};
use super::token::{TokenSet, enough, on_behalf};
use super::{Asked, Kind, Refusal, Resource, bearer};
use crate::acting::Loaded;
use crate::{App, Ctx, Error, Work, acting};

/// Begins or continues acting for a customer and answers its tokens. Everything is decided again inside the transaction that
/// writes; while a session goes on, nothing has to be written and one consistent look decides, together with what was `asked`.
pub(crate) fn tokens(
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
            return Err(refusal(no, &act.client, &person).into());
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

/// As [`tokens`], where nothing has to be written; none where something has, and where the answer is no: that is written down.
pub(crate) fn tokens_at_once(
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

/// What [`tokens`] begins with.
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
    fn look(&self, work: &Work<'_>, known: Option<(Person, Tenant)>) -> Result<Looked, Error> {
        let (person, home) = self.person(work, known)?;
        let (wanted, decided) = self.decided(work, &person)?;
        let granted = match decided {
            Ok(granted) => granted,
            Err(no) => return Ok(Err((person, no))),
        };
        let running = acting::running(work, &person, wanted, &granted)?;
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
        let (wanted, decided) = self.decided(work, &person)?;
        let granted = decided.map_err(|no| refusal(no, &self.client, &person))?;
        let session = acting::begin_or_prolong(work, &person, wanted, &granted)?.id;
        Ok(self.who(person, home, granted, session))
    }

    /// What the rules say, and what a session has to be for.
    fn decided(
        &self,
        work: &Work<'_>,
        person: &Person,
    ) -> Result<(acting::Wanted, Result<Granted, acting::No>), Error> {
        let loaded = Loaded::read(work, person, self.customer.id)?;
        enough(loaded.footing.home, &self.proof)?;
        let LetIn { roles, service } =
            let_in(work, &self.client, &self.asked.resource, &self.customer, self.roles.clone())?;
        let strong = self.proof.strong();
        let wanted = acting::Wanted { customer: self.customer.id, application: self.client.id, service, strong };
        Ok((wanted, loaded.decide(person, self.customer.id, strong, roles.as_deref())))
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
        Ok((person, home))
    }
}

/// A refusal to act in the words of the authority. Only a program of the person's own organisation reads how that works inside.
pub(crate) fn refusal(no: acting::No, client: &Application, person: &Person) -> Refusal {
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
