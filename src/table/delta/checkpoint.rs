//! Checkpoints: the table's state as Parquet, in one part or many (PROTOCOL.md, "Checkpoints").

use arrow::array::{Array, AsArray, RecordBatch};
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
use crate::table::delta::commit::{Commit, TableActions};
use crate::table::delta::log::{Log, checkpoint_names};
use crate::table::delta::part::Part;

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
    /// Live files.
    pub files: Vec<FileBatch>,
    /// Do some actions lie in sidecar files (PROTOCOL.md, "V2 Spec")?
    pub has_sidecars: bool,
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
const MOST_PARTS: u32 = 10_000;

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
    /// is missing there is no checkpoint.
    pub async fn load(self, log: &Log) -> Result<Option<Checkpoint>> {
        if self.parts.is_some_and(|parts| parts == 0 || parts > MOST_PARTS) {
            return Ok(None);
        }
        let size_bytes = self.size_bytes.filter(|_| self.parts.is_none());
        let names = checkpoint_names(self.version, self.parts);
        let mut parts = futures::stream::iter(names)
            .map(|name| async move { load_part(log, &name, size_bytes).await })
            .buffered(PARTS_AT_ONCE);
        let mut whole = Checkpoint {
            version: self.version,
            ..Checkpoint::default()
        };
        while let Some(part) = parts.try_next().await? {
            let Some(part) = part else { return Ok(None) };
            whole.add(part);
        }
        Ok(Some(whole))
    }
}

impl Checkpoint {
    fn add(&mut self, part: Self) {
        self.table.protocol = self.table.protocol.take().or(part.table.protocol);
        self.table.metadata = self.table.metadata.take().or(part.table.metadata);
        self.files.extend(part.files);
        self.has_sidecars |= part.has_sidecars;
    }
}

async fn load_part(log: &Log, name: &str, size_bytes: Option<u64>) -> Result<Option<Checkpoint>> {
    let Some(part) = Part::open(log, name, size_bytes).await? else {
        return Ok(None);
    };
    read(part).await.map(Some)
}

/// A V2 checkpoint under the name that the hint gives, or `None` when it is absent (PROTOCOL.md, "V2 Spec").
///
/// Its files may lie in sidecars; what is read is enough to see what the table requires.
pub async fn load_v2(log: &Log, version: u64, name: &str) -> Result<Option<Checkpoint>> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !name.bytes().all(plain) {
        return Ok(None);
    }
    if name.strip_suffix(".json").is_none() {
        return Ok(load_part(log, name, None)
            .await?
            .map(|part| Checkpoint { version, ..part }));
    }
    let Some(file) = log.read(name).await? else {
        return Ok(None);
    };
    let actions = Commit { version, file }.parse()?;
    Ok(Some(Checkpoint {
        version,
        table: actions.table,
        files: vec![actions.adds],
        has_sidecars: true,
    }))
}

/// Reads the columns that a reader needs of a Parquet file of actions.
pub async fn read(part: Part) -> Result<Checkpoint> {
    let location = part.location.clone();
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchStreamBuilder::new_with_options(part, options)
        .await
        .map_err(|cause| parquet_error(&location, cause))?;
    let columns = needed_columns(builder.metadata());
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    let mut batches = builder
        .with_batch_size(BATCH_ROWS)
        .with_projection(mask)
        .build()
        .map_err(|cause| parquet_error(&location, cause))?;
    let mut checkpoint = Checkpoint::default();
    while let Some(batch) = batches
        .try_next()
        .await
        .map_err(|cause| parquet_error(&location, cause))?
    {
        checkpoint.take(&location, &batch)?;
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
        statistics,
    ];
    let table = ["protocol", "metaData", "sidecar.path"];
    file.into_iter().chain(deletion_vector).chain(table).collect()
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
    fn take(&mut self, location: &Location, batch: &RecordBatch) -> Result<()> {
        self.take_table(location, batch)?;
        let sidecars = batch.column_by_name("sidecar");
        self.has_sidecars |= sidecars.is_some_and(|sidecars| sidecars.null_count() < sidecars.len());
        if let Some(files) = rows_with(batch, "add").map_err(|cause| arrow_error(location, &cause))? {
            self.files.push(file_batch(location, files.column(0).as_struct())?);
        }
        Ok(())
    }

    /// Protocol and metadata, by way of the JSON that they have in commits: they are two rows.
    fn take_table(&mut self, location: &Location, batch: &RecordBatch) -> Result<()> {
        for name in ["protocol", "metaData"] {
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
                self.table.protocol = self.table.protocol.take().or(line.protocol);
                self.table.metadata = self.table.metadata.take().or(line.metadata);
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
