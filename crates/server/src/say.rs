//! Writing to standard output, which belongs to people who read it: no log lines go there.

use std::io::{self, Write as _};

/// Writes the text and a line end. A reader that is gone is no reason to stop a server.
pub fn say(text: &str) {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    if let Err(error) = written {
        tracing::debug!(%error, "nobody reads standard output");
    }
}
