//! Finds a version's log without listing: the hint, then probing.
//!
//! PROTOCOL.md, "Last Checkpoint File" and "Metadata Cleanup". A hint may be missing, stale or
//! wrong; then commits are replayed from version 0, and older versions start at a checkpoint
//! where writers usually put one.

use std::pin::pin;

use futures::FutureExt;
use futures::future::{Either, join, ready, select, try_join_all};

use crate::error::{Error, Kind, Result};
use crate::table::delta::action::LastCheckpoint;
use crate::table::delta::checkpoint::{Checkpoint, CheckpointName};
use crate::table::delta::commit::Commit;
use crate::table::delta::log::{Log, checkpoint_names};
use crate::table::delta::manifest;
use crate::table::delta::probe::{commit, probe};

/// The file of a log that tells of its newest checkpoint. PROTOCOL.md, "Last Checkpoint File".
pub const LAST_CHECKPOINT: &str = "_last_checkpoint";

/// Commits between two checkpoints: the default of `delta.checkpointInterval`, and what some writers raise it to.
const INTERVALS: [u64; 2] = [10, 100];

/// Checkpoints of each interval that are looked for: one request each.
const GUESSES: u64 = 6;

/// Versions up to this one are replayed from their commits without looking for a checkpoint.
const FEW_COMMITS: u64 = 16;

/// What makes up one version of a table.
#[derive(Debug)]
pub struct Segment {
    /// Where it starts, unless at version 0.
    pub checkpoint: Option<Checkpoint>,
    /// All commits since, oldest first.
    pub commits: Vec<Commit>,
    /// The commit of the checkpoint's own version, fetched for its time when no commit follows.
    pub own: Option<Commit>,
}

impl Segment {
    /// The version that it makes.
    pub fn version(&self) -> u64 {
        let checkpoint = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.version);
        self.commits.last().map_or(checkpoint, |commit| commit.version)
    }

    /// When that version was committed, in milliseconds since 1970, when known.
    pub fn timestamp_millis(&self) -> Option<i64> {
        self.commits
            .last()
            .or(self.own.as_ref())
            .and_then(Commit::timestamp_millis)
    }
}

/// PROTOCOL.md, "Last Checkpoint File".
#[derive(Debug)]
pub enum Hint {
    /// There is none.
    Absent,
    /// There is one, but it cannot be read.
    Unreadable,
    /// There is one.
    Read(LastCheckpoint),
}

impl Hint {
    /// Asks for it.
    pub async fn load(log: &Log) -> Result<Self> {
        let Some(file) = log.read(LAST_CHECKPOINT).await? else {
            return Ok(Self::Absent);
        };
        Ok(serde_json::from_slice(&file.bytes).map_or(Self::Unreadable, Self::Read))
    }

