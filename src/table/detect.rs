//! What lies at a location: several URLs or a file's name say Parquet, a `_delta_log` says Delta.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::protocol::AsOf;
use crate::table::{Table, delta, parquet};

/// Opens the table at `urls`, whatever its format.
pub async fn open(store: &Arc<dyn ObjectStore>, urls: &[Location], as_of: Option<&AsOf>) -> Result<Table> {
    match urls {
        [] => Err(Error::new(Kind::BadLink, "table", "no URL was given")),
        [only] if !names_parquet(only) => delta::open(store, only, as_of).await,
        files => parquet::open(store, files).await,
    }
}

fn names_parquet(location: &Location) -> bool {
    let name = location.file_name().to_ascii_lowercase();
    [".parquet", ".parq"].iter().any(|ending| name.ends_with(ending))
}
