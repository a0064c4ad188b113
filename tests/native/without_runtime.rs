//! Statements outside of any tokio runtime, where every task that `DataFusion` starts panics, as in a tab.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use futures::executor::block_on;
use limn::query::Session;
use parquet::file::properties::WriterProperties;

use crate::lake::Lake;

/// Two tables of two files each, several row groups in each file.
fn lake() -> Lake {
    let lake = Lake::new();
    for (table, step) in [("a", 1), ("b", 2)] {
        let mut files = vec![];
        for part in 0..2_i64 {
            let ids: Vec<i64> = (0..300).map(|row| (part * 300 + row) * step).collect();
            let kinds: Vec<String> = ids.iter().map(|id| format!("kind {}", id % 7)).collect();
            let batch = RecordBatch::try_from_iter(vec![
                ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
                ("kind", Arc::new(StringArray::from(kinds))),
            ]);
            let name = format!("{table}{part}.parquet");
            let properties = WriterProperties::builder()
                .set_max_row_group_row_count(Some(100))
                .build();
            lake.write(&name, &[batch.unwrap()], properties);
            files.push(name);
        }
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        block_on(lake.open(table, &files)).unwrap();
    }
    lake
}

fn rows(lake: &Lake, sql: &str) -> Vec<String> {
    assert!(
        tokio::runtime::Handle::try_current().is_err(),
        "this test must run outside of a runtime"
    );
    match block_on(lake.query(sql)) {
        Ok(answered) => answered.rows(),
        Err(error) => panic!("{sql}: {error}"),
    }
}

#[test]
fn unions_joins_windows_and_sorts() {
    let lake = lake();
    let cases = [
        (
            "select count(*) from (select id from a union all select id from b union all select 5)",
            "1201",
        ),
        (
            "select sum(id) from (select id from a union select id from b)",
            "449400",
        ),
        ("select count(*) from a join b on a.id = b.id", "300"),
        (
            "select count(*) from a left join b on a.id = b.id where b.id is null",
            "300",
        ),
        (
            "select count(*) from a full join b on a.id = b.id and a.kind = b.kind",
            "900",
        ),
        ("select count(*) from a join b on a.id < b.id and a.id > 590", "2716"),
        ("select count(*) from a cross join (select * from b limit 3)", "1800"),
        (
            "select count(*) from a where id in (select id from b where kind = 'kind 0')",
            "43",
        ),
        (
            "select count(*) from a where not exists (select 1 from b where b.id = a.id)",
            "300",
        ),
        (
            "select max(n) from (select row_number() over (partition by kind order by id) n from a)",
            "86",
        ),
        (
            "select sum(s) from (select sum(id) over (order by id rows between 1 preceding and current row) s from a)",
            "358801",
        ),
        ("select id from a order by kind desc, id desc limit 1", "594"),
        (
            "select id from (select id from a union all select id from b) order by id desc limit 1",
            "1198",
        ),
        (
            "select count(*) from (select kind, count(*) from a group by grouping sets ((kind), ()))",
            "8",
        ),
        ("select count(distinct kind), count(distinct id) from a", "7|600"),
        ("select sum(x) from (select unnest([id, id + 1]) x from a)", "360000"),
        (
            "with recursive r(n) as (select 1 union all select n + 1 from r where n < 50) select sum(n) from r",
            "1275",
        ),
        (
            "with recursive r(n) as (select 0 union all select a.id from r join a on a.id = r.n + 1 where r.n < 20) \
          select count(*) from r",
            "21",
        ),
        (
            "select count(*) from (select id from a intersect select id from b)",
            "300",
        ),
        ("select count(*) from (select id from a except select id from b)", "300"),
        ("select sum(value) from generate_series(1, 100000)", "5000050000"),
        ("select array_length(array_agg(id order by id)) from a", "600"),
    ];
    for (sql, expected) in cases {
        assert_eq!(rows(&lake, sql), [expected], "{sql}");
    }
}

#[test]
fn merge_joins_and_nested_loops_when_they_are_preferred() {
    let lake = Lake::with_options(&limn::protocol::Options {
        scratch: true,
        ..Default::default()
    });
    let run = |sql: &str| {
        block_on(lake.query(sql))
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .rows()
    };
    run("create table a as select value id from generate_series(1, 1000)");
    run("create table b as select value * 2 id from generate_series(1, 1000)");
    run("set datafusion.optimizer.prefer_hash_join = false");
    run("set datafusion.execution.target_partitions = 8");
    assert_eq!(run("select count(*) from a join b on a.id = b.id"), ["500"]);
    assert_eq!(run("select count(*) from a full join b on a.id = b.id"), ["1500"]);
    assert_eq!(
        run("select count(*) from a join b on a.id between b.id - 1 and b.id"),
        ["1000"]
    );
}

#[test]
fn descriptions_of_statements_and_tables() {
    let lake = lake();
    let analyzed = rows(
        &lake,
        "explain analyze select kind, count(*) from (select * from a union all select * from b) group by kind",
    );
    assert!(analyzed.join("\n").contains("output_rows="), "{analyzed:?}");
    assert!(
        rows(&lake, "explain analyze verbose select * from a")
            .join("\n")
            .contains("Output Rows")
    );
    assert!(
        rows(&lake, "explain select * from a where id = 5")
            .join("\n")
            .contains("files=")
    );
    assert!(rows(&lake, "explain format tree select * from a where id = 5").len() > 3);
    assert_eq!(rows(&lake, "describe a"), ["id|Int64|NO", "kind|Utf8View|NO"]);
    assert!(rows(&lake, "show tables").iter().any(|row| row.contains("|a|")));
    assert_eq!(rows(&lake, "show columns from b").len(), 2);
    assert!(!rows(&lake, "show functions like 'abs'").is_empty());
    assert_eq!(
        rows(
            &lake,
            "select count(*) from information_schema.columns where table_schema = 'public'"
        ),
        ["4"]
    );
}

#[test]
fn the_session_can_be_used_from_a_worker() {
    fn sendable<T: Send + Sync>() {}
    sendable::<Session>();
}
