//! Runs one test file, record by record.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use datafusion_sqllogictest::{DFColumnType, df_value_validator, value_normalizer};
use futures::FutureExt;
use sqllogictest::{
    Location, QueryExpect, Record, Runner, SortMode, TestError, TestErrorKind, strict_column_validator,
};

use super::database::Database;
use super::left_out::LeftOut;
use super::outside::{Outside, external_table, written_table};
use super::replay::Statement;
use super::test_files::TestFiles;

/// Characters of a failure that are told.
const FAILURE_CHARS: usize = 1500;

/// How a file went.
#[derive(Debug, Default)]
pub struct Report {
    /// Its path below `test_files/`.
    pub path: String,
    /// Was it left out as a whole, as listed?
    pub is_left_out: bool,
    /// Records that passed.
    pub passed: usize,
    /// Those of them whose rows came in another order, where none was asked for.
    pub reordered: usize,
    /// Those of them whose physical plan was another.
    pub replanned: usize,
    /// Records that failed as listed.
    pub listed: usize,
    /// Records over tables that could not be made.
    pub missing: usize,
    /// Statements about the number of partitions.
    pub skipped: usize,
    /// Did it need nothing from outside?
    pub is_self_contained: bool,
    /// How long it took.
    pub millis: f64,
    /// What passed, for the browser.
    pub statements: Vec<Statement>,
    failed: Vec<(String, String)>,
}

impl Report {
    /// What is wrong, a line each, ready for the list.
    pub fn failures(&self) -> Vec<String> {
        self.failed
            .iter()
            .map(|(place, text)| format!("{}: {place} # {text}", self.path))
            .collect()
    }

    /// Can the browser replay it?
    pub fn is_replayable(&self) -> bool {
        !self.is_left_out && self.is_self_contained && self.failed.is_empty() && !self.statements.is_empty()
    }
}

/// Runs the file at `path`; one that is left out only until its first failure, which shows that it does fail.
pub fn run_file(files: &TestFiles, path: &str, left_out: &LeftOut) -> Report {
    let start = limn::runtime::now_millis();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let is_left_out = left_out.file(path);
    let mut report = runtime.block_on(run(files, path, left_out.records(path), is_left_out));
    report.millis = limn::runtime::now_millis() - start;
    report.is_left_out = is_left_out;
    if is_left_out {
        report.statements.clear();
        let passes = std::mem::take(&mut report.failed).is_empty();
        report
            .failed
            .extend(passes.then(|| ("*".to_owned(), "listed, but the file passes".to_owned())));
    }
    report
}

async fn run(files: &TestFiles, path: &str, listed: BTreeSet<String>, until_failure: bool) -> Report {
    let database = Database::new(path, Outside::new(files)).await;
    let mut runner = Runner::new(|| async { Ok(database.clone()) });
    runner.add_label("Datafusion");
    runner.with_column_validator(strict_column_validator);
    runner.with_normalizer(value_normalizer);
    runner.with_validator(df_value_validator);
    let mut file = Run {
        report: Report {
            path: path.to_owned(),
            ..Report::default()
        },
        listed,
        missing: BTreeSet::new(),
        is_without_data: files.corpora.is_none(),
    };
    let records = sqllogictest::parse_file(files.root.join("test_files").join(path)).unwrap();
    for record in records {
        let Some(about) = About::of(&record) else {
            runner.run_async(record).await.unwrap();
            continue;
        };
        if about.sets_partitions() {
            file.report.skipped += 1;
            continue;
        }
        let verdict = match AssertUnwindSafe(runner.run_async(record)).catch_unwind().await {
            Err(_) => Verdict::Failed("panicked".to_owned()),
            Ok(result) => Verdict::of(&about, result.err(), &file.missing),
        };
        file.note(about, verdict, &database);
        if until_failure && !file.report.failed.is_empty() {
            break;
        }
    }
    file.report.is_self_contained = file.report.missing == 0 && database.is_self_contained();
    file.finish()
}

/// A file under way.
struct Run {
    report: Report,
    listed: BTreeSet<String>,
    missing: BTreeSet<String>,
    /// Files of other systems are not there: what is listed may fail only over those.
    is_without_data: bool,
}

impl Run {
    fn note(&mut self, about: About, verdict: Verdict, database: &Database) {
        let outcome = database.take_outcome();
        let is_listed = self.listed.remove(&about.place);
        let report = &mut self.report;
        match verdict {
            Verdict::Missing => {
                report.missing += 1;
                self.missing
                    .extend(written_table(&about.sql).map(|name| table_key(&name)));
            }
            Verdict::Failed(_) if is_listed => {
                report.listed += 1;
                let statement = Statement::new(about, outcome);
                // What a listed statement changed is there for the ones that follow.
                report.statements.extend(Some(statement).filter(Statement::mutates));
            }
            Verdict::Failed(text) => report.failed.push((about.place, text)),
            _ if is_listed && !self.is_without_data => {
                report.failed.push((about.place, "listed, but it passes".to_owned()));
            }
            passed => {
                report.passed += 1;
                report.reordered += usize::from(matches!(passed, Verdict::Reordered));
                report.replanned += usize::from(matches!(passed, Verdict::Replanned));
                report.statements.push(Statement::new(about, outcome));
            }
        }
    }

