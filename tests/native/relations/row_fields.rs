//! `_metadata`: where each row lies, and which one it is.

use std::path::Path;

use limn::error::Kind;
use limn::protocol::AsOf;

use super::Lake;

#[tokio::test]
async fn rows_tell_their_file_and_their_place_in_it() {
    let lake = Lake::with("five-after-checkpoint").await;
    let sql = "select count(*), count(distinct _metadata.file_path), min(_metadata.row_index), \
               sum(case when _metadata.file_path = concat('http://lake.test/five-after-checkpoint/', _metadata.file_name) \
               then 0 else 1 end) from t";
    let rows = lake.rows(sql).await;
    let files = lake
        .rows("select sum(rows), count(*), 0 as first, 0 as others from limn_files('t')")
        .await;
    assert_eq!(rows, files);
    let of_files = lake
        .rows("select path, size_bytes, modified from limn_files('t') order by 1")
        .await;
    let sql =
        "select distinct _metadata.file_name, _metadata.file_size, _metadata.file_modification_time from t order by 1";
    assert_eq!(lake.rows(sql).await, of_files);
}

#[tokio::test]
async fn deleted_rows_and_pruned_row_groups_count_as_places() {
    let lake = Lake::with("deletion-vectors").await;
    let all = "select _metadata.file_name f, _metadata.row_index i, id from t";
    let every = lake.rows(&format!("{all} order by f, i")).await;
    assert!(!every.is_empty());
    for row in every.iter().step_by(7) {
        let [file, index, id] = row.split('|').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(lake.rows(&format!("{all} where id = {id}")).await, [row.as_str()]);
        let by_place =
            format!("select id from t where _metadata.file_name = '{file}' and _metadata.row_index = {index}");
        assert_eq!(lake.rows(&by_place).await, [id]);
    }
    let gaps = "select count(*) from (select max(_metadata.row_index) + 1 - count(*) n from t group by _metadata.file_name) where n > 0";
    assert_ne!(lake.rows(gaps).await, ["0"], "no row was deleted before another");
}

