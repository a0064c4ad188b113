//! A scan of one table: which files, which row groups of them, which bytes, in which order.
//!
//! Planning and execution ask the same functions: [`open`] decides what of a file is read,
//! [`reads`] turns that into ranges. Decoding is DataFusion's Parquet source, one row group
//! at a time.

use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use chrono::DateTime;
use datafusion::common::Statistics;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileScanConfigBuilder;
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::ExecutionPlan;
use object_store::{ObjectMeta, ObjectStoreExt};
use roaring::RoaringTreemap;

use self::tally::Tally;
use super::crew::Crew;
use super::scope::Scope;
use super::texts;
use crate::error::Error;
use crate::protocol::Scanned;
use crate::table::Table;
use crate::table::parquet::store_error;
use crate::table::prune::Pruned;
use crate::table::row_fields::is_row_index;

mod ahead;
mod ask;
mod before;
mod begun;
mod bloom;
mod bounds;
mod decimal;
mod decode;
pub(crate) mod decoding;
mod early;
mod edges;
mod estimate;
mod filter;
mod fit;
mod here;
mod implied;
mod marks;
mod mask;
mod nested;
mod next;
mod now;
mod open;
mod order;
mod page_index;
mod pages;
mod piece;
mod reader;
mod reads;
mod shared;
mod sieve;
mod source;
mod stream;
mod tally;
mod top;
mod walk;
mod wanted;

pub(super) use begun::Taker;
pub(super) use page_index::load as load_page_index;
pub(super) use source::LakeSource;
pub(super) use top::with_top;

/// Where DataFusion believes that files lie. Nothing is read through it: every scan has the
/// store of its statement.
pub(super) const STORE_URL: &str = "limn://files";

/// Files of so many bytes in all, of one of several scans, are fetched before its turn, also what a filter that grows narrower
/// while the statement runs may rule out in the end. They take some round trips at 50 Mbit/s, and so does a scan that waits
/// for another one and reads one file after the other.
const SMALL_BYTES: u64 = 2 << 20;

/// A scan of one table in one statement.
pub(super) struct Scan {
    pub(super) name: String,
    pub(super) table: Arc<Table>,
    pub(super) pruned: Pruned,
    /// The statement's filters on this table, as text.
    pub(super) filters: Vec<String>,
    scope: Arc<Scope>,
    context: Arc<TaskContext>,
    table_schema: TableSchema,
    /// Paths of the Parquet columns that this scan was seen to read, the same in every file.
    columns: Mutex<Option<Arc<HashSet<String>>>>,
    /// Bytes of the files that are read, where they are known to be [`SMALL_BYTES`] at most.
    small_bytes: Option<u64>,
    /// Row groups that were begun since a filter that grows narrower ruled one out.
    idle: Arc<AtomicUsize>,
    tally: Tally,
}

impl Scan {
    pub(super) fn new(
        name: &str,
        table: Arc<Table>,
        filters: Vec<String>,
        pruned: Pruned,
        scope: Arc<Scope>,
        context: Arc<TaskContext>,
    ) -> Self {
        let (counted, known): (Vec<FieldRef>, Vec<FieldRef>) = texts::schema(&table)
            .fields()
            .iter()
            .cloned()
            .partition(|field| is_row_index(field));
        let (mut partition, file): (Vec<FieldRef>, Vec<FieldRef>) = known
            .into_iter()
            .partition(|field| table.partition_columns.contains(field.name()));
        let order = |field: &FieldRef| table.partition_columns.iter().position(|name| name == field.name());
        partition.sort_by_key(order);
        let table_schema = TableSchema::builder(Arc::new(Schema::new(file)))
            .with_table_partition_cols(partition)
            .with_virtual_columns(counted)
            .build();
        Self {
            name: name.to_owned(),
            small_bytes: small_bytes(&table, &pruned.kept),
            table,
            pruned,
            scope,
            context,
            table_schema,
            columns: Mutex::default(),
            filters,
            idle: Arc::default(),
            tally: Tally::default(),
        }
    }

    /// The columns of the table at `projection`, all without one.
    fn projected(&self, projection: Option<&Vec<usize>>) -> Result<SchemaRef> {
        match projection {
            Some(columns) => Ok(Arc::new(texts::schema(&self.table).project(columns)?)),
            None => Ok(texts::schema(&self.table)),
        }
    }

