//! V2 checkpoints: manifests of both forms, with and without sidecars; what they cost, and what is said of broken ones.

use limn::error::{Error, Kind};

use super::cost::{large_adds, rounds};
use super::*;

const V2_PROTOCOL: &str = r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"],"writerFeatures":["v2Checkpoint"]}}"#;

const CHECKPOINT: &str = r#"{"checkpointMetadata":{"version":10,"tags":{"numOfAddFiles":"11"}}}"#;

const UUID_NAMED: &str = "00000000000000000010.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11";

const FORMS: [&str; 2] = ["json", "parquet"];

/// Protocol, metadata and what the checkpoint says of itself.
fn head(checkpoint: &str) -> Vec<String> {
    let metadata = metadata(&[("id", "long"), ("name", "string")], &[]);
    [checkpoint, V2_PROTOCOL, &metadata].map(str::to_owned).to_vec()
}

fn adds() -> Vec<String> {
    (0..11).map(|file| add(&file.to_string())).collect()
}

impl Log {
    /// Writes `files` as sidecars, and gives their actions.
    fn sidecars(&self, files: &[String], count: usize) -> Vec<String> {
        let parts = files.chunks(files.len().div_ceil(count.max(1)));
        let parts = parts.take(count).enumerate();
        parts
            .map(|(number, files)| self.sidecar(&format!("s{number}.parquet"), files))
            .collect()
    }

