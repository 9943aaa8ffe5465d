//! What every page request passes through: checks, preferences, extractors and static files.

mod address;
mod assets;
mod download;
mod form;
mod guard;
mod named;
mod origin;
mod preferences;
mod return_path;
mod upload;
mod visit;

pub use address::{Network, NotANetwork, client_address};
pub use assets::{Assets, assets};
pub use download::table_file;
pub use form::{FIELD as FORM_TOKEN_FIELD, Fields, Form, FormBody, FormGuard, Nothing, OpenForm, Query};
pub use guard::{Download, FormTarget, HSTS, MAX_BODY, POLICY, Web, shell};
pub use named::{Last, Named};
pub use origin::{NotAnOrigin, Origin};
pub use preferences::{Density, Preferences, Theme, cookie};
pub use return_path::ReturnPath;
pub use upload::{File, MAX_UPLOAD, Upload};
pub use visit::{RequestId, Visit};
