//! The files of a Delta table's version, where they alone are the table.

use super::Files;

/// Files that code can list and a person still reads.
pub const FILES_SHOWN: usize = 500;

/// A file, as `limn_files` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the table's root, or whole.
    pub path: String,
    /// Rows that are marked as deleted.
    pub deleted_rows: u64,
}

/// The statement that tells the files of the table called `name`, and beside each whether columns are mapped.
#[must_use]
pub fn files_statement(name: &str) -> String {
    let name = name.replace('\'', "''");
    format!(
        "select path, coalesce(deleted_rows, 0) as deleted_rows, \
         (select count(*) > 0 from limn_protocol('{name}') where feature = 'columnMapping') as is_mapped \
         from limn_files('{name}') order by path limit {}",
        FILES_SHOWN + 1
    )
}

/// The files below `root`, or why they alone are not the table.
#[must_use]
pub fn files(root: &str, has_partitions: bool, is_mapped: bool, files: &[File]) -> Files {
    let refused = |why: &str| Files::Refused(why.to_owned());
    if has_partitions {
        refused(
            "the values of its partition columns are in the log and not in its files; take DuckDB with its extension delta.",
        )
    } else if is_mapped {
        refused("its columns have other names in its files (column mapping); take DuckDB with its extension delta.")
    } else if files.iter().any(|file| file.deleted_rows > 0) {
        refused("deletion vectors mark rows of its files as deleted; take DuckDB with its extension delta.")
    } else if files.len() > FILES_SHOWN {
        Files::Refused(format!(
            "it has more than {FILES_SHOWN} files; take DuckDB with its extension delta."
        ))
    } else {
        Files::Known(files.iter().map(|file| located(root, &file.path)).collect())
    }
}

/// A path in a log is percent-encoded, as it is in a URL.
fn located(root: &str, path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let (place, query) = root.split_once('?').map_or((root, ""), |(place, query)| (place, query));
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}/{path}{mark}{query}", place.trim_end_matches('/'))
}
