//! Delta Lake: finds a table's log without listing, replays it, and gives its live files.
//!
//! `discover` (over `probe` and `log`) fetches what makes up a version, `commit` and `checkpoint`
//! (with `manifest` and `sidecar`) parse it, `replay` reconciles, `protocol` judges, `snapshot` makes a table of it;
//! `deletions` (over `vector` and `bitmap`) tells deleted rows. Sections in
//! quotes are those of PROTOCOL.md of delta-io/delta.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::error::Result;
use crate::http::Location;
use crate::protocol::{AsOf, Elsewhere};
use crate::table::{Table, Version};

mod action;
mod batch;
mod bitmap;
mod bounds;
mod changes;
mod checkpoint;
mod checkpoint_rows;
mod column_mapping;
mod commit;
mod deletions;
mod discover;
mod fit;
mod json_stats;
mod log;
mod manifest;
mod number;
mod part;
mod partition;
mod paths;
mod probe;
mod protocol;
mod replay;
mod row_tracking;
mod schema;
mod sidecar;
mod snapshot;
mod stats;
mod struct_stats;
mod tables;
mod travel;
mod vector;
mod widening;

pub use changes::{changes, rows_between};
pub use fit::check_file;
pub use log::store_error;
pub use paths::normal as normal_path;
pub use schema::primitive as primitive_type;
pub use stats::DeltaStatistics;
pub use tables::{rows as log_rows, schema as log_schema};

use discover::Hint;
pub use discover::LAST_CHECKPOINT;
use log::Log;
use replay::State;

/// Opens the Delta table at `root`, at its latest version or as of another.
///
/// # Errors
/// `NotATable` when there is no log, `NotFound` when there is no such version, `Unsupported` with the names of
/// features that are required and not read, `Damaged` with file and line, or what the store says.
pub async fn open(
    store: &Arc<dyn ObjectStore>,
    root: &Location,
    as_of: Option<&AsOf>,
    elsewhere: &Arc<[Elsewhere]>,
) -> Result<Table> {
    let (version, state) = state(&Log::new(store, root), as_of).await?;
    snapshot::table(root, elsewhere, version, state)
}

/// The first version of the table at `root` at or after `time`, an RFC 3339 text.
///
/// # Errors
/// `BadLink` when it is no time, `TooBig` when there are too many commits to look at, or what the store says.
pub async fn first_since(store: &Arc<dyn ObjectStore>, root: &Location, time: &str) -> Result<u64> {
    let log = Log::new(store, root);
    travel::first_since(&log, &Hint::load(&log).await?, time).await
}

/// The first version of the table at `root` whose commit is left, and the newest one.
///
/// # Errors
/// What the store says.
pub async fn versions(store: &Arc<dyn ObjectStore>, root: &Location) -> Result<(u64, u64)> {
    let log = Log::new(store, root);
    let latest = discover::latest(&log, &Hint::load(&log).await?).await?.version();
    Ok((discover::first_version(&log, latest).await?, latest))
}

/// What the log says of its latest version, or of another.
async fn state(log: &Log, as_of: Option<&AsOf>) -> Result<(Version, State)> {
    let hint = Hint::load(log).await?;
    let segment = match as_of {
        None => discover::latest(log, &hint).await?,
        Some(AsOf::Version(version)) => discover::at_version(log, &hint, *version).await?,
        Some(AsOf::Timestamp(time)) => travel::at_time(log, &hint, time).await?,
    };
    let version = Version {
        number: segment.version(),
        timestamp_millis: segment.timestamp_millis(),
    };
    let state = replay::replay(log.root(), segment.checkpoint, segment.commits)?;
    Ok((version, state))
}
