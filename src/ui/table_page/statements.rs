//! The statements behind a table's page. Each can be opened in the editor: what the page shows is no secret knowledge.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use crate::link::quoted;
use crate::protocol::{Column, Shape};

/// A text in a statement.
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The commits of a table, newest first.
#[must_use]
pub fn history(table: &str, versions: Option<&RangeInclusive<u64>>) -> String {
    let range = versions.map_or_else(String::new, |range| format!(", {}, {}", range.start(), range.end()));
    format!(
        "select version, coalesce(to_unixtime(writer_timestamp), to_unixtime(\"timestamp\")), operation, parameters, \
         metrics, files_added, bytes_added, rows_added, files_removed, bytes_removed, rows_removed, user_name, user_id, \
         engine, user_metadata\nfrom limn_history({}{range})\norder by version desc",
        literal(table)
    )
}

/// The actions of a table's log that hold a text, as they lie there, newest first.
#[must_use]
pub fn actions(table: &str, versions: Option<&RangeInclusive<u64>>, search: &str) -> String {
    let range = versions.map_or_else(String::new, |range| format!(", {}, {}", range.start(), range.end()));
    let filter = if search.trim().is_empty() {
        String::new()
    } else {
        let text = literal(&search.trim().to_lowercase());
        format!("\nwhere strpos(lower(json), {text}) > 0 or lower(action) = {text}")
    };
    format!(
        "select version, file, line, action, path, json\nfrom limn_actions({}{range}){filter}\norder by version desc, \
         file, line",
        literal(table)
    )
}

/// What changed of the columns, the partitioning and the properties after one version up to another.
#[must_use]
pub fn schema_changes(table: &str, (from, to): (u64, u64)) -> String {
    format!(
        "select *\nfrom limn_schema_changes({}, {from}, {to})\nwhere version > {from}",
        literal(table)
    )
}

/// The files that one of two versions has and the other has not.
#[must_use]
pub fn file_changes(table: &str, (from, to): (u64, u64)) -> String {
    format!(
        "select change, path, size_bytes, rows, deleted_rows\nfrom limn_changes_between({}, {from}, {to})\norder by \
         size_bytes desc",
        literal(table)
    )
}

/// Can values of that shape be held against each other, as a key or to tell whether they changed?
#[must_use]
pub fn is_comparable(shape: &Shape) -> bool {
    !matches!(shape, Shape::Null | Shape::Map { .. })
}

/// The rows that one of two versions has and the other has not: of each key the values before and after.
///
/// Rows of files that both versions have are the same in both, and are not read. Without a key, rows are counted.
#[must_use]
pub fn row_changes(table: &str, (from, to): (u64, u64), columns: &[Column], key: &[String]) -> String {
    let source = format!("limn_rows_between({}, {from}, {to})", literal(table));
    let comparable: Vec<&Column> = columns.iter().filter(|column| is_comparable(&column.shape)).collect();
    let names: Vec<String> = comparable.iter().map(|column| quoted(&column.name)).collect();
    if key.is_empty() {
        let all = names.join(", ");
        return format!(
            "select case when sum(_side) > 0 then 'added' else 'removed' end as _change, abs(sum(_side)) as _times, \
             {all}\nfrom {source}\ngroup by {all}\nhaving sum(_side) <> 0\norder by _change, {all}"
        );
    }
    by_key(&source, &comparable, key)
}

fn by_key(source: &str, columns: &[&Column], key: &[String]) -> String {
    let is_key = |column: &&&Column| key.contains(&column.name);
    let names = |wanted: bool| {
        let columns = columns.iter().filter(move |column| is_key(column) == wanted);
        columns.map(|column| quoted(&column.name)).collect::<Vec<_>>()
    };
    let (keys, others) = (names(true), names(false));
    let join = |each: &dyn Fn(&String) -> String, names: &[String], by: &str| {
        names.iter().map(each).collect::<Vec<_>>().join(by)
    };
    let on = join(
        &|name| format!("(o.{name} is not distinct from n.{name})"),
        &keys,
        " and ",
    );
    // The engine takes all that follows `from` for one value unless parentheses end it.
    let differs = join(&|name| format!("(o.{name} is distinct from n.{name})"), &others, " or ");
    let differs = if differs.is_empty() {
        "false".to_owned()
    } else {
        differs
    };
    let mut select = String::from(
        "select case when o._side is null then 'added' when n._side is null then 'removed' else 'changed' end as _change",
    );
    for name in &keys {
        // Writing to a String cannot fail.
        let _ = write!(select, ", coalesce(n.{name}, o.{name}) as {name}");
    }
    for name in &others {
        let plain = name.trim_matches('"');
        let _ = write!(
            select,
            ", o.{name} as \"{plain} before\", n.{name} as \"{plain} after\""
        );
    }
    format!(
        "with r as (select * from {source}),\no as (select * from r where _side < 0),\nn as (select * from r where _side \
         > 0)\n{select}\nfrom o full join n on {on}\nwhere o._side is null or n._side is null or {differs}\norder by \
         {}",
        join(&|name| format!("coalesce(n.{name}, o.{name})"), &keys, ", ")
    )
}

