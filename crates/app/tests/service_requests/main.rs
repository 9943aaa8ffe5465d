//! Service requests (requirement S12), on both engines: who opens, sees and changes them, the operator's answers, files, mail, races.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod files;
mod life;
mod races;
mod world;
