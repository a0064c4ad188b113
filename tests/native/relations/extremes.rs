//! `min`, `max` and `count` from the log alone: where it is certain, and only there.

use super::Lake;
use crate::corpora::{Host, corpora};
use crate::kernel::tables;
use crate::lake::lines;

/// What the scan of all rows gives: the filter is true for all of them, and no statistics tell.
fn scanned(aggregates: &str) -> String {
    format!("select {aggregates} from t where random() >= 0")
}

async fn check(fixture: &str, aggregates: &str, needs_data: bool) {
    let expected = Lake::with(fixture).await.rows(&scanned(aggregates)).await;
    let lake = Lake::with(fixture).await;
    lake.host.clear();
    assert_eq!(
        lake.rows(&format!("select {aggregates} from t")).await,
        expected,
        "{fixture}"
    );
    assert_eq!(!lake.data_files().is_empty(), needs_data, "{fixture}: {aggregates}");
}

#[tokio::test]
async fn integers_dates_and_partitions_need_no_data() {
    check("commits", "min(id), max(id), count(id), count(*)", false).await;
    check("commits-checkpoint", "max(id), min(id)", false).await;
    check("log-cleaned", "max(id) - min(id)", false).await;
    check(
        "partition-types",
        "min(\"date\"), max(\"integer\"), max(string), count(\"long\")",
        false,
    )
    .await;
    check("empty", "min(id), count(*)", false).await;
}

#[tokio::test]
async fn what_the_log_is_not_certain_of_is_read() {
    check("commits", "min(text), max(text)", true).await;
    check("deletion-vectors", "min(id), max(id)", true).await;
    check("nan", "max(value), min(value)", true).await;
    check("partition-types", "max(\"double\"), min(\"float\")", true).await;
}

#[tokio::test]
async fn filters_on_rows_are_not_answered_from_bounds() {
    let lake = Lake::with("commits").await;
    let filtered = lake.rows("select min(id), max(id) from t where id % 2 = 1").await;
    let other = lake
        .rows("select min(id), max(id) from (select id from t where random() >= 0) where id % 2 = 1")
        .await;
    assert_eq!(filtered, other);
}

#[tokio::test]
async fn the_log_and_the_rows_of_tables_of_other_systems_agree() {
    let Some(corpora) = corpora() else { return };
    let unpacked = tempfile::tempdir().unwrap();
    let (mut same, mut wrong) = (0, vec![]);
    for (name, folder) in tables(&corpora, unpacked.path()) {
        let host = Host::new(&folder);
        let Ok(table) = host.open("", None).await else { continue };
        let Ok((schema, _)) = host.rows(table).await else {
            continue;
        };
        for field in schema.fields().iter().filter(|field| !field.data_type().is_nested()) {
            let column = format!("\"{}\"", field.name().replace('"', "\"\""));
            let sql = format!("select min({column}), max({column}), count({column}), count(*) from it");
            let told = host.query(&sql).await.map(|(_, rows)| lines(&rows));
            let read = host
                .query(&format!("{sql} where random() >= 0"))
                .await
                .map(|(_, rows)| lines(&rows));
            match (told, read) {
                (Ok(told), Ok(read)) if told == read => same += 1,
                (Err(_), Err(_)) => {}
                (told, read) => wrong.push(format!("{name}, {column}: {told:?} instead of {read:?}")),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        wrong.len() + same,
        wrong.join("\n")
    );
    assert!(same > 300, "only {same} columns were compared");
}
