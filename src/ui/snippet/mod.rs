//! The statement as code for other tools, over the same tables at the same versions.
//!
//! Translated are the tables (their URLs and pinned versions), `AS OF`, the quotes of names, the
//! escapes of texts and the values of parameters. Everything else is copied as it stands; what has no counterpart in a
//! tool is named in a comment of the code. Pure text in, pure text out: no secret comes in.

use std::collections::BTreeSet;

mod files;
mod lex;
mod python;
mod source;
mod sql;
mod statement;
mod values;

#[cfg(target_arch = "wasm32")]
mod dialog;

#[cfg(target_arch = "wasm32")]
pub use dialog::SnippetButton;

pub use files::{FILES_SHOWN, File, files, files_statement};
use statement::{Relation, Statement};
pub use values::{Bound, bound};

/// A tool that runs SQL over lake tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Spark, as SQL.
    SparkSql,
    /// Spark, from Python.
    PySpark,
    /// `DuckDB` with its Delta extension.
    DuckDb,
    /// `DuckDB` alone, over the files of a version.
    DuckDbFiles,
    /// Polars.
    Polars,
    /// delta-rs, from Python.
    DeltaRs,
}

impl Tool {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::SparkSql,
        Self::PySpark,
        Self::DuckDb,
        Self::DuckDbFiles,
        Self::Polars,
        Self::DeltaRs,
    ];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::SparkSql => "Spark SQL",
            Self::PySpark => "PySpark",
            Self::DuckDb => "DuckDB",
            Self::DuckDbFiles => "DuckDB, by files",
            Self::Polars => "Polars",
            Self::DeltaRs => "delta-rs",
        }
    }

    /// How a comment begins.
    fn comment(self) -> &'static str {
        match self {
            Self::SparkSql | Self::DuckDb | Self::DuckDbFiles => "-- ",
            Self::PySpark | Self::Polars | Self::DeltaRs => "# ",
        }
    }

    fn needs(self) -> &'static str {
        match self {
            Self::SparkSql | Self::PySpark => "Needs Spark with Delta Lake (delta-spark).",
            Self::DuckDb => "Needs DuckDB 1.5 and its extension delta.",
            Self::DuckDbFiles => "Needs DuckDB; its extension httpfs reads from URLs.",
            Self::Polars => "Needs: pip install polars deltalake",
            Self::DeltaRs => "Needs: pip install deltalake",
        }
    }
}

/// A table that is open, without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// Its SQL name.
    pub name: String,
    /// Its root, or its Parquet files.
    pub urls: Vec<String>,
    /// Is it a Delta table, and not Parquet files?
    pub is_delta: bool,
    /// The version that is pinned.
    pub version: Option<u64>,
    /// Its columns, for a list of files.
    pub columns: Vec<String>,
    /// Was something secret left out of the URLs?
    pub lacks_secret: bool,
    /// The files of the version, where a tool needs them.
    pub files: Files,
}

/// The files of a Delta table's version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Files {
    /// Nobody asked.
    #[default]
    Unknown,
    /// URLs of Parquet files whose rows together are the table.
    Known(Vec<String>),
    /// The files alone are not the table, for this reason.
    Refused(String),
}

/// The code.
#[must_use]
pub fn snippet(tool: Tool, tables: &[Opened], sql: &str, values: &[Bound]) -> String {
    let statement = Statement::read(sql, tables, values, tool);
    let mut notes = vec!["Written by Limn.".to_owned(), tool.needs().to_owned()];
    notes.extend(secrets(&statement));
    notes.extend(places(tool, &statement));
    notes.extend(
        statement
            .missing
            .iter()
            .map(|missing| format!("Not translated: {missing}")),
    );
    let (code, more) = match tool {
        Tool::SparkSql => sql::spark(&statement),
        Tool::DuckDb => sql::duckdb(&statement),
        Tool::DuckDbFiles => sql::duckdb_files(&statement),
        Tool::PySpark => python::pyspark(&statement),
        Tool::Polars => python::polars(&statement),
        Tool::DeltaRs => python::delta_rs(&statement),
    };
    notes.extend(more.into_iter().map(|missing| format!("Not translated: {missing}")));
    let comment = |note: &String| format!("{}{}\n", tool.comment(), one_line(note));
    notes.iter().map(comment).collect::<String>() + &code
}

/// The tables that a statement may read, by their names in it: those of which a tool needs the files.
#[must_use]
pub fn used<'a>(tables: &'a [Opened], sql: &str) -> Vec<&'a Opened> {
    let mut used: Vec<&Opened> = vec![];
    for relation in Statement::read(sql, tables, &[], Tool::DuckDbFiles).relations {
        if let Some(table) = tables.iter().find(|table| table.name == relation.table.name)
            && !used.contains(&table)
        {
            used.push(table);
        }
    }
    used
}

fn secrets(statement: &Statement) -> Option<String> {
    let lacking = statement
        .relations
        .iter()
        .filter(|relation| relation.table.lacks_secret);
    let names: BTreeSet<&str> = lacking.map(|relation| relation.table.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "The signed parameters of the URL are left out ({}): the tool needs access of its own.",
            listed(&names)
        )
    })
}

/// Only objects of stores and files of disks can be listed, which readers of tables do.
fn places(tool: Tool, statement: &Statement) -> Option<String> {
    let is_http = |relation: &&Relation| {
        let reads_urls = !relation.table.is_delta && !matches!(tool, Tool::SparkSql | Tool::PySpark);
        !reads_urls
            && relation
                .table
                .urls
                .iter()
                .any(|url| source::place(tool, url).starts_with("http"))
    };
    let of_http = statement.relations.iter().filter(is_http);
    let of_http: BTreeSet<&str> = of_http.map(|relation| relation.table.name.as_str()).collect();
    (!of_http.is_empty() && tool != Tool::DuckDbFiles).then(|| {
        format!(
            "{} reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL ({}).",
            tool.label(),
            listed(&of_http)
        )
    })
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

fn one_line(note: &str) -> String {
    note.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
