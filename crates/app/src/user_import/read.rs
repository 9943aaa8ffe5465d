//! From the bytes of a file to cells: encodings, separators and headings.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};
use entente_domain::text::spreadsheet_text;
use entente_domain::user_import::{Column, Fault, MAX_BYTES, MAX_LINE_BYTES, MAX_LINES, Unreadable, Why};

/// A line as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    /// Its number, the heading being line 1.
    pub number: u64,
    /// Its cells.
    pub cells: BTreeMap<Column, String>,
    /// What is wrong with its form.
    pub faults: Vec<Fault>,
}

impl Read {
    pub(super) fn cell(&self, column: Column) -> Option<String> {
        self.cells.get(&column).cloned()
    }
}

/// The lines of a file below its heading; empty ones do not count.
pub(super) fn lines(file: &[u8]) -> Result<Vec<Read>, Unreadable> {
    if file.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = text(file)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines_before = LinesBefore { text: &text, byte: 0, lines: 0 };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(&text))
        .from_reader(text.as_bytes());
    let mut columns: Option<Vec<Column>> = None;
    let mut lines = Vec::new();
    for record in reader.records() {
        // Everything is UTF-8 by now and any number of cells is read, so nothing is left that could fail.
        let record = record.map_err(|_| Unreadable::NotText)?;
        let number = lines_before.of(record.position().map_or(0, csv::Position::byte));
        if record.as_slice().len() > MAX_LINE_BYTES {
            return Err(Unreadable::LineTooLong(number));
        }
        let Some(columns) = &columns else {
            columns = Some(heading(&record)?);
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if lines.len() == MAX_LINES {
            return Err(Unreadable::TooManyLines);
        }
        let faults =
            if record.len() == columns.len() { Vec::new() } else { vec![Fault::new(Column::SignInName, Why::Cells)] };
        let cells =
            columns.iter().zip(record.iter()).map(|(column, cell)| (*column, spreadsheet_text(cell).to_owned()));
        lines.push(Read { number, cells: cells.collect(), faults });
    }
    if lines.is_empty() { Err(Unreadable::Empty) } else { Ok(lines) }
}

/// Numbers the lines of a text. The reader's own numbers are those of the empty lines before a record.
struct LinesBefore<'a> {
    text: &'a str,
    byte: usize,
    lines: u64,
}

impl LinesBefore<'_> {
    /// The number of the line a record stands in whose reading began at `byte`. Asked in the order of the file.
    fn of(&mut self, byte: u64) -> u64 {
        let begin = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let read = self.text.as_bytes();
        let empty = read.get(begin..).unwrap_or_default().iter().take_while(|byte| **byte == b'\n').count();
        let until = begin + empty;
        let breaks = self.text.get(self.byte..until).unwrap_or_default().matches('\n').count();
        self.lines += u64::try_from(breaks).unwrap_or_default();
        self.byte = until;
        self.lines + 1
    }
}

fn heading(record: &csv::StringRecord) -> Result<Vec<Column>, Unreadable> {
    let mut columns = Vec::with_capacity(record.len());
    for text in record {
        // Shown to whoever brought the file, so as much as anybody would read.
        let column = Column::of_heading(text)
            .ok_or_else(|| Unreadable::ColumnUnknown(text.trim().chars().take(60).collect()))?;
        if columns.contains(&column) {
            return Err(Unreadable::ColumnRepeated(column));
        }
        columns.push(column);
    }
    let missing = Column::ALL.iter().copied().find(|column| column.required() && !columns.contains(column));
    missing.map_or(Ok(columns), |column| Err(Unreadable::ColumnMissing(column)))
}

