//! Numbers in words: bytes, counts, times, and the lines that say what a statement will cost and did cost.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::error::Kind;
use crate::protocol::{Plan, ScanPlan, Stats};

/// Writes a number with so many places behind the point.
type WriteNumber = fn(f64, usize) -> String;

thread_local! {
    /// How the person writes numbers, once that is known.
    static WRITE_NUMBER: Cell<Option<WriteNumber>> = const { Cell::new(None) };
}

/// Above this a float does not hold every whole number.
const EXACT: u64 = 1 << 53;

/// From here on numbers are written in this way.
pub fn write_numbers_by(write: WriteNumber) {
    WRITE_NUMBER.set(Some(write));
}

/// A number with so many places behind the point: `3.4`.
#[must_use]
pub fn decimal(value: f64, places: usize) -> String {
    match WRITE_NUMBER.get() {
        Some(write) => write(value, places),
        None => format!("{value:.places$}"),
    }
}

/// Bytes in decimal units, three digits at most: `3.4 MB`.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "B";
    for larger in UNITS {
        // What would round up to 1000 belongs to the next unit.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if value < 9.95 {
        format!("{} {unit}", decimal(value, 1))
    } else {
        format!("{} {unit}", decimal(value, 0))
    }
}

/// A count with its thousands apart: `1,234,567`.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn count(number: u64) -> String {
    if let Some(write) = WRITE_NUMBER.get().filter(|_| number < EXACT) {
        return write(number as f64, 0);
    }
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun, which takes an s: `1 file`, `2 files`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Milliseconds: `1,234 ms`.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn millis(time: f64) -> String {
    format!("{} ms", count(time.max(0.0).round() as u64))
}

/// A running time, to a tenth: `12.3 s`.
#[must_use]
pub fn seconds(millis: f64) -> String {
    format!("{} s", decimal(millis.max(0.0) / 1000.0, 1))
}

/// How long something took: `123 ms`, from ten seconds on `12.3 s`.
#[must_use]
pub fn duration(time: f64) -> String {
    if time < 10_000.0 { millis(time) } else { seconds(time) }
}

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

/// A time of commit, to the minute: in UTC, or so many minutes east of it.
#[must_use]
pub fn moment(millis: i64, offset: Option<i32>) -> Option<String> {
    let time = DateTime::from_timestamp_millis(millis)?;
    Some(match offset {
        None => time.format("%Y-%m-%d %H:%M UTC").to_string(),
        Some(minutes) => time
            .with_timezone(&FixedOffset::east_opt(minutes * 60)?)
            .format("%Y-%m-%d %H:%M %:z")
            .to_string(),
    })
}

/// An instant as the engine writes it (`2026-11-22T12:00:00.5Z`), as precise as it is, where the clock stands so many
/// minutes east of UTC; what is no instant stays as it is.
#[must_use]
pub fn instant(text: &str, offset: impl Fn(i64) -> Option<i32>) -> String {
    let moved = || {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        let minutes = offset(time.timestamp_millis())?;
        let there = time.with_timezone(&FixedOffset::east_opt(minutes * 60)?);
        // Its digits behind the point are the same everywhere.
        let (_, behind) = text.split_at_checked("2026-11-22T12:00:00".len())?;
        let fraction = behind.strip_suffix('Z')?;
        Some(format!(
            "{}{fraction}{}",
            there.format("%Y-%m-%dT%H:%M:%S"),
            there.format("%:z")
        ))
    };
    moved().unwrap_or_else(|| text.to_owned())
}

/// What happened, as a heading.
#[must_use]
pub fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => "Nothing is there",
        Kind::Denied => "The host refused",
        Kind::Blocked => "The browser could not read the answer",
        Kind::NoRanges => "The host ignores byte ranges",
        Kind::Changed => "The file changed while it was read",
        Kind::Elsewhere => "The table’s files lie elsewhere",
        Kind::NotATable => "Not a table that Limn knows",
        Kind::Unsupported => "Not supported yet",
        Kind::Damaged => "The file is damaged",
        Kind::Sql => "The statement does not work",
        Kind::TooBig => "Too big",
        Kind::Cancelled => "Stopped",
        Kind::BadLink => "The link cannot be understood",
        Kind::Crashed => "The engine stopped",
        Kind::Bug => "A mistake of Limn’s own",
    }
}

