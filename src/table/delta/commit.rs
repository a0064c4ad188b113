//! One commit: a JSON file of one action a line (PROTOCOL.md, "Delta Log Entries").

use std::collections::HashSet;

use serde::Deserialize;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::{CheckpointMetadata, CommitInfo, Line, Metadata, Protocol, Sidecar};
use crate::table::delta::batch::{FileBatch, FileBatchBuilder, FileKey};
use crate::table::delta::log::LogFile;
use crate::table::delta::paths;

/// A commit as it was fetched.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The version that it makes.
    pub version: u64,
    /// Its file.
    pub file: LogFile,
}

/// What a commit, or the rows of a checkpoint that are no files, say.
#[derive(Debug, Default)]
pub struct TableActions {
    /// What a reader must understand, when it changes.
    pub protocol: Option<Protocol>,
    /// What the table is, when it changes.
    pub metadata: Option<Metadata>,
    /// What a V2 checkpoint says of itself.
    pub checkpoint: Option<CheckpointMetadata>,
    /// Where a V2 checkpoint has its files, unless in itself.
    pub sidecars: Vec<Sidecar>,
}

impl TableActions {
    /// Adds what an older or equally old part says: what is known stays.
    pub fn add(&mut self, older: Self) {
        self.protocol = self.protocol.take().or(older.protocol);
        self.metadata = self.metadata.take().or(older.metadata);
        self.checkpoint = self.checkpoint.take().or(older.checkpoint);
        self.sidecars.extend(older.sidecars);
    }
}

impl From<Line<'_>> for TableActions {
    fn from(line: Line<'_>) -> Self {
        Self {
            protocol: line.protocol,
            metadata: line.metadata,
            checkpoint: line.checkpoint_metadata,
            sidecars: line.sidecar.into_iter().collect(),
        }
    }
}

/// A commit's actions.
#[derive(Debug)]
pub struct Actions {
    /// Protocol and metadata.
    pub table: TableActions,
    /// Added files.
    pub adds: FileBatch,
    /// Removed files.
    pub removes: HashSet<FileKey>,
}

impl Commit {
    /// Parses every line.
    ///
    /// # Errors
    /// `Damaged`, naming the file and the line.
    pub fn parse(&self) -> Result<Actions> {
        let mut parser = Parser {
            location: &self.file.location,
            actions: TableActions::default(),
            count: 0,
        };
        let mut adds = FileBatchBuilder::default();
        let mut removes = HashSet::new();
        for (number, line) in self.numbered_lines() {
            parser.line(number, line, &mut adds, &mut removes)?;
        }
        if parser.count == 0 {
            return Err(damaged(&self.file.location, "the commit is empty"));
        }
        let adds = adds.finish()?;
        if let Some(both) = (0..adds.len())
            .map(|file| adds.key(file))
            .find(|key| removes.contains(key))
        {
            let detail = format!(
                "the file {:?} is both added and removed, so that its state is unclear",
                both.path()
            );
            return Err(damaged(&self.file.location, &detail));
        }
        Ok(Actions {
            table: parser.actions,
            adds,
            removes,
        })
    }

    /// The lines that hold something, numbered from 1.
    pub fn numbered_lines(&self) -> impl Iterator<Item = (usize, &[u8])> {
        lines(&self.file.bytes)
    }

    /// What `T` takes of each line, numbered from 1.
    ///
    /// # Errors
    /// `Damaged`, naming the file and the line.
    pub fn parsed_lines<'a, T: Deserialize<'a>>(&'a self) -> impl Iterator<Item = Result<(usize, T)>> {
        self.numbered_lines().map(|(number, line)| {
            let parsed = serde_json::from_slice(line).map_err(|cause| {
                let detail = format!("line {number} is no action of the log: {cause}");
                damaged(&self.file.location, &detail).with_source(cause)
            })?;
            Ok((number, parsed))
        })
    }

    /// The lines that hold something.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.numbered_lines().map(|(_, line)| line)
    }

    /// When the commit was made, in milliseconds since 1970.
    ///
    /// PROTOCOL.md, "In-Commit Timestamps": the commit's own, else the file's modification time;
    /// the writer's clock when the host does not tell that.
    pub fn timestamp_millis(&self) -> Option<i64> {
        let may_tell = |line: &&[u8]| str::from_utf8(line).is_ok_and(|line| line.contains("commitInfo"));
        let info = self
            .lines()
            .filter(may_tell)
            .find_map(|line| serde_json::from_slice::<InfoLine>(line).ok().and_then(|line| line.info))
            .unwrap_or_default();
        let clock = info.timestamp.as_ref().and_then(serde_json::Value::as_i64);
        info.in_commit_timestamp.or(self.file.modified_millis).or(clock)
    }
}

/// A line of which only the provenance matters.
#[derive(Deserialize)]
struct InfoLine {
    #[serde(rename = "commitInfo")]
    info: Option<CommitInfo>,
}

struct Parser<'a> {
    location: &'a Location,
    actions: TableActions,
    count: usize,
}

impl Parser<'_> {
    fn line(
        &mut self,
        number: usize,
        line: &[u8],
        adds: &mut FileBatchBuilder,
        removes: &mut HashSet<FileKey>,
    ) -> Result<()> {
        if !line.starts_with(b"{") {
            return Err(damaged(self.location, &format!("line {number} is no JSON object")));
        }
        let parsed: Line<'_> = serde_json::from_slice(line).map_err(|cause| {
            damaged(
                self.location,
                &format!("line {number} is no action of the log: {cause}"),
            )
            .with_source(cause)
        })?;
        self.count += 1;
        if let Some(add) = &parsed.add {
            adds.push(&paths::normal(&add.path), add)?;
        }
        if let Some(remove) = &parsed.remove {
            let vector = remove
                .deletion_vector
                .as_ref()
                .map(super::action::DeletionVector::unique_id);
            removes.insert(FileKey::new(&paths::normal(&remove.path), vector.as_deref()));
        }
        self.table(number, parsed)
    }

    /// PROTOCOL.md, "Change Metadata": at most one metadata action in a version; the same is meant of protocols.
    fn table(&mut self, number: usize, parsed: Line<'_>) -> Result<()> {
        let found = TableActions::from(parsed);
        let second = |what: &str| {
            Err(damaged(
                self.location,
                &format!("line {number} is a second {what} action"),
            ))
        };
        if found.metadata.is_some() && self.actions.metadata.is_some() {
            return second("metaData");
        }
        if found.protocol.is_some() && self.actions.protocol.is_some() {
            return second("protocol");
        }
        self.actions.add(found);
        Ok(())
    }
}

/// The lines that hold something, numbered from 1.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty())
}

fn damaged(location: &Location, detail: &str) -> Error {
    Error::new(Kind::Damaged, location.without_query(), detail)
}
