//! Our live files beside those of the Delta kernel, table by table and file by file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, Literal};
use datafusion::physical_plan::PhysicalExpr;
use datafusion::scalar::ScalarValue;
use limn::error::{Error, Kind};
use limn::protocol::AsOf;
use limn::table::Table;
use limn::table::prune::prune;
use url::Url;

use crate::corpora::{Host, archives, corpora, delta_tables, unpack};
use crate::reference::{self, LiveFile};

/// A live file in the form in which it is compared.
#[derive(Debug, Clone, PartialEq)]
struct File {
    size_bytes: Option<u64>,
    stats: Option<String>,
    partition_values: Vec<(String, ScalarValue)>,
    /// Positions of deleted rows.
    deleted: Vec<u64>,
}

/// Live files by their URLs' paths below the table.
type Files = BTreeMap<String, File>;

async fn ours(host: &Host, table: &Table) -> Files {
    let mut files = Files::new();
    let root = format!("{}/", table.location.url().path().trim_end_matches('/'));
    for file in 0..table.files.len() {
        let location = table.files.location(file).unwrap();
        let path = location.url().path().strip_prefix(&root).unwrap().to_owned();
        let values = table.files.partition_values(file).unwrap();
        let known = File {
            size_bytes: table.files.size_bytes(file),
            stats: table.files.statistics().json(file).map(str::to_owned),
            partition_values: sorted(table.partition_columns.iter().cloned().zip(values).collect()),
            deleted: host.deleted(table, file).await,
        };
        assert!(files.insert(path, known).is_none(), "a file is listed twice");
    }
    files
}

/// By name, and without the types of NULLs, which the kernel does not tell.
fn sorted(mut values: Vec<(String, ScalarValue)>) -> Vec<(String, ScalarValue)> {
    values.sort_by(|one, other| one.0.cmp(&other.0));
    values
        .into_iter()
        .map(|(name, value)| (name, if value.is_null() { ScalarValue::Null } else { value }))
        .collect()
}

fn theirs(files: Vec<LiveFile>) -> Files {
    let base = Url::parse("http://lake.test/").unwrap();
    let files = files.into_iter().map(|file| {
        let known = File {
            size_bytes: Some(file.size_bytes),
            stats: file.stats,
            partition_values: sorted(file.partition_values),
            deleted: file.deleted,
        };
        // Spelled as our paths are.
        let path = limn::table::delta::normal_path(&file.path).into_owned();
        (
            base.join(&format!("./{path}"))
                .unwrap()
                .path()
                .trim_start_matches('/')
                .to_owned(),
            known,
        )
    });
    files.collect()
}

/// What came of a table.
#[derive(Debug)]
enum Verdict {
    /// The same files at every version.
    Same,
    Different(String),
    OnlyWeRead,
    OnlyTheyRead(Error),
    NeitherReads(Error),
}

/// Versions that are compared of one table, from the first on.
const VERSIONS: u64 = 16;

