//! The pruning funnel of a scan: from all files of a table to the rows that passed.

use crate::protocol::{Operator, ScanPlan, Scanned};
use crate::ui::wording::{count, counted};

/// One level of the funnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Of what.
    pub name: &'static str,
    /// How many went on.
    pub kept: u64,
    /// Of how many.
    pub of: u64,
    /// What held the others back.
    pub why: String,
}

/// The scans of a plan that has run, each with the rows that passed the filter above it, if there is one.
#[must_use]
pub fn scans_of(operators: &[Operator]) -> Vec<(&Scanned, Option<u64>)> {
    let scans = operators.iter().enumerate().filter_map(|(place, operator)| {
        let scanned = operator.scanned.as_ref()?;
        Some((scanned, passed(operators, place)))
    });
    scans.collect()
}

/// Rows that passed the filter right above the scan at `place`, past operators that change none.
fn passed(operators: &[Operator], place: usize) -> Option<u64> {
    let mut depth = operators.get(place)?.depth;
    for above in operators.get(..place)?.iter().rev() {
        if above.depth + 1 != depth {
            return None;
        }
        match above.name.as_str() {
            "FilterExec" => return above.rows,
            "CooperativeExec" | "CoalesceBatchesExec" | "RepartitionExec" => depth = above.depth,
            _ => return None,
        }
    }
    None
}

/// The levels of one scan, as planned or, once it has run, as it went.
#[must_use]
pub fn funnel(plan: &ScanPlan, ran: Option<(&Scanned, Option<u64>)>) -> Vec<Level> {
    let mut levels = vec![Level {
        name: "Files",
        kept: plan.files_kept,
        of: plan.files_total,
        why: by_the_log(plan),
    }];
    let Some((scanned, passed)) = ran else {
        levels.push(Level {
            name: "Row groups",
            kept: plan.row_groups_kept,
            of: plan.row_groups_total,
            why: "by the bounds in the footers that are known".to_owned(),
        });
        return levels.into_iter().filter(|level| level.of > 0).collect();
    };
    let of_opened = if scanned.files_passed > 0 {
        format!(
            "{} passed over as a filter grew narrower, others by bounds in their footers",
            counted(scanned.files_passed, "file")
        )
    } else if scanned.files_read < scanned.files_opened {
        "by bounds and bloom filters in their footers".to_owned()
    } else {
        "what was not read was not needed".to_owned()
    };
    levels.push(Level {
        name: "Files read",
        kept: scanned.files_read,
        of: plan.files_kept,
        why: of_opened,
    });
    levels.push(Level {
        name: "Row groups",
        kept: scanned.row_groups_read,
        of: scanned.row_groups_total,
        why: why(
            scanned.row_groups_read,
            scanned.row_groups_total,
            "of the files opened; the others by bounds or bloom filters, or not needed",
        ),
    });
    levels.push(Level {
        name: "Pages",
        kept: scanned.pages_read,
        of: scanned.pages_total,
        why: "of row groups that their page index narrowed".to_owned(),
    });
    levels.push(Level {
        name: "Rows decoded",
        kept: scanned.rows_selected,
        of: scanned.rows_total,
        why: decoded(scanned),
    });
    if let Some(passed) = passed {
        levels.push(Level {
            name: "Rows that match",
            kept: passed,
            of: scanned.rows_selected,
            why: "by the filter, row by row".to_owned(),
        });
    }
    // A level with nothing to say, such as pages without an index, is left out; so is one that kept all it was given.
    levels
        .into_iter()
        .filter(|level| level.of > 0 && !(level.name == "Files read" && level.kept == level.of))
        .collect()
}

/// Why only `kept` are left, if they are not all.
fn why(kept: u64, of: u64, why: &str) -> String {
    if kept == of { String::new() } else { why.to_owned() }
}

fn decoded(scanned: &Scanned) -> String {
    let rows = why(
        scanned.rows_selected,
        scanned.rows_total,
        "of the files opened, without deleted rows",
    );
    let shared = match scanned.row_groups_shared {
        0 => String::new(),
        shared => format!("{} in other workers", counted(shared, "row group")),
    };
    [rows, shared]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

fn by_the_log(plan: &ScanPlan) -> String {
    match (plan.skipped_by_partition, plan.skipped_by_statistics) {
        (0, 0) if plan.predicates.is_empty() => "no filter to skip files by".to_owned(),
        (0, 0) => "no file could be skipped".to_owned(),
        (partition, 0) => format!("{} skipped by partition", count(partition)),
        (0, statistics) => format!("{} skipped by statistics", count(statistics)),
        (partition, statistics) => format!(
            "{} skipped by partition, {} by statistics",
            count(partition),
            count(statistics)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(depth: u32, name: &str, rows: u64) -> Operator {
        Operator {
            depth,
            name: name.to_owned(),
            rows: Some(rows),
            scanned: (name == "DataSourceExec").then(|| Scanned {
                files_opened: 2,
                files_read: 1,
                row_groups_total: 4,
                row_groups_read: 1,
                rows_total: 400,
                rows_in_row_groups: 100,
                rows_selected: 100,
                ..Scanned::default()
            }),
            ..Operator::default()
        }
    }

    #[test]
    fn a_scan_is_told_with_what_its_own_filter_let_through() {
        let operators = [
            operator(0, "HashJoinExec", 7),
            operator(1, "FilterExec", 5),
            operator(2, "CooperativeExec", 100),
            operator(3, "DataSourceExec", 100),
            operator(1, "DataSourceExec", 100),
        ];
        let scans = scans_of(&operators);
        assert_eq!(
            scans.iter().map(|(_, passed)| *passed).collect::<Vec<_>>(),
            [Some(5), None]
        );
        let plan = ScanPlan {
            files_total: 16,
            files_kept: 2,
            skipped_by_partition: 10,
            skipped_by_statistics: 4,
            predicates: vec!["n > 5".to_owned()],
            ..ScanPlan::default()
        };
        let levels = funnel(&plan, scans.first().copied());
        let numbers: Vec<_> = levels.iter().map(|level| (level.name, level.kept, level.of)).collect();
        assert_eq!(
            numbers,
            [
                ("Files", 2, 16),
                ("Files read", 1, 2),
                ("Row groups", 1, 4),
                ("Rows decoded", 100, 400),
                ("Rows that match", 5, 100)
            ]
        );
        assert_eq!(levels[0].why, "10 skipped by partition, 4 by statistics");
    }

    #[test]
    fn before_it_ran_only_what_is_planned_is_told() {
        let plan = ScanPlan {
            files_total: 3,
            files_kept: 3,
            ..ScanPlan::default()
        };
        let levels = funnel(&plan, None);
        assert_eq!(levels.len(), 1);
        assert_eq!(levels[0].why, "no filter to skip files by");
    }
}
