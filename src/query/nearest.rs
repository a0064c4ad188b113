//! What was meant, perhaps: the known name that is nearest to one that is not known.

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::execution::{FunctionRegistry, SessionState};

use crate::error::{Error, Span};
use crate::link::quoted;

/// Names that are listed when none is near.
const LISTED: usize = 12;

/// The nearest of `names`, when it is near enough to have been meant: a letter or two in a short name, a third of
/// a longer one. Letters are compared regardless of case.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wrong.to_lowercase().chars().collect();
    let measured = names.map(|name| {
        let letters: Vec<char> = name.to_lowercase().chars().collect();
        (distance(&wanted, &letters), name)
    });
    let (far, name) = measured.min_by_key(|(far, _)| *far)?;
    let bound = (wanted.len() / 3).clamp(1, 4);
    (far <= bound && far < wanted.len().max(1)).then_some(name)
}

/// Letters to insert, drop, change or swap with their neighbor.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: [Vec<usize>; 3] = [vec![], (0..=b.len()).collect(), vec![]];
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let changed = at(&rows[1], j) + usize::from(letter != other);
            let mut least = changed.min(at(&rows[1], j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter);
            if swapped {
                least = least.min(at(&rows[0], j - 1) + 1);
            }
            row.push(least);
        }
        rows.rotate_left(1);
        rows[1] = row;
    }
    at(&rows[1], b.len())
}

/// What is said of a column that is not there, and what was meant instead.
fn column(field: &Column, valid_fields: &[Column]) -> (String, Option<String>) {
    let of_table = |valid: &&Column| field.relation.is_none() || valid.relation == field.relation;
    let all: Vec<&str> = valid_fields
        .iter()
        .filter(of_table)
        .map(|valid| valid.name.as_str())
        .collect();
    let of = field
        .relation
        .as_ref()
        .map_or(String::new(), |table| format!(" in {}", table.table()));
    let meant = all.iter().find(|name| name.eq_ignore_ascii_case(&field.name)).copied();
    let meant = meant.or_else(|| nearest(&field.name, all.iter().copied()));
    let rest = match meant {
        Some(meant) => format!("Did you mean {}?", quoted(meant)),
        None => listed("columns", &all),
    };
    (
        format!("No column {}{of}. {rest}", quoted(&field.name)),
        meant.map(quoted),
    )
}

/// `error` with what was meant, when it is about a column, a table or a function that is not there.
pub(super) fn explained(error: Error, state: &SessionState, tables: &[String], sql: &str) -> Error {
    if let Some((field, valid)) = missing_column(&error) {
        let (detail, fix) = column(&field, &valid);
        return said(error, &detail, fix, &field.name, sql);
    }
    let first = error.detail.lines().next().unwrap_or_default().to_owned();
    let name = first.split('\'').nth(1).unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    if first.starts_with("table '") && first.ends_with("not found") {
        let names: Vec<&str> = tables.iter().map(String::as_str).collect();
        let meant = nearest(name, names.iter().copied());
        let rest = meant.map_or_else(
            || listed("open tables", &names),
            |meant| format!("Did you mean {}?", quoted(meant)),
        );
        return said(
            error,
            &format!("No table {} is open. {rest}", quoted(name)),
            meant.map(quoted),
            name,
            sql,
        );
    }
    if first.starts_with("Invalid function '") {
        let names = function_names(state);
        let meant = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        let rest = meant
            .as_ref()
            .map_or(String::new(), |meant| format!(" Did you mean {meant}?"));
        return said(error, &format!("No function {name}.{rest}"), meant, name, sql);
    }
    error
}

fn missing_column(error: &Error) -> Option<(Column, Vec<Column>)> {
    let cause = error.source.as_ref()?.downcast_ref::<DataFusionError>()?;
    let root = cause.iter().next().map_or(cause, DataFusionError::find_root);
    match root {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => Some((field.as_ref().clone(), valid_fields.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn function_names(state: &SessionState) -> Vec<String> {
    let mut names: Vec<String> = state.scalar_functions().keys().cloned().collect();
    names.extend(state.aggregate_functions().keys().cloned());
    names.extend(state.window_functions().keys().cloned());
    names.extend(state.higher_order_function_names());
    names.sort();
    names
}

fn listed(what: &str, names: &[&str]) -> String {
    let some: Vec<String> = names.iter().take(LISTED).map(|name| quoted(name)).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    if some.is_empty() {
        return format!("There are no {what}.");
    }
    format!("The {what}: {}{more}.", some.join(", "))
}

fn said(mut error: Error, detail: &str, fix: Option<String>, name: &str, sql: &str) -> Error {
    detail.clone_into(&mut error.detail);
    error.span = error.span.map(|span| last_part(span, name, sql));
    error.fix = fix.filter(|_| error.span.is_some());
    error
}

/// The place of the name itself within that of the whole `schema.table.name`.
fn last_part(span: Span, name: &str, sql: &str) -> Span {
    let text = sql.get(span.start..span.end).unwrap_or_default();
    let found = text
        .to_lowercase()
        .rfind(&name.to_lowercase())
        .filter(|_| text.is_ascii());
    let Some(at) = found else { return span };
    let (start, end) = (span.start + at, span.start + at + name.len());
    let is_quoted = text.get(..at).is_some_and(|before| before.ends_with('"'));
    let marks = usize::from(is_quoted && sql.get(end..).is_some_and(|after| after.starts_with('"')));
    Span {
        start: start - marks,
        end: end + marks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_may_have_been_meant() {
        let names = ["city", "country", "inspected_at", "id"];
        for (wrong, meant) in [
            ("citty", Some("city")),
            ("ctiy", Some("city")),
            ("CITY", Some("city")),
            ("contry", Some("country")),
            ("inspectedat", Some("inspected_at")),
            ("x", None),
            ("price", None),
            ("di", Some("id")),
        ] {
            assert_eq!(nearest(wrong, names.into_iter()), meant, "{wrong}");
        }
        assert_eq!(nearest("x", std::iter::empty()), None);
    }

    #[test]
    fn the_name_itself_is_marked() {
        let of = |sql: &str, name: &str| {
            let span = last_part(
                Span {
                    start: 7,
                    end: sql.len(),
                },
                name,
                sql,
            );
            sql.get(span.start..span.end).unwrap().to_owned()
        };
        assert_eq!(of("select p.citty", "citty"), "citty");
        assert_eq!(of("select p.\"Citty\"", "Citty"), "\"Citty\"");
        assert_eq!(of("select p.other", "citty"), "p.other");
    }
}
