//! The demo's mail server: a folder.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use entente_domain::time::Timestamp;

use crate::message::Outgoing;
use crate::smtp::{Accepted, Failure, Transport};

/// Writes each message to `DIR/<time>-<mail id>.eml` instead of sending it. The name depends on the mail alone, so a
/// repeated attempt replaces the file and a reader never sees two copies or half of one.
#[derive(Debug)]
pub struct Captured {
    folder: PathBuf,
}

impl Captured {
    /// Captures into this folder, which is made when the first mail comes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder, for the page that lists what was captured.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let unfinished = self.folder.join(format!(".{name}.tmp"));
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.folder.join(name))
    }
}

impl Transport for Captured {
    fn send(&self, mail: &Outgoing) -> Result<Accepted, Failure> {
        let message = mail.message().map_err(|error| Failure::bounced(error.to_string()))?;
        let name = format!("{}-{}.eml", stamp(mail.date), mail.id);
        self.write(&name, &message.formatted()).map_err(|error| Failure::deferred(error.to_string()))?;
        Ok(Accepted { answer: format!("250 captured as {name}") })
    }
}

/// A moment as file names like it: `20270312T101530.000123Z`, in the order of time.
fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| "unknown".to_owned(), |at| at.strftime("%Y%m%dT%H%M%S.%6fZ").to_string())
}