/// What usually helps.
#[must_use]
pub fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => {
            "Open the URL in a new tab: it should give the file, or for a Delta table the folder that holds _delta_log. Some stores answer the same when they hide what you may not see."
        }
        Kind::Denied => {
            "Sign in with the host, ask its owner for access, or get a fresh signed URL: signed URLs expire."
        }
        Kind::Blocked => {
            "The host must allow pages of other origins: Access-Control-Allow-Origin for this page, GET, and the Range header. A page on https cannot read from http. The browser’s console names the cause."
        }
        Kind::NoRanges => {
            "Serve the files from a host that answers 206 to a Range request; object stores and nginx do."
        }
        Kind::Changed => "Someone wrote to the table meanwhile. Open it again to read its new state.",
        Kind::Elsewhere => {
            "The tab reads from another place than the table’s only when you say so. The host there must allow this page, too."
        }
        Kind::NotATable => "Give the folder that holds _delta_log, or one or several .parquet files.",
        Kind::Unsupported => {
            "Rows are not shown because they could be wrong. Read an older version, or have the table written without that feature."
        }
        Kind::Damaged => "The bytes break the format’s rules. Another version of the table may still be readable.",
        Kind::Sql => "Limn speaks the SQL of Apache DataFusion and only reads.",
        Kind::TooBig => "Add a filter or a LIMIT, name fewer columns, or aggregate.",
        Kind::Cancelled => "Run it again whenever you like.",
        Kind::BadLink => "Correct it in the address bar or ask for the link again.",
        Kind::Crashed => "The engine is started again and the tables are reopened. If it happens again, ask for less.",
        Kind::Bug => "Please report it together with these details.",
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
    fn bytes_have_two_or_three_digits() {
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_960, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (3_400_000, "3.4 MB"),
            (210_000_000, "210 MB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([counted(1, "file"), counted(0, "file")], ["1 file", "0 files"]);
        assert_eq!(
            [millis(1234.4), millis(-1.0), millis(f64::NAN)],
            ["1,234 ms", "0 ms", "0 ms"]
        );
        assert_eq!(seconds(1250.0), "1.2 s");
    }

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
    fn instants_keep_their_precision_wherever_they_are_read() {
        let there = |text: &str| instant(text, |_| Some(330));
        assert_eq!(there("2026-11-22T20:00:00Z"), "2026-11-23T01:30:00+05:30");
        assert_eq!(
            there("2026-11-22T20:00:00.000000001Z"),
            "2026-11-23T01:30:00.000000001+05:30"
        );
        for other in [
            "2026-11-22T20:00:00",
            "+12026-11-22T20:00:00Z",
            "-0001-01-01T00:00:00Z",
            "",
            "Z",
            "ü",
        ] {
            assert_eq!(there(other), other);
        }
        assert_eq!(instant("2026-11-22T20:00:00Z", |_| None), "2026-11-22T20:00:00Z");
    }

    #[test]
    fn numbers_are_written_as_the_person_does() {
        write_numbers_by(|value, places| format!("{value:.places$}").replace('.', ","));
        assert_eq!(
            [bytes(3_400_000), count(1234), seconds(1550.0)],
            ["3,4 MB", "1234", "1,6 s"]
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn times_are_in_utc() {
        assert_eq!(moment(1_795_340_999_000, None).as_deref(), Some("2026-11-22 09:49 UTC"));
        assert_eq!(
            moment(1_795_340_999_000, Some(-210)).as_deref(),
            Some("2026-11-22 06:19 -03:30")
        );
        assert_eq!(moment(i64::MAX, None), None);
        assert_eq!(moment(0, Some(i32::MAX / 60)), None);
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
