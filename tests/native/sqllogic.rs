//! DataFusion's own SQL tests (the `.slt` files of the crate `datafusion-sqllogictest`) through Limn's session.
//!
//! Every file runs, record by record, save the files that `sqllogic/left_out.txt` names with a reason; so do the
//! records that it names. What is listed and would pass fails the test as well, so that the list stays honest.
//! Three things are decided by rule, and counted:
//! - The tests expect four partitions and a tab has one, so the statement that sets their number is skipped, an
//!   EXPLAIN must only agree in its logical plan, and rows may come in another order where the SQL asks for none.
//! - A tab has no files, and most files of DataFusion's repository are not in the crate. A table over one that is in
//!   the corpora is loaded into memory; other statements over files, and over tables made from them, are left out.
//!
//! Each file that passed with nothing from outside leaves `target/sqllogic/<path>.json` for the browser, which
//! replays it through the wasm engine: an array of statements in order,
//! `{"sql": "...", "outcome": {"rows": [["text" or null, ...], ...]} or {"error": true}, "sorted": false, "mutates": false}`.
//! `rows` are cells as the grid gets them; when `sorted`, both sides are sorted before they are compared, and with
//! `"rows": null` only success counts (times, random numbers). A statement that `mutates` must run even when only a part
//! is replayed. Every file begins with an empty session. `target/sqllogic/index.json` names the files, which are those
//! below the bounds in `sqllogic/replay.rs`, with their numbers of statements.
//!
//! `LIMN_SQLLOGIC=part-of-a-path` runs a part.

mod database;
mod left_out;
mod outside;
mod replay;
mod runner;
mod test_files;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use left_out::LeftOut;
use runner::{Report, run_file};
use test_files::TestFiles;

/// DataFusion plans by recursion, deeper than a test thread's 2 MiB in a debug build.
const STACK_BYTES: usize = 64 << 20;

#[test]
fn datafusions_own_tests_pass() {
    let files = TestFiles::find();
    let left_out = LeftOut::read();
    let wanted = std::env::var("LIMN_SQLLOGIC").unwrap_or_default();
    let paths: Vec<&String> = files.paths.iter().filter(|path| path.contains(&wanted)).collect();
    let reports = in_parallel(&paths, |path| run_file(&files, path, &left_out));
    replay::write(&reports);
    let summary = summary(&reports, &left_out);
    println!("{summary}");
    let mut failures: Vec<String> = reports.iter().flat_map(Report::failures).collect();
    failures.extend(left_out.unknown(&files.paths));
    assert!(failures.is_empty(), "{}\n{summary}", failures.join("\n"));
}

/// Runs `work` for every path on as many threads as there are processors, long ones first.
fn in_parallel(paths: &[&String], work: impl Fn(&str) -> Report + Sync) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let run = || {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = work(path);
                    println!("{path}: {} records in {:.0} ms", report.passed, report.millis);
                    reports.lock().unwrap().push(report);
                }
            };
            std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, run)
                .unwrap();
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort_by(|a, b| a.path.cmp(&b.path));
    reports
}

fn summary(reports: &[Report], left_out: &LeftOut) -> String {
    let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum::<usize>();
    let run = reports.iter().filter(|report| !report.is_left_out).count();
    let mut slow: Vec<_> = reports.iter().map(|report| (report.millis, &report.path)).collect();
    slow.sort_by(|a, b| b.0.total_cmp(&a.0));
    let slowest: Vec<_> = slow
        .iter()
        .take(10)
        .map(|(millis, path)| format!("{path} {millis:.0} ms"))
        .collect();
    format!(
        "{run} of {} files ran, {} records passed (of which {} in another order, {} with another physical plan); \
         {} records left out by name, {} for missing files, {} settings of partitions skipped\n{}\nslowest: {}",
        reports.len(),
        sum(|report| report.passed),
        sum(|report| report.reordered),
        sum(|report| report.replanned),
        sum(|report| report.listed),
        sum(|report| report.missing),
        sum(|report| report.skipped),
        left_out.counts(),
        slowest.join(", "),
    )
}
