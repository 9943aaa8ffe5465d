//! Reads the tab-separated tables under `data/`. They are compiled in, so a mistake in one is a mistake in the program:
//! loading stops with file and line instead of carrying a half-read rule table into operation, and every table has a test that loads it.

use crate::time::{self, Timestamp};

/// One line of a table; fields are looked up by column name so that a table can gain columns.
pub(crate) struct Row {
    columns: &'static [&'static str],
    fields: Vec<&'static str>,
}

impl Row {
    /// The field in the named column.
    pub(crate) fn get(&self, column: &str) -> Result<&'static str, String> {
        let at = self.columns.iter().position(|name| *name == column).ok_or_else(|| format!("no column {column}"))?;
        Ok(self.fields[at])
    }

    /// The field, or nothing when it is empty.
    pub(crate) fn optional(&self, column: &str) -> Result<Option<&'static str>, String> {
        Ok(Some(self.get(column)?).filter(|field| !field.is_empty()))
    }

    /// The field, which must not be empty.
    pub(crate) fn required(&self, column: &str) -> Result<&'static str, String> {
        self.optional(column)?.ok_or_else(|| format!("{column} is empty"))
    }

    /// `yes`/`no` or `Y`/`N`.
    pub(crate) fn flag(&self, column: &str) -> Result<bool, String> {
        match self.get(column)? {
            "yes" | "Y" => Ok(true),
            "no" | "N" => Ok(false),
            other => Err(format!("{column} is {other:?}, neither yes nor no")),
        }
    }

    /// The half-open span `[valid_from, valid_to)` of UTC midnights.
    pub(crate) fn validity(&self) -> Result<Validity, String> {
        let from = date(self.required("valid_from")?)?;
        let to = self.optional("valid_to")?.map(date).transpose()?;
        if to.is_some_and(|to| to <= from) {
            return Err("valid_to is not after valid_from".to_owned());
        }
        Ok(Validity { from, to })
    }
}

/// When a row counts: from the first day's UTC midnight until, not including, the last bound's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
}

impl Validity {
    pub(crate) fn contains(self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// Reads a whole table: `#` lines are comments, the first other line names the columns (`columns` must equal it).
///
/// # Panics
/// When the table or a row of it does not parse; see the module's reason.
pub(crate) fn load<T>(
    file: &str,
    text: &'static str,
    columns: &'static [&'static str],
    parse: impl Fn(&Row) -> Result<T, String>,
) -> Vec<T> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let header = lines.next().map(|(_, line)| line.split('\t').collect::<Vec<_>>());
    assert!(header.as_deref() == Some(columns), "data/{file}: the columns are not {columns:?}");
    lines
        .map(|(number, line)| {
            let fields = line.split('\t').collect::<Vec<_>>();
            let row = if fields.len() == columns.len() {
                parse(&Row { columns, fields })
            } else {
                Err(format!("{} fields instead of {}", fields.len(), columns.len()))
            };
            row.unwrap_or_else(|why| panic!("data/{file} line {}: {why}", number + 1))
        })
        .collect()
}

/// UTC midnight of a `YYYY-MM-DD` date.
pub(crate) fn date(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("{text:?} is not a date");
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits).ok_or_else(wrong)?;
        part.parse::<i64>().map_err(|_| wrong())
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() || !(1..=time::days_in_month(year, month)).contains(&day) {
        return Err(wrong());
    }
    Ok(Timestamp::from_micros(0).plus_days(time::days_since_epoch(year, month, day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2023-01-01", 19_358),
            ("2026-09-01", 20_697),
        ] {
            assert_eq!(date(text).map(Timestamp::seconds), Ok(days * 86_400), "{text}");
        }
        for text in
            ["", "2023-1-01", "2023-02-29", "2023-13-01", "2023-00-10", "2023-01-32", "2023-01-01-", "20x3-01-01"]
        {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bound_is_the_first_moment_outside() {
        let validity = Validity { from: date("2021-01-01").unwrap(), to: Some(date("2022-03-31").unwrap()) };
        assert!(validity.contains(date("2021-01-01").unwrap()));
        assert!(validity.contains(date("2022-03-30").unwrap()));
        assert!(!validity.contains(date("2022-03-31").unwrap()));
        assert!(!validity.contains(date("2020-12-31").unwrap()));
    }

    #[test]
    fn wrong_tables_stop_loading() {
        for text in ["", "a\n1", "a\tb\n1", "a\tb\n1\tmaybe"] {
            let loaded = std::panic::catch_unwind(|| load("wrong.tsv", text, &["a", "b"], |row| row.flag("b")));
            assert!(loaded.is_err(), "{text:?}");
        }
        assert_eq!(load("right.tsv", "# c\na\tb\n1\tyes", &["a", "b"], |row| row.flag("b")), [true]);
    }
}
