//! Cells as the clipboard takes them: one as it is, several in the form that was asked for.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::columns::is_number;
use crate::protocol::Shape;

/// Cells that are copied at once: some megabytes of text. More is what the export is for.
pub const COPIED_CELLS: u64 = 100_000;
/// Long cells that are fetched whole, one request each.
pub const COPIED_LONG_CELLS: usize = 500;

/// How cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Tab-separated, for spreadsheets.
    Tsv,
    /// Comma-separated.
    Csv,
    /// A table in Markdown, which always has a header.
    Markdown,
    /// An array of objects.
    Json,
    /// Rows of a `VALUES` clause.
    Sql,
}

/// A block of whole cells under its columns.
#[derive(Debug)]
pub struct Block<'a> {
    /// Names and shapes.
    pub columns: &'a [(String, Shape)],
    /// The texts; `None` for NULL.
    pub rows: &'a [Vec<Option<String>>],
}

/// The clipboard's text for a block.
///
/// One cell without a header is copied exactly. In several, what would break their form is quoted, and in TSV and CSV a
/// text that a spreadsheet would run as a formula is guarded by an apostrophe.
#[must_use]
pub fn clipboard_text(block: &Block<'_>, format: CopyFormat, header: bool) -> String {
    match (format, block.rows) {
        (CopyFormat::Tsv, [row]) if !header && row.len() == 1 => row.first().cloned().flatten().unwrap_or_default(),
        (CopyFormat::Tsv, _) => delimited(block, header, '\t'),
        (CopyFormat::Csv, _) => delimited(block, header, ','),
        (CopyFormat::Markdown, _) => markdown(block),
        (CopyFormat::Json, _) => json(block),
        (CopyFormat::Sql, _) => sql(block, header),
    }
}

fn cells<'a>(block: &'a Block<'_>, row: &'a [Option<String>]) -> impl Iterator<Item = (Option<&'a str>, &'a Shape)> {
    let shapes = block.columns.iter().map(|(_, shape)| shape);
    row.iter().map(Option::as_deref).zip(shapes)
}

fn delimited(block: &Block<'_>, header: bool, delimiter: char) -> String {
    let names = block.columns.iter().map(|(name, _)| quoted(&guarded(name), delimiter));
    let head = header.then(|| names.collect::<Vec<_>>());
    let rows = block.rows.iter().map(|row| {
        let cell = |(text, shape): (Option<&str>, &Shape)| match text {
            None => String::new(),
            Some(text) if is_number(shape) => text.to_owned(),
            Some("") if delimiter == ',' => "\"\"".to_owned(),
            Some(text) => quoted(&guarded(text), delimiter),
        };
        cells(block, row).map(cell).collect::<Vec<_>>()
    });
    let separator = delimiter.to_string();
    let lines: Vec<String> = head.into_iter().chain(rows).map(|line| line.join(&separator)).collect();
    lines.join("\n")
}

