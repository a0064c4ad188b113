//! What is left out, and why: `left_out.txt`.
//!
//! A line in brackets is a reason; below it stand paths, each a whole file, or, after a colon, the lines of single
//! records in it (`part.slt.part:12` for a record of an included file).

use std::collections::{BTreeMap, BTreeSet};

const TEXT: &str = include_str!("left_out.txt");

/// Files and records that are not expected to pass.
#[derive(Debug, Default)]
pub struct LeftOut {
    files: BTreeMap<String, String>,
    records: BTreeMap<String, BTreeSet<String>>,
    reasons: BTreeMap<String, (usize, usize)>,
}

impl LeftOut {
    /// Reads the list.
    pub fn read() -> Self {
        let mut list = Self::default();
        let mut reason = String::new();
        for line in TEXT
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            if let Some(text) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                text.clone_into(&mut reason);
                continue;
            }
            assert!(!reason.is_empty(), "left_out.txt gives no reason for {line}");
            list.add(line, &reason);
        }
        list
    }

    fn add(&mut self, line: &str, reason: &str) {
        let count = self.reasons.entry(reason.to_owned()).or_default();
        if let Some((path, records)) = line.split_once(": ") {
            let places = self.records.entry(path.to_owned()).or_default();
            for place in records.split_whitespace() {
                assert!(
                    places.insert(place.to_owned()),
                    "left_out.txt names {path}: {place} twice"
                );
                count.1 += 1;
            }
        } else {
            count.0 += 1;
            let before = self.files.insert(line.to_owned(), reason.to_owned());
            assert!(before.is_none(), "left_out.txt names {line} twice");
        }
    }

    /// Is this whole file left out?
    pub fn file(&self, path: &str) -> bool {
        self.files
            .keys()
            .any(|left_out| path == left_out || left_out.ends_with('/') && path.starts_with(left_out))
    }

    /// The places of the records that are left out in a file.
    pub fn records(&self, path: &str) -> BTreeSet<String> {
        self.records.get(path).cloned().unwrap_or_default()
    }

    /// What the list names that does not exist.
    pub fn unknown(&self, paths: &[String]) -> Vec<String> {
        let named = self.files.keys().chain(self.records.keys());
        let exists = |named: &String| {
            paths
                .iter()
                .any(|path| path == named || path.starts_with(named) && named.ends_with('/'))
        };
        named
            .filter(|path| !exists(path))
            .map(|path| format!("{path}: listed, but there is no such file"))
            .collect()
    }

    /// How much each reason leaves out.
    pub fn counts(&self) -> String {
        let line = |(reason, (files, records)): (&String, &(usize, usize))| {
            format!("  {files} files, {records} records: {reason}")
        };
        self.reasons.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