async fn compare(folder: &Path) -> Verdict {
    let host = Host::new(folder);
    let (table, version) = match (host.open("", None).await, reference::live_files(folder, None)) {
        (Ok(table), Ok((version, files))) => match differences(&host, &table, version, files).await {
            Some(difference) => return Verdict::Different(difference),
            None => (table, version),
        },
        (Ok(_), Err(_)) => return Verdict::OnlyWeRead,
        (Err(error), Ok(_)) => return Verdict::OnlyTheyRead(error),
        (Err(error), Err(_)) => return Verdict::NeitherReads(error),
    };
    assert_eq!(table.version.map(|version| version.number), Some(version));
    for version in 0..version.min(VERSIONS) {
        let opened = host.open("", Some(&AsOf::Version(version))).await;
        match (opened, reference::live_files(folder, Some(version))) {
            (Ok(table), Ok((version, files))) => {
                if let Some(difference) = differences(&host, &table, version, files).await {
                    return Verdict::Different(format!("at version {version}: {difference}"));
                }
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => {
                return Verdict::Different(format!("at version {version}: {:?}, {:?}", ours.err(), theirs.err()));
            }
        }
    }
    Verdict::Same
}

async fn differences(host: &Host, table: &Table, version: u64, files: Vec<LiveFile>) -> Option<String> {
    if table.version.map(|version| version.number) != Some(version) {
        return Some(format!("version {:?} instead of {version}", table.version));
    }
    let (ours, theirs) = (ours(host, table).await, theirs(files));
    (ours != theirs).then(|| format!("{ours:#?}\ninstead of\n{theirs:#?}"))
}

/// Every table of the corpus: its name and its folder, archives unpacked into `into`.
pub fn tables(corpora: &Path, into: &Path) -> Vec<(String, PathBuf)> {
    let tests = corpora.join("delta-kernel-rs/kernel/tests");
    for folder in ["golden_data", "data"] {
        for (name, archive) in archives(&tests.join(folder)) {
            if !name.starts_with("300k") {
                unpack(&archive, &into.join(folder));
            }
        }
    }
    let unpacked = delta_tables(into).into_iter().map(|path| (name(into, &path), path));
    let beside = delta_tables(&tests.join("data"))
        .into_iter()
        .map(|path| (name(&tests, &path), path));
    unpacked.chain(beside).collect()
}

fn name(root: &Path, path: &Path) -> String {
    let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    name.strip_suffix("/delta").unwrap_or(&name).to_owned()
}

/// Tables that neither reads, by what we say of them.
const BROKEN: [(&str, Kind, &str); 11] = [
    ("data/crc-malformed", Kind::NotATable, "no Delta log was found"),
    ("data/table-with-geo", Kind::Unsupported, "geospatial"),
    (
        "golden_data/data-reader-absolute-paths-escaped-chars",
        Kind::Damaged,
        "no metaData action",
    ),
    (
        "golden_data/deltalog-commit-info",
        Kind::Damaged,
        "line 1 is no action of the log: missing field `schemaString`",
    ),
    (
        "golden_data/deltalog-invalid-protocol-version",
        Kind::Unsupported,
        "reader version 99",
    ),
    (
        "golden_data/deltalog-state-reconstruction-from-checkpoint-missing-metadata",
        Kind::Damaged,
        "no metaData action",
    ),
    (
        "golden_data/deltalog-state-reconstruction-from-checkpoint-missing-protocol",
        Kind::Damaged,
        "a metaData action cannot be read: missing field `schemaString`",
    ),
    (
        "golden_data/deltalog-state-reconstruction-without-metadata",
        Kind::Damaged,
        "no metaData action",
    ),
    (
        "golden_data/deltalog-state-reconstruction-without-protocol",
        Kind::Damaged,
        "no protocol action",
    ),
    (
        "golden_data/update-deleted-directory",
        Kind::Damaged,
        "a metaData action cannot be read: missing field `schemaString`",
    ),
    (
        "golden_data/versions-not-contiguous",
        Kind::Damaged,
        "the commit of version 1 is missing",
    ),
];

/// Tables of which the kernel keeps a file that was removed under another spelling of its path, `file:/a` for `/a`. To
/// Spark, which wrote them, and to us both spell one file.
const SPELLINGS: [&str; 4] = [
    "golden_data/canonicalized-paths-normal-a",
    "golden_data/canonicalized-paths-normal-b",
    "golden_data/canonicalized-paths-special-a",
    "golden_data/canonicalized-paths-special-b",
];

/// Is the verdict the one that the lists above expect?
fn is_expected(name: &str, verdict: &Verdict) -> bool {
    let broken = BROKEN.iter().find(|(broken, _, _)| *broken == name);
    match verdict {
        Verdict::OnlyWeRead => false,
        Verdict::OnlyTheyRead(error) => {
            println!("{name}: {error}");
            false
        }
        Verdict::Same => broken.is_none() && !SPELLINGS.contains(&name),
        Verdict::Different(difference) => SPELLINGS.contains(&name) && difference.starts_with("{}\ninstead of"),
        Verdict::NeitherReads(error) => {
            broken.is_some_and(|(_, kind, words)| error.kind == *kind && error.detail.contains(words))
        }
    }
}

#[tokio::test]
async fn live_files_are_those_of_the_kernel_at_every_version() {
    let Some(corpora) = corpora() else { return };
    let into = tempfile::tempdir().unwrap();
    let (mut same, mut unexpected) = (0, vec![]);
    let tables = tables(&corpora, into.path());
    for (name, folder) in &tables {
        let verdict = compare(folder).await;
        same += usize::from(matches!(verdict, Verdict::Same));
        if !is_expected(name, &verdict) {
            unexpected.push(format!("{name}: {verdict:?}").replace("\\n", "\n"));
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert_eq!(same + BROKEN.len() + SPELLINGS.len(), tables.len());
}

/// 300,000 files in the JSON of five commits.
const MANY: &str = "300k-add-files-100-col-partitioned";

#[tokio::test]
async fn a_table_of_300000_files_opens_and_is_pruned() {
    let Some(corpora) = corpora() else { return };
    let into = tempfile::tempdir().unwrap();
    unpack(
        &corpora.join(format!("delta-kernel-rs/kernel/tests/data/{MANY}.tar.zst")),
        into.path(),
    );
    let table = Host::new(into.path()).open(MANY, None).await.unwrap();
    assert_eq!((table.files.len(), table.schema.fields().len()), (300_000, 100));
    let column = Arc::new(Column::new("partition_col", 0));
    let value = Arc::new(Literal::new(ScalarValue::from("part_1")));
    let predicate: Arc<dyn PhysicalExpr> = Arc::new(BinaryExpr::new(column, Operator::Eq, value));
    let pruned = prune(&table, &table.schema, &predicate).unwrap();
    assert_eq!(
        (
            pruned.kept.len(),
            pruned.skipped_by_partition,
            pruned.skipped_by_statistics
        ),
        (3002, 296_998, 0)
    );
}
