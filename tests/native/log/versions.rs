//! Which version is opened: by the hint, without it, by number and by time.

use limn::error::Kind;

use super::*;

#[tokio::test]
async fn many_parts_are_one_checkpoint_and_a_missing_part_is_none() {
    let log = checkpointed();
    let lines = checkpoint_lines(0..11);
    let (one, two) = lines.split_at(7);
    log.checkpoint("00000000000000000010.checkpoint.0000000001.0000000002", one);
    log.checkpoint("00000000000000000010.checkpoint.0000000002.0000000002", two);
    fs::remove_file(log.path("00000000000000000010.checkpoint.parquet")).unwrap();
    log.hint(r#"{"version":10,"size":14,"parts":2}"#);
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    assert!(!log.asked().contains(&"00000000000000000000.json".to_owned()));
    fs::remove_file(log.path("00000000000000000010.checkpoint.0000000002.0000000002.parquet")).unwrap();
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    assert!(log.asked().contains(&"00000000000000000000.json".to_owned()));
}

#[tokio::test]
async fn no_hint_may_mislead() {
    for hint in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"version":-1}"#,
        r#"{"version":3}"#,
        r#"{"version":99}"#,
        r#"{"version":10,"parts":3}"#,
        r#"{"version":10,"parts":0}"#,
        r#"{"version":10,"parts":4000000000}"#,
        r#"{"version":18446744073709551615}"#,
        r#"{"version":10,"v2Checkpoint":{"path":"../../secret"}}"#,
        r#"{"version":10,"v2Checkpoint":{"path":"gone.parquet"}}"#,
    ] {
        let log = checkpointed();
        log.hint(hint);
        let opened = log.open(None).await.unwrap_or_else(|error| panic!("{hint}: {error}"));
        assert_eq!(state(&opened), (15, checkpointed_files()), "{hint}");
        assert!(
            log.host
                .requests()
                .iter()
                .all(|(url, _)| url.starts_with("http://lake.test/t/_delta_log/")),
            "{hint}"
        );
    }
    // A stale hint only costs requests.
    let log = checkpointed();
    log.checkpoint("00000000000000000004.checkpoint", &checkpoint_lines(0..5));
    log.hint(r#"{"version":4,"size":1}"#);
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
}

#[tokio::test]
async fn a_cleaned_up_log_opens_at_its_checkpoint() {
    let log = checkpointed();
    log.forget_commits(0..10);
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    assert_eq!(state(&log.open(Some(AsOf::Version(12))).await.unwrap()).0, 12);
    assert_eq!(state(&log.open(Some(AsOf::Version(10))).await.unwrap()).0, 10);
    for version in [0, 9, 16, u64::MAX] {
        let error = log.open(Some(AsOf::Version(version))).await.unwrap_err();
        assert_eq!(error.kind, Kind::NotFound);
        assert!(error.detail.contains("10 to 15"), "{error}");
    }
    // A later checkpoint does not hide the first version that is left.
    let size = log.checkpoint("00000000000000000015.checkpoint", &checkpoint_lines(0..3));
    log.hint(&format!(r#"{{"version":15,"size":14,"sizeInBytes":{size}}}"#));
    assert_eq!(state(&log.open(Some(AsOf::Version(11))).await.unwrap()).0, 11);
    let error = log.open(Some(AsOf::Version(9))).await.unwrap_err();
    assert!(error.detail.contains("10 to 15"), "{error}");
    // Without its hint, the log cannot be told from none.
    fs::remove_file(log.path("_last_checkpoint")).unwrap();
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotATable);
    assert!(error.detail.contains("cleaned up"), "{error}");
    // With an unreadable one, checkpoints are looked for where writers put them.
    log.hint("{");
    assert_eq!(state(&log.open(None).await.unwrap()).0, 15);
}

#[tokio::test]
async fn older_versions_start_at_a_checkpoint_that_is_found() {
    let log = Log::with_commits(200);
    log.checkpoint("00000000000000000120.checkpoint", &checkpoint_lines(0..121));
    log.hint(r#"{"version":199,"size":1}"#);
    let table = log.open(Some(AsOf::Version(127))).await.unwrap();
    assert_eq!((table.version.unwrap().number, table.files.len()), (127, 128));
    assert!(log.host.requests().len() < 24, "{:?}", log.asked());
    let table = log.open(Some(AsOf::Version(3))).await.unwrap();
    assert_eq!((table.version.unwrap().number, table.files.len()), (3, 4));
    assert_eq!(log.open(None).await.unwrap().files.len(), 200);
    let error = log.open(Some(AsOf::Version(200))).await.unwrap_err();
    assert!(error.detail.contains("0 to 199"), "{error}");
}

#[tokio::test]
async fn a_time_finds_the_last_version_before_it() {
    let log = checkpointed();
    for version in 0..16 {
        set_time(&log, version, 1000 + version * 100);
    }
    // Older than the one before it: counted as one millisecond younger.
    set_time(&log, 5, 10);
    log.commit(
        7,
        &format!(
            "{}\n{}",
            r#"{"commitInfo":{"timestamp":1,"inCommitTimestamp":1710000}}"#,
            add("7")
        ),
    );
    for (time, version) in [
        ("1970-01-01T00:16:40Z", 0),
        ("1970-01-01T00:18:19.999Z", 0),
        ("1970-01-01T01:18:20+01:00", 1),
        ("1970-01-01T00:23:20Z", 4),
        ("1970-01-01T00:23:20.001Z", 5),
        ("1970-01-01T00:28:30Z", 7),
        ("1970-01-01T00:41:39Z", 14),
        ("1970-01-01T00:41:40Z", 15),
        ("2026-11-22T00:00:00Z", 15),
    ] {
        let table = log.open(Some(AsOf::Timestamp(time.to_owned()))).await.unwrap();
        assert_eq!(table.version.unwrap().number, version, "{time}");
    }
    let error = log
        .open(Some(AsOf::Timestamp("1970-01-01T00:16:39Z".to_owned())))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(
        error
            .detail
            .contains("1970-01-01T00:16:40.000Z to 1970-01-01T00:41:40.000Z"),
        "{error}"
    );
    let error = log
        .open(Some(AsOf::Timestamp("yesterday".to_owned())))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::BadLink);
}