    fn finish(self) -> Report {
        let mut report = self.report;
        let gone = self
            .listed
            .into_iter()
            .map(|place| (place, "listed, but there is no such record".to_owned()));
        // Records that depend on files from outside did not run where those are not.
        if report.missing == 0 {
            report.failed.extend(gone);
        }
        report
    }
}

/// What matters of a statement.
pub struct About {
    /// Its text.
    pub sql: String,
    /// Its rows are compared after sorting.
    pub sorted: bool,
    /// The expected rows have gaps.
    pub is_volatile: bool,
    place: String,
}

impl About {
    fn of(record: &Record<DFColumnType>) -> Option<Self> {
        let (sql, loc) = match record {
            Record::Statement { sql, loc, .. } | Record::Query { sql, loc, .. } => (sql.clone(), loc),
            _ => return None,
        };
        let mut about = Self {
            sql,
            place: place(loc),
            sorted: false,
            is_volatile: false,
        };
        if let Record::Query {
            expected: QueryExpect::Results { sort_mode, results, .. },
            ..
        } = record
        {
            about.sorted = matches!(sort_mode, Some(SortMode::RowSort | SortMode::ValueSort));
            about.is_volatile = results.iter().any(|line| line.contains("<slt:ignore>"));
        }
        Some(about)
    }

    /// A tab has one partition; the session does not let that be changed.
    fn sets_partitions(&self) -> bool {
        let sql = self.sql.trim_start().to_ascii_lowercase();
        (sql.starts_with("set ") || sql.starts_with("reset ")) && sql.contains("datafusion.execution.target_partitions")
    }

    fn explains(&self) -> bool {
        self.sql.trim_start().to_ascii_lowercase().starts_with("explain")
    }

    fn asks_for_order(&self) -> bool {
        self.sql
            .to_ascii_lowercase()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("order by")
    }
}

/// The line of a record; with the file's name when it is an included one.
fn place(loc: &Location) -> String {
    let text = loc.to_string();
    let first = text.lines().next().unwrap_or_default();
    let name = first.rsplit('/').next().unwrap_or_default();
    if text.contains('\n') {
        name.to_owned()
    } else {
        loc.line().to_string()
    }
}

enum Verdict {
    Passed,
    Reordered,
    Replanned,
    Missing,
    Failed(String),
}

impl Verdict {
    fn of(about: &About, error: Option<TestError>, missing: &BTreeSet<String>) -> Self {
        let Some(error) = error else { return Self::Passed };
        let kind = error.kind();
        if let TestErrorKind::QueryResultMismatch { expected, actual, .. } = &kind {
            if about.explains() && logical_plan(expected) == logical_plan(actual) {
                return Self::Replanned;
            }
            if !about.asks_for_order() && sorted(expected) == sorted(actual) {
                return Self::Reordered;
            }
        }
        if needs_missing(about, &kind, missing) {
            return Self::Missing;
        }
        Self::Failed(kind.to_string().chars().take(FAILURE_CHARS).collect())
    }
}

/// Did the statement fail for a file, or for a table that could not be made from one, or not be filled?
fn needs_missing(about: &About, kind: &TestErrorKind, missing: &BTreeSet<String>) -> bool {
    if matches!(kind, TestErrorKind::QueryResultMismatch { .. }) {
        return words(&about.sql).any(|word| missing.contains(&table_key(word)));
    }
    if matches!(kind, TestErrorKind::Fail { .. }) && external_table(&about.sql).is_some() {
        return true;
    }
    let (TestErrorKind::Fail { err, .. } | TestErrorKind::ErrorMismatch { err, .. }) = kind else {
        return false;
    };
    let text = err.to_string().to_ascii_lowercase();
    let is_gone = |name: &String| {
        ["not found", "doesn't exist"]
            .iter()
            .any(|end| text.contains(&format!("{name}' {end}")))
    };
    let no_files = ["no suitable object store found for file:", "no such file or directory"];
    no_files.iter().any(|message| text.contains(message)) || missing.iter().any(is_gone)
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
}

fn table_key(name: &str) -> String {
    name.replace('"', "")
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// The part of an explanation that does not depend on partitions; nothing where only the physical plan is shown.
fn logical_plan(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let physical = |line: &String| line.starts_with("physical_plan") || line.starts_with("Plan with Metrics");
    let plan: Vec<String> = lines.take_while(|line| !physical(line)).collect();
    if plan.first().is_some_and(|line| line.starts_with("logical_plan")) {
        plan
    } else {
        Vec::new()
    }
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.sort_unstable();
    lines
}
