//! `FOR VERSION AS OF` and `FOR TIMESTAMP AS OF`, against the table opened at that version.

use limn::error::Kind;
use limn::protocol::AsOf;

use super::Lake;

#[tokio::test]
async fn every_version_is_the_one_that_is_opened_so() {
    let (lake, then) = (Lake::with("commits").await, Lake::new());
    for version in 0..=24 {
        then.open("t", "commits", Some(AsOf::Version(version))).await;
        let sql = "select count(*), sum(id), max(text) from t";
        let expected = then.rows(sql).await;
        assert_eq!(lake.rows(&format!("{sql} for version as of {version}")).await, expected);
    }
}

#[tokio::test]
async fn versions_meet_in_one_statement() {
    let lake = Lake::with("commits").await;
    let sql = "select n.id, n.text from t version as of 12 n left anti join t FOR VERSION AS OF 11 o \
               on n.id = o.id and n.text is not distinct from o.text";
    let changed = lake.rows(sql).await;
    assert!(
        changed.len() == 16 && changed.iter().all(|row| row.ends_with("|changed")),
        "{changed:?}"
    );
    // Two plans that differ in the version alone must not be taken for one.
    let counts = "with old as (select * from t for version as of 0) select (select count(*) from old) a, \
                  (select count(*) from t) b, (select count(*) from t for version as of 0 where t.id > 4) c, \
                  (select count(*) from t for version as of 7) - (select count(*) from t for version as of 6) d";
    assert_eq!(lake.rows(counts).await, ["10|164|5|-14"]);
    let both = "select id from t for version as of 1 except select id from t for version as of 0";
    assert_eq!(
        lake.rows(&format!("select count(*), min(id) from ({both})")).await,
        ["10|10"]
    );
    let explained = lake
        .rows("explain select * from t for version as of 3 where id = 1")
        .await;
    assert!(
        explained.concat().contains("LakeSource") || explained.concat().contains("DataSourceExec"),
        "{explained:?}"
    );
}

#[tokio::test]
async fn times_are_constants_of_any_kind() {
    let lake = Lake::with("commit-timestamps").await;
    for time in [
        "'2026-11-22T14:56:19.704Z'",
        "'2026-11-22 15:56:19.704+01:00'",
        "timestamp '2026-11-22 14:56:19.704'",
        "timestamp '2026-11-22 14:56:20.704' - interval '1 second'",
    ] {
        let sql = format!("select count(*) from t for timestamp as of {time}");
        assert_eq!(lake.rows(&sql).await, ["20"], "{time}");
    }
    assert_eq!(lake.rows("select count(*) from t timestamp as of now()").await, ["30"]);
    let early = lake.error("select * from t for timestamp as of '2001-01-01'").await;
    assert_eq!(early.kind, Kind::NotFound);
    assert!(early.detail.contains("2026-11-22T"), "{early:?}");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_place() {
    let lake = Lake::with("commits").await;
    for (sql, at, kind, words) in [
        ("select * from t for version as of 99", "t", Kind::NotFound, "0 to 24"),
        (
            "select * from nope for version as of 1",
            "nope",
            Kind::Sql,
            "No table called",
        ),
        (
            "select * from t for timestamp as of 'soon'",
            "t",
            Kind::Sql,
            "a time, such as",
        ),
        ("select * from t for version as of 1 + id", "t", Kind::Sql, "constant"),
        (
            "select a for version as of 3 from t",
            "a",
            Kind::Sql,
            "follow the name of a table",
        ),
    ] {
        let error = lake.error(sql).await;
        assert_eq!(error.kind, kind, "{sql}: {error:?}");
        assert!(error.detail.contains(words), "{sql}: {error:?}");
        let span = error.span.unwrap();
        assert_eq!(sql.get(span.start..span.end), Some(at), "{sql}");
    }
    let parsed = lake.error("select * from t for version as of").await;
    assert_eq!(parsed.kind, Kind::Sql);
}

#[tokio::test]
async fn columns_called_version_and_timestamp_stay_columns() {
    let lake = Lake::with("commits").await;
    let sql = "select version as of, timestamp from (values (1, 2)) v(version, timestamp) order by version";
    assert_eq!(lake.rows(sql).await, ["1|2"]);
}

#[tokio::test]
async fn a_version_is_opened_once_and_pins_nothing() {
    let lake = Lake::with("commits").await;
    let sql = "select count(*) from t for version as of 7";
    lake.rows(sql).await;
    lake.host.clear();
    let running = lake.session.query(sql, &limn::http::Meter::default()).await.unwrap();
    assert_eq!(lake.host.requests(), []);
    assert!(running.versions.is_empty(), "{:?}", running.versions);
}

#[tokio::test]
async fn another_table_under_the_name_has_other_versions() {
    let lake = Lake::with("commits").await;
    let sql = "select count(*) from \"T\" version as of 1";
    assert_eq!(lake.rows(sql).await, ["20"]);
    lake.open("t", "overwritten", None).await;
    assert_eq!(lake.rows(sql).await, ["2"]);
}
