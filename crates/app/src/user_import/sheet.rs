//! Users as a table for spreadsheets.

use entente_domain::directory_role;
use entente_domain::language::Language;
use entente_domain::market::CountryCode;
use entente_domain::text::spreadsheet_safe;
use entente_domain::time::Timestamp;
use entente_domain::user::User;
use entente_domain::user_import::Column;
use entente_store::StoreError;

use crate::Error;

/// What an export has besides the columns an import reads.
const MORE: [&str; 4] = ["State", "Directory roles", "Added", "Last sign-in"];

/// A table being written as CSV (RFC 4180): every field quoted, formulas defused.
pub(crate) struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    fn empty() -> Self {
        let mut builder = csv::WriterBuilder::new();
        builder.quote_style(csv::QuoteStyle::Always).terminator(csv::Terminator::CRLF);
        Self(builder.from_writer(Vec::new()))
    }

    /// A table of users with its heading.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut sheet = Self::empty();
        let columns = Column::ALL.iter().filter_map(|column| column.names().first().copied());
        sheet.row(columns.chain(MORE))?;
        Ok(sheet)
    }

    /// One user.
    pub(crate) fn user(&mut self, user: &User) -> Result<(), Error> {
        let known = &user.details;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut cells: Vec<String> = Column::ALL
            .iter()
            .map(|column| match column {
                Column::SignInName => user.person.upn.to_string(),
                Column::DisplayName => known.name.to_string(),
                Column::GivenName => text(known.given_name.as_ref().map(AsRef::as_ref)),
                Column::FamilyName => text(known.family_name.as_ref().map(AsRef::as_ref)),
                Column::Mail => known.mail.to_string(),
                Column::UsageLocation => text(known.usage_location.as_ref().map(CountryCode::as_str)),
                Column::Phone => text(known.phone.as_ref().map(AsRef::as_ref)),
                Column::Department => text(known.department.as_ref().map(AsRef::as_ref)),
                Column::JobTitle => text(known.job_title.as_ref().map(AsRef::as_ref)),
            })
            .collect();
        let roles = user.person.directory_roles.iter().filter_map(|id| directory_role::find(*id));
        cells.push(user.standing().code().to_owned());
        cells.push(roles.map(|role| role.label(Language::En)).collect::<Vec<_>>().join("; "));
        cells.push(day(user.created_at));
        cells.push(user.signed_in_at.map(day).unwrap_or_default());
        self.row(cells)
    }

    fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), Error> {
        let safe: Vec<String> = cells.into_iter().map(|cell| spreadsheet_safe(cell.as_ref()).into_owned()).collect();
        self.0.write_record(safe).map_err(broken)
    }

    /// The bytes of the file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.into_inner().map_err(|error| broken(error.into_error().into()))
    }
}

/// Any table as such a file.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written, which memory never refuses.
pub fn sheet(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Error> {
    let mut sheet = Sheet::empty();
    rows.into_iter().try_for_each(|row| sheet.row(row))?;
    sheet.finish()
}

fn broken(error: csv::Error) -> Error {
    Error::Internal(StoreError::inconsistent("person", "export", error))
}

fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d").to_string())
}
