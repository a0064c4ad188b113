//! What is translated, what is quoted, what is refused in words.

use super::*;
use crate::protocol::{Parameter, Shape};

fn table(name: &str, url: &str) -> Opened {
    Opened {
        name: name.into(),
        urls: vec![url.into()],
        is_delta: true,
        version: Some(12),
        columns: vec!["id".into(), "Text".into()],
        ..Opened::default()
    }
}

fn trips() -> Vec<Opened> {
    vec![table("trips", "https://lake.s3.amazonaws.com/trips")]
}

fn snippet(tool: Tool, tables: &[Opened], sql: &str) -> String {
    super::snippet(tool, tables, sql, &[])
}

fn code(tool: Tool, tables: &[Opened], sql: &str) -> String {
    let text = snippet(tool, tables, sql);
    text.lines()
        .filter(|line| !line.starts_with(tool.comment()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn names_and_texts_are_quoted_as_each_tool_quotes() {
    let sql = "select \"a`b\", 'it''s \\n' from Trips where X = 1;";
    let spark = code(Tool::SparkSql, &trips(), sql);
    assert!(
        spark.ends_with("\nselect `a``b`, 'it\\'s \\\\n' from `trips` where X = 1;"),
        "{spark}"
    );
    let duckdb = code(Tool::DuckDb, &trips(), sql);
    assert!(
        duckdb.ends_with("\nselect \"a`b\", 'it''s \\n' from \"trips\" where X = 1;"),
        "{duckdb}"
    );
    let polars = code(Tool::Polars, &trips(), sql);
    assert!(
        polars.contains("\nselect \"a`b\", 'it''s \\\\n' from \"trips\" where x = 1\n"),
        "{polars}"
    );
}

#[test]
fn as_of_becomes_a_relation_of_its_own_that_keeps_the_name() {
    let sql = "select n.id from trips n join trips for version as of 3 on n.id = trips.id \
               left join trips timestamp as of '2026-01-01' o on true";
    let spark = code(Tool::SparkSql, &trips(), sql);
    let expected = "CREATE OR REPLACE TEMPORARY VIEW `trips` AS
SELECT * FROM delta.`s3a://lake/trips` VERSION AS OF 12;
CREATE OR REPLACE TEMPORARY VIEW `trips_v3` AS
SELECT * FROM delta.`s3a://lake/trips` VERSION AS OF 3;
CREATE OR REPLACE TEMPORARY VIEW `trips_at_20260101` AS
SELECT * FROM delta.`s3a://lake/trips` TIMESTAMP AS OF '2026-01-01';

select n.id from `trips` n join `trips_v3` as `trips` on n.id = `trips`.id left join `trips_at_20260101` o on true;";
    assert_eq!(spark, expected);
    let duckdb = snippet(Tool::DuckDb, &trips(), sql);
    assert!(
        duckdb.contains("-- Not translated: trips as of 2026-01-01: DuckDB takes a version's number only.\n"),
        "{duckdb}"
    );
    let expression = snippet(
        Tool::Polars,
        &trips(),
        "select * from trips for timestamp as of now() - interval '1 day'",
    );
    assert!(
        expression.contains("# Not translated: AS OF with an expression"),
        "{expression}"
    );
}

#[test]
fn columns_called_like_a_clause_or_a_table_stay_columns() {
    let sql = "select version as of, trips as t from trips";
    let duckdb = code(Tool::DuckDb, &trips(), sql);
    assert!(
        duckdb.ends_with("select version as of, \"trips\" as t from \"trips\";"),
        "{duckdb}"
    );
}

#[test]
fn what_has_no_counterpart_is_told() {
    let sql = "select _metadata.file_name, date_bin(a, b) from trips, limn_history('trips')";
    let polars = snippet(Tool::Polars, &trips(), sql);
    for words in [
        "# Not translated: _metadata: this tool does not tell",
        "# Not translated: limn_history(…) has no counterpart in this tool's SQL. DeltaTable(url).history() gives the like.",
        "# Not translated: date_bin(…) is copied as it stands",
    ] {
        assert!(polars.contains(words), "{polars}");
    }
    let files = Opened {
        is_delta: false,
        version: None,
        ..table("p", "https://h.example/p.parquet")
    };
    let delta_rs = snippet(Tool::DeltaRs, &[files], "select * from p");
    assert!(
        delta_rs.contains("# Not translated: p: delta-rs opens Delta tables only"),
        "{delta_rs}"
    );
}

#[test]
fn nothing_secret_and_no_line_of_its_own_comes_in() {
    let mut tables = vec![table("a\nb", "https://h.example/x")];
    tables[0].lacks_secret = true;
    for tool in Tool::ALL {
        let text = snippet(tool, &tables, "select * from \"a\nb\"");
        assert!(
            text.contains(&format!(
                "{}The signed parameters of the URL are left out (a b)",
                tool.comment()
            )),
            "{text}"
        );
        if tool != Tool::DuckDbFiles {
            assert!(
                text.contains("not over HTTP: put such a path in the place of the URL (a b)."),
                "{text}"
            );
        }
    }
    let hostile = code(
        Tool::Polars,
        &[table("t", "https://h/\"\"\"; x\\")],
        "select '\"\"\"\\' from t",
    );
    assert!(
        hostile.contains("pl.scan_delta(\"https://h/\\\"\\\"\\\"; x\\\\\", version=12)"),
        "{hostile}"
    );
    assert!(hostile.contains("select '\\\"\\\"\\\"\\\\' from \"t\""), "{hostile}");
}

#[test]
fn delta_rs_gets_plain_names() {
    let written = code(
        Tool::DeltaRs,
        &[table("My Trips", "https://h/x")],
        "select \"My Trips\".id from \"My Trips\"",
    );
    assert!(
        written.contains("query.register(\"my_trips\", DeltaTable("),
        "{written}"
    );
    assert!(
        written.contains("select \"my_trips\".id from \"my_trips\""),
        "{written}"
    );
}

#[test]
fn files_are_listed_only_where_they_alone_are_the_table() {
    let file = |path: &str, deleted_rows| File {
        path: path.into(),
        deleted_rows,
    };
    let listed = [file("a%20b.parquet", 0), file("s3://x/c.parquet", 0)];
    let known = vec![
        "https://h/t/a%20b.parquet?v=1".to_owned(),
        "s3://x/c.parquet".to_owned(),
    ];
    assert_eq!(files("https://h/t/?v=1", false, false, &listed), Files::Known(known));
    for (refused, word) in [
        (files("u", true, false, &listed), "partition"),
        (files("u", false, true, &listed), "column mapping"),
        (files("u", false, false, &[file("x", 1)]), "deletion vectors"),
        (
            files("u", false, false, &vec![file("x", 0); FILES_SHOWN + 1]),
            "more than 500",
        ),
    ] {
        assert!(
            matches!(&refused, Files::Refused(why) if why.contains(word)),
            "{refused:?}"
        );
    }
    let tables = [Opened {
        files: Files::Known(vec!["https://h/t/1.parquet".into()]),
        ..table("t", "https://h/t")
    }];
    let expected = "CREATE OR REPLACE TEMP VIEW \"t\" AS
SELECT \"id\", \"Text\" FROM read_parquet([
    'https://h/t/1.parquet'
], union_by_name = true);

select * from \"t\";";
    assert_eq!(code(Tool::DuckDbFiles, &tables, "select * from t"), expected);
    let refused = [Opened {
        files: Files::Refused("because.".into()),
        ..table("t", "https://h/t")
    }];
    assert!(snippet(Tool::DuckDbFiles, &refused, "select * from t").contains("-- Not translated: t: because.\n"));
}

#[test]
fn values_stand_in_the_places_of_parameters() {
    let values = [("day", "2026-01-01"), ("who", "it's")].map(|(name, text)| (name.to_owned(), Some(text.to_owned())));
    let known = [Parameter {
        name: "day".into(),
        type_name: "date".into(),
        shape: Shape::Date,
    }];
    let sql = "select '$day' from trips where day = $day and who=$who and id=$id";
    let text = super::snippet(Tool::SparkSql, &trips(), sql, &bound(&known, &values.into()));
    assert!(
        text.ends_with(
            "\nselect '$day' from `trips` where day = CAST('2026-01-01' AS DATE) and who='it\\'s' and id=$id;\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("-- Not translated: $id has no value: write one in its place.\n"),
        "{text}"
    );
}
