//! Our live files beside those of the Delta kernel, table by table and file by file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::scalar::ScalarValue;
use limn::error::Error;
use limn::table::Table;
use url::Url;

use crate::corpora::{Host, archives, corpora, delta_tables, unpack};
use crate::reference::{self, LiveFile};

/// A live file in the form in which it is compared.
#[derive(Debug, Clone, PartialEq)]
struct File {
    size_bytes: Option<u64>,
    stats: Option<String>,
    partition_values: Vec<(String, ScalarValue)>,
}

/// Live files by their URLs' paths below the table.
type Files = BTreeMap<String, File>;

fn ours(table: &Table) -> Files {
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
        };
        assert!(files.insert(path, known).is_none(), "a file is listed twice");
    }
    files
}

/// By name, and without the types of NULLs, which the kernel does not tell.
fn sorted(mut values: Vec<(String, ScalarValue)>) -> Vec<(String, ScalarValue)> {
    values.sort_by(|one, other| one.0.cmp(&other.0));
    values.into_iter().map(|(name, value)| (name, if value.is_null() { ScalarValue::Null } else { value })).collect()
}

fn theirs(files: Vec<LiveFile>) -> Files {
    let base = Url::parse("http://lake.test/").unwrap();
    let files = files.into_iter().map(|file| {
        let known = File {
            size_bytes: Some(file.size_bytes),
            stats: file.stats,
            partition_values: sorted(file.partition_values),
        };
        // Spelled as our paths are.
        let path = limn::table::delta::normal_path(&file.path).into_owned();
        (base.join(&format!("./{path}")).unwrap().path().trim_start_matches('/').to_owned(), known)
    });
    files.collect()
}

/// What came of a table.
#[derive(Debug)]
enum Verdict {
    Same(usize),
    Different(String),
    OnlyWeRead,
    OnlyTheyRead(Error),
    NeitherReads(Error),
}

async fn compare(folder: &Path) -> Verdict {
    let reference = reference::live_files(folder, None);
    let opened = Host::new(folder).open("", None).await;
    match (opened, reference) {
        (Ok(table), Ok((version, files))) => {
            let (ours, theirs) = (ours(&table), theirs(files));
            if table.version.map(|version| version.number) != Some(version) {
                return Verdict::Different(format!("version {:?} instead of {version}", table.version));
            }
            match ours == theirs {
                true => Verdict::Same(ours.len()),
                false => Verdict::Different(format!("{ours:#?}\ninstead of\n{theirs:#?}")),
            }
        }
        (Ok(_), Err(error)) => {
            println!("{}: the kernel: {error}", folder.display());
            Verdict::OnlyWeRead
        }
        (Err(error), Ok(_)) => Verdict::OnlyTheyRead(error),
        (Err(error), Err(_)) => Verdict::NeitherReads(error),
    }
}

/// Every table of the corpus: its name and its folder, archives unpacked into `into`.
fn tables(corpora: &Path, into: &Path) -> Vec<(String, PathBuf)> {
    let tests = corpora.join("delta-kernel-rs/kernel/tests");
    for folder in ["golden_data", "data"] {
        for (name, archive) in archives(&tests.join(folder)) {
            if !name.starts_with("300k") {
                unpack(&archive, &into.join(folder).join(&name));
            }
        }
    }
    let unpacked = delta_tables(into).into_iter().map(|path| (name(into, &path), path));
    let beside = delta_tables(&tests.join("data")).into_iter().map(|path| (name(&tests, &path), path));
    unpacked.chain(beside).collect()
}

fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().to_string_lossy().into_owned()
}

#[tokio::test]
async fn live_files_are_those_of_the_kernel() {
    let Some(corpora) = corpora() else { return };
    let into = tempfile::tempdir().unwrap();
    for (name, folder) in tables(&corpora, into.path()) {
        let verdict = compare(&folder).await;
        let text = format!("{verdict:?}").replace("\\n", "\n");
        println!("{name}: {}", &text[..text.len().min(1500)]);
    }
}
