//! Files of one commit or of one batch of a checkpoint, as columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, Int64Builder, MapArray, MapBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray, UInt64Array, UInt64Builder, cast::AsArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use crate::error::{Error, Kind, Result};
use crate::table::delta::action::Add;
use crate::table::delta::vector::{VectorBuilder, VectorColumns};

/// Files with what their `add` actions say, one row a file.
///
/// A record batch inside, so that rows are dropped from all columns at once.
#[derive(Debug, Clone)]
pub struct FileBatch(RecordBatch);

/// The columns of a [`FileBatch`].
#[derive(Debug)]
pub struct FileColumns {
    /// Normal paths (see [`super::paths::normal`]).
    pub path: StringArray,
    /// In bytes.
    pub size: UInt64Array,
    /// In milliseconds since 1970.
    pub modified: Int64Array,
    /// Serialized values by physical column name.
    pub partition_values: MapArray,
    /// Statistics as JSON.
    pub stats: StringArray,
    /// Which rows are deleted.
    pub deletion_vector: VectorColumns,
    /// "Default Generated Row IDs" of the files' first rows, where the source has such a column.
    pub base_row_id: Option<Int64Array>,
    /// "Default Row Commit Versions", where the source has such a column.
    pub default_row_commit_version: Option<Int64Array>,
    /// Statistics as `stats_parsed` of a checkpoint.
    pub stats_parsed: Option<StructArray>,
}

const PATH: usize = 0;
const SIZE: usize = 1;
const MODIFIED: usize = 2;
const PARTITION_VALUES: usize = 3;
const STATS: usize = 4;
const DELETION_VECTOR: usize = 5;

/// Columns that some sources lack.
const BASE_ROW_ID: &str = "baseRowId";
const DEFAULT_ROW_COMMIT_VERSION: &str = "defaultRowCommitVersion";
const STATS_PARSED: &str = "stats_parsed";

impl FileBatch {
    /// The columns as one.
    pub fn new(columns: FileColumns) -> Result<Self> {
        let mut arrays: Vec<(&str, ArrayRef)> = vec![
            ("path", Arc::new(columns.path)),
            ("size", Arc::new(columns.size)),
            ("modified", Arc::new(columns.modified)),
            ("partitionValues", Arc::new(columns.partition_values)),
            ("stats", Arc::new(columns.stats)),
            ("deletionVector", Arc::new(columns.deletion_vector.into_struct())),
        ];
        let optional = [
            (BASE_ROW_ID, columns.base_row_id.map(|ids| Arc::new(ids) as ArrayRef)),
            (
                DEFAULT_ROW_COMMIT_VERSION,
                columns
                    .default_row_commit_version
                    .map(|versions| Arc::new(versions) as ArrayRef),
            ),
            (
                STATS_PARSED,
                columns.stats_parsed.map(|parsed| Arc::new(parsed) as ArrayRef),
            ),
        ];
        arrays.extend(optional.into_iter().filter_map(|(name, array)| Some((name, array?))));
        let fields: Vec<_> = arrays
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let arrays = arrays.into_iter().map(|(_, array)| array).collect();
        Ok(Self(
            RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|cause| arrow_bug(&cause))?,
        ))
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Only the files for which `keep` is true.
    pub fn filter(&self, keep: &BooleanArray) -> Result<Self> {
        if keep.true_count() == self.len() {
            return Ok(self.clone());
        }
        Ok(Self(
            filter_record_batch(&self.0, keep).map_err(|cause| arrow_bug(&cause))?,
        ))
    }

    /// Normal paths.
    pub fn path(&self) -> &StringArray {
        self.0.column(PATH).as_string()
    }

    /// Sizes in bytes.
    pub fn size(&self) -> &UInt64Array {
        self.0.column(SIZE).as_primitive()
    }

    /// Modification times in milliseconds since 1970.
    pub fn modified(&self) -> &Int64Array {
        self.0.column(MODIFIED).as_primitive()
    }

    /// Serialized partition values.
    pub fn partition_values(&self) -> &MapArray {
        self.0.column(PARTITION_VALUES).as_map()
    }

    /// Statistics as JSON.
    pub fn stats(&self) -> &StringArray {
        self.0.column(STATS).as_string()
    }

    /// Statistics as columns.
    pub fn stats_parsed(&self) -> Option<&StructArray> {
        self.0.column_by_name(STATS_PARSED).map(AsArray::as_struct)
    }

    /// Ids of the files' first rows, NULL where unknown.
    pub fn base_row_id(&self) -> Int64Array {
        self.integers(BASE_ROW_ID)
    }

    /// Versions that added the files first, NULL where unknown.
    pub fn default_row_commit_version(&self) -> Int64Array {
        self.integers(DEFAULT_ROW_COMMIT_VERSION)
    }

    fn integers(&self, name: &str) -> Int64Array {
        let column = self.0.column_by_name(name).and_then(|column| column.as_primitive_opt());
        column.cloned().unwrap_or_else(|| Int64Array::new_null(self.len()))
    }

    /// Which rows are deleted.
    pub fn deletion_vectors(&self) -> Result<VectorColumns> {
        let lost = || Error::new(Kind::Bug, "Delta log", "deletion vectors lost their columns");
        VectorColumns::of(self.0.column(DELETION_VECTOR).as_struct()).ok_or_else(lost)
    }

