//! The reference for our Delta reader: `delta_kernel` over files of this machine.
//!
//! The kernel leaves reading to an engine; this one lists, and reads JSON and Parquet, no more.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{Int32Type, Int64Type};
use arrow::json::ReaderBuilder;
use bytes::Bytes;
use datafusion::scalar::ScalarValue;
use delta_kernel::actions::deletion_vector::DeletionVectorDescriptor;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::engine::arrow_expression::ArrowEvaluationHandler;
use delta_kernel::engine::arrow_utils::{
    RowIndexBuilder, build_json_reorder_indices, fixup_json_read, fixup_parquet_read, json_arrow_schema,
    ordering_needs_row_indexes, parquet_read_plan, parse_json,
};
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::expressions::Scalar;
use delta_kernel::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use delta_kernel::schema::{DataType, MetadataColumnSpec, SchemaRef, StructField, StructType};
use delta_kernel::table_changes::TableChanges;
use delta_kernel::{
    Engine, EngineData, EvaluationHandler, FileDataReadResultIterator, FileMeta, FileSlice, JsonHandler, KernelError,
    KernelResult, KernelResultIterator, KernelResultIteratorStatic, ParquetFooter, ParquetHandler, PredicateRef,
    Snapshot, StorageHandler,
};
use url::Url;

/// A live file, as the kernel sees it.
#[derive(Debug)]
pub struct LiveFile {
    pub path: String,
    pub size_bytes: u64,
    pub stats: Option<String>,
    /// Positions of deleted rows.
    pub deleted: Vec<u64>,
    /// By logical name, typed.
    pub partition_values: Vec<(String, ScalarValue)>,
}

/// The version and live files of the table in `folder`, at its latest version or another.
pub fn live_files(folder: &Path, version: Option<u64>) -> Result<(u64, Vec<LiveFile>), KernelError> {
    let engine = LocalEngine;
    let url = Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
    let mut builder = Snapshot::builder_for(url.as_str());
    if let Some(version) = version {
        builder = builder.at_version(version);
    }
    let snapshot = builder.build(&engine)?;
    let (version, schema) = (snapshot.version(), snapshot.schema());
    let mode = snapshot.table_configuration().column_mapping_mode();
    // The log knows columns by their physical names.
    let columns = schema
        .fields()
        .map(|field| (field.physical_name(mode), field))
        .collect();
    let scan = snapshot.scan_builder().build()?;
    let mut files = vec![];
    for metadata in scan.scan_metadata(&engine)? {
        let rows = metadata?.scan_files.apply_selection_vector()?;
        let rows: RecordBatch = ArrowEngineData::try_from_engine_data(rows)?.into();
        for row in 0..rows.num_rows() {
            files.push(live_file(&columns, &rows, row, &url)?);
        }
    }
    Ok((version, files))
}

/// The rows of the table in `folder`, with their ids and the versions that changed them last.
pub fn rows_with_ids(folder: &Path) -> Result<Vec<RecordBatch>, KernelError> {
    let url = Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
    let snapshot = Snapshot::builder_for(url.as_str()).build(&LocalEngine)?;
    let schema = snapshot
        .schema()
        .add_metadata_column("row_id", MetadataColumnSpec::RowId)?
        .add_metadata_column("row_commit_version", MetadataColumnSpec::RowCommitVersion)?;
    let scan = snapshot.scan_builder().with_schema(Arc::new(schema)).build()?;
    let batches = scan.execute(Arc::new(LocalEngine))?;
    batches
        .map(|batch| Ok(ArrowEngineData::try_from_engine_data(batch?)?.into()))
        .collect()
}

/// The change data feed of the table in `folder`, from one version to another.
pub fn changes(folder: &Path, from: u64, to: u64) -> Result<Vec<RecordBatch>, KernelError> {
    let url = Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
    let changes = TableChanges::try_new(url, &LocalEngine, from, Some(to))?;
    let scan = changes.into_scan_builder().build()?;
    let batches = scan.execute(Arc::new(LocalEngine))?;
    batches
        .map(|batch| Ok(ArrowEngineData::try_from_engine_data(batch?)?.into()))
        .collect()
}

