//! Asks for commits a few at a time until they end, because a plain host lists nothing.

use futures::future::try_join_all;
use futures::{Stream, StreamExt, stream};

use crate::error::{Error, Kind, Result};
use crate::table::delta::commit::Commit;
use crate::table::delta::log::{Log, commit_name};

/// Commits of a log without a checkpoint that are asked for at once: few at first, then more.
const FIRST_WAVES: [u64; 4] = [5, 3, 6, 12];

/// The same, after a checkpoint: its own commit is asked for beside the first of them, and most writers put ten between
/// two checkpoints.
const LATER_WAVES: [u64; 3] = [3, 4, 8];

/// Commits asked for at once in a long log: four for each of the six connections of HTTP/1.1.
const WAVE: u64 = 24;

/// The same, of known versions.
const AT_ONCE: usize = 24;

/// Absent commits that must follow the last one: a single one may be a hole.
const ABSENT_AT_END: usize = 2;

/// Commits found in a row, and the hole where they break off.
#[derive(Debug, Default)]
pub struct Probed {
    /// Without a hole, oldest first.
    pub commits: Vec<Commit>,
    /// The first commit beyond the first absent one, if any was seen: `(absent, present)`.
    pub hole: Option<(u64, u64)>,
}

impl Probed {
    /// The commits, when nothing is missing among them.
    ///
    /// # Errors
    /// `Damaged`, naming the versions.
    pub fn unbroken(self, log: &Log) -> Result<Vec<Commit>> {
        let Some((absent, present)) = self.hole else {
            return Ok(self.commits);
        };
        let detail = format!(
            "the log has a hole: the commit of version {absent} is missing, while that of version {present} is there"
        );
        Err(Error::new(Kind::Damaged, log.root().without_query(), detail))
    }
}

/// Finds the commits from version `from` on, at most to version `to`.
pub async fn probe(log: &Log, from: u64, to: Option<u64>) -> Result<Probed> {
    let mut answers: Vec<Option<Commit>> = vec![];
    let waves = if from == 0 { &FIRST_WAVES[..] } else { &LATER_WAVES[..] };
    let mut waves = waves.iter().copied();
    loop {
        let start = from.saturating_add(answers.len() as u64);
        let wave = match absent_at_end(&answers) {
            0 => waves.next().unwrap_or(WAVE),
            // The end is most likely found.
            absent => ABSENT_AT_END.saturating_sub(absent) as u64,
        };
        let end = start.saturating_add(wave);
        let end = to.map_or(end, |to| end.min(to.saturating_add(1)));
        answers.extend(try_join_all((start..end).map(|version| commit(log, version))).await?);
        if let Some(hole) = hole(&answers) {
            // It may have been written between two requests of one wave.
            let again = commit(log, from + hole as u64).await?;
            let still = again.is_none();
            if let Some(answer) = answers.get_mut(hole) {
                *answer = again;
            }
            if still {
                break;
            }
        }
        if absent_at_end(&answers) >= ABSENT_AT_END || start >= end || to.is_some_and(|to| end > to) {
            break;
        }
    }
    Ok(sort_out(from, answers))
}

fn absent_at_end(answers: &[Option<Commit>]) -> usize {
    answers.iter().rev().take_while(|answer| answer.is_none()).count()
}

/// One commit, or `None` when it is absent.
pub async fn commit(log: &Log, version: u64) -> Result<Option<Commit>> {
    let file = log.read(&commit_name(version)).await.map_err(explain)?;
    Ok(file.map(|file| Commit { version, file }))
}

/// Commits that one question reads, a request each; more would take minutes.
pub const MOST_COMMITS: u64 = 5000;

/// The commits from `from` to `to`, in that order, each with its version; `None` where one is absent.
pub fn commits(log: &Log, from: u64, to: u64) -> impl Stream<Item = Result<(u64, Option<Commit>)>> {
    let found = move |version| async move { Ok((version, commit(log, version).await?)) };
    stream::iter(from..=to).map(found).buffered(AT_ONCE)
}

/// Where something absent is followed by something present.
fn hole(answers: &[Option<Commit>]) -> Option<usize> {
    let absent = answers.iter().position(Option::is_none)?;
    answers.iter().skip(absent).any(Option::is_some).then_some(absent)
}

fn sort_out(from: u64, answers: Vec<Option<Commit>>) -> Probed {
    let hole = hole(&answers);
    let mut commits = vec![];
    let mut answers = answers.into_iter();
    while let Some(Some(commit)) = answers.next() {
        commits.push(commit);
    }
    let beyond = answers.flatten().next();
    let hole = hole
        .zip(beyond)
        .map(|(absent, present)| (from + absent as u64, present.version));
    Probed { commits, hole }
}

/// Probing relies on an answer to what is not there, which some hosts give without CORS headers.
fn explain(mut error: Error) -> Error {
    if error.kind == Kind::Blocked {
        error.detail.push_str(
            " This was a question whether the log goes on. A host that answers 404 without CORS headers looks like \
             this: let it send them with every answer (nginx: add_header ... always).",
        );
    }
    error
}
