//! Parquet files as a table: one URL, or several read as one.
//!
//! Opening reads every file's footer, so the schema, the row counts and the statistics of
//! the table are known before a query starts. Footers come in one request where the size
//! is known, in two where it is not.

use std::sync::Arc;

use arrow::array::{Int64Array, UInt64Array};
use arrow::datatypes::SchemaRef;
use futures::stream::{self, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::file::metadata::ParquetMetaData;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::files::{FileColumns, Places};
use crate::table::variant::with_variants;
use crate::table::{About, DataFiles, Format, Table};

mod footer;
mod logical;
mod schema;
mod statistics;

pub(crate) use footer::{footer_bytes, footer_guess, read_footer};
pub(crate) use schema::arrow_schema;

/// Footers that are read at the same time: what a host answers at once over HTTP/1.1.
const FOOTERS_AT_ONCE: usize = 6;

/// A file as far as its footer tells.
#[derive(Debug, Clone)]
struct File {
    location: Location,
    size_bytes: u64,
    metadata: Arc<ParquetMetaData>,
    schema: SchemaRef,
}

/// Opens the files at `locations` as one table, in that order. Columns are matched by name.
///
/// # Errors
/// `NotFound` and what else the store says; `Damaged` for a file that is no Parquet file;
/// `Unsupported` for an encrypted one, and for columns whose types do not go together.
pub async fn open(store: &Arc<dyn ObjectStore>, locations: &[Location]) -> Result<Table> {
    let reads: Vec<_> = locations
        .iter()
        .map(|location| open_file(Arc::clone(store), location.clone()))
        .collect();
    let files: Vec<File> = stream::iter(reads).buffered(FOOTERS_AT_ONCE).try_collect().await?;
    let Some(first) = locations.first() else {
        return Err(Error::new(Kind::BadLink, "table", "no Parquet file was given"));
    };
    let schema = schema::merge(&files)?;
    Ok(Table {
        location: first.clone(),
        format: Format::Parquet,
        version: None,
        comment: None,
        elsewhere: Arc::default(),
        note: None,
        files: Arc::new(data_files(files, &schema)?),
        schema,
        about: About::default(),
        features: vec![],
        partition_columns: vec![],
        mapping: None,
        row_tracking: None,
    })
}

async fn open_file(store: Arc<dyn ObjectStore>, location: Location) -> Result<File> {
    let path = location.path();
    let size_bytes = store.head(&path).await.map_err(|error| store_error(&path, error))?.size;
    let metadata = read_footer(store.as_ref(), &path, size_bytes, None).await?;
    let schema = with_variants(&arrow_schema(&path, &metadata)?);
    Ok(File {
        location,
        size_bytes,
        metadata,
        schema,
    })
}

fn data_files(files: Vec<File>, schema: &SchemaRef) -> Result<DataFiles> {
    let rows = |file: &File| u64::try_from(file.metadata.file_metadata().num_rows()).ok();
    let columns = FileColumns {
        size_bytes: files.iter().map(|file| Some(file.size_bytes)).collect::<UInt64Array>(),
        modified_millis: Int64Array::new_null(files.len()),
        num_records: files.iter().map(rows).collect::<UInt64Array>(),
        partition_values: vec![],
    };
    let places = Places::Absolute(files.iter().map(|file| file.location.clone()).collect());
    DataFiles::new(
        places,
        columns,
        Arc::new(statistics::FooterStatistics::new(files, Arc::clone(schema))),
    )
}

/// What a person calls the file at `path`.
pub(crate) fn subject(path: &Path) -> String {
    Location::from_path(path).map_or_else(|_| path.to_string(), |location| location.to_string())
}

/// An error of the store as one of ours.
pub(crate) fn store_error(path: &Path, error: object_store::Error) -> Error {
    if let Some(found) = Error::find(&error) {
        return found.clone();
    }
    let kind = match error {
        object_store::Error::NotFound { .. } => Kind::NotFound,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => Kind::Denied,
        _ => Kind::Blocked,
    };
    Error::new(kind, subject(path), format!("reading failed: {error}")).with_source(error)
}

/// A file that breaks the format's rules.
pub(crate) fn damaged(path: &Path, detail: impl std::fmt::Display) -> Error {
    let detail = detail.to_string();
    let detail = detail.rsplit("Parquet error: ").next().unwrap_or(&detail);
    Error::new(
        Kind::Damaged,
        subject(path),
        format!("this is no readable Parquet file: {detail}"),
    )
}
