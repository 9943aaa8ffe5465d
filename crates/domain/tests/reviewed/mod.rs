//! Tables that people review: a test prints what the code does, and the printout must equal the file in the repository.

use std::fmt::Write as _;
use std::path::Path;

/// Set to anything, the test writes the files instead of comparing them; the difference is then reviewed like code.
const UPDATE: &str = "ENTENTE_UPDATE_TABLES";

/// Compares `printed` byte for byte with `crates/domain/tests/{file}`.
#[expect(clippy::disallowed_methods, reason = "how a developer asks a test to write its file")]
pub fn compare(file: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, printed).unwrap();
        return;
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (was, is))) = first_difference(&reviewed, printed) {
        panic!(
            "{file}:{line}\n  reviewed: {was}\n  now:      {is}\nset {UPDATE}=1 to write the file, then review the difference"
        );
    }
}

fn first_difference<'a>(a: &'a str, b: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    if a == b {
        return None;
    }
    let (mut left, mut right) = (a.split('\n'), b.split('\n'));
    for line in 1.. {
        match (left.next(), right.next()) {
            (Some(x), Some(y)) if x == y => {}
            (None, None) => break,
            (x, y) => return Some((line, (x.unwrap_or("(no line)"), y.unwrap_or("(no line)")))),
        }
    }
    unreachable!("texts that differ have a first line that differs")
}

/// Lays rows out in columns, the first row being the heading.
pub fn columns(about: &str, rows: &[Vec<String>]) -> String {
    let count = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..count).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for line in about.lines() {
        writeln!(text, "# {line}").unwrap();
    }
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(text, "{}", cells.join("  ").trim_end()).unwrap();
    }
    text
}

/// A row of a table.
#[macro_export]
macro_rules! row {
    ($($cell:expr),+ $(,)?) => { vec![$(String::from($cell)),+] };
}
