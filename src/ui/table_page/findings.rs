//! What costs a table's readers, in words, with the statement that would mend it.

use crate::link::quoted;
use crate::protocol::inspect::{FileFacts, Overlap};
use crate::ui::wording::{bytes, count, counted};

/// Below this a file costs more in requests than in bytes: what a usual line carries in the time of a round trip.
const SMALL_BYTES: u64 = 8 << 20;
/// Files from which small ones matter.
const FEW_FILES: u64 = 8;
/// A file above this is hard to share among workers, and its footer is large.
const LARGE_BYTES: u64 = 2 << 30;
/// Deleted rows, as a share in percent, from which rewriting pays.
const DELETED_PERCENT: u64 = 10;
/// A partition this many times the middle one is skewed.
const SKEW: u64 = 10;
/// Removed files, as a share of the live ones in percent, from which they matter.
const REMOVED_PERCENT: u64 = 10;
/// Columns that overlap so much that a filter on them reads most files, as a share in percent.
const OVERLAP_PERCENT: u64 = 50;

/// Requests for opening a table from which a checkpoint pays: writers make one every ten commits.
const LONG_LOG_REQUESTS: u64 = 30;

/// Something that costs readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub title: String,
    /// What it costs.
    pub cost: String,
    /// What would mend it, as Spark runs it; nothing when no statement does.
    pub remedy: Option<String>,
}

