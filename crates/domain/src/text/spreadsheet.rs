//! Cells of tables that are opened in spreadsheets.

use std::borrow::Cow;

/// Makes a cell of a CSV export harmless in a spreadsheet by an apostrophe in front of what would start a formula there.
///
/// Prefixed is every cell whose first character, after any spaces, quotes, apostrophes, `;`, `,` and `%`, is one of `= + - @`
/// (also full-width or small), TAB, CR or LF. Skipping those first covers programs that trim, or that split at `;` whatever
/// the file says; counting apostrophes among them lets [`spreadsheet_text`] restore exactly what was there. The writer must
/// quote every field besides (RFC 4180), so that a separator within a cell starts no new one.
pub fn spreadsheet_safe(cell: &str) -> Cow<'_, str> {
    if starts_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The inverse of [`spreadsheet_safe`], for our own import: takes away the apostrophe it added and nothing else.
pub fn spreadsheet_text(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| starts_formula(rest)).unwrap_or(cell)
}

fn starts_formula(cell: &str) -> bool {
    let is_trigger = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫')
    };
    let is_skipped =
        |c: char| !is_trigger(c) && (c.is_whitespace() || c.is_control() || "\"'“”;,%\u{FEFF}".contains(c));
    cell.trim_start_matches(is_skipped).starts_with(is_trigger)
}
