//! Checkpoints: the table's state as Parquet, in one part or many (PROTOCOL.md, "Checkpoints").
//!
//! Those with names that cannot be guessed are `manifest`'s, files that lie elsewhere `sidecar`'s.

use arrow::array::{AsArray, RecordBatch};
use futures::{StreamExt, TryStreamExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use crate::error::{Error, Result};
use crate::http::Location;
use crate::table::delta::action::Line;
use crate::table::delta::batch::FileBatch;
use crate::table::delta::checkpoint_rows::{arrow_error, damaged, file_batch, rows_with};
use crate::table::delta::commit::TableActions;
use crate::table::delta::log::{Log, checkpoint_names};
use crate::table::delta::part::Part;
use crate::table::delta::sidecar::{self, Ahead};

/// Rows decoded at once: large enough to be quick, small enough to drop removed files early.
const BATCH_ROWS: usize = 8192;

/// Parts read at once; each holds its fetched columns.
const PARTS_AT_ONCE: usize = 4;

/// A table's state at a version.
#[derive(Debug, Default)]
pub struct Checkpoint {
    /// Its version.
    pub version: u64,
    /// Protocol and metadata.
    pub table: TableActions,
    /// Live files, those in sidecars included once it is complete.
    pub files: Vec<FileBatch>,
    /// How many files it names only as removed; `None` when its footers do not tell.
    pub removed: Option<u64>,
}

/// Which checkpoint, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointName {
    /// Its version.
    pub version: u64,
    /// How many parts, for one of many.
    pub parts: Option<u32>,
    /// Bytes of all parts, a hint.
    pub size_bytes: Option<u64>,
}

/// Parts beyond this are no checkpoint but a lie of the hint; the largest known tables have a few hundred.
pub const MOST_PARTS: u32 = 10_000;

impl CheckpointName {
    /// A checkpoint of one part.
    pub fn classic(version: u64) -> Self {
        Self {
            version,
            parts: None,
            size_bytes: None,
        }
    }

    /// Reads it, or says `None` when it is absent. PROTOCOL.md, "Problems with multi-part checkpoints": when a part
    /// is missing there is no checkpoint. "Classic checkpoint": it may have sidecars.
    pub async fn load(self, log: &Log) -> Result<Option<Checkpoint>> {
        if self.parts.is_some_and(|parts| parts == 0 || parts > MOST_PARTS) {
            return Ok(None);
        }
        let size_bytes = self.size_bytes.filter(|_| self.parts.is_none());
        let names = checkpoint_names(self.version, self.parts);
        let location = log.location(names.first().map_or("", String::as_str))?;
        let mut parts = futures::stream::iter(names)
            .map(|name| async move { load_part(log, &name, size_bytes).await })
            .buffered(PARTS_AT_ONCE);
        let mut whole = Checkpoint {
            version: self.version,
            removed: Some(0),
            ..Checkpoint::default()
        };
        while let Some(part) = parts.try_next().await? {
            let Some(part) = part else { return Ok(None) };
            whole.table.add(part.table);
            whole.take_files(part.files, part.removed);
        }
        sidecar::complete(log, &location, whole, Ahead::default())
            .await
            .map(Some)
    }
}

/// A part of a checkpoint, or a whole one without what lies in sidecars; `None` when it is absent.
pub async fn load_part(log: &Log, name: &str, size_bytes: Option<u64>) -> Result<Option<Checkpoint>> {
    let Some(part) = Part::open(log, name, size_bytes).await? else {
        return Ok(None);
    };
    read(part).await.map(Some)
}

/// Reads the columns that a reader needs of a Parquet file of actions.
async fn read(part: Part) -> Result<Checkpoint> {
    let location = part.location.clone();
    let actions = open(part).await?;
    rows(&location, actions).await
}

/// Reads a sidecar. PROTOCOL.md, "Sidecar Files": it holds `add` and `remove` actions, so that a file without a column
/// for either is another file under its name.
pub async fn read_sidecar(part: Part) -> Result<Checkpoint> {
    let location = part.location.clone();
    let actions = open(part).await?;
    if !holds_files(&actions) {
        return Err(damaged(
            &location,
            "this sidecar has neither a column add nor a column remove",
        ));
    }
    let found = rows(&location, actions).await?;
    if found.table.sidecars.is_empty() {
        Ok(found)
    } else {
        Err(damaged(&location, "this sidecar has sidecars itself"))
    }
}

fn holds_files(actions: &Actions) -> bool {
    let mut columns = actions.parquet_schema().root_schema().get_fields().iter();
    columns.any(|column| matches!(column.name(), "add" | "remove"))
}

type Actions = ParquetRecordBatchStreamBuilder<Part>;

