//! Statements that need few rows read few files.

use std::collections::BTreeSet;
use std::path::Path;

use super::Lake;

async fn files_of(lake: &Lake, sql: &str) -> (Vec<String>, usize) {
    lake.host.clear();
    let rows = lake.rows(sql).await;
    (rows, lake.data_files().into_iter().collect::<BTreeSet<_>>().len())
}

#[tokio::test]
async fn a_top_k_passes_over_files_as_its_threshold_rises() {
    let lake = Lake::with("commits").await;
    let all: usize = lake
        .rows("select count(*) from limn_files('t')")
        .await
        .concat()
        .parse()
        .unwrap();
    assert!(all > 5, "{all} files");
    for (sql, expected) in [
        ("select id from t order by id desc limit 3", ["249", "248", "247"]),
        ("select id from t order by id limit 3", ["0", "1", "3"]),
    ] {
        let (rows, files) = files_of(&lake, sql).await;
        // The best file, the one that was on its way beside it, and that is all.
        assert!(files <= 3, "{sql}: {files} of {all} files");
        assert_eq!(rows, expected, "{sql}");
    }
    let (rows, _) = files_of(
        &lake,
        "select count(*) from (select id from t order by text, id desc limit 1000)",
    )
    .await;
    assert_eq!(rows, ["164"]);
}

#[tokio::test]
async fn a_limit_stops_after_enough_files() {
    let lake = Lake::with("commits").await;
    let (rows, files) = files_of(&lake, "select id, text from t limit 5").await;
    assert_eq!((rows.len(), files), (5, 1));
    let (rows, files) = files_of(&lake, "select id, text from t limit 0").await;
    assert_eq!((rows.len(), files), (0, 0));
}

#[tokio::test]
async fn a_join_passes_over_files_that_the_other_side_rules_out() {
    let lake = Lake::over(&Path::new(env!("CARGO_MANIFEST_DIR")).join("www/lake"));
    lake.open("t", "parts", None).await;
    assert_eq!(lake.rows("select count(*) from limn_files('t')").await, ["36"]);
    // The log says which ids each file has: of each week there is one file of each of three lines.
    for (sql, expected) in [
        (
            "select count(*) from t join (values (100001), (100007)) v(id) on v.id = t.part_id",
            "2",
        ),
        (
            "select count(*) from t where part_id in (select v.id from (values (189991), (189998)) v(id))",
            "2",
        ),
    ] {
        let (rows, files) = files_of(&lake, sql).await;
        assert_eq!(rows, [expected], "{sql}");
        assert!((1..=3).contains(&files), "{sql}: {files} files");
    }
}
