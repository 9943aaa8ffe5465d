//! The data folder: who may read it, what it was made for, and the instance key.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use entente_app::wiring::{InstanceKey, Random};

/// Says that a folder is a demonstration's.
const DEMO: &str = "demo.marker";
/// The instance key's usual name.
const KEY: &str = "instance.key";
/// The SQLite database's usual name.
const DATABASE: &str = "entente.db";

/// A data folder that exists.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Opens the folder or makes it, and refuses one of the other kind: a demonstration's passwords are printed, so its data
    /// must never be served as a real installation, nor a real one's be filled with a demonstration.
    pub fn open(path: &Path, demo: bool) -> Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(path).with_context(|| format!("failed to make the data folder {}", path.display()))?;
        let folder = Self(path.to_owned());
        let is_demo = folder.file(DEMO).exists();
        let used = folder.file(KEY).exists() || folder.file(DATABASE).exists();
        match (demo, is_demo) {
            (true, false) if used => bail!(
                "{} holds an installation that is no demonstration; name another folder with --data",
                path.display()
            ),
            (false, true) => bail!(
                "{} holds a demonstration, whose passwords are known to everybody; name another folder with --data, or add --demo",
                path.display()
            ),
            (true, false) => {
                fs::write(
                    folder.file(DEMO),
                    "This folder holds a demonstration. Its passwords are known to everybody.\n",
                )?;
            }
            _ => {}
        }
        Ok(folder)
    }

    /// Opens a folder that is in use already, whichever kind it is of: what the operator does by number is the same in both.
    pub fn in_use(path: &Path) -> Result<Self> {
        Self::open(path, Self(path.to_owned()).file(DEMO).exists())
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where the database is unless configured otherwise.
    pub fn database(&self) -> PathBuf {
        self.file(DATABASE)
    }

    /// The instance key, made at the first start. It is made under another name and then linked, so that of two servers that
    /// start together both end up with the same complete one.
    pub fn instance_key(&self, elsewhere: Option<&Path>, random: &dyn Random) -> Result<InstanceKey> {
        let path = elsewhere.map_or_else(|| self.file(KEY), Path::to_owned);
        let shown = path.display();
        if !path.exists() {
            let mut noise = [0; 8];
            random.fill(&mut noise);
            let draft = path.with_extension(format!("{:016x}.new", u64::from_be_bytes(noise)));
            let text = InstanceKey::generate(random).to_text();
            write_secret(&draft, &text).with_context(|| format!("failed to write the instance key {shown}"))?;
            let linked = fs::hard_link(&draft, &path);
            fs::remove_file(&draft)?;
            match linked {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(error).with_context(|| format!("failed to write the instance key {shown}"));
                }
                _ => {}
            }
        }
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read the instance key {shown}"))?;
        InstanceKey::parse(&text).with_context(|| format!("{shown} holds no instance key"))
    }
}

/// Writes a new file that only its owner may read.
pub fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Replaces a file in one step: a reader sees the old text or the new one.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}