    /// What it says, when it can be read.
    pub fn read(&self) -> Option<&LastCheckpoint> {
        match self {
            Self::Read(hint) => Some(hint),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

/// The log of the latest version.
pub async fn latest(log: &Log, hint: &Hint) -> Result<Segment> {
    if let Some(hint) = hint.read()
        && let Some(segment) = from_hint(log, hint, None).await?
    {
        return Ok(segment);
    }
    if let Some(segment) = from_commits(log, None).await? {
        return Ok(segment);
    }
    match hint {
        Hint::Absent => Err(no_log(log)),
        _ => from_guess(log, None).await?.ok_or_else(|| cleaned_up(log)),
    }
}

/// The log of version `version`.
///
/// # Errors
/// `NotFound`, naming the versions that can be read, when it is not among them.
pub async fn at_version(log: &Log, hint: &Hint, version: u64) -> Result<Segment> {
    let found = match hint.read().filter(|hint| hint.version <= version) {
        Some(hint) => from_hint(log, hint, Some(version)).await?,
        None if version > FEW_COMMITS => from_guess(log, Some(version)).await?,
        None => None,
    };
    let found = match found {
        Some(segment) => Some(segment),
        None => from_commits(log, Some(version)).await?,
    };
    let found = match (found, hint.read()) {
        (None, Some(hint)) => from_first(log, hint, version).await?,
        (found, _) => found,
    };
    match found {
        Some(segment) if segment.version() == version => Ok(segment),
        Some(segment) => {
            let first = first_version(log, segment.checkpoint.as_ref().map_or(0, |found| found.version)).await?;
            Err(no_version(log, version, first, segment.version()))
        }
        None if matches!(hint, Hint::Absent) => Err(no_log(log)),
        None => Err(cleaned_up(log)),
    }
}

/// The first version that can be read, when version `known` can: its commit is the first that is left.
///
/// Writers clean up from the front, so that what is there can be searched by halves.
pub async fn first_version(log: &Log, known: u64) -> Result<u64> {
    let (mut absent, mut present) = (0, known);
    if known == 0 || commit(log, 0).await?.is_some() {
        return Ok(0);
    }
    while absent + 1 < present {
        let middle = absent.midpoint(present);
        match commit(log, middle).await? {
            Some(_) => present = middle,
            None => absent = middle,
        }
    }
    Ok(present)
}

/// From the checkpoint that the hint names; `None` when it is not there.
async fn from_hint(log: &Log, hint: &LastCheckpoint, to: Option<u64>) -> Result<Option<Segment>> {
    let (checkpoint, tail) = join(load(log, hint), tail(log, hint.version, to)).await;
    let Some(checkpoint) = checkpoint? else { return Ok(None) };
    let (commits, own) = tail?;
    Ok(Some(Segment {
        checkpoint: Some(checkpoint),
        commits,
        own,
    }))
}

/// The checkpoint under the name that the hint gives, or under the one that it would have had otherwise.
async fn load(log: &Log, hint: &LastCheckpoint) -> Result<Option<Checkpoint>> {
    let Some(v2) = &hint.v2_checkpoint else {
        let name = CheckpointName {
            version: hint.version,
            parts: hint.parts,
            size_bytes: hint.size_in_bytes,
        };
        return name.load(log).await;
    };
    match manifest::load(log, hint.version, v2).await? {
        Some(checkpoint) => Ok(Some(checkpoint)),
        None => CheckpointName::classic(hint.version).load(log).await,
    }
}

/// The commits after a checkpoint, or the checkpoint's own when there is none. That is asked for beside them: a round
/// trip later would be one more to wait for.
async fn tail(log: &Log, checkpoint: u64, to: Option<u64>) -> Result<(Vec<Commit>, Option<Commit>)> {
    let own = pin!(commit(log, checkpoint));
    let after = pin!(probe(log, checkpoint.saturating_add(1), to));
    let (own, after) = match select(own, after).await {
        Either::Left((own, after)) => (ready(own).left_future(), after.await),
        Either::Right((after, own)) => (own.right_future(), after),
    };
    let commits = after?.unbroken(log)?;
    // Only its time is wanted: what goes wrong with it is no reason to fail.
    let own = if commits.is_empty() {
        own.await.ok().flatten()
    } else {
        None
    };
    Ok((commits, own))
}

async fn from_checkpoint(log: &Log, version: u64, to: Option<u64>) -> Result<Option<Segment>> {
    let (checkpoint, tail) = join(CheckpointName::classic(version).load(log), tail(log, version, to)).await;
    let Some(checkpoint) = checkpoint? else { return Ok(None) };
    let (commits, own) = tail?;
    Ok(Some(Segment {
        checkpoint: Some(checkpoint),
        commits,
        own,
    }))
}

/// From version 0, or, when a few commits were cleaned up, from the first that is left, which has a checkpoint.
async fn from_commits(log: &Log, to: Option<u64>) -> Result<Option<Segment>> {
    let probed = probe(log, 0, to).await?;
    if !probed.commits.is_empty() {
        return Ok(Some(Segment {
            checkpoint: None,
            commits: probed.unbroken(log)?,
            own: None,
        }));
    }
    match probed.hole {
        None => Ok(None),
        Some((_, first)) => from_checkpoint(log, first, to).await,
    }
}

/// From the newest checkpoint found where writers usually put them.
async fn from_guess(log: &Log, to: Option<u64>) -> Result<Option<Segment>> {
    let mut versions: Vec<u64> = INTERVALS
        .into_iter()
        .flat_map(|interval| guesses(interval, to))
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.dedup();
    let present = try_join_all(versions.iter().map(|version| is_there(log, *version))).await?;
    match versions.into_iter().zip(present).find(|(_, present)| *present) {
        Some((version, _)) => from_checkpoint(log, version, to).await,
        None => Ok(None),
    }
}

/// The last multiples of `interval` up to `to`, or the first ones.
fn guesses(interval: u64, to: Option<u64>) -> impl Iterator<Item = u64> {
    let newest = to.map_or(GUESSES, |to| to / interval);
    (newest.saturating_sub(GUESSES - 1).max(1)..=newest).map(move |multiple| multiple * interval)
}

async fn is_there(log: &Log, version: u64) -> Result<bool> {
    let names = checkpoint_names(version, None);
    match names.first() {
        Some(name) => Ok(log.size_bytes(name).await?.is_some()),
        None => Ok(false),
    }
}

/// For a version before the hint's, when version 0 is gone: from the first commit that is left.
async fn from_first(log: &Log, hint: &LastCheckpoint, version: u64) -> Result<Option<Segment>> {
    let first = first_version(log, hint.version).await?;
    if first > version {
        let last = probe(log, hint.version.saturating_add(1), None)
            .await?
            .commits
            .last()
            .map(|last| last.version);
        return Err(no_version(log, version, first, last.unwrap_or(hint.version)));
    }
    from_checkpoint(log, first, Some(version)).await
}

fn no_version(log: &Log, version: u64, first: u64, last: u64) -> Error {
    let detail = format!("the table has no version {version}; the versions {first} to {last} can be read");
    Error::new(Kind::NotFound, log.root().without_query(), detail)
}

fn no_log(log: &Log) -> Error {
    let subject = log.root().without_query();
    if log.was_denied() {
        let detail = "the host refuses to hand out the Delta log (_delta_log): get access, or a fresh signed URL";
        return Error::new(Kind::Denied, subject, detail);
    }
    let detail = "no Delta log was found: neither _delta_log/_last_checkpoint nor one of the first commits is there. \
                  (Of a log that was cleaned up and has no _last_checkpoint, the host would have to list its files.)";
    Error::new(Kind::NotATable, subject, detail)
}

fn cleaned_up(log: &Log) -> Error {
    let detail = "the first commits of the Delta log were cleaned up, and no checkpoint was found: neither the one \
                  that _last_checkpoint names nor one at a usual version. The host does not list files, so that \
                  another cannot be found; ask for a version that has a checkpoint.";
    Error::new(Kind::Damaged, log.root().without_query(), detail)
}