    /// What tells deletion vectors apart; NULL where no row is deleted.
    fn vector_id(&self, file: usize) -> Option<&str> {
        let columns = self.0.column(DELETION_VECTOR).as_struct();
        let ids: &StringArray = columns.column(0).as_string();
        ids.is_valid(file).then(|| ids.value(file))
    }

    /// What tells a file apart (PROTOCOL.md, "Add File and Remove File": the primary key of a logical file).
    pub fn key(&self, file: usize) -> FileKey {
        FileKey::new(self.path().value(file), self.vector_id(file))
    }
}

/// A normal path and what tells its deletion vector apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileKey(Box<str>);

impl FileKey {
    /// The key of a normal path, in which no control character is left.
    pub fn new(path: &str, deletion_vector: Option<&str>) -> Self {
        match deletion_vector {
            None => Self(path.into()),
            Some(vector) => Self(format!("{path}\0{vector}").into()),
        }
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.0.split('\0').next().unwrap_or_default()
    }
}

/// Collects `add` actions into a batch.
#[derive(Debug)]
pub struct FileBatchBuilder {
    path: StringBuilder,
    size: UInt64Builder,
    modified: Int64Builder,
    partition_values: MapBuilder<StringBuilder, StringBuilder>,
    stats: StringBuilder,
    deletion_vector: VectorBuilder,
    base_row_id: Int64Builder,
    default_row_commit_version: Int64Builder,
}

impl Default for FileBatchBuilder {
    fn default() -> Self {
        Self {
            path: StringBuilder::new(),
            size: UInt64Builder::new(),
            modified: Int64Builder::new(),
            partition_values: MapBuilder::new(None, StringBuilder::new(), StringBuilder::new()),
            stats: StringBuilder::new(),
            deletion_vector: VectorBuilder::default(),
            base_row_id: Int64Builder::new(),
            default_row_commit_version: Int64Builder::new(),
        }
    }
}

impl FileBatchBuilder {
    /// Adds a file whose normal path is `path`.
    pub fn push(&mut self, path: &str, add: &Add<'_>) -> Result<()> {
        self.path.append_value(path);
        self.size.append_value(add.size);
        self.modified.append_option(add.modification_time);
        for (column, value) in &add.partition_values {
            self.partition_values.keys().append_value(column);
            self.partition_values.values().append_option(value.as_deref());
        }
        self.partition_values.append(true).map_err(|cause| arrow_bug(&cause))?;
        self.stats.append_option(add.stats.as_deref());
        self.deletion_vector.push(add.deletion_vector.as_ref());
        self.base_row_id.append_option(add.base_row_id);
        self.default_row_commit_version
            .append_option(add.default_row_commit_version);
        Ok(())
    }

    /// The batch.
    pub fn finish(mut self) -> Result<FileBatch> {
        FileBatch::new(FileColumns {
            path: self.path.finish(),
            size: self.size.finish(),
            modified: self.modified.finish(),
            partition_values: self.partition_values.finish(),
            stats: self.stats.finish(),
            deletion_vector: self.deletion_vector.finish(),
            base_row_id: Some(self.base_row_id.finish()),
            default_row_commit_version: Some(self.default_row_commit_version.finish()),
            stats_parsed: None,
        })
    }
}

/// The entries of one file's map of texts.
pub fn text_entries(values: &MapArray, file: usize) -> Result<BTreeMap<String, Option<String>>> {
    if values.is_null(file) {
        return Ok(BTreeMap::new());
    }
    let entries = values.value(file);
    let (keys, strings) = (text(entries.column(0))?, text(entries.column(1))?);
    let entry = |at: usize| {
        let value = strings.is_valid(at).then(|| strings.value(at).to_owned());
        (keys.value(at).to_owned(), value)
    };
    Ok((0..entries.len()).map(entry).collect())
}

/// One column of serialized partition values, NULL where a file has none.
pub fn partition_strings(values: &MapArray, column: &str) -> Result<StringArray> {
    let (keys, strings) = (text(values.keys())?, text(values.values())?);
    let mut picked = StringBuilder::with_capacity(values.len(), values.len() * 8);
    for file in 0..values.len() {
        let offsets = values.value_offsets();
        let entries = match (offsets.get(file), offsets.get(file + 1)) {
            (Some(start), Some(end)) if values.is_valid(file) => offset(*start)..offset(*end),
            _ => 0..0,
        };
        let entry = entries
            .into_iter()
            .find(|entry| keys.value(*entry) == column && strings.is_valid(*entry));
        picked.append_option(entry.map(|entry| strings.value(entry)));
    }
    Ok(picked.finish())
}

/// Strings, whatever their layout.
pub fn text(array: &ArrayRef) -> Result<StringArray> {
    let strings = arrow::compute::cast(array, &DataType::Utf8).map_err(|cause| arrow_bug(&cause))?;
    Ok(strings.as_string().clone())
}

fn offset(value: i32) -> usize {
    usize::try_from(value).unwrap_or_default()
}

/// An error of arrow that our own arrays cannot cause.
pub fn arrow_bug(cause: &ArrowError) -> Error {
    Error::new(Kind::Bug, "Delta log", cause.to_string())
}
