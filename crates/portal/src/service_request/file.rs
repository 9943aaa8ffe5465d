//! Handing out a file that came with a note: always as a download, whatever it is.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::service_request::attachment;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::FileOf;
use crate::at_customer::{AtCustomer, ask};
use crate::web::Download;
use crate::{Problem, run};

/// What may stand unescaped in an extended value (RFC 8187, `attr-char`).
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `GET {base}/service-requests/{no}/files/{fid}`
pub(crate) async fn download<R: AtCustomer>(room: R, FileOf(number, id): FileOf) -> Result<Response, Problem> {
    let file = ask(&room, move |app, ctx, customer| attachment::file(app, ctx, customer, number, id)).await?;
    let ending = file.kind.endings().first().copied().unwrap_or_default();
    // RFC 6266, appendix D: a plain name for what knows no other, and the real one.
    let name = utf8_percent_encode(file.name.as_str(), EXTENDED);
    let place = format!("attachment; filename=\"file.{ending}\"; filename*=UTF-8''{name}");
    let place = HeaderValue::try_from(place).map_err(|_| Problem::internal())?;
    let (app, ctx, customer) = (room.app().clone(), room.ctx().clone(), room.customer());
    let parts = futures_util::stream::try_unfold(0_i64, move |at| {
        let (app, ctx) = (app.clone(), ctx.clone());
        async move {
            let part = run(&app, move |app| attachment::part(app, &ctx, customer, number, id, at)).await?;
            Ok::<_, Error>(part.map(|part| (Bytes::from(part), at + 1)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.kind.media_type())),
        (header::CONTENT_DISPOSITION, place),
        (header::CONTENT_LENGTH, HeaderValue::from(file.size)),
    ];
    let mut response = (headers, Body::from_stream(parts)).into_response();
    response.extensions_mut().insert(Download);
    Ok(response)
}