fn guarded(text: &str) -> String {
    if text.trim_start().starts_with(['=', '+', '-', '@']) && text.trim().parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str, delimiter: char) -> String {
    if text.contains([delimiter, '\n', '\r', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn markdown(block: &Block<'_>) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![line(block.columns.iter().map(|(name, _)| in_markdown(name)).collect())];
    let rule = |(_, shape): &(String, Shape)| if is_number(shape) { "---:" } else { "---" }.to_owned();
    lines.push(line(block.columns.iter().map(rule).collect()));
    lines.extend(block.rows.iter().map(|row| {
        let cell = |(text, _): (Option<&str>, &Shape)| text.map(in_markdown).unwrap_or_default();
        line(cells(block, row).map(cell).collect())
    }));
    lines.join("\n")
}

fn in_markdown(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('|', "\\|");
    let escaped = escaped.replace('&', "&amp;").replace('<', "&lt;");
    escaped.replace("\r\n", "<br>").replace(['\n', '\r'], "<br>")
}

fn json(block: &Block<'_>) -> String {
    let names = distinct(block.columns.iter().map(|(name, _)| name.as_str()));
    let rows = block.rows.iter().map(|row| {
        let pair = |((text, shape), name): ((Option<&str>, &Shape), &String)| {
            format!("{}: {}", json_text(name), json_value(text, shape))
        };
        let pairs: Vec<String> = cells(block, row).zip(&names).map(pair).collect();
        format!("  {{{}}}", pairs.join(", "))
    });
    format!("[\n{}\n]", rows.collect::<Vec<_>>().join(",\n"))
}

/// The names, numbered where several are the same.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    names
        .map(|name| {
            let count = seen.entry(name).or_default();
            *count += 1;
            if *count == 1 {
                name.to_owned()
            } else {
                format!("{name}_{count}")
            }
        })
        .collect()
}

fn json_value(text: Option<&str>, shape: &Shape) -> String {
    match (text, shape) {
        (None, _) => "null".to_owned(),
        (Some(text), shape) if is_number(shape) && is_finite(text) => text.to_owned(),
        // Nested values are JSON already.
        (Some(text), Shape::Boolean | Shape::List { .. } | Shape::Map { .. } | Shape::Struct { .. }) => text.to_owned(),
        (Some(text), _) => json_text(text),
    }
}

fn is_finite(text: &str) -> bool {
    !matches!(text, "NaN" | "Infinity" | "-Infinity")
}

fn json_text(text: &str) -> String {
    // A text always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}

fn sql(block: &Block<'_>, header: bool) -> String {
    let rows = block.rows.iter().map(|row| {
        let values: Vec<String> = cells(block, row).map(|(text, shape)| literal(text, shape)).collect();
        format!("  ({})", values.join(", "))
    });
    let rows = rows.collect::<Vec<_>>().join(",\n");
    if !header {
        return format!("VALUES\n{rows}");
    }
    let names = distinct(block.columns.iter().map(|(name, _)| name.as_str()));
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
        .collect();
    format!("SELECT * FROM (VALUES\n{rows}\n) AS t({})", names.join(", "))
}

fn literal(text: Option<&str>, shape: &Shape) -> String {
    let Some(text) = text else {
        return "NULL".to_owned();
    };
    let quoted = || format!("'{}'", text.replace('\'', "''"));
    let mut literal = String::new();
    // Writing to a String cannot fail.
    let _ = match shape {
        Shape::Float if !is_finite(text) => write!(literal, "CAST({} AS DOUBLE)", quoted()),
        shape if is_number(shape) || *shape == Shape::Boolean => write!(literal, "{text}"),
        Shape::Date => write!(literal, "DATE {}", quoted()),
        Shape::Timestamp { .. } => write!(literal, "TIMESTAMP {}", quoted()),
        Shape::Binary => write!(literal, "X{}", quoted()),
        _ => write!(literal, "{}", quoted()),
    };
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<const N: usize>(cells: [Option<&str>; N]) -> Vec<Option<String>> {
        cells.map(|cell| cell.map(str::to_owned)).to_vec()
    }

    fn columns<const N: usize>(columns: [(&str, Shape); N]) -> Vec<(String, Shape)> {
        columns.map(|(name, shape)| (name.to_owned(), shape)).to_vec()
    }

    fn text(columns: &[(String, Shape)], rows: &[Vec<Option<String>>], format: CopyFormat, header: bool) -> String {
        clipboard_text(&Block { columns, rows }, format, header)
    }

    fn texts(count: usize) -> Vec<(String, Shape)> {
        (0..count).map(|n| (format!("c{n}"), Shape::Text)).collect()
    }

    #[test]
    fn breaks_and_quotes_stay_inside_of_their_cells() {
        let rows = [
            row([Some("a"), None, Some("b\tc")]),
            row([Some("say \"x\"\n"), Some(""), Some("1,5")]),
        ];
        let all = texts(3);
        assert_eq!(
            text(&all, &rows, CopyFormat::Tsv, false),
            "a\t\t\"b\tc\"\n\"say \"\"x\"\"\n\"\t\t1,5"
        );
        assert_eq!(
            text(&all, &rows, CopyFormat::Csv, true),
            "c0,c1,c2\na,,b\tc\n\"say \"\"x\"\"\n\",\"\",\"1,5\""
        );
        assert_eq!(text(&[], &[], CopyFormat::Tsv, false), "");
    }

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        let rows = [row([Some("=1+1"), Some("-5"), Some("@x"), Some("a=b")])];
        let mut all = texts(4);
        all[1].1 = Shape::Long;
        all[0].0 = "+name".into();
        assert_eq!(text(&all, &rows, CopyFormat::Tsv, false), "'=1+1\t-5\t'@x\ta=b");
        assert_eq!(
            text(&all, &rows, CopyFormat::Csv, true),
            "'+name,c1,c2,c3\n'=1+1,-5,'@x,a=b"
        );
    }

    #[test]
    fn one_cell_is_copied_as_it_is() {
        assert_eq!(
            text(&texts(1), &[row([Some("=say \"x\"\n")])], CopyFormat::Tsv, false),
            "=say \"x\"\n"
        );
        assert_eq!(text(&texts(1), &[row([None])], CopyFormat::Tsv, false), "");
        assert_eq!(text(&texts(1), &[row([Some("x")])], CopyFormat::Tsv, true), "c0\nx");
    }

    type Rows = Vec<Vec<Option<String>>>;

    fn typed() -> (Vec<(String, Shape)>, Rows) {
        let list = Shape::List {
            item: Box::new(Shape::Long),
        };
        let all = columns([
            ("n", Shape::Long),
            ("n", Shape::Text),
            ("f", Shape::Float),
            ("d", Shape::Date),
            ("b", Shape::Binary),
            ("l", list),
            ("is", Shape::Boolean),
        ]);
        let rows = vec![
            row([
                Some("9007199254740993"),
                Some("it's | \"<b>\"\n"),
                Some("NaN"),
                Some("2026-11-23"),
                Some("00ff"),
                Some("[1, null]"),
                Some("true"),
            ]),
            row([None; 7]),
        ];
        (all, rows)
    }

    #[test]
    fn json_keeps_every_digit_and_every_column() {
        let (all, rows) = typed();
        let written = text(&all, &rows, CopyFormat::Json, true);
        let first = "  {\"n\": 9007199254740993, \"n_2\": \"it's | \\\"<b>\\\"\\n\", \"f\": \"NaN\", \"d\": \"2026-11-23\", \"b\": \"00ff\", \"l\": [1, null], \"is\": true},";
        assert_eq!(written.lines().nth(1), Some(first));
        assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok());
    }

    #[test]
    fn values_are_literals_of_their_types() {
        let (all, rows) = typed();
        let expected = "VALUES\n  (9007199254740993, 'it''s | \"<b>\"\n', CAST('NaN' AS DOUBLE), DATE '2026-11-23', X'00ff', '[1, null]', true),\n  (NULL, NULL, NULL, NULL, NULL, NULL, NULL)";
        assert_eq!(text(&all, &rows, CopyFormat::Sql, false), expected);
        assert!(
            text(&all, &rows, CopyFormat::Sql, true)
                .ends_with("\n) AS t(\"n\", \"n_2\", \"f\", \"d\", \"b\", \"l\", \"is\")")
        );
    }

    #[test]
    fn markdown_keeps_its_table() {
        let (all, rows) = typed();
        let written = text(&all[..2], &rows[..1], CopyFormat::Markdown, false);
        assert_eq!(
            written,
            "| n | n |\n| ---: | --- |\n| 9007199254740993 | it's \\| \"&lt;b>\"<br> |"
        );
    }
}
