//! What the page says: amounts, errors, and the lines that tell what a statement will cost and did cost.

use std::collections::BTreeMap;

use crate::protocol::{Plan, ScanPlan, Stats};

mod amounts;
mod errors;

pub use amounts::{bytes, count, counted, decimal, duration, instant, millis, moment, seconds, write_numbers_by};
pub use errors::{advice, heading};

/// What a finished statement cost, each part on its own: `12 requests`, `3.4 MB of 210 MB`, ...
#[must_use]
pub fn cost(stats: &Stats) -> Vec<String> {
    let mut parts = vec![
        counted(stats.requests, "request"),
        of_bytes(stats.bytes, stats.bytes_total),
    ];
    if stats.files_total > 0 {
        parts.push(of(stats.files_read, stats.files_total, "file"));
    }
    if stats.row_groups_total > 0 {
        parts.push(of(stats.row_groups_read, stats.row_groups_total, "row group"));
    }
    parts.push(millis(stats.millis));
    parts
}

/// What a statement has cost so far.
#[must_use]
pub fn progress(stats: &Stats, rows: u64) -> Vec<String> {
    let mut parts = vec![counted(stats.requests, "request"), bytes(stats.bytes)];
    if stats.files_total > 0 {
        parts.push(of(stats.files_read, stats.files_total, "file"));
    }
    if rows > 0 {
        parts.push(counted(rows, "row"));
    }
    parts
}

/// What a statement will read: `Reads 3.4 MB of 210 MB from 4 of 16 files in 12 requests`. `size_bytes` is the size
/// of the tables that it reads, when that is known.
#[must_use]
pub fn promise(plan: &Plan, size_bytes: Option<u64>) -> String {
    let files_kept: u64 = plan.scans.iter().map(|scan| scan.files_kept).sum();
    let files_total: u64 = plan.scans.iter().map(|scan| scan.files_total).sum();
    if plan.requests == 0 && plan.bytes == 0 {
        return "Reads no data: the metadata is enough, or it was read before".to_owned();
    }
    let about = if plan.estimate { "about " } else { "" };
    let read = of_bytes(plan.bytes, size_bytes.unwrap_or(0));
    let from = if files_total > 0 {
        format!(" from {}", of(files_kept, files_total, "file"))
    } else {
        String::new()
    };
    format!(
        "Reads {about}{read}{from} in {about}{}",
        counted(plan.requests, "request")
    )
}

/// What a statement need not read, and by what: `12 files skipped by partition, 3 by statistics`.
#[must_use]
pub fn skipped(plan: &Plan) -> Option<String> {
    let sum = |of: fn(&ScanPlan) -> u64| plan.scans.iter().map(of).sum::<u64>();
    let (partition, statistics) = (
        sum(|scan| scan.skipped_by_partition),
        sum(|scan| scan.skipped_by_statistics),
    );
    match (partition, statistics) {
        (0, 0) => None,
        (0, some) => Some(format!("{} skipped by statistics", counted(some, "file"))),
        (some, 0) => Some(format!("{} skipped by partition", counted(some, "file"))),
        (some, more) => Some(format!(
            "{} skipped by partition, {} by statistics",
            counted(some, "file"),
            count(more)
        )),
    }
}

/// The versions that were read: `Read parts at version 12, cameras at version 3`. Empty when no table has versions.
#[must_use]
pub fn versions(versions: &BTreeMap<String, u64>) -> String {
    let each: Vec<String> = versions
        .iter()
        .map(|(table, version)| format!("{table} at version {version}"))
        .collect();
    if each.is_empty() {
        String::new()
    } else {
        format!("Read {}", each.join(", "))
    }
}

fn of(part: u64, whole: u64, noun: &str) -> String {
    format!("{} of {}", count(part), counted(whole, noun))
}

/// Metadata may cost more bytes than a small table has: then the whole says nothing.
fn of_bytes(part: u64, whole: u64) -> String {
    if whole >= part && whole > 0 {
        format!("{} of {}", bytes(part), bytes(whole))
    } else {
        bytes(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_skipped() {
        let plan = |partition, statistics| Plan {
            scans: vec![ScanPlan {
                skipped_by_partition: partition,
                skipped_by_statistics: statistics,
                ..ScanPlan::default()
            }],
            ..Plan::default()
        };
        assert_eq!(skipped(&plan(0, 0)), None);
        assert_eq!(skipped(&plan(1, 0)).as_deref(), Some("1 file skipped by partition"));
        let both = skipped(&plan(12, 3));
        assert_eq!(both.as_deref(), Some("12 files skipped by partition, 3 by statistics"));
    }

    #[test]
    fn says_what_it_cost() {
        let stats = Stats {
            requests: 12,
            bytes: 3_400_000,
            bytes_total: 210_000_000,
            files_total: 16,
            files_read: 4,
            row_groups_total: 53,
            row_groups_read: 9,
            network_millis: 0.0,
            millis: 1234.0,
        };
        let line = "12 requests · 3.4 MB of 210 MB · 4 of 16 files · 9 of 53 row groups · 1,234 ms";
        assert_eq!(cost(&stats).join(" · "), line);
        assert_eq!(
            progress(&stats, 1).join(" · "),
            "12 requests · 3.4 MB · 4 of 16 files · 1 row"
        );
        assert_eq!(cost(&Stats::default()).join(" · "), "0 requests · 0 B · 0 ms");
    }

    #[test]
    fn names_the_versions_that_were_read() {
        let read = BTreeMap::from([("parts".to_owned(), 12), ("cameras".to_owned(), 3)]);
        assert_eq!(versions(&read), "Read cameras at version 3, parts at version 12");
        assert_eq!(versions(&BTreeMap::new()), "");
    }

    #[test]
    fn says_what_it_will_read() {
        let scan = |files_kept, files_total| ScanPlan {
            files_total,
            files_kept,
            ..ScanPlan::default()
        };
        let mut plan = Plan {
            scans: vec![scan(3, 10), scan(1, 6)],
            bytes: 3_400_000,
            requests: 12,
            ..Plan::default()
        };
        assert_eq!(
            promise(&plan, Some(210_000_000)),
            "Reads 3.4 MB of 210 MB from 4 of 16 files in 12 requests"
        );
        plan.estimate = true;
        assert_eq!(
            promise(&plan, None),
            "Reads about 3.4 MB from 4 of 16 files in about 12 requests"
        );
        plan.scans.clear();
        assert_eq!(promise(&plan, None), "Reads about 3.4 MB in about 12 requests");
        assert!(promise(&Plan::default(), Some(5)).starts_with("Reads no data"));
    }
}
