//! What tells of each row where it lies, and which one it is: fields of the column `_metadata`, as Spark calls it.
//!
//! They are no columns of the table. A statement that names some of them reads a table that has those as well.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use parquet::arrow::RowNumber;

use crate::error::Result;
use crate::http::Location;
use crate::table::Table;

/// What [`RowField`]s are fields of.
pub const METADATA: &str = "_metadata";

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowField {
    /// The URL of the row's file, without its query.
    FilePath,
    /// The last segment of that.
    FileName,
    /// In bytes.
    FileSize,
    /// When the file was written.
    FileModificationTime,
    /// The row's place in its file, counted from 0; deleted rows count.
    RowIndex,
    /// The id of the file's first row.
    BaseRowId,
    /// The version that added the file first.
    DefaultRowCommitVersion,
    /// The row's id, unique in the table, which stays when the row is updated or moved.
    RowId,
    /// The version that inserted or changed the row last.
    RowCommitVersion,
}

/// The ids of a table's rows (PROTOCOL.md of Delta, "Row Tracking").
#[derive(Debug, Clone)]
pub struct RowTracking {
    /// Ids of the files' first rows, NULL where unknown; the other rows count on from there.
    pub base_row_ids: Int64Array,
    /// Versions that added the files first, NULL where unknown.
    pub commit_versions: Int64Array,
    /// Where rewritten files keep what their rows had; with it, every row has an id.
    pub kept: Option<KeptIds>,
}

/// Columns of files, each NULL or missing where a row has what its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptIds {
    /// Of ids.
    pub row_id: String,
    /// Of versions.
    pub row_commit_version: String,
}

impl RowField {
    /// Those of every table.
    const OF_FILES: [Self; 5] = [
        Self::FilePath,
        Self::FileName,
        Self::FileSize,
        Self::FileModificationTime,
        Self::RowIndex,
    ];

    /// Its name in [`METADATA`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FilePath => "file_path",
            Self::FileName => "file_name",
            Self::FileSize => "file_size",
            Self::FileModificationTime => "file_modification_time",
            Self::RowIndex => "row_index",
            Self::BaseRowId => "base_row_id",
            Self::DefaultRowCommitVersion => "default_row_commit_version",
            Self::RowId => "row_id",
            Self::RowCommitVersion => "row_commit_version",
        }
    }

    /// The column that has it, of a table that was made to.
    #[must_use]
    pub fn column(self) -> String {
        format!("{METADATA}.{}", self.name())
    }

    /// What it is made of: a column of the files, which wins where it is filled, and the columns the sum of which counts
    /// else. Without, it is a column itself.
    #[must_use]
    pub fn parts(self, table: &Table) -> Option<(&str, Vec<Self>)> {
        let kept = table.row_tracking.as_ref()?.kept.as_ref()?;
        match self {
            Self::RowId => Some((&kept.row_id, vec![Self::BaseRowId, Self::RowIndex])),
            Self::RowCommitVersion => Some((&kept.row_commit_version, vec![Self::DefaultRowCommitVersion])),
            _ => None,
        }
    }
}

impl Table {
    /// The fields of [`METADATA`] that it can tell: none where it has a column that could be meant.
    #[must_use]
    pub fn row_fields(&self) -> Vec<RowField> {
        let is_meant = |name: &str| {
            let first = name.split('.').next().unwrap_or_default();
            first.eq_ignore_ascii_case(METADATA)
        };
        if self.schema.fields().iter().any(|field| is_meant(field.name())) {
            return vec![];
        }
        let mut fields = RowField::OF_FILES.to_vec();
        if let Some(tracking) = &self.row_tracking {
            fields.extend([RowField::BaseRowId, RowField::DefaultRowCommitVersion]);
            if tracking.kept.is_some() {
                fields.extend([RowField::RowId, RowField::RowCommitVersion]);
            }
        }
        fields
    }

    /// The same table with the columns of `wanted`, or those that they are made of, behind its own.
    ///
    /// # Errors
    /// What a file's path may say.
    pub fn with_row_fields(&self, wanted: &[RowField]) -> Result<Self> {
        let mut added = Added::default();
        for field in wanted {
            match field.parts(self) {
                None => added.field(self, *field)?,
                Some((kept, parts)) => {
                    added.column(Field::new(kept, DataType::Int64, true));
                    parts.into_iter().try_for_each(|part| added.field(self, part))?;
                }
            }
        }
        let (names, values): (Vec<_>, Vec<_>) = added.constants.into_iter().unzip();
        let files = self.files.as_ref().clone().with_constants(values)?;
        let fields = self.schema.fields().iter().cloned().chain(added.fields);
        Ok(Self {
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            partition_columns: self.partition_columns.iter().cloned().chain(names).collect(),
            files: Arc::new(files),
            ..self.clone()
        })
    }

    /// One value a file; `None` for what differs from row to row.
    fn constant(&self, field: RowField) -> Result<Option<ArrayRef>> {
        let (files, tracking) = (&self.files, self.row_tracking.as_ref());
        let all = 0..files.len();
        let texts = |text: fn(&Location) -> String| {
            let text = |file| files.location(file).map(|location| text(&location));
            Ok::<_, crate::error::Error>(StringArray::from_iter_values(
                all.clone().map(text).collect::<Result<Vec<_>>>()?,
            ))
        };
        Ok(match field {
            RowField::FilePath => Some(Arc::new(texts(|location| location.without_query().to_owned())?)),
            RowField::FileName => Some(Arc::new(texts(Location::file_name)?)),
            RowField::FileSize => {
                let size = |file| i64::try_from(files.size_bytes(file)?).ok();
                Some(Arc::new(all.map(size).collect::<Int64Array>()))
            }
            RowField::FileModificationTime => {
                let times: TimestampMillisecondArray = all.map(|file| files.modified_millis(file)).collect();
                Some(Arc::new(times.with_timezone("UTC")))
            }
            RowField::BaseRowId => tracking.map(|tracking| Arc::new(tracking.base_row_ids.clone()) as ArrayRef),
            RowField::DefaultRowCommitVersion => {
                tracking.map(|tracking| Arc::new(tracking.commit_versions.clone()) as ArrayRef)
            }
            RowField::RowIndex | RowField::RowId | RowField::RowCommitVersion => None,
        })
    }
}

/// Columns that a table is given.
#[derive(Default)]
struct Added {
    fields: Vec<FieldRef>,
    /// Those that have one value a file, with their values.
    constants: Vec<(String, ArrayRef)>,
}

impl Added {
    fn column(&mut self, field: Field) -> bool {
        let is_new = self.fields.iter().all(|known| known.name() != field.name());
        if is_new {
            self.fields.push(Arc::new(field));
        }
        is_new
    }

    fn field(&mut self, table: &Table, field: RowField) -> Result<()> {
        let name = field.column();
        match table.constant(field)? {
            Some(values) => {
                if self.column(Field::new(&name, values.data_type().clone(), true)) {
                    self.constants.push((name, values));
                }
            }
            None => {
                self.column(Field::new(name, DataType::Int64, false).with_extension_type(RowNumber));
            }
        }
        Ok(())
    }
}

/// Is it the place of the row in its file, which is counted and not read?
#[must_use]
pub fn is_row_index(field: &Field) -> bool {
    // A table with a column of such a name is given none.
    field
        .name()
        .strip_prefix(METADATA)
        .and_then(|name| name.strip_prefix('.'))
        == Some(RowField::RowIndex.name())
        && field.extension_type_name().is_some()
}
