//! What made a statement slow, in words.

use super::funnel::scans_of;
use crate::protocol::{Answer, Operator, Plan, ScanPlan, Scanned, Stats};
use crate::ui::wording::{bytes, count, counted, duration};

/// Below this nobody waits.
const QUICK_MILLIS: f64 = 300.0;
/// Shares of the time from which something is the reason.
const MOST: f64 = 0.5;
/// A share of the time that is worth a word.
const MUCH: f64 = 0.3;
/// Requests for less than this cost their round trip and not their bytes.
const SMALL_REQUEST_BYTES: u64 = 64 << 10;
/// Requests from which small ones add up.
const MANY_REQUESTS: u64 = 16;
/// Bytes of a scan that are worth pruning.
const WORTH_PRUNING: u64 = 1 << 20;
/// Rows decoded for one that matched, from which they were decoded in vain.
const IN_VAIN: u64 = 100;
/// Rows from which decoding and joining count.
const MANY_ROWS: u64 = 100_000;
/// Columns from which naming fewer may help.
const MANY_COLUMNS: usize = 20;
/// Rows of a join for each of its inputs, from which keys repeat on both sides.
const GROWTH: u64 = 4;

/// What a finished statement spent its time on, the most important first.
#[must_use]
pub fn reasons(plan: &Plan, answer: &Answer) -> Vec<String> {
    let stats = &answer.stats;
    let computed: f64 = answer.operators.iter().filter_map(|operator| operator.millis).sum();
    let mut said = vec![spent(stats, computed)];
    if stats.millis < QUICK_MILLIS {
        said.push("It was quick: nothing stands out.".to_owned());
        return said;
    }
    said.extend(network(stats));
    let scans = scans_of(&answer.operators);
    for (place, scan) in plan.scans.iter().enumerate() {
        let ran = scans.get(place).filter(|(scanned, _)| scanned.table == scan.table);
        said.extend(pruning(scan));
        said.extend(ran.and_then(|(scanned, passed)| in_vain(scanned, *passed)));
        said.extend(columns(scan));
    }
    said.extend(slowest(&answer.operators, computed, stats.millis));
    said.extend((0..answer.operators.len()).filter_map(|place| growth(&answer.operators, place)));
    said
}

fn spent(stats: &Stats, computed: f64) -> String {
    let [all, network, computed] = [stats.millis, stats.network_millis, computed].map(duration);
    format!("It took {all}: for {network} of it a request was under way, and the operators computed for {computed}.")
}

fn network(stats: &Stats) -> Option<String> {
    if stats.requests == 0 || stats.network_millis < stats.millis * MOST {
        return None;
    }
    let each = stats.bytes / stats.requests;
    Some(if stats.requests >= MANY_REQUESTS && each < SMALL_REQUEST_BYTES {
        format!(
            "Most of it was waiting for {}, of {} each: small files or row groups cost a round trip each. Fewer, larger \
             files would help (OPTIMIZE).",
            counted(stats.requests, "request"),
            bytes(each)
        )
    } else {
        format!(
            "Most of it was waiting for the network: {} in {}.",
            bytes(stats.bytes),
            counted(stats.requests, "request")
        )
    })
}

fn pruning(scan: &ScanPlan) -> Option<String> {
    let reads_all = scan.files_total > 1 && scan.files_kept == scan.files_total && scan.bytes >= WORTH_PRUNING;
    if !reads_all {
        return None;
    }
    let all = format!("the {} of {}", counted(scan.files_total, "file"), scan.table);
    Some(if scan.predicates.is_empty() {
        format!("No filter lets files be skipped: all of {all} are read.")
    } else {
        format!(
            "The filter {} skips none of {all}: the bounds of each allow for a match. Files that are partitioned, sorted or \
             clustered by its columns would be skipped; the table's page shows under Files how well they are.",
            scan.predicates.join(" AND ")
        )
    })
}

fn in_vain(scanned: &Scanned, passed: Option<u64>) -> Option<String> {
    let passed = passed?;
    let decoded = scanned.rows_selected;
    (decoded >= MANY_ROWS && passed.saturating_mul(IN_VAIN) < decoded).then(|| {
        format!(
            "Of {} decoded of {}, {} passed the filter: bounds of row groups and pages could not tell them apart.",
            counted(decoded, "row"),
            scanned.table,
            count(passed)
        )
    })
}

fn columns(scan: &ScanPlan) -> Option<String> {
    (scan.columns.len() >= MANY_COLUMNS && scan.bytes >= WORTH_PRUNING).then(|| {
        format!(
            "{} of {} are read; every column costs bytes, so naming only those that are needed fetches less.",
            counted(scan.columns.len() as u64, "column"),
            scan.table
        )
    })
}

