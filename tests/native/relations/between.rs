//! The rows in which two versions differ, found in the files that differ, against the difference of all rows.

use limn::error::Kind;
use limn::protocol::Column;
use limn::query::columns;
use limn::ui::table_page::statements::row_changes;

use super::Lake;

async fn columns_of(lake: &Lake) -> Vec<Column> {
    let first = lake.ask("select * from t limit 1").await.unwrap();
    columns(&first.first().expect("a row").schema(), &[])
}

/// All rows of both versions, counted against each other.
fn by_all_rows((from, to): (u64, u64), columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| limn::link::quoted(&column.name)).collect();
    let names = names.join(", ");
    format!(
        "select case when sum(s) > 0 then 'added' else 'removed' end as c, abs(sum(s)), {names} from (select {names}, -1 \
         as s from t for version as of {from} union all select {names}, 1 as s from t for version as of {to}) group by \
         {names} having sum(s) <> 0 order by c, {names}"
    )
}

#[tokio::test]
async fn differences_are_those_of_all_rows() {
    for (fixture, latest) in [
        ("commits", 24),
        ("deletion-vectors", 3),
        ("overwritten", 2),
        ("sail-partitions", 3),
        ("column-mapping", 2),
        ("emptied", 1),
    ] {
        let lake = Lake::with(fixture).await;
        let rows = lake.ask("select * from t limit 1").await.unwrap();
        let latest = lake
            .rows("select max(version) from limn_history('t')")
            .await
            .concat()
            .parse()
            .unwrap_or(latest);
        if rows.iter().all(|batch| batch.num_rows() == 0) {
            lake.open("t", fixture, Some(limn::protocol::AsOf::Version(0))).await;
        }
        let columns = columns_of(&lake).await;
        for versions in [(0, latest), (latest, 0), (latest / 2, latest), (latest, latest)] {
            let all = lake.ask(&by_all_rows(versions, &columns)).await;
            let Ok(all) = all else { continue };
            let told = lake.rows(&row_changes("t", versions, &columns, &[])).await;
            assert_eq!(told, crate::lake::lines(&all), "{fixture} {versions:?}");
        }
    }
}

#[tokio::test]
async fn a_key_tells_what_a_row_was_before() {
    let lake = Lake::with("commits").await;
    let columns = columns_of(&lake).await;
    let told = lake
        .rows(&row_changes("t", (11, 12), &columns, &["id".to_owned()]))
        .await;
    let by_hand = "select case when o.id is null then 'added' when n.id is null then 'removed' else 'changed' end, \
                   coalesce(n.id, o.id) as id, o.text, n.text from (select * from t for version as of 11) o full join \
                   (select * from t for version as of 12) n on o.id = n.id where o.id is null or n.id is null or o.text \
                   is distinct from n.text order by id";
    assert_eq!(told, lake.rows(by_hand).await);
    assert!(
        !told.is_empty() && told.iter().all(|row| row.starts_with("changed|")),
        "{told:?}"
    );
}

#[tokio::test]
async fn rows_of_many_columns_are_held_against_each_other_by_key() {
    let lake = Lake::over(std::path::Path::new("www/lake"));
    lake.open("t", "cameras", None).await;
    let columns = columns_of(&lake).await;
    let told = lake
        .rows(&row_changes("t", (0, 1), &columns, &["camera_id".to_owned()]))
        .await;
    let keys: Vec<&str> = told.iter().filter_map(|row| row.split('|').nth(1)).collect();
    assert_eq!(keys, ["C1", "C2"]);
    assert!(told.iter().all(|row| row.starts_with("changed|")), "{told:?}");
}

#[tokio::test]
async fn files_of_both_versions_are_not_read() {
    let columns = columns_of(&Lake::with("commits").await).await;
    // Another lake, in which no file was read yet.
    let lake = Lake::with("commits").await;
    let differ = lake.rows("select path from limn_changes_between('t', 23, 24)").await;
    lake.host.clear();
    lake.rows(&row_changes("t", (23, 24), &columns, &[])).await;
    let mut read: Vec<String> = lake
        .data_files()
        .iter()
        .filter_map(|url| url.rsplit('/').next())
        .map(str::to_owned)
        .collect();
    read.sort();
    read.dedup();
    assert_eq!(read, differ);
}

#[tokio::test]
async fn versions_that_are_not_there_are_errors_at_their_place() {
    let lake = Lake::with("commits").await;
    let error = lake.error("select * from limn_rows_between('t', 3, 99)").await;
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.span.is_some());
    let error = lake.error("select * from limn_rows_between('t')").await;
    assert!(
        error.detail.contains("limn_rows_between('table', from, to)"),
        "{error:?}"
    );
}