/// What costs the readers of the table called `name`.
#[must_use]
pub fn findings(name: &str, format: &str, facts: &FileFacts, opening_requests: u64) -> Vec<Finding> {
    let table = in_spark(name);
    let is_delta = format == "delta";
    [
        small_files(&table, facts),
        large_files(facts),
        deleted_rows(&table, facts),
        missing_statistics(facts, is_delta),
        skew(facts),
        small_partitions(facts),
        overlaps(&table, facts),
        long_log(is_delta, opening_requests),
        removed_files(&table, facts),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A name as Spark writes it.
fn in_spark(name: &str) -> String {
    if quoted(name) == name {
        name.to_owned()
    } else {
        format!("`{}`", name.replace('`', "``"))
    }
}

fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

fn small_files(table: &str, facts: &FileFacts) -> Option<Finding> {
    let small: u64 = facts
        .sizes
        .iter()
        .filter(|bin| bin.from_bytes < SMALL_BYTES)
        .map(|bin| bin.files)
        .sum();
    if facts.files < FEW_FILES || percent(small, facts.files) < 50 {
        return None;
    }
    let whole = facts.size_bytes.unwrap_or(0).div_ceil(128 << 20).max(1);
    Some(Finding {
        title: format!(
            "{} of {} are smaller than {}",
            count(small),
            counted(facts.files, "file"),
            bytes(SMALL_BYTES)
        ),
        cost: format!(
            "Every file costs a reader at least one request for its footer and one for its data, however small it is. \
             {} of 128 MB would hold the same rows.",
            counted(whole, "file")
        ),
        remedy: Some(format!("OPTIMIZE {table}")),
    })
}

fn large_files(facts: &FileFacts) -> Option<Finding> {
    let (path, size, _) = facts.largest.first().filter(|(_, size, _)| *size > LARGE_BYTES)?;
    Some(Finding {
        title: format!("The largest file has {}", bytes(*size)),
        cost: format!("Engines that share work by files wait for {path}."),
        remedy: None,
    })
}

fn deleted_rows(table: &str, facts: &FileFacts) -> Option<Finding> {
    if facts.deleted_rows == 0 {
        return None;
    }
    let share = percent(facts.deleted_rows, facts.rows + facts.deleted_rows);
    Some(Finding {
        title: format!(
            "{} in {} are deleted, but still in their files ({share} %)",
            counted(facts.deleted_rows, "row"),
            counted(facts.files_with_deleted, "file")
        ),
        cost: format!(
            "Every reader fetches the deletion vectors of these files, decodes the deleted rows and drops them; counts \
             and extremes cannot come from the log.{}",
            if share < DELETED_PERCENT {
                " So few cost little."
            } else {
                ""
            }
        ),
        remedy: (share >= DELETED_PERCENT).then(|| format!("REORG TABLE {table} APPLY (PURGE)")),
    })
}

fn missing_statistics(facts: &FileFacts, is_delta: bool) -> Option<Finding> {
    let without = facts.files - facts.files_with_rows.min(facts.files);
    (is_delta && without > 0).then(|| Finding {
        title: format!(
            "{} of {} have no statistics in the log",
            count(without),
            counted(facts.files, "file")
        ),
        cost: "No filter can skip them: each is opened by every query, and counts need their footers. Files \
               get statistics when they are rewritten."
            .to_owned(),
        remedy: None,
    })
}

fn skew(facts: &FileFacts) -> Option<Finding> {
    let largest = facts.partitions.first()?;
    let middle = facts.partitions.get(facts.partitions.len() / 2)?;
    (facts.partitions.len() > 2 && largest.bytes / middle.bytes.max(1) >= SKEW).then(|| {
        let values: Vec<_> = largest
            .values
            .iter()
            .map(|value| value.as_deref().unwrap_or("NULL"))
            .collect();
        Finding {
            title: format!(
                "The partition {} is {} times the usual one",
                values.join(" / "),
                count(largest.bytes / middle.bytes.max(1))
            ),
            cost: format!(
                "It holds {} of {}: engines that share work by partitions wait for it.",
                bytes(largest.bytes),
                facts.size_bytes.map_or_else(|| "all bytes".to_owned(), bytes)
            ),
            remedy: None,
        }
    })
}

fn small_partitions(facts: &FileFacts) -> Option<Finding> {
    let each = facts.size_bytes?.checked_div(facts.partition_count)?;
    (facts.partition_count > 100 && each < SMALL_BYTES).then(|| Finding {
        title: format!(
            "{} of {} each on the average",
            counted(facts.partition_count, "partition"),
            bytes(each)
        ),
        cost: "Partitions that small make many small files. Clustering by the same columns skips as well, without \
               splitting files."
            .to_owned(),
        remedy: None,
    })
}

fn overlaps(table: &str, facts: &FileFacts) -> Option<Finding> {
    let reads_most = |overlap: &&Overlap| overlap.files >= FEW_FILES && depth_percent(overlap) >= OVERLAP_PERCENT;
    let wide: Vec<&Overlap> = facts.overlaps.iter().filter(reads_most).collect();
    // Where some column keeps files apart, the table is in an order already.
    let is_ordered = facts.overlaps.iter().any(|overlap| !reads_most(&overlap));
    if wide.is_empty() || is_ordered {
        return None;
    }
    let column = wide.first().map(|overlap| in_spark(&overlap.column))?;
    Some(Finding {
        title: "No column keeps the files apart".to_owned(),
        cost: "Every file holds nearly the whole range of every column, so that no filter skips files. Sorted by the \
               column that is filtered by most, few files would be read."
            .to_owned(),
        remedy: Some(format!("OPTIMIZE {table} ZORDER BY ({column})")),
    })
}

fn long_log(is_delta: bool, opening_requests: u64) -> Option<Finding> {
    (is_delta && opening_requests > LONG_LOG_REQUESTS).then(|| Finding {
        title: format!("Opening the table took {}", counted(opening_requests, "request")),
        cost: "Every reader fetches the commits since the last checkpoint one by one. A checkpoint makes one file of them."
            .to_owned(),
        remedy: Some("DeltaTable(url).create_checkpoint()  # deltalake for Python".to_owned()),
    })
}

/// The log does not tell whether their bytes are gone already.
fn removed_files(table: &str, facts: &FileFacts) -> Option<Finding> {
    let removed = facts.removed_files?;
    if removed < FEW_FILES || percent(removed, facts.files) < REMOVED_PERCENT {
        return None;
    }
    Some(Finding {
        title: format!(
            "The log still names {}{} besides the {} of the table",
            // A file of which rows were deleted is named as removed in its former state.
            if facts.files_with_deleted > 0 { "up to " } else { "" },
            counted(removed, "removed file"),
            count(facts.files)
        ),
        cost: "No query reads them. Their bytes lie in the storage until a VACUUM, which ends reading versions from before \
               it; whoever lists the folder instead of the log counts them, and each checkpoint carries their names \
               until the table's retention is over."
            .to_owned(),
        remedy: Some(format!("VACUUM {table}")),
    })
}

/// How many of the files a value may be in, on the average, in percent.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]
pub fn depth_percent(overlap: &Overlap) -> u64 {
    (overlap.depth * 100.0 / (overlap.files.max(1) as f64)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::inspect::{PartitionFact, SizeBin};

    fn titles(facts: &FileFacts) -> Vec<String> {
        findings("Trips", "delta", facts, 99)
            .into_iter()
            .map(|finding| finding.title)
            .collect()
    }

    fn overlap(depth: f64) -> Overlap {
        Overlap {
            column: "id".into(),
            files: 20,
            depth,
            deepest: 20,
        }
    }

    #[test]
    fn a_table_in_good_order_has_no_findings() {
        let facts = FileFacts {
            files: 20,
            files_with_rows: 20,
            size_bytes: Some(20 << 27),
            sizes: vec![SizeBin {
                from_bytes: 1 << 27,
                files: 20,
                bytes: 20 << 27,
            }],
            overlaps: vec![overlap(1.0), overlap(20.0)],
            removed_files: Some(1),
            ..FileFacts::default()
        };
        assert_eq!(findings("t", "delta", &facts, 5), []);
        assert_eq!(findings("t", "parquet", &FileFacts::default(), 99), []);
    }

    #[test]
    fn what_costs_readers_is_named_with_its_remedy() {
        let partition = |bytes| PartitionFact {
            values: vec![None],
            files: 1,
            bytes,
            rows: None,
        };
        let facts = FileFacts {
            files: 1000,
            files_with_rows: 990,
            rows: 80,
            deleted_rows: 20,
            files_with_deleted: 3,
            size_bytes: Some(1 << 30),
            sizes: vec![SizeBin {
                from_bytes: 1 << 20,
                files: 1000,
                bytes: 1 << 30,
            }],
            partitions: vec![partition(1 << 29), partition(1 << 20), partition(1 << 20)],
            partition_count: 900,
            overlaps: vec![overlap(19.0)],
            largest: vec![("big".into(), 3 << 30, None)],
            removed_files: Some(100),
            ..FileFacts::default()
        };
        assert_eq!(
            titles(&facts),
            [
                "1,000 of 1,000 files are smaller than 8.4 MB",
                "The largest file has 3.2 GB",
                "20 rows in 3 files are deleted, but still in their files (20 %)",
                "10 of 1,000 files have no statistics in the log",
                "The partition NULL is 512 times the usual one",
                "900 partitions of 1.2 MB each on the average",
                "No column keeps the files apart",
                "Opening the table took 99 requests",
                "The log still names up to 100 removed files besides the 1,000 of the table",
            ]
        );
        let remedies: Vec<_> = findings("Trips", "delta", &facts, 99)
            .into_iter()
            .filter_map(|finding| finding.remedy)
            .collect();
        assert_eq!(remedies[0], "OPTIMIZE `Trips`");
        assert_eq!(remedies[2], "OPTIMIZE `Trips` ZORDER BY (id)");
    }
}
