//! Users to be made from a file: what its columns are called, what a line needs, and how far an import has come.

use std::fmt;

use crate::market::CountryCode;
use crate::text::{EmailAddress, TextError, UserPrincipalName};
use crate::user::Details;

/// The most lines a file can have besides its heading.
pub const MAX_LINES: usize = 10_000;
/// The most bytes a file can have.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// The most bytes of one line: several times what all its cells can hold, so that an endless one is found before it fills memory.
pub const MAX_LINE_BYTES: usize = 16 * 1024;
/// Hours for which a first password can be fetched, and a checked file can be started.
pub const KEPT_HOURS: i64 = 24;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// The name to sign in with.
    SignInName,
    /// How others see the user.
    DisplayName,
    /// The given name.
    GivenName,
    /// The family name.
    FamilyName,
    /// Where mail goes; the sign-in name where it is empty.
    Mail,
    /// The country where services are used.
    UsageLocation,
    /// Where they can be called.
    Phone,
    /// The department.
    Department,
    /// The job title.
    JobTitle,
}

crate::codes! {
    Column {
        SignInName = "sign_in_name", DisplayName = "display_name", GivenName = "given_name",
        FamilyName = "family_name", Mail = "mail", UsageLocation = "usage_location", Phone = "phone",
        Department = "department", JobTitle = "job_title",
    }
}

impl Column {
    /// Whether a file cannot be without it.
    pub const fn required(self) -> bool {
        matches!(self, Self::SignInName | Self::DisplayName)
    }

    /// What it is called in the files we write, and other names that files come with.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::SignInName => &["Sign-in name", "User name", "User principal name", "登录名", "用户名"],
            Self::DisplayName => &["Display name", "Name", "显示名称", "姓名"],
            Self::GivenName => &["Given name", "First name", "名字", "名"],
            Self::FamilyName => &["Family name", "Last name", "Surname", "姓氏", "姓"],
            Self::Mail => &["E-mail", "Mail", "Email address", "电子邮件", "邮箱"],
            Self::UsageLocation => &["Usage location", "Country", "使用位置", "国家"],
            Self::Phone => &["Phone", "Phone number", "电话"],
            Self::Department => &["Department", "部门"],
            Self::JobTitle => &["Job title", "Title", "职务", "职位"],
        }
    }

    /// The column of a heading. Case, spaces and signs do not count.
    pub fn of_heading(text: &str) -> Option<Self> {
        let bare =
            |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
        let wanted = bare(text);
        Self::ALL
            .iter()
            .copied()
            .find(|column| bare(column.code()) == wanted || column.names().iter().any(|name| bare(name) == wanted))
    }
}

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It is empty and must not be.
    Missing,
    /// It is too long.
    TooLong,
    /// It holds characters that no such text has.
    NotAccepted,
    /// It is no mail address, which sign-in names look like.
    NotAnAddress,
    /// It is no telephone number.
    NotANumber,
    /// It is no two-letter code of a country.
    NotACountry,
    /// It belongs to another organisation's domain.
    OtherDomain,
    /// Somebody signs in with it already.
    Taken,
    /// An earlier line has it.
    Repeated,
    /// The line has more or fewer cells than the heading.
    Cells,
}

crate::codes! {
    Why {
        Missing = "missing", TooLong = "too_long", NotAccepted = "not_accepted", NotAnAddress = "not_an_address",
        NotANumber = "not_a_number", NotACountry = "not_a_country", OtherDomain = "other_domain", Taken = "taken",
        Repeated = "repeated", Cells = "cells",
    }
}

impl From<TextError> for Why {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Empty => Self::Missing,
            TextError::TooLong { .. } => Self::TooLong,
            TextError::NotAnAddress | TextError::NotADomain => Self::NotAnAddress,
            TextError::NotANumber => Self::NotANumber,
            _ => Self::NotAccepted,
        }
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fault {
    /// Where; the first column for what concerns the whole line.
    pub column: Column,
    /// What.
    pub why: Why,
}

impl Fault {
    /// A fault of one cell.
    pub const fn new(column: Column, why: Why) -> Self {
        Self { column, why }
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (column, why) = text.split_once(':')?;
        Some(Self { column: Column::parse(column)?, why: Why::parse(why)? })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.column.code(), self.why.code())
    }
}

