//! Whether somebody may do something, in our own envelope: the same answer as the Authorization API's, with refusals as every other
//! native route gives them.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use entente_app::authority::bearer;

use super::Native;
use super::authzen::{single, unreadable};
use super::question::Evaluation;
use crate::bearer::holder;
use crate::front::Visit;
use crate::json::{self, Raw};

pub(super) async fn check(
    State(native): State<Native>,
    visit: Visit,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Response> {
    // The certification's world is not here, whatever the installation is.
    let native = Native { demo: false, ..native };
    let bearer = holder(&native.front, &visit, &headers, bearer::audiences(&native.front.app)).await?;
    let object = json::object(&headers, &body, StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    let asked = Evaluation::read(&object).map_err(|wrong| unreadable(&wrong))?;
    single(&native, &visit, &asked, Some(&bearer)).await
}
