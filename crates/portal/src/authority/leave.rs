//! `/{tenant}/oauth2/v2.0/logout`: signing out of the authority (OpenID Connect RP-Initiated Logout 1.0). A link alone signs
//! nobody out: the page asks.

use askama::Template;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use entente_app::authority::authorize;
use entente_app::sign_in;
use serde::Deserialize;

use super::ask;
use crate::session::{in_query, see_other, session_cookie};
use crate::ui::{self, Page, Portal, Rendered};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem};

#[derive(Clone, Deserialize)]
pub(super) struct Asked {
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

#[derive(Template)]
#[template(path = "authority/leave.html")]
struct View {
    page: Page,
    action: String,
    fields: Vec<(&'static str, String)>,
}

pub(super) async fn confirm(
    s: MaybeSession,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let fields = [
        ("client_id", asked.client_id),
        ("post_logout_redirect_uri", asked.post_logout_redirect_uri),
        ("state", asked.state),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let page = Page::new(&s.visit, Portal::Authority, s.visit.words().t("leave-title"));
    let action = format!("/{}/oauth2/v2.0/logout", in_query(&place));
    let view: Rendered = ui::render(&View { page, action, fields })?;
    Ok(view.into_response())
}

pub(super) async fn leave(
    s: MaybeSession,
    Path(_): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    if let Some(token) = s.token.clone() {
        ask(&s, move |app, ctx| sign_in::end(app, ctx, &token)).await?;
    }
    let back = match (&asked.client_id, &asked.post_logout_redirect_uri) {
        (Some(client), Some(uri)) => {
            let (client, wanted) = (client.clone(), uri.clone());
            let known = ask(&s, move |app, ctx| authorize::may_leave_to(app, ctx, &client, &wanted)).await?;
            known.then(|| uri.clone())
        }
        _ => None,
    };
    let mut response = match back {
        Some(uri) => {
            let join = if uri.contains('?') { '&' } else { '?' };
            let state = asked.state.map(|state| format!("{join}state={}", in_query(&state))).unwrap_or_default();
            super::onward(&s, &format!("{uri}{state}"))?
        }
        None => see_other("/authority/sign-in?out=1"),
    };
    if let Some(gone) = s.visit.cookie(&session_cookie(s.audience), "", Some(0)) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(response)
}