/// The full profile of a column: counts, the mean, and quantiles where there are some.
#[must_use]
pub fn profile(table: &str, column: &Column) -> String {
    let name = quoted(&column.name);
    let mut select =
        format!("count(*) as \"rows\", count({name}) as \"values\", approx_distinct({name}) as \"distinct\"");
    if is_number(&column.shape) {
        let _ = write!(
            select,
            ", min({name}) as \"min\", approx_percentile_cont({name}, 0.25) as \"quarter\", approx_median({name}) as \
             \"median\", approx_percentile_cont({name}, 0.75) as \"three quarters\", max({name}) as \"max\", avg({name}) \
             as \"mean\", stddev({name}) as \"deviation\""
        );
    } else if is_ordered(&column.shape) {
        let _ = write!(select, ", min({name}) as \"min\", max({name}) as \"max\"");
    }
    format!("select {select}\nfrom {}", quoted(table))
}

/// The most frequent values of a column.
#[must_use]
pub fn frequent(table: &str, column: &Column, most: u32) -> String {
    let name = quoted(&column.name);
    format!(
        "select {name} as value, count(*) as times\nfrom {}\ngroup by {name}\norder by times desc, value\nlimit {most}",
        quoted(table)
    )
}

/// Does a column hold numbers?
#[must_use]
pub fn is_number(shape: &Shape) -> bool {
    matches!(shape, Shape::Integer | Shape::Long | Shape::Float | Shape::Decimal)
}

fn is_ordered(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Boolean | Shape::Text | Shape::Date | Shape::Timestamp { .. } | Shape::Binary
    )
}

/// Can the values of a column be counted one by one?
#[must_use]
pub fn is_countable(shape: &Shape) -> bool {
    is_number(shape) || is_ordered(shape)
}

/// The rows in which a column has a value, which is `None` for NULL.
#[must_use]
pub fn rows_with(table: &str, column: &Column, value: Option<&str>) -> String {
    let name = quoted(&column.name);
    let filter = match (value, &column.shape) {
        (None, _) => format!("{name} is null"),
        (Some(value), Shape::Boolean | Shape::Integer | Shape::Long | Shape::Decimal) => format!("{name} = {value}"),
        (Some(value), Shape::Binary) => format!("{name} = X'{value}'"),
        (Some(value), Shape::Text) => format!("{name} = {}", literal(value)),
        (Some(value), _) => format!("{name} = cast({} as {})", literal(value), column.type_name),
    };
    format!("select *\nfrom {}\nwhere {filter}\nlimit 100", quoted(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, shape: Shape) -> Column {
        Column {
            name: name.into(),
            type_name: "double".into(),
            shape,
            nullable: true,
            comment: None,
            partition: false,
        }
    }

    #[test]
    fn hostile_names_stay_names() {
        let sql = actions("it's", None, "O'Neil\") --");
        assert!(
            sql.contains("limn_actions('it''s')") && sql.contains("'o''neil\") --'"),
            "{sql}"
        );
        let odd = column("say \"x\"", Shape::Text);
        assert!(rows_with("T", &odd, Some("a'b")).contains("\"say \"\"x\"\"\" = 'a''b'"));
        assert!(history("t", Some(&(3..=9))).contains("limn_history('t', 3, 9)"));
    }

    #[test]
    fn a_value_is_filtered_by_in_its_own_type() {
        let filter = |shape, value| rows_with("t", &column("c", shape), value);
        assert!(filter(Shape::Long, Some("5")).contains("where c = 5"));
        assert!(filter(Shape::Float, Some("1.5")).contains("where c = cast('1.5' as double)"));
        assert!(filter(Shape::Text, None).contains("where c is null"));
        assert!(filter(Shape::Binary, Some("ff00")).contains("where c = X'ff00'"));
    }

    #[test]
    fn rows_are_held_against_each_other_by_key_or_counted() {
        let columns = [column("id", Shape::Long), column("Name", Shape::Text)];
        let keyed = row_changes("t", (3, 7), &columns, &["id".to_owned()]);
        assert!(
            keyed.contains("full join n on (o.id is not distinct from n.id)"),
            "{keyed}"
        );
        assert!(keyed.contains("(o.\"Name\" is distinct from n.\"Name\")"), "{keyed}");
        assert!(keyed.contains("n.\"Name\" as \"Name after\""), "{keyed}");
        let counted = row_changes("t", (3, 7), &columns, &[]);
        assert!(
            counted.contains("group by id, \"Name\"\nhaving sum(_side) <> 0"),
            "{counted}"
        );
        let only_keys = row_changes("t", (3, 7), &columns[..1], &["id".to_owned()]);
        assert!(only_keys.contains("n._side is null or false"), "{only_keys}");
    }
}
