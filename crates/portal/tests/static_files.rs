//! What reaches the browser: sizes within the budget, nothing inline, every icon known.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use entente_portal::ui;
use flate2::Compression;
use flate2::write::GzEncoder;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn gzipped(file: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&fs::read(here().join("static").join(file)).unwrap()).unwrap();
    encoder.finish().unwrap().len()
}

fn each_source(folder: &Path, check: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, check);
        } else {
            check(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn style_and_script_stay_within_their_budgets() {
    assert!(gzipped("app.css") <= 10 * 1024, "app.css has {} bytes", gzipped("app.css"));
    assert!(gzipped("app.js") <= 5 * 1024, "app.js has {} bytes", gzipped("app.js"));
}

/// An attribute that begins with `on`, in any markup of `text`.
fn event_attribute(text: &str) -> Option<&str> {
    text.match_indices(" on").map(|(at, _)| &text[at + 1..]).find_map(|rest| {
        let name = rest.split(|c: char| !c.is_ascii_lowercase()).next()?;
        let quoted = rest[name.len()..].starts_with("=\"") || rest[name.len()..].starts_with("='");
        (quoted && name.len() > 2).then_some(name)
    })
}

#[test]
fn no_template_has_anything_inline() {
    assert_eq!(event_attribute(r#"<a href="/" onclick="x()">"#), Some("onclick"));
    let mut seen = 0;
    let mut check = |path: &Path, text: &str| {
        seen += 1;
        // Unit tests name what they forbid.
        let text = text.split("#[cfg(test)]").next().unwrap();
        for forbidden in [" style=", "<style", "<script>", "javascript:"] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
        }
        assert_eq!(event_attribute(text), None, "{}", path.display());
    };
    each_source(&here().join("templates"), &mut check);
    each_source(&here().join("src"), &mut check);
    assert!(seen > 10);
}

#[test]
fn every_icon_in_a_template_is_known() {
    each_source(&here().join("templates"), &mut |path, text| {
        for call in ["icon(\"", "icon_at(\"", "emblem(\""] {
            for name in text.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(ui::icon_names().contains(&name), "{}: {name}", path.display());
            }
        }
    });
}
