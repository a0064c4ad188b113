//! The log as tables, against what the writers wrote; none reads a file of data.

use std::path::Path;

use limn::error::Kind;

use super::Lake;

#[tokio::test]
async fn the_history_is_what_the_writer_wrote() {
    let lake = Lake::with("commits").await;
    lake.host.clear();
    let sql = "select version, operation, metrics['num_added_files'], files_added, rows_added, files_removed, engine, \
               parameters['mode'], timestamp > '2026-01-01' from limn_history('t') where version in (0, 12, 24) order by version";
    assert_eq!(
        lake.rows(sql).await,
        [
            "0|WRITE|1|1|10|0|delta-rs:py-1.6.6|Append|true",
            "12|UPDATE|1|1|56|1|delta-rs:py-1.6.6||true",
            "24|WRITE|1|1|10|0|delta-rs:py-1.6.6|Append|true",
        ]
    );
    let sql =
        "select count(*), min(version), max(version), sum(files_added) - sum(files_removed) from limn_history('t')";
    let files = lake.rows("select count(*) from limn_files('t')").await.concat();
    assert_eq!(lake.rows(sql).await, [format!("25|0|24|{files}")]);
    assert_eq!(
        lake.rows("select version from limn_history('t', 3, 5) h order by h.version desc")
            .await,
        ["5", "4", "3"]
    );
    assert_eq!(lake.data_files(), [""; 0]);
}

#[tokio::test]
async fn what_is_left_of_a_cleaned_log_is_told() {
    let lake = Lake::with("log-cleaned").await;
    assert_eq!(
        lake.rows("select version from limn_history('t') order by 1").await,
        ["10", "11"]
    );
    let gone = lake.error("select * from limn_history('t', 3, 11)").await;
    assert_eq!(gone.kind, Kind::NotFound);
    assert!(gone.detail.contains("10 to 11"), "{gone:?}");
    let future = lake.error("select * from limn_history('t', 10, 12)").await;
    assert_eq!(future.kind, Kind::NotFound);
    assert_eq!(lake.rows("select count(*) from limn_schema_changes('t')").await, ["0"]);
}

#[tokio::test]
async fn files_come_with_their_statistics() {
    let lake = Lake::with("commits").await;
    lake.host.clear();
    let sql = "select size_bytes, rows, deleted_rows, min['id'], max['id'], max['text'], null_count['text'] \
               from limn_files('t') where max['id'] = 249";
    assert_eq!(lake.rows(sql).await, ["871|10|0|240|249|row 249|1"]);
    let totals = "select sum(rows), count(distinct path) = count(*), min(modified) > '2026-01-01' from limn_files('t')";
    assert_eq!(lake.rows(totals).await, ["164|true|true"]);
    assert_eq!(lake.data_files(), [""; 0]);
    let deleted = Lake::with("deletion-vectors").await;
    assert_eq!(
        deleted
            .rows("select sum(rows), sum(deleted_rows) from limn_files('t')")
            .await,
        ["90|10"]
    );
}

#[tokio::test]
async fn partition_values_are_typed() {
    let lake = Lake::with("partition-types").await;
    let (total, told) = (
        lake.rows("select count(*) from t").await,
        lake.rows("select sum(rows) from limn_files('t')").await,
    );
    assert_eq!(total, told);
    let shown = lake.rows("select partition_values from limn_files('t') limit 1").await;
    assert!(shown.concat().contains(':'), "{shown:?}");
}

