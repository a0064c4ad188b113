//! Damaged logs: whatever is cut, flipped or put twice in a file of a log, a table opens with rows or fails by an error
//! that names the fault. It never panics, and a damaged deletion vector never gives other rows.
//!
//! `LIMN_DAMAGE_SECONDS=300` goes on for longer, with a seed of its own (`make fuzz`).

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use futures::FutureExt;
use limn::error::{Error, Kind};
use limn::runtime::now_millis;

use crate::corpora::Host;

/// Ways in which each file is damaged when no time is given.
const TRIES: u64 = 4;

/// Larger files are left alone: their tables take long to read.
const LARGEST_BYTES: usize = 64 << 10;

/// The fixtures that are whole, and what of them is damaged.
const TABLES: [&str; 14] = [
    "all-types",
    "change-feed",
    "column-mapping",
    "commit-timestamps",
    "commits-checkpoint",
    "deletion-vectors",
    "log-cleaned",
    "multi-part",
    "nan",
    "partition-types",
    "sail-column-mapping",
    "schema-evolution",
    "type-widening",
    "v2-checkpoint",
];

#[tokio::test]
async fn no_damage_to_a_log_goes_further_than_an_error() {
    let seconds: Option<f64> = std::env::var("LIMN_DAMAGE_SECONDS")
        .ok()
        .map(|text| text.parse().unwrap());
    let until = seconds.map(|seconds| now_millis() + seconds * 1000.0);
    let mut seed = seconds.map_or(1, |_| std::process::id().into());
    let (mut tries, mut errors) = (0, 0);
    loop {
        for name in TABLES {
            let found = damage_table(name, seed).await;
            (tries, errors) = (tries + found.0, errors + found.1);
        }
        seed += 1;
        if until.is_none_or(|until| now_millis() > until) {
            break;
        }
    }
    println!("{tries} damaged logs, {errors} of them refused");
    assert!(errors * 4 > tries, "only {errors} of {tries} damaged logs were refused");
}

/// How often its files were damaged, and how often that was an error.
async fn damage_table(name: &str, seed: u64) -> (u64, u64) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/delta")
        .join(name);
    let folder = tempfile::tempdir().unwrap();
    copy(&source, folder.path());
    let whole = read(folder.path()).await.unwrap();
    let (mut tries, mut errors) = (0, 0);
    for path in files(folder.path()) {
        let bytes = fs::read(&path).unwrap();
        if bytes.is_empty() || bytes.len() > LARGEST_BYTES {
            continue;
        }
        let mut random = Random::new(seed, &path, folder.path());
        for _ in 0..TRIES {
            let (how, damaged) = random.damage(&bytes);
            fs::write(&path, damaged).unwrap();
            let what = format!("{name}, seed {seed}: {} {how}", path.display());
            let outcome = AssertUnwindSafe(read(folder.path())).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_| panic!("a panic: {what}"));
            tries += 1;
            match outcome {
                Ok(rows) if path.extension().is_some_and(|extension| extension == "bin") => {
                    assert_eq!(rows, whole, "other rows: {what}");
                }
                Ok(_) => {}
                Err(error) => {
                    errors += 1;
                    assert!(error.kind != Kind::Bug, "{what}: {error:?}");
                    assert!(
                        !error.detail.is_empty() && !error.subject.is_empty(),
                        "{what}: {error:?}"
                    );
                }
            }
        }
        fs::write(&path, bytes).unwrap();
    }
    (tries, errors)
}

async fn read(folder: &Path) -> Result<Vec<RecordBatch>, Error> {
    let host = Host::new(folder);
    let table = host.open("", None).await?;
    Ok(host.rows(table).await?.1)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The files of the log, and those of deletion vectors.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_log = path.components().any(|part| part.as_os_str() == "_delta_log");
        if path.is_dir() {
            found.extend(files(&path));
        } else if is_log || path.extension().is_some_and(|extension| extension == "bin") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Numbers that come again with the seed (Marsaglia, "Xorshift RNGs", 2003).
struct Random(u64);

impl Random {
    fn new(seed: u64, path: &Path, folder: &Path) -> Self {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy();
        let name = name
            .bytes()
            .fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        Self(name.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end.max(1)
    }

    /// What was done, and what came of it.
    fn damage(&mut self, bytes: &[u8]) -> (String, Vec<u8>) {
        let at = self.below(bytes.len());
        let length = 1 + self.below((bytes.len() - at).min(64));
        let mut damaged = bytes.to_vec();
        let how = match self.below(5) {
            0 => {
                damaged.truncate(at);
                format!("cut at {at}")
            }
            1 => {
                let bit = self.below(8);
                damaged[at] ^= 1 << bit;
                format!("with bit {bit} of byte {at} flipped")
            }
            2 => {
                damaged.drain(at..at + length);
                format!("without the bytes {at}..{}", at + length)
            }
            3 => {
                damaged.splice(at..at, bytes[at..at + length].iter().copied());
                format!("with the bytes {at}..{} twice", at + length)
            }
            _ => {
                let filler = [0, 0xFF, b'9', b'"', b'-'][self.below(5)];
                damaged[at..at + length].fill(filler);
                format!("with the bytes {at}..{} as {filler}", at + length)
            }
        };
        (how, damaged)
    }
}
