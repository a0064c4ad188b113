//! DataFusion's errors as ours: what is wrong, where in the statement, what to do.

use std::error::Error as StdError;

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

use crate::error::{Error, Kind, Span};

const OUT_OF_MEMORY: &str = "The statement needs more memory than this tab may use. Select fewer columns, filter \
    earlier, aggregate before joining or sorting, or ask for fewer rows with LIMIT.";

/// `error`, which happened to the statement `sql`: the one of ours that caused it if there is
/// one, `TooBig` when memory ran out, else `Sql` with the place in the statement as far as it
/// can be told. The whole cause is kept as the source.
#[must_use]
pub fn sql_error(error: DataFusionError, sql: &str) -> Error {
    if let Some(found) = error.iter().find_map(|error| Error::find(error)) {
        return found.clone();
    }
    if chain(&error).any(|cause| matches!(cause, DataFusionError::ResourcesExhausted(_))) {
        return Error::new(Kind::TooBig, "memory", OUT_OF_MEMORY).with_source(error);
    }
    let root = error.iter().next().map_or(&error, DataFusionError::find_root);
    if let DataFusionError::Internal(text) = root {
        let first = text.lines().next().unwrap_or(text).to_owned();
        return Error::new(Kind::Bug, "DataFusion", first).with_source(error);
    }
    let detail = message(root);
    let place = place(&error, root, sql);
    let described = Error::new(Kind::Sql, "SQL", detail).with_source(error);
    match place {
        Some(place) => described.with_span(place),
        None => described,
    }
}

/// DataFusion's own errors among the causes.
fn chain(error: &DataFusionError) -> impl Iterator<Item = &DataFusionError> {
    let first: &(dyn StdError + 'static) = error;
    let causes = std::iter::successors(Some(first), |cause: &&(dyn StdError + 'static)| {
        StdError::source(*cause)
    });
    causes
        .filter_map(|cause| cause.downcast_ref::<DataFusionError>())
        .chain(error.iter())
}

/// What the error says, without the layers that it went through.
fn message(root: &DataFusionError) -> String {
    let text = match root {
        DataFusionError::SQL(parser, _) => parser.to_string().trim_start_matches("sql parser error: ").to_owned(),
        DataFusionError::SchemaError(schema, _) => schema.to_string(),
        DataFusionError::NotImplemented(text) => format!("Not supported: {text}"),
        DataFusionError::ArrowError(arrow, _) => arrow.to_string(),
        DataFusionError::ParquetError(parquet) => parquet.to_string(),
        DataFusionError::External(cause) => cause.to_string(),
        DataFusionError::Plan(text) | DataFusionError::Execution(text) | DataFusionError::Configuration(text) => {
            text.clone()
        }
        other => other.strip_backtrace(),
    };
    without_backtrace(&text).to_owned()
}

fn without_backtrace(text: &str) -> &str {
    text.split(DataFusionError::BACK_TRACE_SEP).next().unwrap_or(text)
}

fn place(error: &DataFusionError, root: &DataFusionError, sql: &str) -> Option<Span> {
    if let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        let start = offset(sql, span.start.line, span.start.column)?;
        let end = offset(sql, span.end.line, span.end.column)?;
        return (start < end).then_some(Span { start, end });
    }
    match root {
        DataFusionError::SQL(parser, _) => position(&parser.to_string(), sql),
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } | SchemaError::AmbiguousReference { field } => {
                find_word(sql, field.name())
            }
            _ => None,
        },
        DataFusionError::Plan(text) => quoted(text).and_then(|name| find_word(sql, name)),
        _ => None,
    }
}

/// The byte offset of a line and a column, both counted from 1, the column in characters.
pub(super) fn offset(sql: &str, line: u64, column: u64) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let start: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = sql.get(start..)?;
    Some(start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
}

/// The token at the place that the parser tells as `at Line: 1, Column: 8`.
fn position(text: &str, sql: &str) -> Option<Span> {
    let (_, place) = text.rsplit_once("at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let column: String = column.chars().take_while(char::is_ascii_digit).collect();
    let start = offset(sql, line.trim().parse().ok()?, column.parse().ok()?)?;
    let rest = sql.get(start..)?;
    let word: usize = rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
    let length = if word > 0 {
        word
    } else {
        rest.chars().next().map_or(0, char::len_utf8)
    };
    (length > 0).then_some(Span {
        start,
        end: start + length,
    })
}

/// The last part of the first name in single quotes, as in `table 'a.b.c' not found`.
fn quoted(text: &str) -> Option<&str> {
    let name = text.split('\'').nth(1)?;
    name.rsplit('.').next()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first place where `word` stands alone, regardless of case.
pub(super) fn find_word(sql: &str, word: &str) -> Option<Span> {
    let mut starts = sql
        .char_indices()
        .filter(|(at, _)| !sql.get(..*at).is_some_and(|before| before.ends_with(is_word)));
    starts.find_map(|(start, _)| {
        let end = start.checked_add(word.len())?;
        let found = sql.get(start..end)?.eq_ignore_ascii_case(word);
        let alone = !sql.get(end..)?.starts_with(is_word);
        (found && alone && !word.is_empty()).then_some(Span { start, end })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_error_of_ours_comes_back_from_any_depth() {
        let ours = Error::new(Kind::Changed, "a file", "it changed");
        let shared = DataFusionError::Shared(Arc::new(DataFusionError::External(Box::new(ours.clone()))));
        let nested = DataFusionError::Context("while reading".to_owned(), Box::new(shared));
        assert_eq!(sql_error(nested, ""), ours);
        let parquet = parquet::errors::ParquetError::External(Box::new(ours.clone()));
        assert_eq!(sql_error(DataFusionError::from(parquet), ""), ours);
    }

    #[test]
    fn exhausted_memory_is_found_behind_the_reader() {
        let exhausted = DataFusionError::ResourcesExhausted("no".to_owned());
        let parquet = parquet::errors::ParquetError::External(Box::new(exhausted));
        assert_eq!(sql_error(DataFusionError::from(parquet), "").kind, Kind::TooBig);
    }

    #[test]
    fn the_cause_is_kept_whole() {
        let error = sql_error(DataFusionError::Plan("wrong".to_owned()), "select 1");
        assert!(
            error
                .source
                .is_some_and(|source| source.downcast_ref::<DataFusionError>().is_some())
        );
    }

    #[test]
    fn places_are_counted_in_characters_and_told_in_bytes() {
        let sql = "select 'äöü',\n  wrong from é";
        assert_eq!(offset(sql, 1, 1), Some(0));
        assert_eq!(offset(sql, 2, 3).and_then(|at| sql.get(at..at + 5)), Some("wrong"));
        assert_eq!(offset(sql, 9, 9), Some(sql.len()));
        assert_eq!(offset(sql, 0, 0), None);
        let found = find_word(sql, "é").unwrap();
        assert_eq!(sql.get(found.start..found.end), Some("é"));
        assert_eq!(find_word("select ab, b", "b"), Some(Span { start: 11, end: 12 }));
        assert_eq!(find_word("select ab", ""), None);
        assert_eq!(
            position("Expected: x, found: y at Line: 1, Column: 8", "select from"),
            Some(Span { start: 7, end: 11 })
        );
    }
}
