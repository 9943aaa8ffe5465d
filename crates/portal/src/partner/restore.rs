//! Asking a customer for privileges it removed, or never granted: P5 with everything but the recipient decided.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::customer::{self, Record};
use entente_app::invitation::{self, Draft};
use entente_app::{Error, Field};
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Asks, Binding};
use entente_domain::policy::Action;
use entente_domain::relationship::{Privileges, Side};
use entente_domain::text::Reason;

use super::request::{self, Letter, Typed, View};
use super::{Desk, Named, Wrong, ask, require, words};
use crate::session::see_other;
use crate::ui::{self, Rendered, arg};
use crate::web::Form;
use crate::{PartnerSession, Problem};

async fn record(s: &PartnerSession, id: TenantId) -> Result<Record, Problem> {
    Ok(ask(s, move |app, ctx| customer::record(app, ctx, id)).await?)
}

fn view(desk: &Desk, record: &Record, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let customer = record.tenant.name.as_str();
    let back = format!("/partner/customers/{}", record.tenant.id);
    let (mail, name, language) = request::recipient_fields(words, typed, wrong);
    let quote = match &record.relationship.privileges {
        Privileges::Removed { at, side, reason, .. } => {
            let date = words.date(*at);
            let args = [arg("customer", customer), arg("date", &date)];
            let said = match side {
                Side::Customer => words.t_with("restore-quote", &args),
                Side::Partner => words.t_with("restore-given-up", &args[1..]),
            };
            Some((said, reason.as_ref().map(Reason::to_string)))
        }
        Privileges::None | Privileges::Granted { .. } => None,
    };
    let title = words.t_with(request::restore_title(quote.is_some()), &[arg("customer", customer)]);
    let view = View {
        page: desk.page(&title, "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![
                ("/partner/customers".to_owned(), words.t("customers-title")),
                (back.clone(), customer.to_owned()),
            ],
            here: words.t("restore-button"),
        },
        lead: words.t("restore-lead"),
        steps: request::steps(words, 0),
        action: format!("{back}/restore"),
        cancel: back,
        errors: wrong.list(s.visit.words()),
        quote,
        choose: false,
        kinds: Vec::new(),
        kind_error: None,
        companion: None,
        clouds: None,
        cloud: "",
        cloud_error: None,
        tick: ui::tick("", ""),
        country: ui::select("", "", Vec::new()),
        privileges_error: None,
        domain: None,
        mail,
        name,
        language,
        places: vec![(words::cloud(words, record.tenant.cloud), words::country(words, record.tenant.country))],
        days: s.app.settings().validity.days(),
        forced_names: String::new(),
    };
    ui::render(&view)
}

/// `GET /partner/customers/{id}/restore`
pub(super) async fn show(desk: Desk, Named(id): Named<TenantId>) -> Result<Rendered, Problem> {
    require(&desk.s, Action::RequestPrivileges)?;
    let record = record(&desk.s, id).await?;
    let contact = ask(&desk.s, move |app, ctx| entente_app::new_customer::contact(app, ctx, id)).await?;
    let typed = request::blank_recipient(&desk.s, record.tenant.language, contact);
    view(&desk, &record, &typed, &Wrong::default())
}

/// `POST /partner/customers/{id}/restore`
pub(super) async fn ask_again(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let record = record(&s, id).await?;
    let answer = match draft(&s, &record, &typed) {
        Ok(draft) => ask(&s, move |app, ctx| invitation::ask_to_restore(app, ctx, id, draft)).await,
        Err(fields) => Err(Error::Invalid(fields)),
    };
    match answer {
        Ok(made) => Ok(see_other(&format!("/partner/requests/{}/message", made.invitation.number))),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(s.visit.words(), &fields);
            let page = view(&Desk::of(s).await?, &record, &typed, &wrong)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The operation fills in kind, place and binding from the relationship; what stands here is the same.
fn draft(s: &PartnerSession, record: &Record, typed: &Typed) -> Result<Draft, Vec<Field>> {
    let recipient = typed.recipient()?;
    let message = Letter::new(s, &recipient).restore().map_err(|why| vec![Field { name: "name", why }])?;
    Ok(Draft {
        asks: Asks { kind: record.relationship.kind, privileges: true },
        cloud: record.tenant.cloud,
        country: record.tenant.country,
        companion: None,
        binding: Binding::Tenant(record.tenant.id),
        recipient,
        message,
    })
}
