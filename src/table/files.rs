//! The live files of a table as columns: one row a file, so that a million of them stay small.
//!
//! Readers of table formats fill a [`DataFiles`]; pruning and planning read it. Statistics
//! stay behind [`FileStatistics`], because parsing them is only worth it for the columns
//! that a predicate names.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, StringArray, UInt64Array};
use async_trait::async_trait;
use datafusion::scalar::ScalarValue;
use object_store::ObjectStore;
use roaring::RoaringTreemap;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::roots::Roots;

/// What the metadata knows about the values in each file.
///
/// Every array has one entry a file, NULL where nothing is known, and bounds are safe: no
/// value that is neither NULL nor NaN lies outside `min..=max`. Columns are top-level names of
/// the table's schema. `None` says that nothing at all is known.
pub trait FileStatistics: Debug + Send + Sync {
    /// Lower bounds, in the column's type.
    fn min(&self, column: &str) -> Option<ArrayRef>;
    /// Upper bounds, in the column's type. Of a float column, NaN (which sorts above all) may lie above.
    fn max(&self, column: &str) -> Option<ArrayRef>;
    /// Counts of NULLs, as `UInt64`, those of deleted rows counted; never more than there are.
    fn null_count(&self, column: &str) -> Option<ArrayRef>;
    /// Counts of rows, as `UInt64`, deleted ones counted as in [`null_count`](Self::null_count).
    fn rows(&self) -> Option<ArrayRef>;
    /// Are the bounds, and the counts of NULLs, those of values that the file holds, and not only bounds? Deleted rows
    /// count as held.
    fn tight(&self, _column: &str) -> Option<BooleanArray> {
        None
    }
    /// What the metadata says of one file, as it is spelled there, when that is JSON.
    fn json(&self, _file: usize) -> Option<&str> {
        None
    }
}

/// Statistics of a format that keeps none beside its files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStatistics;

impl FileStatistics for NoStatistics {
    fn min(&self, _column: &str) -> Option<ArrayRef> {
        None
    }
    fn max(&self, _column: &str) -> Option<ArrayRef> {
        None
    }
    fn null_count(&self, _column: &str) -> Option<ArrayRef> {
        None
    }
    fn rows(&self) -> Option<ArrayRef> {
        None
    }
}

/// Which rows of the files are deleted, for formats that keep that beside the files.
#[async_trait]
pub trait DeletedRows: Debug + Send + Sync {
    /// How many rows of a file are deleted.
    fn count(&self, file: usize) -> u64;

    /// How many rows the file must have for the positions to mean what they should; any number without one.
    fn rows_of(&self, _file: usize) -> Option<u64> {
        None
    }

    /// Their positions, counted from the file's first row.
    ///
    /// # Errors
    /// `Damaged` when they cannot be told for certain, or what the store says.
    async fn load(&self, store: &dyn ObjectStore, file: usize) -> Result<RoaringTreemap>;
}

/// Where the files lie.
#[derive(Debug)]
pub enum Places {
    /// Percent-encoded paths in a table's metadata.
    OfMetadata {
        /// Where they lead.
        roots: Roots,
        /// One path a file: below the table's root, or absolute.
        paths: StringArray,
    },
    /// Each on its own.
    Absolute(Vec<Location>),
}

impl Places {
    fn len(&self) -> usize {
        match self {
            Self::OfMetadata { paths, .. } => paths.len(),
            Self::Absolute(locations) => locations.len(),
        }
    }
}

/// The live files of a table.
#[derive(Debug, Clone)]
pub struct DataFiles {
    places: Arc<Places>,
    size_bytes: UInt64Array,
    modified_millis: Int64Array,
    num_records: UInt64Array,
    partition_values: Vec<ArrayRef>,
    statistics: Arc<dyn FileStatistics>,
    deleted: Option<Arc<dyn DeletedRows>>,
}

/// The columns that every [`DataFiles`] has; each has one entry a file, NULL where unknown.
#[derive(Debug)]
pub struct FileColumns {
    /// Sizes in bytes.
    pub size_bytes: UInt64Array,
    /// Modification times in milliseconds since 1970.
    pub modified_millis: Int64Array,
    /// Rows in each file, deleted ones not counted.
    pub num_records: UInt64Array,
    /// One array a partition column, in the column's type.
    pub partition_values: Vec<ArrayRef>,
}

impl DataFiles {
    /// The files at `places`, in that order.
    ///
    /// # Errors
    /// `Bug` when the columns differ in length.
    pub fn new(places: Places, columns: FileColumns, statistics: Arc<dyn FileStatistics>) -> Result<Self> {
        let FileColumns {
            size_bytes,
            modified_millis,
            num_records,
            partition_values,
        } = columns;
        let lengths = [size_bytes.len(), modified_millis.len(), num_records.len()];
        let mut lengths = lengths.into_iter().chain(partition_values.iter().map(Array::len));
        if lengths.any(|length| length != places.len()) {
            return Err(uneven());
        }
        Ok(Self {
            places: Arc::new(places),
            size_bytes,
            modified_millis,
            num_records,
            partition_values,
            statistics,
            deleted: None,
        })
    }

    /// The same files, some rows of which are deleted.
    #[must_use]
    pub fn with_deleted(self, deleted: Arc<dyn DeletedRows>) -> Self {
        Self {
            deleted: Some(deleted),
            ..self
        }
    }

    /// The same files with more columns of values that all rows of a file share.
    ///
    /// # Errors
    /// `Bug` when they are not of one length.
    pub fn with_constants(mut self, columns: Vec<ArrayRef>) -> Result<Self> {
        if columns.iter().any(|column| column.len() != self.len()) {
            return Err(uneven());
        }
        self.partition_values.extend(columns);
        Ok(self)
    }

