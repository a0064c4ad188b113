//! Which version was the table's at a time (PROTOCOL.md, "In-Commit Timestamps").
//!
//! Times of commits are their own where writers put them in, else the modification times of
//! their files, raised where needed so that they grow with the versions.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use futures::future::try_join_all;

use crate::error::{Error, Kind, Result};
use crate::table::delta::commit::Commit;
use crate::table::delta::discover::{self, Hint, Segment};
use crate::table::delta::log::Log;
use crate::table::delta::probe::commit;

/// Commits whose times are looked at, one request each; more would take minutes.
const MOST_COMMITS: u64 = 1000;

/// Commits asked for at once.
const WAVE: usize = 24;

/// The log of the last version at or before `time`, an RFC 3339 text.
///
/// # Errors
/// `BadLink` when it is no time, `NotFound` with the times that exist when it is before the first, `TooBig` when
/// there are too many commits to look at.
pub async fn at_time(log: &Log, hint: &Hint, time: &str) -> Result<Segment> {
    let wanted = parse(log, time)?.timestamp_millis();
    let (latest, times) = known_times(log, hint).await?;
    match times.iter().rev().find(|(_, millis)| *millis <= wanted) {
        Some((version, _)) if *version == latest.version() => Ok(latest),
        Some((version, _)) => discover::at_version(log, hint, *version).await,
        None => Err(too_early(log, time, &times)),
    }
}

/// The first version at or after `time`, an RFC 3339 text; the one that is to come when there is none yet.
///
/// # Errors
/// As [`at_time`]; a time before the first version is no error.
pub async fn first_since(log: &Log, hint: &Hint, time: &str) -> Result<u64> {
    // Commits have times in milliseconds, and so none within one.
    let wanted = parse(log, time)? + TimeDelta::microseconds(999);
    let wanted = wanted.timestamp_millis();
    let (latest, times) = known_times(log, hint).await?;
    let since = times.iter().find(|(_, millis)| *millis >= wanted);
    Ok(since.map_or(latest.version() + 1, |(version, _)| *version))
}

/// The latest version, and the times of all that are left.
async fn known_times(log: &Log, hint: &Hint) -> Result<(Segment, Vec<(u64, i64)>)> {
    let latest = discover::latest(log, hint).await?;
    let known = latest.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.version);
    let first = discover::first_version(log, known).await?;
    let last = latest.version();
    if last - first >= MOST_COMMITS {
        let detail = format!(
            "finding a version by its time would take {} requests; give its number, between {first} and {last}",
            last - first + 1
        );
        return Err(Error::new(Kind::TooBig, log.root().without_query(), detail));
    }
    let times = times(log, &latest, first).await?;
    Ok((latest, times))
}

fn parse(log: &Log, time: &str) -> Result<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(time).map_err(|cause| {
        let detail = format!("{time:?} is no RFC 3339 time such as 2026-11-22T10:00:00Z: {cause}");
        Error::new(Kind::BadLink, log.root().without_query(), detail)
    })
}

/// Versions and their times, growing with the versions.
async fn times(log: &Log, latest: &Segment, first: u64) -> Result<Vec<(u64, i64)>> {
    let fetched = latest
        .commits
        .first()
        .map_or(latest.version() + 1, |commit| commit.version);
    let missing: Vec<u64> = (first..fetched).collect();
    let mut times = vec![];
    for wave in missing.chunks(WAVE) {
        let found = try_join_all(wave.iter().map(|version| time_of(log, *version))).await?;
        times.extend(wave.iter().copied().zip(found));
    }
    for commit in &latest.commits {
        times.push((commit.version, commit_time(log, commit)?));
    }
    Ok(adjusted(times))
}

async fn time_of(log: &Log, version: u64) -> Result<i64> {
    let Some(commit) = commit(log, version).await? else {
        let detail = format!("the commit of version {version} is missing, so that its time is unknown");
        return Err(Error::new(Kind::Damaged, log.root().without_query(), detail));
    };
    commit_time(log, &commit)
}

fn commit_time(log: &Log, commit: &Commit) -> Result<i64> {
    commit.timestamp_millis().ok_or_else(|| {
        let detail = format!(
            "neither the host nor the commit tells when version {} was made",
            commit.version
        );
        Error::new(Kind::Unsupported, log.root().without_query(), detail)
    })
}

/// A commit that seems older than the one before it is counted as one millisecond younger.
pub(super) fn adjusted(mut times: Vec<(u64, i64)>) -> Vec<(u64, i64)> {
    let mut before = i64::MIN;
    for (_, millis) in &mut times {
        *millis = (*millis).max(before.saturating_add(1));
        before = *millis;
    }
    times
}

fn too_early(log: &Log, time: &str, times: &[(u64, i64)]) -> Error {
    let shown = |entry: Option<&(u64, i64)>| {
        let time = entry.and_then(|(_, millis)| DateTime::<Utc>::from_timestamp_millis(*millis));
        time.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
            .unwrap_or_default()
    };
    let detail = format!(
        "the table has no version at {time}; the times {} to {} can be read",
        shown(times.first()),
        shown(times.last())
    );
    Error::new(Kind::NotFound, log.root().without_query(), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_grow_with_the_versions() {
        let times = vec![(3, 100), (4, 90), (5, 90), (6, 200)];
        assert_eq!(adjusted(times), [(3, 100), (4, 101), (5, 102), (6, 200)]);
    }
}