async fn open(part: Part) -> Result<Actions> {
    let location = part.location.clone();
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchStreamBuilder::new_with_options(part, options)
        .await
        .map_err(|cause| parquet_error(&location, cause))
}

async fn rows(location: &Location, actions: Actions) -> Result<Checkpoint> {
    let columns = needed_columns(actions.metadata());
    let removed = removed(actions.metadata());
    let mask = ProjectionMask::columns(actions.parquet_schema(), columns);
    let mut batches = actions
        .with_batch_size(BATCH_ROWS)
        .with_projection(mask)
        .build()
        .map_err(|cause| parquet_error(location, cause))?;
    let mut checkpoint = Checkpoint {
        removed,
        ..Checkpoint::default()
    };
    while let Some(batch) = batches
        .try_next()
        .await
        .map_err(|cause| parquet_error(location, cause))?
    {
        checkpoint.take(location, &batch)?;
    }
    Ok(checkpoint)
}

/// PROTOCOL.md, "Checkpoint Schema". Of the two forms of statistics the JSON one is preferred where it is filled: it
/// is what commits have, and it does not grow with the columns that have no statistics.
fn needed_columns(metadata: &ParquetMetaData) -> Vec<&'static str> {
    let statistics = if has_values(metadata, &["add", "stats"]) {
        "add.stats"
    } else {
        "add.stats_parsed"
    };
    let deletion_vector = [
        "add.deletionVector.storageType",
        "add.deletionVector.pathOrInlineDv",
        "add.deletionVector.offset",
        "add.deletionVector.sizeInBytes",
        "add.deletionVector.cardinality",
    ];
    let file = [
        "add.path",
        "add.partitionValues",
        "add.size",
        "add.modificationTime",
        "add.baseRowId",
        "add.defaultRowCommitVersion",
        statistics,
    ];
    let table = [
        "protocol",
        "metaData",
        "checkpointMetadata",
        "sidecar.path",
        "sidecar.sizeInBytes",
    ];
    file.into_iter().chain(deletion_vector).chain(table).collect()
}

/// The rows that are `remove` actions, as the statistics of their paths tell without reading them.
fn removed(metadata: &ParquetMetaData) -> Option<u64> {
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let paths = chunks.filter(|chunk| chunk.column_path().parts().iter().eq(["remove", "path"]));
    let filled = paths.map(|chunk| {
        let nulls = chunk.statistics().and_then(Statistics::null_count_opt)?;
        u64::try_from(chunk.num_values()).ok()?.checked_sub(nulls)
    });
    filled.sum()
}

/// May a column chunk hold something? Unknown counts as yes.
fn has_values(metadata: &ParquetMetaData, path: &[&str]) -> bool {
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let mut chunks = chunks.filter(|chunk| chunk.column_path().parts().iter().eq(path));
    chunks.any(|chunk| {
        let nulls = chunk.statistics().and_then(Statistics::null_count_opt);
        nulls.is_none_or(|nulls| i64::try_from(nulls).ok() != Some(chunk.num_values()))
    })
}

impl Checkpoint {
    /// Takes the files of a part, and the count of those that it names as removed.
    pub fn take_files(&mut self, files: Vec<FileBatch>, removed: Option<u64>) {
        self.files.extend(files);
        self.removed = self.removed.zip(removed).map(|(one, other)| one + other);
    }

    fn take(&mut self, location: &Location, batch: &RecordBatch) -> Result<()> {
        self.take_table(location, batch)?;
        if let Some(files) = rows_with(batch, "add").map_err(|cause| arrow_error(location, &cause))? {
            self.files.push(file_batch(location, files.column(0).as_struct())?);
        }
        Ok(())
    }

    /// What is no file, by way of the JSON that it has in commits: a few rows, and one a sidecar.
    fn take_table(&mut self, location: &Location, batch: &RecordBatch) -> Result<()> {
        for name in ["protocol", "metaData", "checkpointMetadata", "sidecar"] {
            let Some(rows) = rows_with(batch, name).map_err(|cause| arrow_error(location, &cause))? else {
                continue;
            };
            let mut writer = arrow::json::LineDelimitedWriter::new(vec![]);
            writer
                .write(&rows)
                .and_then(|()| writer.finish())
                .map_err(|cause| arrow_error(location, &cause))?;
            for line in writer
                .into_inner()
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                let line: Line<'_> = serde_json::from_slice(line)
                    .map_err(|cause| damaged(location, &format!("a {name} action cannot be read: {cause}")))?;
                self.table.add(line.into());
            }
        }
        Ok(())
    }
}

fn parquet_error(location: &Location, cause: ParquetError) -> Error {
    match Error::find(&cause) {
        Some(ours) => ours.clone(),
        None => damaged(location, &cause.to_string()).with_source(cause),
    }
}