fn slowest(operators: &[Operator], computed: f64, all: f64) -> Option<String> {
    if computed < all * MUCH {
        return None;
    }
    let time = |operator: &&Operator| operator.millis.unwrap_or_default();
    let slowest = operators.iter().max_by(|a, b| time(a).total_cmp(&time(b)))?;
    let took = time(&slowest);
    (took >= computed * MUCH).then(|| {
        let rows = slowest
            .rows
            .map(|rows| format!(", which gave {}", counted(rows, "row")))
            .unwrap_or_default();
        format!(
            "Of the computing, {} ({}{rows}) took most: {}.",
            deed(&slowest.name),
            slowest.name,
            duration(took)
        )
    })
}

/// What an operator does, by its name.
fn deed(name: &str) -> &'static str {
    match name {
        "SortExec" | "SortPreservingMergeExec" => "sorting",
        "AggregateExec" => "grouping",
        "FilterExec" => "filtering",
        "ProjectionExec" => "computing columns",
        "DataSourceExec" => "decoding",
        name if name.contains("Join") => "joining",
        name if name.contains("Window") => "the window functions",
        _ => "one operator",
    }
}

fn growth(operators: &[Operator], place: usize) -> Option<String> {
    let join = operators.get(place).filter(|operator| operator.name.contains("Join"))?;
    let rows = join.rows.filter(|rows| *rows >= MANY_ROWS)?;
    let below = operators.get(place + 1..)?.iter();
    let inputs: Vec<u64> = below
        .take_while(|operator| operator.depth > join.depth)
        .filter(|operator| operator.depth == join.depth + 1)
        .map(|operator| operator.rows.unwrap_or(u64::MAX))
        .collect();
    let largest = *inputs.iter().max()?;
    (rows > largest.saturating_mul(GROWTH)).then(|| {
        let inputs: Vec<String> = inputs.iter().map(|rows| count(*rows)).collect();
        format!(
            "A join makes {} from {}: its keys repeat on both sides. Is a condition missing?",
            counted(rows, "row"),
            inputs.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(stats: Stats, operators: Vec<Operator>) -> Answer {
        Answer {
            result: 1,
            columns: vec![],
            rows: 1,
            complete: true,
            stats,
            versions: [].into(),
            operators,
            fetched: vec![],
        }
    }

    fn operator(depth: u32, name: &str, rows: u64, millis: f64) -> Operator {
        Operator {
            depth,
            name: name.to_owned(),
            rows: Some(rows),
            millis: Some(millis),
            ..Operator::default()
        }
    }

    #[test]
    fn what_is_quick_is_said_to_be() {
        let stats = Stats {
            millis: 120.0,
            ..Stats::default()
        };
        let said = reasons(&Plan::default(), &answer(stats, vec![]));
        assert_eq!(
            said,
            [
                "It took 120 ms: for 0 ms of it a request was under way, and the operators computed for 0 ms.",
                "It was quick: nothing stands out."
            ]
        );
    }

    #[test]
    fn many_small_requests_are_named() {
        let stats = Stats {
            millis: 4000.0,
            network_millis: 3500.0,
            requests: 100,
            bytes: 1_000_000,
            ..Stats::default()
        };
        let said = reasons(&Plan::default(), &answer(stats, vec![]));
        assert!(
            said[1].contains("100 requests, of 10 kB each") && said[1].contains("OPTIMIZE"),
            "{said:?}"
        );
    }

    #[test]
    fn a_filter_that_skips_nothing_and_rows_decoded_in_vain_are_named() {
        let mut scan = operator(1, "DataSourceExec", 1_000_000, 900.0);
        scan.scanned = Some(Scanned {
            table: "t".to_owned(),
            rows_selected: 1_000_000,
            ..Scanned::default()
        });
        let plan = Plan {
            scans: vec![ScanPlan {
                table: "t".to_owned(),
                predicates: vec!["city = 'Oslo'".to_owned()],
                files_total: 16,
                files_kept: 16,
                bytes: 9 << 20,
                ..ScanPlan::default()
            }],
            ..Plan::default()
        };
        let stats = Stats {
            millis: 1500.0,
            ..Stats::default()
        };
        let said = reasons(&plan, &answer(stats, vec![operator(0, "FilterExec", 12, 50.0), scan]));
        assert!(
            said[1].starts_with("The filter city = 'Oslo' skips none of the 16 files of t"),
            "{said:?}"
        );
        assert!(
            said[2].starts_with("Of 1,000,000 rows decoded of t, 12 passed"),
            "{said:?}"
        );
        assert!(
            said[3].contains("decoding (DataSourceExec, which gave 1,000,000 rows) took most: 900 ms"),
            "{said:?}"
        );
    }

    #[test]
    fn a_join_that_multiplies_its_rows_is_named() {
        let operators = vec![
            operator(0, "HashJoinExec", 5_000_000, 800.0),
            operator(1, "DataSourceExec", 1000, 1.0),
            operator(1, "ProjectionExec", 20_000, 1.0),
            operator(2, "DataSourceExec", 20_000, 1.0),
        ];
        let stats = Stats {
            millis: 1000.0,
            ..Stats::default()
        };
        let said = reasons(&Plan::default(), &answer(stats, operators));
        assert!(
            said.iter()
                .any(|line| line.starts_with("A join makes 5,000,000 rows from 1,000 and 20,000")),
            "{said:?}"
        );
    }
}
