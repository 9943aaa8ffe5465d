//! Machine faces: what programs call. Handlers extract, convert, call one operation of `entente-app` and convert back; no
//! rule lives here, and domain types are never serialised directly.
//!
//! [`native`] holds what the compatible interfaces cannot say; so far that is the controls of a demonstration. Refusals of
//! the native face are `application/problem+json` (RFC 9457) and come from [`problem::respond`] alone.

mod body;
pub mod native;
pub mod problem;