    /// The same files with other counts of rows, one a file.
    ///
    /// # Errors
    /// `Bug` when they are not so many.
    pub fn with_num_records(self, num_records: UInt64Array) -> Result<Self> {
        if num_records.len() != self.len() {
            return Err(uneven());
        }
        Ok(Self { num_records, ..self })
    }

    /// What tells the deleted rows of a file; `None` when it has none.
    #[must_use]
    pub fn deleted(&self, file: usize) -> Option<&dyn DeletedRows> {
        self.deleted.as_deref().filter(|deleted| deleted.count(file) > 0)
    }

    /// Files that stand on their own: no partition values, no statistics beside them. A size is `None` when unknown.
    pub fn standalone(files: Vec<(Location, Option<u64>)>, num_records: Vec<Option<u64>>) -> Result<Self> {
        let (locations, sizes): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let columns = FileColumns {
            modified_millis: Int64Array::new_null(locations.len()),
            size_bytes: UInt64Array::from(sizes),
            num_records: UInt64Array::from(num_records),
            partition_values: vec![],
        };
        Self::new(Places::Absolute(locations), columns, Arc::new(NoStatistics))
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a file lies.
    ///
    /// # Errors
    /// `Bug` when there is no such file, `Damaged` when its path makes no URL.
    pub fn location(&self, file: usize) -> Result<Location> {
        match self.places.as_ref() {
            Places::OfMetadata { roots, paths } if file < paths.len() => roots.locate(paths.value(file)),
            Places::Absolute(locations) if file < locations.len() => Ok(locations[file].clone()),
            _ => Err(no_such_file(file)),
        }
    }

    /// The paths of all files as the metadata has them, below the table's root or whole.
    #[must_use]
    pub fn paths(&self) -> StringArray {
        match self.places.as_ref() {
            Places::OfMetadata { paths, .. } => paths.clone(),
            Places::Absolute(locations) => locations.iter().map(|place| Some(place.without_query())).collect(),
        }
    }

    /// How many of its rows are deleted.
    #[must_use]
    pub fn deleted_count(&self, file: usize) -> u64 {
        self.deleted.as_ref().map_or(0, |deleted| deleted.count(file))
    }

    /// Its size.
    #[must_use]
    pub fn size_bytes(&self, file: usize) -> Option<u64> {
        at(file, &self.size_bytes).then(|| self.size_bytes.value(file))
    }

    /// Its rows, without the deleted ones.
    #[must_use]
    pub fn num_records(&self, file: usize) -> Option<u64> {
        at(file, &self.num_records).then(|| self.num_records.value(file))
    }

    /// When it was written, in milliseconds since 1970.
    #[must_use]
    pub fn modified_millis(&self, file: usize) -> Option<i64> {
        at(file, &self.modified_millis).then(|| self.modified_millis.value(file))
    }

    /// Its partition values, in the order of `Table::partition_columns` and in their types.
    ///
    /// # Errors
    /// `Bug` when there is no such file.
    pub fn partition_values(&self, file: usize) -> Result<Vec<ScalarValue>> {
        if file >= self.len() {
            return Err(no_such_file(file));
        }
        let value = |values: &ArrayRef| ScalarValue::try_from_array(values, file);
        let values: datafusion::error::Result<_> = self.partition_values.iter().map(value).collect();
        values.map_err(|cause| Error::new(Kind::Bug, "partition values", cause.to_string()).with_source(cause))
    }

    /// The values of one partition column (an index into `Table::partition_columns`), one a file.
    #[must_use]
    pub fn partition_column(&self, column: usize) -> Option<&ArrayRef> {
        self.partition_values.get(column)
    }

    /// Bytes of all files, when each is known.
    #[must_use]
    pub fn total_size_bytes(&self) -> Option<u64> {
        total(&self.size_bytes)
    }

    /// Rows of all files, when each is known.
    #[must_use]
    pub fn total_records(&self) -> Option<u64> {
        total(&self.num_records)
    }

    /// What is known about values.
    #[must_use]
    pub fn statistics(&self) -> &dyn FileStatistics {
        self.statistics.as_ref()
    }
}

fn at(file: usize, values: &dyn Array) -> bool {
    file < values.len() && values.is_valid(file)
}

fn total(values: &UInt64Array) -> Option<u64> {
    values.iter().try_fold(0_u64, |sum, value| sum.checked_add(value?))
}

fn uneven() -> Error {
    Error::new(Kind::Bug, "live files", "columns of the file list differ in length")
}

fn no_such_file(file: usize) -> Error {
    Error::new(Kind::Bug, "live files", format!("there is no file {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locations(count: usize) -> Vec<(Location, Option<u64>)> {
        (0..count)
            .map(|file| {
                (
                    Location::parse(&format!("http://lake.test/{file}.parquet")).unwrap(),
                    Some(10),
                )
            })
            .collect()
    }

    #[test]
    fn totals_are_unknown_as_soon_as_one_file_is() {
        let files = DataFiles::standalone(locations(3), vec![Some(1), Some(2), None]).unwrap();
        assert_eq!(files.total_size_bytes(), Some(30));
        assert_eq!(files.total_records(), None);
        assert_eq!(files.num_records(1), Some(2));
        assert_eq!(files.num_records(2), None);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error_and_no_panic() {
        let files = DataFiles::standalone(locations(1), vec![None]).unwrap();
        assert_eq!(files.location(1).unwrap_err().kind, Kind::Bug);
        assert_eq!(files.size_bytes(1), None);
        assert_eq!(files.partition_values(1).unwrap_err().kind, Kind::Bug);
    }

    #[test]
    fn columns_of_different_lengths_are_refused() {
        assert_eq!(
            DataFiles::standalone(locations(2), vec![None]).unwrap_err().kind,
            Kind::Bug
        );
    }
}