    fn sidecar(&self, name: &str, files: &[String]) -> String {
        fs::create_dir_all(self.path("_sidecars")).unwrap();
        let path = self.path("_sidecars").join(name);
        let rows = checkpoint_rows(files, false);
        let columns = ["add", "remove"].map(|name| rows.schema().index_of(name).unwrap());
        write(&path, &[rows.project(&columns).unwrap()], WriterProperties::default());
        let size = fs::metadata(path).unwrap().len();
        format!(r#"{{"sidecar":{{"path":"{name}","sizeInBytes":{size},"modificationTime":1}}}}"#)
    }

    /// Writes a manifest, and a hint that names it, and the sidecars too when they are `hinted`.
    fn manifest(&self, form: &str, lines: &[String], hinted: bool) {
        let path = self.path(&format!("{UUID_NAMED}.{form}"));
        if form == "json" {
            fs::write(&path, lines.join("\n") + "\n").unwrap();
        } else {
            write(&path, &[checkpoint_rows(lines, false)], WriterProperties::default());
        }
        let size = fs::metadata(path).unwrap().len();
        let sidecars = lines
            .iter()
            .filter_map(|line| line.strip_prefix(r#"{"sidecar":"#)?.strip_suffix('}'));
        let sidecars = sidecars.collect::<Vec<_>>().join(",");
        let sidecars = if hinted {
            format!(r#","sidecarFiles":[{sidecars}]"#)
        } else {
            String::new()
        };
        self.hint(&format!(
            r#"{{"version":10,"size":14,"sizeInBytes":1,"v2Checkpoint":{{"path":"{UUID_NAMED}.{form}","sizeInBytes":{size},"modificationTime":1{sidecars}}}}}"#
        ));
    }

    /// What is asked of the host when the table is opened, sorted.
    async fn asked_sorted(&self) -> Vec<String> {
        self.open(None).await.unwrap();
        let mut asked = self.asked();
        asked.sort_unstable();
        asked
    }
}

/// The commits of `checkpointed` from version 10 on, without their checkpoint.
fn tail() -> Log {
    let log = Log::with_commits(16);
    log.commit(15, &format!("{}\n{}", remove("3"), remove("14")));
    log.forget_commits(0..10);
    log
}

/// The table of `checkpointed` with a V2 checkpoint and no commits before it; its files lie in `count` sidecars.
fn v2(form: &str, count: usize, hinted: bool) -> Log {
    let log = tail();
    let sidecars = log.sidecars(&adds(), count);
    let files = if count == 0 { adds() } else { sidecars };
    log.manifest(form, &[head(CHECKPOINT), files].concat(), hinted);
    log
}

#[tokio::test]
async fn manifests_of_both_forms_with_none_one_and_many_sidecars_are_one_table() {
    for form in FORMS {
        for count in [0, 1, 2, 11] {
            for hinted in [false, true] {
                let log = v2(form, count, hinted);
                let opened = log.open(None).await.unwrap();
                assert_eq!(state(&opened), (15, checkpointed_files()), "{form} {count} {hinted}");
                assert_eq!(opened.comment.as_deref(), Some("a table"));
                let older = log.open(Some(AsOf::Version(10))).await.unwrap();
                assert_eq!((older.version.unwrap().number, older.files.len()), (10, 11));
            }
        }
    }
}

#[tokio::test]
async fn a_classic_checkpoint_may_have_sidecars_and_stands_in_for_one_that_is_gone() {
    let log = tail();
    let lines = [head(CHECKPOINT), log.sidecars(&adds(), 2)].concat();
    let size = log.checkpoint(CHECKPOINT_10, &lines);
    for hint in [
        format!(r#"{{"version":10,"size":14,"sizeInBytes":{size}}}"#),
        format!(r#"{{"version":10,"v2Checkpoint":{{"path":"{CHECKPOINT_10}.parquet","sizeInBytes":{size}}}}}"#),
        format!(r#"{{"version":10,"v2Checkpoint":{{"path":"{UUID_NAMED}.json","sizeInBytes":1}}}}"#),
        r#"{"version":10,"v2Checkpoint":{"path":"00000000000000000009.checkpoint.x.json"}}"#.to_owned(),
        r#"{"version":10,"v2Checkpoint":{"path":"../../secret","sidecarFiles":[{"path":"../../secret","sizeInBytes":1}]}}"#
            .to_owned(),
        r#"{"version":10,"v2Checkpoint":{"path":"gone.json","sidecarFiles":{"path":7}}}"#.to_owned(),
    ] {
        log.hint(&hint);
        assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()), "{hint}");
        let inside = |(url, _): &(String, _)| url.starts_with("http://lake.test/t/_delta_log/");
        assert!(log.host.requests().iter().all(inside), "{hint}");
    }
}

#[tokio::test]
async fn sidecars_cost_one_request_each() {
    let expected = |form: &str| {
        let commits = (10..=17).map(|version| format!("{version:020}.json"));
        let mut expected: Vec<String> = commits
            .chain(["_last_checkpoint".to_owned(), format!("{UUID_NAMED}.{form}")])
            .chain((0..11).map(|number| format!("s{number}.parquet")))
            .collect();
        expected.sort_unstable();
        expected
    };
    for form in FORMS {
        for hinted in [false, true] {
            let log = v2(form, 11, hinted);
            assert_eq!(log.asked_sorted().await, expected(form), "{form} {hinted}");
            // Of 17 requests beside the hint and the last wave of commits, six are on their way at once.
            assert!(rounds(&log).await <= 5, "{form} {hinted}");
        }
    }
}

#[tokio::test]
async fn large_sidecars_are_read_by_range_and_column() {
    for hinted in [true, false] {
        let log = tail();
        let files: Vec<String> = large_adds().collect();
        let sidecars = vec![
            log.sidecar("s0.parquet", &files[..2000]),
            log.sidecar("s1.parquet", &files[2000..]),
        ];
        let checkpoint = CHECKPOINT.replace("11", "4000");
        log.manifest("json", &[head(&checkpoint), sidecars].concat(), hinted);
        let size = |name: &str| fs::metadata(log.path("_sidecars").join(name)).unwrap().len();
        assert!(size("s0.parquet") > 1 << 20 && size("s1.parquet") > 1 << 20);
        // Three files were added since.
        assert_eq!(log.open(None).await.unwrap().files.len(), 4003);
        let requests = log.host.requests().into_iter();
        let (count, bytes) =
            requests
                .filter(|(url, _)| url.contains("_sidecars"))
                .fold((0, 0), |(count, bytes), (_, range)| {
                    let range = range.expect("a range");
                    (count + 1, bytes + range.end - range.start)
                });
        assert_eq!(count, 4, "a footer and columns of each");
        assert!(bytes < (size("s0.parquet") + size("s1.parquet")) / 3, "{bytes}");
        assert!(rounds(&log).await <= 4);
    }
}

async fn damage(log: &Log) -> Error {
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Damaged, "{error}");
    error
}

#[tokio::test]
async fn a_sidecar_that_is_missing_or_cut_short_is_named_and_never_fewer_rows() {
    for (form, hinted) in [("json", false), ("json", true), ("parquet", false)] {
        let log = v2(form, 3, hinted);
        let path = log.path("_sidecars/s1.parquet");
        let whole = fs::read(&path).unwrap();
        for cut in (0..whole.len()).step_by(197) {
            fs::write(&path, &whole[..cut]).unwrap();
            let error = damage(&log).await;
            assert_eq!(error.subject, "http://lake.test/t/_delta_log/_sidecars/s1.parquet");
        }
        // Another file under its name.
        let rows = checkpoint_rows(&adds(), false);
        let other = rows.project(&[rows.schema().index_of("metaData").unwrap()]).unwrap();
        write(&path, &[other], WriterProperties::default());
        assert!(damage(&log).await.detail.contains("neither a column add"));
        fs::remove_file(&path).unwrap();
        let error = damage(&log).await;
        assert_eq!(error.subject, "http://lake.test/t/_delta_log/_sidecars/s1.parquet");
        assert!(error.detail.contains("is missing"), "{error}");
    }
}

#[tokio::test]
async fn a_manifest_that_is_cut_short_is_named() {
    for form in FORMS {
        for count in [0, 2] {
            let log = v2(form, count, true);
            let path = log.path(&format!("{UUID_NAMED}.{form}"));
            let whole = fs::read(&path).unwrap();
            for cut in (0..whole.len()).step_by(31) {
                fs::write(&path, &whole[..cut]).unwrap();
                let error = damage(&log).await;
                assert!(error.subject.contains(UUID_NAMED), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_checkpoint_that_contradicts_itself_is_named() {
    for form in FORMS {
        let log = tail();
        let sidecars = log.sidecars(&adds(), 2);
        let twice = [sidecars.clone(), sidecars[..1].to_vec()].concat();
        let older = CHECKPOINT.replace("10", "9");
        let fewer = CHECKPOINT.replace("11", "12");
        for (checkpoint, files, words) in [
            (
                CHECKPOINT,
                [adds(), sidecars.clone()].concat(),
                "both in itself and in sidecars",
            ),
            (CHECKPOINT, twice, "twice"),
            (older.as_str(), sidecars.clone(), "of version 9"),
            (fewer.as_str(), sidecars.clone(), "hold 11 files, but it says 12"),
            (CHECKPOINT, sidecars[..1].to_vec(), "hold 6 files, but it says 11"),
            (V2_PROTOCOL, sidecars.clone(), "no checkpointMetadata action"),
        ] {
            let mut lines = [head(checkpoint), files].concat();
            lines.dedup();
            log.manifest(form, &lines, false);
            let error = damage(&log).await;
            assert!(error.detail.contains(words), "{form}: {error}");
            assert!(error.subject.contains(UUID_NAMED), "{error}");
        }
        let elsewhere = r#"{"sidecar":{"path":"s3://bucket/s0.parquet","sizeInBytes":1}}"#;
        log.manifest(form, &[head(CHECKPOINT), vec![elsewhere.to_owned()]].concat(), true);
        let error = log.open(None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unsupported);
        assert!(error.detail.contains("s3://bucket/s0.parquet"), "{error}");
    }
}

#[tokio::test]
async fn a_manifest_that_is_gone_is_made_up_for_by_commits() {
    let log = Log::with_commits(16);
    log.commit(15, &format!("{}\n{}", remove("3"), remove("14")));
    log.hint(&format!(
        r#"{{"version":10,"v2Checkpoint":{{"path":"{UUID_NAMED}.json","sizeInBytes":900}}}}"#
    ));
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    log.forget_commits(0..10);
    let error = damage(&log).await;
    assert!(error.detail.contains("no checkpoint was found"), "{error}");
}
