//! Tables that leave the house: CSV (RFC 4180), safe to open in a spreadsheet. Every field is quoted, formulas are defused.

use entente_domain::text::spreadsheet_safe;
use entente_domain::time::Timestamp;
use entente_store::StoreError;

use crate::Error;

/// A table being written.
pub(crate) struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    /// A table with its heading.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be written, which memory never refuses.
    pub(crate) fn new<T: AsRef<str>>(heading: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let mut builder = csv::WriterBuilder::new();
        builder.quote_style(csv::QuoteStyle::Always).terminator(csv::Terminator::CRLF);
        let mut sheet = Self(builder.from_writer(Vec::new()));
        sheet.row(heading)?;
        Ok(sheet)
    }

    /// One row, with as many cells as the heading.
    ///
    /// # Errors
    /// As [`Sheet::new`].
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), Error> {
        let safe: Vec<String> = cells.into_iter().map(|cell| spreadsheet_safe(cell.as_ref()).into_owned()).collect();
        self.0.write_record(safe).map_err(broken)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// As [`Sheet::new`].
    pub(crate) fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.into_inner().map_err(|error| broken(error.into_error().into()))
    }
}

/// A whole table, the heading first.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written, which memory never refuses.
pub fn sheet(heading: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Error> {
    let mut sheet = Sheet::new(heading)?;
    rows.into_iter().try_for_each(|row| sheet.row(row))?;
    sheet.finish()
}

/// A day as tables have it (ISO 8601, UTC).
pub fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d").to_string())
}

fn broken(error: csv::Error) -> Error {
    Error::Internal(StoreError::inconsistent("sheet", "row", error))
}