/// What separates the cells of the first line: spreadsheets write semicolons where commas stand in numbers.
fn separator(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| first.bytes().filter(|byte| *byte == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

/// The text of a file: by its mark if it has one, else UTF-8, UTF-16 or GBK by what it can be.
fn text(file: &[u8]) -> Result<String, Unreadable> {
    let decoded = if let Some((encoding, mark)) = Encoding::for_bom(file) {
        decoded(encoding, file.get(mark..).unwrap_or_default())
    } else if file.contains(&0) {
        decoded(unmarked_utf_16(file).ok_or(Unreadable::NotText)?, file)
    } else if let Ok(text) = std::str::from_utf8(file) {
        Some(text.to_owned())
    } else if mixed(file) {
        None
    } else {
        // The standard of 2005, which reads every GBK file.
        decoded(GB18030, file)
    };
    decoded.filter(|text| !text.contains('\0')).ok_or(Unreadable::NotText)
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// Letters of the Latin alphabet, which every heading in a file has some of or at least its separators, are a zero byte and another
/// in UTF-16.
fn unmarked_utf_16(file: &[u8]) -> Option<&'static Encoding> {
    let (pairs, rest) = file.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    match (rest.is_empty(), zeros(0), zeros(1)) {
        (true, 0, low) if low > 0 => Some(UTF_16LE),
        (true, high, 0) if high > 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether a file that is not all UTF-8 has lines that can hardly be anything else: then it was put together from two, and reading it
/// either way would garble names. Three bytes that make a character by accident are rare in GBK, and one such line is enough to ask.
fn mixed(file: &[u8]) -> bool {
    let long = |text: &str| text.chars().any(|c| c.len_utf8() >= 3);
    file.split(|byte| *byte == b'\n').any(|line| std::str::from_utf8(line).is_ok_and(long))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "Sign-in name,Display name\n";

    fn names(file: &[u8]) -> Result<Vec<String>, Unreadable> {
        Ok(lines(file)?.into_iter().map(|line| line.cell(Column::DisplayName).unwrap_or_default()).collect())
    }

    #[test]
    fn every_encoding_reads_alike() {
        let text = format!("{HEADING}li@a.example,李雷\nhan@a.example,韩梅梅\n");
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let (little, big) = (utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes));
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        let gbk = GB18030.encode(&text).0.into_owned();
        for (name, file) in [
            ("UTF-8", text.clone().into_bytes()),
            ("UTF-8 with a mark", marked(b"\xef\xbb\xbf", text.as_bytes())),
            ("UTF-16, marked, little", marked(b"\xff\xfe", &little)),
            ("UTF-16, marked, big", marked(b"\xfe\xff", &big)),
            ("UTF-16, little", little),
            ("UTF-16, big", big),
            ("GBK", gbk),
        ] {
            assert_eq!(names(&file), Ok(vec!["李雷".to_owned(), "韩梅梅".to_owned()]), "{name}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let line = format!("{HEADING}li@a.example,");
        let gbk = GB18030.encode("韩梅梅").0.into_owned();
        let mixed = [line.as_bytes(), "李雷\nhan@a.example,".as_bytes(), &gbk, b"\n"].concat();
        for (name, file) in [
            ("UTF-8 and GBK", mixed),
            ("a broken character", [line.as_bytes(), b"\xff\n"].concat()),
            ("half a character of UTF-16", b"\xff\xfea".to_vec()),
            ("zeros here and there", b"a\0b\0\0c".to_vec()),
            ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ] {
            assert_eq!(names(&file), Err(Unreadable::NotText), "{name}");
        }
    }

    #[test]
    fn headings_are_known_by_name_in_any_order() {
        for heading in
            ["Display name,Sign-in name", "NAME;user principal name", "姓名\t用户名", "display_name,sign_in_name"]
        {
            let sign = heading.chars().find(|c| [',', ';', '\t'].contains(c)).unwrap();
            let file = format!("{heading}\r\nAda{sign}ada@a.example\r\n");
            assert_eq!(names(file.as_bytes()), Ok(vec!["Ada".to_owned()]), "{heading}");
        }
        for (heading, why) in [
            ("Sign-in name", Unreadable::ColumnMissing(Column::DisplayName)),
            ("Display name,Phone", Unreadable::ColumnMissing(Column::SignInName)),
            ("Sign-in name,Display name,Shoe size", Unreadable::ColumnUnknown("Shoe size".to_owned())),
            ("Sign-in name,Display name,", Unreadable::ColumnUnknown(String::new())),
            ("Sign-in name,Display name,User name", Unreadable::ColumnRepeated(Column::SignInName)),
        ] {
            assert_eq!(names(format!("{heading}\na,b,c\n").as_bytes()), Err(why), "{heading}");
        }
        for empty in ["", "\n\n", HEADING, "Sign-in name,Display name\n,\n ,\n"] {
            assert_eq!(names(empty.as_bytes()), Err(Unreadable::Empty), "{empty:?}");
        }
    }

    #[test]
    fn sizes_have_an_end() {
        let endless = format!("{HEADING}a@a.example,\"{}", "x".repeat(MAX_LINE_BYTES));
        assert_eq!(names(endless.as_bytes()), Err(Unreadable::LineTooLong(2)));
        let unclosed = format!("{HEADING}a@a.example,\"A\n{}", "b@a.example,B\n".repeat(2_000));
        assert_eq!(names(unclosed.as_bytes()), Err(Unreadable::LineTooLong(2)));
        assert_eq!(names(&vec![b'a'; MAX_BYTES + 1]), Err(Unreadable::TooLarge));
        let full = format!("{HEADING}{}", "a@a.example,A\n".repeat(MAX_LINES));
        assert_eq!(names(full.as_bytes()).map(|it| it.len()), Ok(MAX_LINES));
        assert_eq!(names(format!("{full}b@a.example,B\n").as_bytes()), Err(Unreadable::TooManyLines));
    }

    #[test]
    fn lines_say_where_they_stand_and_cells_what_they_are() {
        let file = "Sign-in name,Display name\r\n\r\na@a.example,\"Ada, the\n first\"\r\nb@a.example\r\nc@a.example,'=cmd|' /C calc'!A1\r\n";
        let read = lines(file.as_bytes()).unwrap();
        assert_eq!(read.iter().map(|it| it.number).collect::<Vec<_>>(), [3, 5, 6]);
        let plain = "\n\nSign-in name,Display name\na@a.example,A\n\n\nb@a.example,B";
        for ends in ["\n", "\r\n", "\r"] {
            let read = lines(plain.replace('\n', ends).as_bytes()).unwrap();
            assert_eq!(read.iter().map(|it| it.number).collect::<Vec<_>>(), [4, 7], "{ends:?}");
        }
        assert_eq!(read[1].faults, [Fault::new(Column::SignInName, Why::Cells)]);
        // The apostrophe that an export puts before a formula is taken away again.
        assert_eq!(read[2].cell(Column::DisplayName).unwrap(), "=cmd|' /C calc'!A1");
    }
}
