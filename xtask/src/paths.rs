//! No file of the project may name a folder of somebody's machine: it would work there and nowhere else.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// Built from parts, so that this file does not complain about itself.
const FOLDERS: [&str; 4] =
    [concat!("/", "work/"), concat!("/", "root/"), concat!("/", "home/"), concat!("/", "Users/")];

/// Looks through every tracked or new file that is not ignored.
pub fn run() -> Result<()> {
    let files = tracked()?;
    let mut found = 0;
    for file in &files {
        let Some(text) = text(file)? else { continue };
        for (number, line) in text.lines().enumerate() {
            if let Some(folder) = machine_path(line) {
                println!("{file}:{}: names {folder}: {}", number + 1, line.trim());
                found += 1;
            }
        }
    }
    if found > 0 {
        bail!("{found} lines name a folder of a developer's machine");
    }
    println!("paths: {} files name no machine's folders", files.len());
    Ok(())
}

/// The project's files as git sees them, new ones included, relative to the root. Fails if there are none, because
/// a check that looks at nothing proves nothing.
pub fn tracked() -> Result<Vec<String>> {
    // CI often checks out as another user; git then refuses to read the folder unless told that this is meant.
    let list = process::output(
        Command::new("git")
            .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(process::root()),
    )?;
    let mut files: Vec<String> = list.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    files.sort_unstable();
    files.dedup();
    if files.is_empty() {
        bail!("git lists no files");
    }
    Ok(files)
}

/// The content of a file, or `None` if it is not text or was deleted without telling git.
pub fn text(file: &str) -> Result<Option<String>> {
    match std::fs::read(process::root().join(file)) {
        Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("failed to read {file}")),
    }
}

/// The first machine folder that a line names. What continues a longer path or a web address is not one.
fn machine_path(line: &str) -> Option<&'static str> {
    FOLDERS.into_iter().find(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let continues = |c: char| c.is_alphanumeric() || "._-~}>$".contains(c);
            !line[..at].ends_with(continues)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{FOLDERS, machine_path};

    #[test]
    fn machine_folders_are_found_wherever_a_path_starts() {
        for folder in FOLDERS {
            for line in [format!("{folder}x"), format!("path = \"{folder}x\""), format!("see file://{folder}x")] {
                assert_eq!(machine_path(&line), Some(folder), "{line}");
            }
        }
    }

    #[test]
    fn longer_paths_and_addresses_are_fine() {
        for folder in FOLDERS {
            for line in [format!("net{folder}x"), format!("example.com{folder}"), format!("${{root}}{folder}x")] {
                assert_eq!(machine_path(&line), None, "{line}");
            }
        }
    }
}