fn live_file(
    columns: &BTreeMap<&str, &StructField>,
    rows: &RecordBatch,
    row: usize,
    root: &Url,
) -> Result<LiveFile, KernelError> {
    let column = |name: &str| rows.column_by_name(name).unwrap();
    let stats = column("stats").as_string::<i32>();
    let constants = column("fileConstantValues").as_struct();
    let partitions = constants.column_by_name("partitionValues").unwrap().as_map().value(row);
    let (keys, values) = (
        partitions.column(0).as_string::<i32>(),
        partitions.column(1).as_string::<i32>(),
    );
    let mut partition_values = vec![];
    for entry in 0..partitions.len() {
        let Some(field) = columns.get(keys.value(entry)) else {
            continue;
        };
        let DataType::Primitive(primitive) = field.data_type() else {
            panic!("{field:?} as a partition column")
        };
        let text = if values.is_valid(entry) {
            values.value(entry)
        } else {
            ""
        };
        partition_values.push((field.name().clone(), scalar(primitive.parse_scalar(text)?)));
    }
    Ok(LiveFile {
        path: column("path").as_string::<i32>().value(row).to_owned(),
        size_bytes: u64::try_from(column("size").as_primitive::<Int64Type>().value(row)).unwrap(),
        stats: stats.is_valid(row).then(|| stats.value(row).to_owned()),
        deleted: deleted(column("deletionVector").as_struct(), row, root)?,
        partition_values,
    })
}

fn deleted(vectors: &StructArray, row: usize, root: &Url) -> Result<Vec<u64>, KernelError> {
    if vectors.is_null(row) {
        return Ok(vec![]);
    }
    let column = |name: &str| vectors.column_by_name(name).unwrap();
    let text = |name: &str| column(name).as_string::<i32>().value(row).to_owned();
    let offset = column("offset").as_primitive::<Int32Type>();
    let vector = DeletionVectorDescriptor::try_new(
        text("storageType").parse()?,
        text("pathOrInlineDv"),
        offset.is_valid(row).then(|| offset.value(row)),
        column("sizeInBytes").as_primitive::<Int32Type>().value(row),
        column("cardinality").as_primitive::<Int64Type>().value(row),
    )?;
    vector.row_indexes(LocalEngine.storage_handler(), root)
}

fn scalar(scalar: Scalar) -> ScalarValue {
    match scalar {
        Scalar::Integer(value) => ScalarValue::Int32(Some(value)),
        Scalar::Long(value) => ScalarValue::Int64(Some(value)),
        Scalar::Short(value) => ScalarValue::Int16(Some(value)),
        Scalar::Byte(value) => ScalarValue::Int8(Some(value)),
        Scalar::Float(value) => ScalarValue::Float32(Some(value)),
        Scalar::Double(value) => ScalarValue::Float64(Some(value)),
        Scalar::String(value) => ScalarValue::Utf8(Some(value)),
        Scalar::Boolean(value) => ScalarValue::Boolean(Some(value)),
        Scalar::Timestamp(value) => ScalarValue::TimestampMicrosecond(Some(value), Some("UTC".into())),
        Scalar::TimestampNtz(value) => ScalarValue::TimestampMicrosecond(Some(value), None),
        Scalar::Date(value) => ScalarValue::Date32(Some(value)),
        Scalar::Binary(value) => ScalarValue::Binary(Some(value)),
        Scalar::Decimal(value) => ScalarValue::Decimal128(
            Some(value.bits()),
            value.precision(),
            i8::try_from(value.scale()).unwrap(),
        ),
        Scalar::Null(_) => ScalarValue::Null,
        other => panic!("{other:?} as a partition value"),
    }
}

struct LocalEngine;

impl Engine for LocalEngine {
    fn evaluation_handler(&self) -> Arc<dyn EvaluationHandler> {
        Arc::new(ArrowEvaluationHandler {})
    }

    fn storage_handler(&self) -> Arc<dyn StorageHandler> {
        Arc::new(Self)
    }

    fn json_handler(&self) -> Arc<dyn JsonHandler> {
        Arc::new(Self)
    }

    fn parquet_handler(&self) -> Arc<dyn ParquetHandler> {
        Arc::new(Self)
    }
}

fn read_only<T>() -> KernelResult<T> {
    Err(KernelError::generic("this engine only reads"))
}

fn read(url: &Url) -> KernelResult<Bytes> {
    let path = url.to_file_path().map_err(|()| KernelError::generic("no file"))?;
    match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(KernelError::FileNotFound(url.to_string())),
        bytes => Ok(bytes?.into()),
    }
}

fn file_meta(path: &Path) -> KernelResult<FileMeta> {
    let metadata = fs::metadata(path)?;
    let modified = metadata
        .modified()?
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(FileMeta {
        location: Url::from_file_path(path).map_err(|()| KernelError::generic("no URL"))?,
        last_modified: i64::try_from(modified.as_millis()).unwrap_or(i64::MAX),
        size: metadata.len(),
    })
}

fn files_below(folder: &Path, found: &mut Vec<FileMeta>) -> KernelResult<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, found)?;
        } else {
            found.push(file_meta(&path)?);
        }
    }
    Ok(())
}

