//! Files that come with notes: what they may be, told by their content, and how they may be called.

pub use crate::text::FileName;

/// The most bytes a file can have.
pub const MAX_SIZE: usize = 5 * 1024 * 1024;

/// The most files a note can have.
pub const MAX_PER_NOTE: usize = 5;

/// The most bytes all files of a service request can have together.
pub const MAX_PER_REQUEST: i64 = 25 * 1024 * 1024;

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A PDF document.
    Pdf,
    /// Plain text in UTF-8.
    Text,
}

crate::codes! {
    FileKind { Png = "png", Jpeg = "jpeg", Pdf = "pdf", Text = "text" }
}

impl FileKind {
    /// What this content is; none for what is not taken, archives and programs among it. Names and claimed types are never asked.
    pub fn of(content: &[u8]) -> Option<Self> {
        // PNG (ISO/IEC 15948, section 5.2), JPEG (ISO/IEC 10918-1, B.1.1.3 and B.2.1), PDF (ISO 32000-1, section 7.5.2).
        if content.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if content.starts_with(b"\xff\xd8\xff") {
            return Some(Self::Jpeg);
        }
        if content.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        let text = std::str::from_utf8(content).ok().filter(|text| !text.trim().is_empty())?;
        let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}');
        text.chars().all(plain).then_some(Self::Text)
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// The endings a name of such a file may have, the usual one first. Text has few: the endings of tables, pages and scripts would
    /// make a program run what is in it.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Pdf => &["pdf"],
            Self::Text => &["txt", "log"],
        }
    }
}

/// What a file that somebody calls `given` is called: the last part of a path, on one line, with an ending of its kind.
pub fn name(given: &str, kind: FileKind) -> FileName {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default().trim_matches(['.', ' ']);
    let usual = kind.endings().first().copied().unwrap_or_default();
    let fits = last.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty() && kind.endings().iter().any(|known| known.eq_ignore_ascii_case(ending))
    });
    // Room is left for the ending, which stays whole.
    let (stem, ending) = match last.rsplit_once('.') {
        Some((stem, ending)) if fits => (stem, ending),
        _ => (last, usual),
    };
    let short: String = stem.chars().take(FileName::MAX - 8).collect();
    let named = FileName::parse(&short).ok().and_then(|stem| FileName::parse(&format!("{stem}.{ending}")).ok());
    named.unwrap_or_else(|| FileName::fallback(usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_alone_says_what_a_file_is() {
        for (content, kind) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], Some(FileKind::Png)),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(FileKind::Jpeg)),
            (b"%PDF-1.7\n%\xe2\xe3", Some(FileKind::Pdf)),
            (b"line one\r\nline two\t\x0c", Some(FileKind::Text)),
            ("\u{feff}光".as_bytes(), Some(FileKind::Text)),
            (b"<html><script>alert(1)</script>", Some(FileKind::Text)),
            (b"", None),
            (b"  \n", None),
            (b"\x89PNG", None),
            (b"\xff\xd8", None),
            (b"PK\x03\x04\x14\0", None),
            (b"MZ\x90\0", None),
            (b"\x7fELF\x02", None),
            (b"GIF89a\x01\0", None),
            (b"\x1f\x8b\x08", None),
            (b"text with a \0", None),
            (b"text with an \x1b[31m escape", None),
            (b"caf\xe9", None),
            (b"\xfe\xff\0a", None),
        ] {
            assert_eq!(FileKind::of(content), kind, "{content:?}");
        }
    }

    #[test]
    fn names_are_one_part_on_one_line_with_an_ending_of_their_kind() {
        let long = "x".repeat(500);
        for (given, kind, called) in [
            ("screen.png", FileKind::Png, "screen.png"),
            ("SCREEN.PNG", FileKind::Png, "SCREEN.PNG"),
            ("photo.jpeg", FileKind::Jpeg, "photo.jpeg"),
            ("/etc/passwd", FileKind::Text, "passwd.txt"),
            ("../../../x.log", FileKind::Text, "x.log"),
            ("C:\\Users\\a\\trace.txt", FileKind::Text, "trace.txt"),
            ("..", FileKind::Text, "file.txt"),
            ("", FileKind::Pdf, "file.pdf"),
            (".htaccess", FileKind::Text, "htaccess.txt"),
            (".png", FileKind::Png, "png.png"),
            ("page.html", FileKind::Text, "page.html.txt"),
            ("sums.csv", FileKind::Text, "sums.csv.txt"),
            ("run.exe", FileKind::Pdf, "run.exe.pdf"),
            ("=1+1.txt", FileKind::Text, "=1+1.txt"),
            ("<b onload=x>.png", FileKind::Png, "<b onload=x>.png"),
            ("a\r\nSet-Cookie: x.txt", FileKind::Text, "file.txt"),
            ("a\u{202e}txt.exe", FileKind::Text, "file.txt"),
            ("光.png", FileKind::Png, "光.png"),
        ] {
            assert_eq!(name(given, kind).as_str(), called, "{given:?}");
        }
        assert!(name(&format!("{long}.png"), FileKind::Png).as_str().ends_with("x.png"));
    }
}