    /// Columns of the table as columns of the schema that DataFusion's scans have: those of
    /// the files first, then the partition columns.
    fn columns_of(&self, projection: Option<&Vec<usize>>) -> Result<Vec<usize>> {
        let schema = self.table_schema.table_schema();
        let find = |field: &FieldRef| schema.index_of(field.name());
        Ok(self
            .projected(projection)?
            .fields()
            .iter()
            .map(find)
            .collect::<std::result::Result<_, _>>()?)
    }

    /// The positions of a file's deleted rows; `None` when it has none.
    async fn deleted(&self, file: usize) -> crate::error::Result<Option<RoaringTreemap>> {
        match self.table.files.deleted(file) {
            Some(deleted) => deleted.load(self.scope.store.as_ref(), file).await.map(Some),
            None => Ok(None),
        }
    }

    /// How many rows a file must have for what is deleted of it to mean anything.
    fn rows_of(&self, file: usize) -> Option<u64> {
        self.table.files.deleted(file)?.rows_of(file)
    }

    /// What the decoder is told about a file. An unknown size is asked for.
    async fn describe(&self, file: usize) -> crate::error::Result<PartitionedFile> {
        let location = self.table.files.location(file)?;
        if let Some(vouched) = self.table.vouched(file) {
            self.scope.host.vouch(&location, vouched);
        }
        let path = location.path();
        let size = if let Some(known) = self.table.files.size_bytes(file) {
            known
        } else {
            self.scope
                .store
                .head(&path)
                .await
                .map_err(|error| store_error(&path, error))?
                .size
        };
        let meta = ObjectMeta {
            location: path,
            last_modified: DateTime::UNIX_EPOCH,
            size,
            e_tag: None,
            version: None,
        };
        let values = self.table.files.partition_values(file)?;
        Ok(PartitionedFile::new_from_meta(meta).with_partition_values(values))
    }

    /// What it did so far.
    pub(super) fn told(&self) -> Scanned {
        self.tally.told(&self.name)
    }

    /// How long it decoded so far.
    pub(super) fn decoding(&self) -> Duration {
        self.tally.decoding()
    }

    /// Lets the event loop run when it has not for long.
    async fn pace(&self) {
        self.scope.pacer.pause_if_due().await;
    }

    fn seen_columns(&self) -> Option<Arc<HashSet<String>>> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// In which its operators run.
    fn context(&self) -> &Arc<TaskContext> {
        &self.context
    }

    /// The hands that may decode for this scan.
    fn crew(&self) -> Option<&Crew> {
        self.scope.crew.as_ref()
    }

    fn see_columns(&self, columns: HashSet<String>) {
        *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(columns));
    }
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("name", &self.name)
            .field("pruned", &self.pruned)
            .finish_non_exhaustive()
    }
}

/// Bytes of `files` of `table`, where they are few and known before those are opened.
fn small_bytes(table: &Table, files: &[usize]) -> Option<u64> {
    let left = files.iter().try_fold(SMALL_BYTES, |left, file| {
        left.checked_sub(table.files.size_bytes(*file)?)
    });
    left.map(|left| SMALL_BYTES - left)
}

/// The operator that runs `scan`. DataFusion sees one file that stands for all of them: a
/// million files would be a million descriptions, made long before the first is needed.
pub(super) fn data_source(
    scan: Arc<Scan>,
    projection: Option<&Vec<usize>>,
    mut statistics: Statistics,
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let columns = scan.columns_of(projection)?;
    // DataFusion's order of columns is another.
    let known = std::mem::take(&mut statistics.column_statistics);
    let in_order = scan.table_schema.table_schema().fields().iter().map(|field| {
        let place = scan.table.schema.index_of(field.name()).ok();
        place.and_then(|place| known.get(place)).cloned().unwrap_or_default()
    });
    statistics.column_statistics = in_order.collect();
    let bytes = statistics.total_byte_size.get_value().copied().unwrap_or_default();
    let all = PartitionedFile::new(scan.name.clone(), bytes as u64);
    let source = Arc::new(LakeSource::new(scan));
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, source)
        .with_file(all)
        .with_statistics(statistics)
        .with_limit(limit)
        .with_projection_indices(Some(columns))?
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

/// An error of ours on its way through DataFusion.
fn outward(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
