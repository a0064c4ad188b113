//! Logs that are damaged: named with the place, never a panic.

use limn::error::{Error, Kind};

use super::*;

async fn damage(log: &Log) -> Error {
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Damaged, "{error}");
    error
}

#[tokio::test]
async fn what_is_damaged_is_named_with_its_place() {
    let log = checkpointed();
    let text = format!("{}\n{}", add("a"), add("b"));
    for cut in 1..text.len() {
        log.commit(12, &text[..cut]);
        // Cut between two lines, it is a commit like any other.
        let Err(error) = log.open(None).await else {
            assert!(text[..cut].trim_end() == add("a"), "{}", &text[..cut]);
            continue;
        };
        assert_eq!(error.kind, Kind::Damaged);
        assert_eq!(error.subject, "http://lake.test/t/_delta_log/00000000000000000012.json");
        let line = if cut > add("a").len() { "line 2" } else { "line 1" };
        assert!(error.detail.contains(line), "{cut}: {error}");
    }
    for (text, words) in [
        ("", "empty"),
        ("\n\n", "empty"),
        ("null", "line 1"),
        ("[]", "line 1"),
        ("\n\u{1}", "line 2"),
        (r#"{"add":{"path":"x"}}"#, "missing field `size`"),
        (r#"{"add":{"path":"x","size":-1}}"#, "line 1"),
    ] {
        log.commit(12, text);
        let error = damage(&log).await;
        assert!(error.detail.contains(words), "{text}: {error}");
    }
    log.commit(12, &format!("{}\n{}", add("a"), remove("./a")));
    assert!(damage(&log).await.detail.contains("both added and removed"));
    log.commit(12, &format!("{PROTOCOL}\n{PROTOCOL}"));
    assert!(damage(&log).await.detail.contains("line 2 is a second protocol action"));
    log.forget_commits(12..13);
    assert!(
        damage(&log)
            .await
            .detail
            .contains("the commit of version 12 is missing")
    );
}

#[tokio::test]
async fn a_damaged_checkpoint_is_named_and_never_a_panic() {
    let log = checkpointed();
    let path = log.path("00000000000000000010.checkpoint.parquet");
    let whole = fs::read(&path).unwrap();
    for cut in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = damage(&log).await;
        assert!(
            error.subject.ends_with("00000000000000000010.checkpoint.parquet"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn times_and_partition_values_of_the_wrong_type_are_named() {
    let log = Log::new();
    let add = r#"{"add":{"path":"a","partitionValues":{"p":"x"},"size":1,"modificationTime":1,"dataChange":true}}"#;
    log.commit(
        0,
        &format!(
            "{PROTOCOL}\n{}\n{add}",
            metadata(&[("id", "long"), ("p", "integer")], &["p"])
        ),
    );
    let error = damage(&log).await;
    assert!(
        error.detail.contains(r#"column "p""#) && error.detail.contains(r#"value "x""#),
        "{error}"
    );
    log.commit(
        0,
        &format!("{PROTOCOL}\n{}\n{add}", metadata(&[("id", "long")], &["p"])),
    );
    assert!(damage(&log).await.detail.contains("not in the table's schema"));
}
