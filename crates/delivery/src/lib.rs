//! What leaves the house: mail templates, message building, SMTP and the outbox worker.
//!
//! Nothing here decides whether a mail is due: an operation in `app` wrote the outbox row in the transaction of its
//! event, and the [`worker`] only carries it out. Deliberately absent: any send from inside a request, and any state in
//! memory that a restart would lose. To add a mail, add a variant to [`content::Mail`], its words to both files in
//! `i18n/`, and look at the two new snapshots.

pub mod content;
pub mod http;
pub mod message;
pub mod outbox;
pub mod render;
pub mod retry;
pub mod signal;
pub mod smtp;
pub mod worker;

mod capture;
mod words;

pub use self::http::{Allowed, Http};
pub use capture::Captured;
pub use message::{NotSendable, Outgoing};
pub use render::{Brand, Rendered, render};
pub use smtp::{Accepted, Failure, FailureKind, Security, Smtp, SmtpConfig, Transport};