#[tokio::test]
async fn pages_that_are_passed_over_count_as_places() {
    let lake = Lake::over(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parquet"));
    for file in ["sorted-100-row-groups.parquet", "bloom.parquet"] {
        lake.open("t", file, None).await;
        let id = lake.rows("select column_name from information_schema.columns where table_name = 't' order by ordinal_position limit 1").await;
        let all = format!("select {}, _metadata.row_index i from t", id[0]);
        let every = lake.rows(&format!("{all} order by i")).await;
        for (place, row) in every.iter().enumerate().step_by(1 + every.len() / 30) {
            let (value, index) = row.rsplit_once('|').unwrap();
            assert_eq!(index, place.to_string());
            let found = lake.rows(&format!("{all} where {} = '{value}'", id[0])).await;
            assert!(found.contains(row), "{file}: {row} is not in {found:?}");
        }
    }
}

#[tokio::test]
async fn a_filter_on_a_file_reads_that_file_alone() {
    let lake = Lake::with("commits").await;
    let first = lake.rows("select min(_metadata.file_name) from t").await;
    lake.host.clear();
    let counted = lake
        .rows(&format!(
            "select count(text) from t where _metadata.file_name = '{}'",
            first[0]
        ))
        .await;
    assert_ne!(counted, ["0"]);
    let files: std::collections::BTreeSet<_> = lake.data_files().into_iter().collect();
    assert!(
        files.len() == 1 && files.iter().all(|file| file.ends_with(&first[0])),
        "{files:?}"
    );
}

#[tokio::test]
async fn wildcards_show_the_columns_of_the_table_alone() {
    let lake = Lake::with("commits").await;
    let plain = lake.rows("select * from t where id < 3 order by id").await;
    assert_eq!(
        lake.rows("select * from t where id < 3 and _metadata.row_index >= 0 order by id")
            .await,
        plain
    );
    let sql = "select *, _metadata.row_index from t as x where x._metadata.row_index = 0 and id < 3";
    let rows = lake.rows(sql).await;
    assert!(
        rows.iter()
            .all(|row| row.matches('|').count() == 2 && row.ends_with("|0")),
        "{rows:?}"
    );
    let both = "select a.*, b.id from t a join t for version as of 3 b on a._metadata.file_name = b._metadata.file_name \
                and a._metadata.row_index = b._metadata.row_index and a.id <> b.id";
    assert_eq!(lake.rows(both).await, [""; 0]);
    let error = lake
        .error("select * from t a join t b on a._metadata.row_index = b._metadata.row_index")
        .await;
    assert!(error.detail.contains("a.*"), "{}", error.detail);
    let names = "select arrow_typeof(m) from (select _metadata m from t limit 1)";
    let structure = lake.rows(names).await.concat();
    for field in [
        "file_path",
        "file_name",
        "file_size",
        "file_modification_time",
        "row_index",
    ] {
        assert!(structure.contains(field), "{structure}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_at_its_place() {
    let lake = Lake::with("commits").await;
    for sql in [
        "select _metadata.block from t",
        "select x._metadata.row_id from t x where x._metadata.row_index = 1",
    ] {
        let error = lake.error(sql).await;
        let span = error.span.unwrap();
        assert_eq!(error.kind, Kind::Sql);
        assert!(error.detail.contains("It has file_path"), "{}", error.detail);
        assert!(["block", "row_id"].contains(&&sql[span.start..span.end]), "{span:?}");
    }
    let shadowed = lake
        .error("with t as (select 1 as one) select _metadata.file_name from t")
        .await;
    assert_eq!(shadowed.kind, Kind::Sql);
    assert_eq!(
        lake.rows("select x._metadata.y from (select named_struct('y', 5) as _metadata) x")
            .await,
        ["5"]
    );
}

#[tokio::test]
async fn old_versions_and_plain_files_have_them_too() {
    let lake = Lake::with("commits").await;
    lake.open("then", "commits", Some(AsOf::Version(3))).await;
    let sql = |of: &str| format!("select id, _metadata.file_name, _metadata.row_index from {of} order by 1");
    assert_eq!(
        lake.rows(&sql("t for version as of 3")).await,
        lake.rows(&sql("then")).await
    );
}

#[tokio::test]
async fn a_name_means_the_tables_beside_it() {
    let lake = Lake::with("commits").await;
    lake.open("u", "commits", Some(AsOf::Version(3))).await;
    let joined = lake.rows("select count(*) from t natural join u").await;
    assert_ne!(joined, ["0"]);
    let elsewhere =
        "select count(*) from t natural join u where t.id in (select id from t where _metadata.row_index >= 0)";
    assert_eq!(lake.rows(elsewhere).await, joined);
    let whose = lake
        .error("select t.id, _metadata.file_name from t natural join u")
        .await;
    assert!(whose.detail.contains("NATURAL"), "{}", whose.detail);
    let one = "select count(*) from (select *, t._metadata.row_index from t natural join u)";
    assert_eq!(lake.rows(one).await, joined);
    let around = "select count(*) from t join u on t.id = u.id where exists (select * from t x where x._metadata.row_index = 0 and x.id = u.id)";
    let plain =
        "select count(*) from t join u on t.id = u.id where u.id in (select id from t where _metadata.row_index = 0)";
    assert_eq!(lake.rows(around).await, lake.rows(plain).await);
    let correlated =
        "select count(*) from t where exists (select 1 from (select 1 as one) q where _metadata.row_index = 0)";
    let direct = "select count(*) from t where _metadata.row_index = 0";
    assert_eq!(lake.rows(correlated).await, lake.rows(direct).await);
}

#[tokio::test]
async fn a_column_of_that_name_is_what_it_is() {
    let lake = Lake::with("commits").await;
    assert_eq!(
        lake.rows("select id as _metadata from t order by _metadata desc limit 2")
            .await,
        ["249", "248"]
    );
    let derived = "select _metadata.file_name from t join (select named_struct('file_name', 'own') as _metadata) s on true limit 1";
    assert_eq!(lake.rows(derived).await, ["own"]);
    let ordered =
        "select _metadata.row_index as i from t where id < 30 order by _metadata.file_name, _metadata.row_index";
    assert!(lake.rows(ordered).await.len() > 5);
    // Tables of other schemas are other tables, whatever is open under their names.
    lake.open("tables", "commits", None).await;
    let counted = "select distinct (select count(*) from information_schema.tables where table_name = 'tables' and table_schema = 'public') n from t where _metadata.row_index = 0";
    assert_eq!(lake.rows(counted).await, ["1"]);
}
