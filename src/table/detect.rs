//! What lies at a location: several URLs or a file's name say Parquet, a log says Delta, first bytes say the rest.

use std::sync::Arc;

use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::protocol::{AsOf, Elsewhere};
use crate::table::{Table, delta, parquet};

/// What a Parquet file starts with (the Parquet format, "File Format").
const PARQUET_MAGIC: &[u8] = b"PAR1";

/// Opens the table at `urls`, whatever its format.
///
/// # Errors
/// `NotATable` with what was looked for, or what the format's reader says.
pub async fn open(
    store: &Arc<dyn ObjectStore>,
    urls: &[Location],
    as_of: Option<&AsOf>,
    elsewhere: &Arc<[Elsewhere]>,
) -> Result<Table> {
    match urls {
        [] => Err(Error::new(Kind::BadLink, "table", "no URL was given")),
        [only] if !names_parquet(only) => open_unnamed(store, only, as_of, elsewhere).await,
        files => open_parquet(store, files, as_of).await,
    }
}

fn names_parquet(location: &Location) -> bool {
    let name = location.file_name().to_ascii_lowercase();
    [".parquet", ".parq"].iter().any(|ending| name.ends_with(ending))
}

async fn open_parquet(store: &Arc<dyn ObjectStore>, files: &[Location], as_of: Option<&AsOf>) -> Result<Table> {
    match (files, as_of) {
        ([first, ..], Some(_)) => {
            let detail = "a Parquet file has no versions; leave the version out";
            Err(Error::new(Kind::BadLink, first.without_query(), detail))
        }
        _ => parquet::open(store, files).await,
    }
}

/// A Delta table, unless there is no log: then perhaps a Parquet file of another name.
async fn open_unnamed(
    store: &Arc<dyn ObjectStore>,
    url: &Location,
    as_of: Option<&AsOf>,
    elsewhere: &Arc<[Elsewhere]>,
) -> Result<Table> {
    let no_log = match delta::open(store, url, as_of, elsewhere).await {
        Err(error) if matches!(error.kind, Kind::NotATable | Kind::Denied) => error,
        answer => return answer,
    };
    match store.get_range(&url.path(), 0..PARQUET_MAGIC.len() as u64).await {
        Ok(bytes) if bytes == PARQUET_MAGIC => open_parquet(store, std::slice::from_ref(url), as_of).await,
        Ok(_) => Err(neither(url, &no_log, "what lies at the URL itself is no Parquet file")),
        Err(cause) => Err(match delta::store_error(url, cause).kind {
            Kind::NotFound => neither(url, &no_log, "nothing lies at the URL itself"),
            Kind::Denied => neither(url, &no_log, "the host refuses to hand out the URL itself"),
            _ => neither(url, &no_log, "the URL itself cannot be read as a file"),
        }),
    }
}

fn neither(url: &Location, no_log: &Error, file: &str) -> Error {
    let detail = format!(
        "Limn looked for a Delta table and for a Parquet file: {}; and {file}. Give the URL of the directory that \
         holds _delta_log, or of a Parquet file.",
        no_log.detail
    );
    Error::new(no_log.kind, url.without_query(), detail)
}
