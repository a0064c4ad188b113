//! Code that is SQL: a view for each relation, then the statement.

use super::statement::{AsOf, Dialect, Relation, Statement};
use super::{Files, Tool, source};

/// Code, and what could not be translated.
pub(super) type Written = (String, Vec<String>);

/// Spark SQL.
pub(super) fn spark(statement: &Statement) -> Written {
    let dialect = Dialect::Spark;
    let view = |relation: &Relation| {
        let head = format!("CREATE OR REPLACE TEMPORARY VIEW {} AS\n", dialect.name(&relation.name));
        Ok(format!("{head}{};\n", spark_rows(relation)))
    };
    views("", statement, dialect, view)
}

fn spark_rows(relation: &Relation) -> String {
    let dialect = Dialect::Spark;
    let places = relation.table.urls.iter().map(|url| source::place(Tool::SparkSql, url));
    if !relation.table.is_delta {
        let each = places.map(|place| format!("SELECT * FROM parquet.{}", dialect.name(&place)));
        return each.collect::<Vec<_>>().join("\nUNION ALL ");
    }
    let place: String = places.take(1).collect();
    let version = match &relation.as_of {
        AsOf::Open(None) => String::new(),
        AsOf::Open(Some(version)) | AsOf::Version(version) => format!(" VERSION AS OF {version}"),
        AsOf::Timestamp(time) => format!(" TIMESTAMP AS OF {}", dialect.text(time)),
    };
    format!("SELECT * FROM delta.{}{version}", dialect.name(&place))
}

/// `DuckDB` with its Delta extension.
pub(super) fn duckdb(statement: &Statement) -> Written {
    let has_delta = statement.relations.iter().any(|relation| relation.table.is_delta);
    let head = if has_delta { "INSTALL delta;\nLOAD delta;\n" } else { "" };
    views(head, statement, Dialect::Standard, |relation| {
        let rows = if relation.table.is_delta {
            delta_scan(relation)?
        } else {
            read_parquet(Tool::DuckDb, &relation.table.urls, &[])
        };
        Ok(duckdb_view(relation, &rows))
    })
}

/// `DuckDB` over the files of a version.
pub(super) fn duckdb_files(statement: &Statement) -> Written {
    views("", statement, Dialect::Standard, |relation| {
        let table = &relation.table;
        let rows = match (&table.files, &relation.as_of) {
            _ if !table.is_delta => read_parquet(Tool::DuckDbFiles, &table.urls, &[]),
            (_, AsOf::Version(_) | AsOf::Timestamp(_)) => {
                return Err(format!(
                    "{}: only the files of the version that is open are known here.",
                    relation.name
                ));
            }
            (Files::Known(files), AsOf::Open(_)) if files.is_empty() => {
                return Err(format!("{}: the version has no files, and so no rows.", table.name));
            }
            (Files::Known(files), AsOf::Open(_)) => read_parquet(Tool::DuckDbFiles, files, &table.columns),
            (Files::Refused(why), _) => return Err(format!("{}: {why}", table.name)),
            (Files::Unknown, _) => return Err(format!("{}: its files are not known.", table.name)),
        };
        Ok(duckdb_view(relation, &rows))
    })
}

fn duckdb_view(relation: &Relation, rows: &str) -> String {
    let name = Dialect::Standard.name(&relation.name);
    format!("CREATE OR REPLACE TEMP VIEW {name} AS\n{rows};\n")
}

fn delta_scan(relation: &Relation) -> Result<String, String> {
    let version = match &relation.as_of {
        AsOf::Open(None) => String::new(),
        AsOf::Open(Some(version)) | AsOf::Version(version) => format!(", version = {version}"),
        AsOf::Timestamp(time) => {
            return Err(format!(
                "{} as of {time}: DuckDB takes a version's number only.",
                relation.table.name
            ));
        }
    };
    let place = relation.table.urls.first().map(|url| source::place(Tool::DuckDb, url));
    let place = Dialect::Standard.text(&place.unwrap_or_default());
    Ok(format!("SELECT * FROM delta_scan({place}{version})"))
}

/// Files may lack columns that the table got later, and have them in another order.
fn read_parquet(tool: Tool, urls: &[String], columns: &[String]) -> String {
    let place = |url: &String| format!("    {}", Dialect::Standard.text(&source::place(tool, url)));
    let places: Vec<String> = urls.iter().map(place).collect();
    let columns: Vec<String> = columns.iter().map(|name| Dialect::Standard.name(name)).collect();
    let columns = if columns.is_empty() {
        "*".to_owned()
    } else {
        columns.join(", ")
    };
    format!(
        "SELECT {columns} FROM read_parquet([\n{}\n], union_by_name = true)",
        places.join(",\n")
    )
}

fn views(
    head: &str,
    statement: &Statement,
    dialect: Dialect,
    view: impl Fn(&Relation) -> Result<String, String>,
) -> Written {
    let (mut code, mut missing) = (head.to_owned(), vec![]);
    for relation in &statement.relations {
        match view(relation) {
            Ok(view) => code.push_str(&view),
            Err(why) => missing.push(why),
        }
    }
    code.push('\n');
    code.push_str(&statement.write(dialect));
    code.push_str(";\n");
    (code, missing)
}
