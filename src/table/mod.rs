//! Tables: what lies at a location, at which version, and which files hold its rows.
//!
//! A [`Table`] is the format-neutral answer of every reader. Its [`DataFiles`] are
//! columnar, one row a live file, so that pruning is an expression over them and a
//! million files fit in memory. Nothing here assumes a format.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use object_store::ObjectStore;
use object_store::path::Path;
use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::protocol::{AsOf, Elsewhere};

pub mod delta;
pub mod detect;
mod file_rows;
pub mod files;
pub mod log;
pub mod mapping;
pub mod parquet;
pub mod prune;
pub mod roots;
pub mod row_fields;
pub mod variant;

pub use files::DataFiles;
pub use mapping::Mapping;
pub use row_fields::{RowField, RowTracking};

/// An open table at one version.
#[derive(Debug, Clone)]
pub struct Table {
    /// What was opened.
    pub location: Location,
    /// Where the person agreed to read files of it that are not below that.
    pub elsewhere: Arc<[Elsewhere]>,
    /// How it is stored.
    pub format: Format,
    /// The version read; `None` for formats without versions.
    pub version: Option<Version>,
    /// The table's description.
    pub comment: Option<String>,
    /// What a person must know of it to read it right, beside its rows.
    pub note: Option<String>,
    /// All columns in the table's order, partition columns in their place. A column's
    /// comment is in its field's metadata under [`COMMENT_KEY`].
    pub schema: SchemaRef,
    /// Names of the columns whose values come from the metadata and not from the files.
    pub partition_columns: Vec<String>,
    /// What its metadata says of it beside.
    pub about: About,
    /// What the table requires of those who read and write it.
    pub features: Vec<Feature>,
    /// How columns are found in the files; by their names without one.
    pub mapping: Option<Arc<Mapping>>,
    /// What tells its rows apart for good, where the table keeps that.
    pub row_tracking: Option<RowTracking>,
    /// The live files.
    pub files: Arc<DataFiles>,
}

impl Table {
    /// Which rows came and went from version `from` to this one: tables of one schema, the rows of which together tell.
    ///
    /// # Errors
    /// `Unsupported` when the table keeps no change data feed, `NotFound` when the versions are not there.
    pub async fn changes(&self, store: &Arc<dyn ObjectStore>, from: u64) -> Result<Vec<Self>> {
        match self.format {
            Format::Delta => delta::changes(store, self, from).await,
            Format::Parquet => {
                let detail = "this table is made of Parquet files alone: nothing tells what changed";
                Err(Error::new(Kind::Unsupported, self.location.without_query(), detail))
            }
        }
    }

    /// The rows in which versions `from` and `to` may differ: tables of one schema, each of one side.
    ///
    /// # Errors
    /// `Unsupported` when the table has no versions, `NotFound` when those are not there, or what reading them may say.
    pub async fn rows_between(&self, store: &Arc<dyn ObjectStore>, from: u64, to: u64) -> Result<Vec<Self>> {
        match self.format {
            Format::Delta => delta::rows_between(store, self, from, to).await,
            Format::Parquet => {
                let detail = "this table is made of Parquet files alone: it has no versions";
                Err(Error::new(Kind::Unsupported, self.location.without_query(), detail))
            }
        }
    }

    /// The first version at or after `time`, an RFC 3339 text.
    ///
    /// # Errors
    /// `Unsupported` when the table has no versions, and what reading the times of its commits may say.
    pub async fn first_since(&self, store: &Arc<dyn ObjectStore>, time: &str) -> Result<u64> {
        match self.format {
            Format::Delta => delta::first_since(store, &self.location, time).await,
            Format::Parquet => {
                let detail = "this table is made of Parquet files alone: it has no versions";
                Err(Error::new(Kind::Unsupported, self.location.without_query(), detail))
            }
        }
    }

    /// The first and the newest version that can be asked for; `None` for formats without versions.
    ///
    /// # Errors
    /// What reading the log may say.
    pub async fn versions(&self, store: &Arc<dyn ObjectStore>) -> Result<Option<(u64, u64)>> {
        match self.format {
            Format::Delta => delta::versions(store, &self.location).await.map(Some),
            Format::Parquet => Ok(None),
        }
    }

    /// By what a file of the table is known, where its format never writes a file anew: as long as the log tells the same
    /// of it, its bytes are the same. PROTOCOL.md, "Data Files" and "Delta Log Entries".
    #[must_use]
    pub fn vouched(&self, file: usize) -> Option<String> {
        match self.format {
            Format::Delta => {
                let size = self.files.size_bytes(file)?;
                // Some writers leave the time out.
                let modified = self.files.modified_millis(file).filter(|millis| *millis > 0)?;
                Some(format!("{size} {modified}"))
            }
            Format::Parquet => None,
        }
    }

    /// Refuses a file of the table whose columns, `file`, cannot be read in the types of `schema`.
    pub(crate) fn check_file(&self, path: &Path, schema: &Schema, file: &Schema) -> Result<()> {
        match self.format {
            Format::Delta => delta::check_file(path, schema, file),
            // The schema was made of those of all files.
            Format::Parquet => Ok(()),
        }
    }
}

/// What a table's metadata says of it that reading does not need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Its identity.
    pub id: Option<String>,
    /// Its name for people.
    pub name: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub created_millis: Option<i64>,
    /// Its properties.
    pub properties: BTreeMap<String, Option<String>>,
    /// The versions of the protocol that readers and writers must support.
    pub protocol: Option<(i32, i32)>,
    /// Files that its metadata still names, but only as removed; `None` when that is not known.
    pub removed_files: Option<u64>,
}

/// Something that a table requires.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Its name in the format's specification.
    #[serde(rename = "feature")]
    pub name: String,
    /// Must readers know it?
    pub readers: bool,
    /// Must writers know it?
    pub writers: bool,
    /// Does this reader know it, or need not?
    pub is_read: bool,
    /// What in the table's metadata requires it.
    pub required_by: String,
}

/// The key of a column's comment in its Arrow field's metadata.
pub const COMMENT_KEY: &str = "comment";

/// How a table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Delta Lake.
    Delta,
    /// Parquet files read as one table.
    Parquet,
}

impl Format {
    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delta => "delta",
            Self::Parquet => "parquet",
        }
    }
}

/// A version of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: u64,
    /// When it was committed, in milliseconds since 1970, when known.
    pub timestamp_millis: Option<i64>,
}

/// Opens what lies at `urls`: a table root, or one or several Parquet files as one table.
///
/// # Errors
/// `NotFound`, `NotATable`, `Unsupported` (with the feature's name), `Damaged`, or what the store says.
pub async fn open(store: &Arc<dyn ObjectStore>, urls: &[Location], as_of: Option<&AsOf>) -> Result<Table> {
    open_with(store, urls, as_of, &Arc::default()).await
}

/// Opens what lies at `urls`, the files of which may lie `elsewhere`.
///
/// # Errors
/// As [`open`]; `Elsewhere` with the place that is not among them.
pub async fn open_with(
    store: &Arc<dyn ObjectStore>,
    urls: &[Location],
    as_of: Option<&AsOf>,
    elsewhere: &Arc<[Elsewhere]>,
) -> Result<Table> {
    detect::open(store, urls, as_of, elsewhere).await
}
