//! Users as a table for spreadsheets: the columns an import reads, and more.

use entente_domain::directory_role;
use entente_domain::language::Language;
use entente_domain::market::CountryCode;
use entente_domain::user::User;
use entente_domain::user_import::Column;

use crate::sheet::day;

/// What an export has besides the columns an import reads.
const MORE: [&str; 4] = ["State", "Directory roles", "Added", "Last sign-in"];

/// The names of the columns.
pub(crate) fn heading() -> impl Iterator<Item = &'static str> {
    Column::ALL.iter().filter_map(|column| column.names().first().copied()).chain(MORE)
}

/// One user's row.
pub(crate) fn row(user: &User) -> Vec<String> {
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
    cells
}
