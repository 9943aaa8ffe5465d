//! Machine faces: what programs call. Handlers extract, convert, call one operation of `entente-app` and convert back; no
//! rule lives here, and domain types are never serialised directly.
//!
//! [`oauth`] is the authority as existing sign-in libraries expect it, [`native`] what the compatible interfaces cannot say. All
//! of them stand behind [`front`], which checks host and size and never reads a cookie. Refusals of the native face are
//! `application/problem+json` (RFC 9457) and come from [`problem::respond`] alone; the authority's come from
//! `oauth::refusal`.

mod bearer;
mod body;
pub mod front;
mod json;
pub mod native;
pub mod oauth;
pub mod problem;

pub use front::Front;
