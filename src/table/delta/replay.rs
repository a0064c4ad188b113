//! From actions to state (PROTOCOL.md, "Action Reconciliation"): newest first, the first word on a file is the last.

use std::collections::HashSet;

use arrow::array::BooleanArray;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::{Metadata, Protocol};
use crate::table::delta::batch::{FileBatch, FileKey};
use crate::table::delta::checkpoint::Checkpoint;
use crate::table::delta::commit::{Commit, TableActions};

/// A table's state at a version.
#[derive(Debug)]
pub struct State {
    /// What a reader must understand.
    pub protocol: Protocol,
    /// What the table is.
    pub metadata: Metadata,
    /// Live files, those of the newest commit first.
    pub files: Vec<FileBatch>,
    /// How many files the log still names only as removed; `None` when the checkpoint's footers do not tell.
    pub removed: Option<u64>,
}

/// Reconciles a checkpoint with the commits after it, or all commits since version 0; oldest first.
///
/// # Errors
/// `Damaged` when a commit is, or when there is no protocol or no metadata.
pub fn replay(root: &Location, checkpoint: Option<Checkpoint>, commits: Vec<Commit>) -> Result<State> {
    let mut replay = Replay {
        removed: Some(0),
        ..Replay::default()
    };
    // The newest first; each is let go of as soon as it is parsed.
    for commit in commits.into_iter().rev() {
        replay.commit(&commit)?;
    }
    if let Some(checkpoint) = checkpoint {
        replay.checkpoint(checkpoint)?;
    }
    let missing = |what: &str| {
        let detail = format!("the log has no {what} action, which every table must have");
        Error::new(Kind::Damaged, root.without_query(), detail)
    };
    Ok(State {
        protocol: replay.table.protocol.ok_or_else(|| missing("protocol"))?,
        metadata: replay.table.metadata.ok_or_else(|| missing("metaData"))?,
        files: replay.files,
        removed: replay.removed,
    })
}

#[derive(Default)]
struct Replay {
    /// The newest protocol and the newest metadata win.
    table: TableActions,
    /// Files that newer commits spoke of. Grows with the commits after the checkpoint, not with the checkpoint.
    seen: HashSet<FileKey>,
    files: Vec<FileBatch>,
    removed: Option<u64>,
}

impl Replay {
    fn commit(&mut self, commit: &Commit) -> Result<()> {
        let actions = commit.parse()?;
        self.table.add(actions.table);
        let adds = &actions.adds;
        let keep: BooleanArray = (0..adds.len())
            .map(|file| Some(self.seen.insert(adds.key(file))))
            .collect();
        self.files.push(adds.filter(&keep)?);
        let known = self.seen.len();
        self.seen.extend(actions.removes);
        self.removed = self.removed.map(|removed| removed + (self.seen.len() - known) as u64);
        Ok(())
    }

    /// A checkpoint is reconciled in itself, so that its files need not be remembered.
    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Result<()> {
        self.table.add(checkpoint.table);
        // One that was added again since is counted, which is rare: its path would have to be the same.
        self.removed = self.removed.zip(checkpoint.removed).map(|(one, other)| one + other);
        for files in checkpoint.files {
            if self.seen.is_empty() {
                self.files.push(files);
                continue;
            }
            let keep: BooleanArray = (0..files.len())
                .map(|file| Some(!self.seen.contains(&files.key(file))))
                .collect();
            self.files.push(files.filter(&keep)?);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