impl StorageHandler for LocalEngine {
    fn list_from(&self, from: &Url) -> KernelResult<KernelResultIteratorStatic<FileMeta>> {
        let folder = from.join(".").map_err(|_| KernelError::generic("no folder"))?;
        let folder = folder.to_file_path().map_err(|()| KernelError::generic("no folder"))?;
        let mut files = vec![];
        files_below(&folder, &mut files)?;
        files.retain(|file| file.location.as_str() > from.as_str());
        files.sort_by(|one, other| one.location.cmp(&other.location));
        Ok(Box::new(files.into_iter().map(Ok)))
    }

    fn read_files(&self, files: Vec<FileSlice>) -> KernelResult<KernelResultIteratorStatic<Bytes>> {
        Ok(Box::new(files.into_iter().map(|(url, _)| read(&url))))
    }

    fn copy_atomic(&self, _from: &Url, _to: &Url) -> KernelResult<()> {
        read_only()
    }

    fn put(&self, _url: &Url, _bytes: Bytes, _overwrite: bool) -> KernelResult<()> {
        read_only()
    }

    fn head(&self, url: &Url) -> KernelResult<FileMeta> {
        file_meta(&url.to_file_path().map_err(|()| KernelError::generic("no file"))?)
    }

    fn delete(&self, _url: &Url) -> KernelResult<()> {
        read_only()
    }
}

/// Batches of several files, one after the other.
fn batches(
    files: &[FileMeta],
    read_one: impl Fn(&FileMeta) -> KernelResult<Vec<ArrowEngineData>>,
) -> KernelResult<FileDataReadResultIterator> {
    let read: Vec<Vec<ArrowEngineData>> = files.iter().map(read_one).collect::<KernelResult<_>>()?;
    Ok(Box::new(
        read.into_iter()
            .flatten()
            .map(|batch| Ok(Box::new(batch) as Box<dyn EngineData>)),
    ))
}

impl JsonHandler for LocalEngine {
    fn parse_json(&self, json: Box<dyn EngineData>, schema: SchemaRef) -> KernelResult<Box<dyn EngineData>> {
        parse_json(json, schema)
    }

    fn read_json_files(
        &self,
        files: &[FileMeta],
        schema: SchemaRef,
        _predicate: Option<PredicateRef>,
    ) -> KernelResult<FileDataReadResultIterator> {
        batches(files, |file| {
            let order = build_json_reorder_indices(&schema)?;
            let bytes = read(&file.location)?;
            let reader = ReaderBuilder::new(Arc::new(json_arrow_schema(&schema)?)).with_coerce_primitive(true);
            let reader = reader.build(bytes.as_ref())?;
            reader
                .map(|batch| fixup_json_read(batch?, &order, file.location.as_str()))
                .collect()
        })
    }

    fn write_json_file(
        &self,
        _url: &Url,
        _data: KernelResultIterator<'_, FilteredEngineData>,
        _overwrite: bool,
    ) -> KernelResult<u64> {
        read_only()
    }
}

impl ParquetHandler for LocalEngine {
    fn read_parquet_files(
        &self,
        files: &[FileMeta],
        schema: SchemaRef,
        _predicate: Option<PredicateRef>,
    ) -> KernelResult<FileDataReadResultIterator> {
        batches(files, |file| {
            let bytes = read(&file.location)?;
            let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
            let metadata = ArrowReaderMetadata::load(&bytes, options)?;
            let (order, mask) = parquet_read_plan(&schema, &metadata)?;
            let indexes =
                ordering_needs_row_indexes(&order).then(|| RowIndexBuilder::new(metadata.metadata().row_groups()));
            let mut indexes = indexes.map(RowIndexBuilder::build).transpose()?;
            let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata);
            if let Some(mask) = mask {
                builder = builder.with_projection(mask);
            }
            let location = file.location.as_str();
            let fixed = builder
                .build()?
                .map(|batch| fixup_parquet_read(batch?, &order, indexes.as_mut(), Some(location), Some(&schema)));
            fixed.collect()
        })
    }

    fn write_parquet_file(
        &self,
        _location: Url,
        _data: KernelResultIteratorStatic<Box<dyn EngineData>>,
    ) -> KernelResult<u64> {
        read_only()
    }

    fn read_parquet_footer(&self, file: &FileMeta) -> KernelResult<ParquetFooter> {
        use delta_kernel::engine::arrow_conversion::TryFromArrow;
        let metadata = ArrowReaderMetadata::load(&read(&file.location)?, ArrowReaderOptions::new())?;
        let schema = Arc::new(StructType::try_from_arrow(metadata.schema().as_ref())?);
        Ok(ParquetFooter { schema })
    }
}
