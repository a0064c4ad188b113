//! Where the test files lie: in the sources of the crate that ships them, wherever cargo put those.

use std::path::{Path, PathBuf};
use std::process::Command;

const CRATE: &str = "datafusion-sqllogictest";

/// The crate's test files.
pub struct TestFiles {
    /// The crate's directory.
    pub root: PathBuf,
    /// Data sets that other systems wrote, when they are there.
    pub corpora: Option<PathBuf>,
    /// Paths below `test_files/`, longest files first.
    pub paths: Vec<String>,
}

impl TestFiles {
    /// Asks cargo for the crate's directory, offline, and lists its test files.
    pub fn find() -> Self {
        let root = crate_directory();
        let folder = root.join("test_files");
        let mut found = Vec::new();
        list(&folder, &mut found);
        found.sort_by_key(|(path, size_bytes)| (std::cmp::Reverse(*size_bytes), path.clone()));
        let name = |path: &Path| path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
        let paths: Vec<String> = found.iter().map(|(path, _)| name(path)).collect();
        assert!(paths.len() > 400, "{CRATE} ships {} test files", paths.len());
        Self {
            root,
            corpora: crate::corpora::corpora(),
            paths,
        }
    }
}

fn crate_directory() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--offline",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            &host,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let package = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == CRATE);
    let manifest = package.and_then(|package| package["manifest_path"].as_str()).unwrap();
    Path::new(manifest).parent().unwrap().to_owned()
}

fn list(folder: &Path, found: &mut Vec<(PathBuf, u64)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if path.is_dir() {
            list(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            found.push((path, entry.metadata().unwrap().len()));
        }
    }
}