#[tokio::test]
async fn actions_lie_there_as_they_were_written() {
    let lake = Lake::with("change-feed").await;
    assert_eq!(
        lake.rows("select version, line, action, path is not null from limn_actions('t') order by 1, 2")
            .await,
        [
            "0|1|commitInfo|false",
            "0|2|protocol|false",
            "0|3|metaData|false",
            "0|4|add|true",
            "1|1|commitInfo|false",
            "1|2|add|true",
            "1|3|remove|true",
            "1|4|cdc|true",
            "2|1|commitInfo|false",
            "2|2|add|true",
            "2|3|cdc|true",
            "2|4|remove|true",
        ]
    );
    let sql = "select json from limn_actions('t') where action = 'protocol'";
    assert_eq!(lake.rows(sql).await, [r#"{"minReaderVersion":1,"minWriterVersion":4}"#]);
}

#[tokio::test]
async fn the_protocol_tells_what_is_required() {
    let lake = Lake::with("deletion-vectors").await;
    let sql = "select feature, readers, writers, is_read, required_by from limn_protocol('t') where feature = 'deletionVectors'";
    assert_eq!(
        lake.rows(sql).await,
        ["deletionVectors|true|true|true|readerFeatures, writerFeatures"]
    );
}

#[tokio::test]
async fn differences_of_files_add_up() {
    let lake = Lake::with("commits").await;
    let sql = "select change, count(*), sum(rows) from limn_changes_between('t', 11, 12) group by 1 order by 1";
    assert_eq!(lake.rows(sql).await, ["added|1|56", "removed|1|56"]);
    // What is there at the end is what was there at the start, and what came, without what went.
    for (from, to) in [(0, 24), (3, 18), (24, 0), (7, 7)] {
        let rows = |version| format!("(select count(*) from t for version as of {version})");
        let sql = format!(
            "select {} - {}, coalesce(sum(case change when 'added' then rows else -rows end), 0) \
             from limn_changes_between('t', {from}, {to})",
            rows(to),
            rows(from)
        );
        let told = lake.rows(&sql).await.concat();
        let (counted, summed) = told.split_once('|').unwrap();
        assert_eq!(counted, summed, "{from} to {to}");
    }
    let vector = Lake::with("deletion-vectors").await;
    let sql = "select change, rows, deleted_rows from limn_changes_between('t', 1, 2) order by 1";
    assert_eq!(vector.rows(sql).await, ["added|90|10", "removed|100|0"]);
}

#[tokio::test]
async fn changes_of_the_schema_are_told_version_by_version() {
    let lake = Lake::with("schema-evolution").await;
    let sql = "select version, change, name, before, after from limn_schema_changes('t') order by version, name";
    let changes = lake.rows(sql).await;
    assert!(
        changes.iter().any(|line| line == "1|column added|added||decimal(9,2)"),
        "{changes:#?}"
    );
    let overwritten = Lake::with("overwritten").await;
    let changes = overwritten.rows(sql).await;
    assert!(
        changes.iter().any(|line| line.starts_with("1|type|value|")),
        "{changes:#?}"
    );
    let none = Lake::with("commits").await;
    assert_eq!(
        none.rows("select count(*) from limn_schema_changes('t', 1, 24)").await,
        ["0"]
    );
}

#[tokio::test]
async fn wrong_calls_tell_how_it_is_called() {
    let lake = Lake::with("commits").await;
    for (sql, words) in [
        ("select * from limn_history()", "limn_history('table' [, from, to])"),
        (
            "select * from limn_history('t', 1)",
            "limn_history('table' [, from, to])",
        ),
        ("select * from limn_files('t', 1, 2)", "limn_files('table')"),
        (
            "select * from limn_changes_between('t')",
            "limn_changes_between('table', from, to)",
        ),
        ("select * from limn_history('none')", "No table called \"none\""),
        (
            "select * from limn_history('t', 'a', 'b')",
            "limn_history('table' [, from, to])",
        ),
        ("select * from limn_history(1)", "limn_history('table' [, from, to])"),
    ] {
        let error = lake.error(sql).await;
        assert_eq!(error.kind, Kind::Sql, "{sql}");
        assert!(error.detail.contains(words), "{sql}: {error:?}");
        assert!(error.span.is_some(), "{sql}");
    }
    let backwards = lake.error("select * from limn_history('t', 5, 3)").await;
    assert_eq!(backwards.kind, Kind::Sql);
    let long = lake.error("select * from limn_history('t', 0, 50000)").await;
    assert_eq!(long.kind, Kind::TooBig);
}

#[tokio::test]
async fn a_table_without_a_log_says_so() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let lake = Lake::over(&data);
    lake.open("p", "parquet/bloom.parquet", None).await;
    let error = lake.error("select * from limn_history('p')").await;
    assert_eq!(error.kind, Kind::Unsupported);
    let path = lake.rows("select path, rows > 0 from limn_files('p')").await;
    assert_eq!(path, ["http://lake.test/parquet/bloom.parquet|true"]);
    let version = lake.error("select * from p for version as of 1").await;
    assert!(version.detail.contains("no versions"), "{version:?}");
}

#[tokio::test]
async fn a_damaged_commit_is_told_and_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("t/_delta_log");
    std::fs::create_dir_all(&log).unwrap();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta/log-cleaned/_delta_log");
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), log.join(entry.file_name())).unwrap();
    }
    // The commit of the checkpoint's own version is not replayed.
    std::fs::write(
        log.join("00000000000000000010.json"),
        "{\"add\":{\"path\":1}}\n{\"add\"",
    )
    .unwrap();
    let lake = Lake::over(folder.path());
    lake.open("t", "t", None).await;
    for table in ["limn_history", "limn_actions"] {
        let error = lake.error(&format!("select * from {table}('t')")).await;
        assert_eq!(error.kind, Kind::Damaged, "{error:?}");
        assert!(
            error.detail.contains("line 2") && error.subject.ends_with("10.json"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_actions_of_a_checkpoint_are_told_like_those_of_commits() {
    for (fixture, files) in [("five-after-checkpoint", 1), ("multi-part", 3), ("v2-checkpoint", 2)] {
        let lake = Lake::with(fixture).await;
        lake.host.clear();
        let of_files = "select count(distinct file) from limn_actions('t') where file not like '%0.json' or file like '%checkpoint%'";
        let checkpoint = "(select * from limn_actions('t') where file like '%checkpoint%' or file like '%sidecars%')";
        let counted = lake
            .rows(&format!("select count(distinct file) >= {files}, count(distinct version), sum((action = 'metaData')::int) from {checkpoint}"))
            .await;
        assert_eq!(counted, ["true|1|1"], "{fixture}: {:?}", lake.rows(of_files).await);
        // Replayed by hand: what the checkpoint adds, and the commits after it, without what they remove.
        let replayed = format!(
            "with c as {checkpoint}, later as (select * from limn_actions('t') where version > (select max(version) from c)), \
             added as (select path from c where action = 'add' union select path from later where action = 'add') \
             select path from added where path not in (select path from later where action = 'remove') order by 1"
        );
        assert_eq!(
            lake.rows(&replayed).await,
            lake.rows("select path from limn_files('t') order by 1").await,
            "{fixture}"
        );
        assert_eq!(lake.data_files(), [""; 0]);
    }
    let lake = Lake::with("five-after-checkpoint").await;
    let ranged = "select count(*) from limn_actions('t', 10, 12) where file like '%checkpoint%'";
    assert_eq!(lake.rows(ranged).await, ["0"]);
}

#[tokio::test]
async fn a_version_s_checksum_file_is_held_against_its_log() {
    for fixture in ["v2-checkpoint", "commit-timestamps", "type-widening", "sail-partitions"] {
        let lake = Lake::with(fixture).await;
        lake.host.clear();
        let checks = lake
            .rows("select check, recorded, found, agrees from limn_checksum('t')")
            .await;
        assert!(
            checks.len() >= 7 && checks.iter().all(|check| check.ends_with("|true")),
            "{fixture}: {checks:?}"
        );
        assert_eq!(lake.data_files(), [""; 0]);
    }
    let none = Lake::with("commits").await;
    assert_eq!(none.rows("select * from limn_checksum('t')").await, [""; 0]);
    let Some(corpora) = crate::corpora::corpora() else {
        return;
    };
    let data = corpora.join("delta-kernel-rs/kernel/tests/data");
    let lake = Lake::over(&data);
    lake.open("t", "crc-full", None).await;
    // It records ten files of 5,259 bytes, and its log adds none: made to look whole, and found out.
    let wrong = lake
        .rows("select check, recorded, found from limn_checksum('t') where not agrees")
        .await;
    assert_eq!(wrong, ["numFiles|10|0", "tableSizeBytes|5259|0"]);
    assert_eq!(
        lake.rows("select count(*) >= 7 from limn_checksum('t') where agrees")
            .await,
        ["true"]
    );
}

#[tokio::test]
async fn a_checkpoint_of_which_a_part_is_gone_is_none() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta/commits-checkpoint");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("t/_delta_log");
    crate::elsewhere::copy(&fixture, &folder.path().join("t"));
    let hint: serde_json::Value =
        serde_json::from_slice(&std::fs::read(log.join("_last_checkpoint")).unwrap()).unwrap();
    let version = hint["version"].as_u64().unwrap();
    let whole = log.join(format!("{version:020}.checkpoint.parquet"));
    std::fs::copy(
        &whole,
        log.join(format!("{version:020}.checkpoint.0000000001.0000000002.parquet")),
    )
    .unwrap();
    let sql = "select count(*) from limn_actions('t') where file like '%checkpoint%'";
    for (parts, is_whole) in [
        (None, true),
        (Some(2_u64), false),
        (Some(3), false),
        (Some(4_000_000_000), false),
    ] {
        let mut told = hint.clone();
        if let Some(parts) = parts {
            told["parts"] = parts.into();
        }
        std::fs::write(log.join("_last_checkpoint"), told.to_string()).unwrap();
        let lake = Lake::over(folder.path());
        lake.open("t", "t", None).await;
        assert_eq!(lake.rows(sql).await.concat() != "0", is_whole, "{parts:?} parts");
    }
}