/// Why a file was not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than [`MAX_BYTES`].
    #[error("the file is too large")]
    TooLarge,
    /// Text in no encoding we read.
    #[error("the file is no text in UTF-8, UTF-16 or GBK")]
    NotText,
    /// Nothing stands below the heading, or there is none.
    #[error("the file has no lines")]
    Empty,
    /// A column that must be there is not.
    #[error("the file has no column {}", .0.code())]
    ColumnMissing(Column),
    /// A heading we do not know.
    #[error("the file has an unknown column")]
    ColumnUnknown(String),
    /// Two headings mean the same.
    #[error("the file has the column {} twice", .0.code())]
    ColumnRepeated(Column),
    /// More than [`MAX_LINES`].
    #[error("the file has too many lines")]
    TooManyLines,
    /// A line, by its number, of more than [`MAX_LINE_BYTES`]; a quote that is never closed makes one.
    #[error("line {0} is too long")]
    LineTooLong(u64),
}

impl Unreadable {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotText => "not_text",
            Self::Empty => "empty",
            Self::ColumnMissing(_) => "column_missing",
            Self::ColumnUnknown(_) => "column_unknown",
            Self::ColumnRepeated(_) => "column_repeated",
            Self::TooManyLines => "too_many_lines",
            Self::LineTooLong(_) => "line_too_long",
        }
    }
}

/// A user as a line describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What they are to sign in with.
    pub upn: UserPrincipalName,
    /// The rest.
    pub details: Details,
}

/// Reads a line's cells.
///
/// # Errors
/// Everything that is wrong with it, in the order of the columns.
pub fn row(cell: impl Fn(Column) -> Option<String>) -> Result<Row, Vec<Fault>> {
    let mut faults = Vec::new();
    let text = |column| {
        let text = cell(column).filter(|text| !text.trim().is_empty());
        // Codes of countries have one spelling with us; lists come with both.
        if column == Column::UsageLocation { text.map(|text| text.to_ascii_uppercase()) } else { text }
    };
    macro_rules! read {
        ($column:expr) => {
            read!($column, |error| Why::from(error))
        };
        ($column:expr, $why:expr) => {
            text($column).and_then(|text| match text.trim().parse() {
                Ok(read) => Some(read),
                Err(error) => {
                    faults.push(Fault::new($column, $why(error)));
                    None
                }
            })
        };
    }
    let upn: Option<UserPrincipalName> = read!(Column::SignInName);
    let name = read!(Column::DisplayName);
    let given_name = read!(Column::GivenName);
    let family_name = read!(Column::FamilyName);
    let mail: Option<EmailAddress> = read!(Column::Mail);
    let usage_location: Option<CountryCode> = read!(Column::UsageLocation, |_| Why::NotACountry);
    let phone = read!(Column::Phone);
    let department = read!(Column::Department);
    let job_title = read!(Column::JobTitle);
    for column in Column::ALL.iter().copied().filter(|column| column.required() && text(*column).is_none()) {
        faults.push(Fault::new(column, Why::Missing));
    }
    // Most people's mail goes to their sign-in name, which has the form of an address.
    let mail = mail.or_else(|| upn.as_ref().and_then(|upn| upn.as_str().parse().ok()));
    match (upn, name, mail) {
        (Some(upn), Some(name), Some(mail)) if faults.is_empty() => Ok(Row {
            upn,
            details: Details { name, mail, given_name, family_name, usage_location, phone, department, job_title },
        }),
        _ => {
            faults.sort_by_key(|fault| fault.column);
            Err(faults)
        }
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The file was read; nobody was made.
    Checked,
    /// Users are being made.
    Running,
    /// Every line that could be was made.
    Done,
    /// It ended before its last line.
    Stopped,
}

/// Why an import ended before its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stopped {
    /// Whoever started it stopped it.
    Cancelled,
    /// Whoever started it may not add users any more.
    NotAllowed,
}

/// How a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// A user can be made of it.
    Ready,
    /// It cannot be used.
    Wrong,
    /// There is a user.
    Made,
}

crate::codes! {
    State { Checked = "checked", Running = "running", Done = "done", Stopped = "stopped" }
    Stopped { Cancelled = "cancelled", NotAllowed = "not_allowed" }
    Line { Ready = "ready", Wrong = "wrong", Made = "made" }
}
