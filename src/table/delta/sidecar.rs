//! Sidecars: the files of a V2 checkpoint, beside it.
//!
//! PROTOCOL.md, "Sidecar Files" and "Sidecar File Information". All are read or the checkpoint
//! is not: a sidecar that is missing or damaged is an error, never fewer rows.

use std::collections::{HashMap, HashSet};

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::Sidecar;
use crate::table::delta::batch::FileBatch;
use crate::table::delta::checkpoint::{Checkpoint, read_sidecar};
use crate::table::delta::checkpoint_rows::damaged;
use crate::table::delta::log::Log;
use crate::table::delta::part::Part;
use crate::table::delta::paths;

/// Sidecars read at once: four for each of the six connections of HTTP/1.1.
const AT_ONCE: u64 = 24;

/// Sidecars opened ahead: as many, each at most a small file whole.
const AHEAD: usize = 24;

/// Bytes of sidecars that are held at once, unless one alone is larger. Each is held until its rows are decoded.
const HELD_BYTES: u64 = 64 << 20;

/// The folder of sidecars in the log.
const FOLDER: &str = "_sidecars";

/// Sidecars that were opened before it was sure that they are needed, by their names in the log.
#[derive(Debug, Default)]
pub struct Ahead(HashMap<String, Part>);

impl Ahead {
    /// Opens the first of `sidecars`: footers of large ones, small ones whole. What goes wrong is found again when it
    /// matters.
    pub async fn open(log: &Log, sidecars: &[Sidecar]) -> Self {
        let places = sidecars.iter().filter_map(|sidecar| place(log, sidecar).ok());
        let places: Vec<Place> = places.take(AHEAD).collect();
        let opening = places.into_iter().map(|place| async move {
            let part = Part::open(log, &place.name, Some(place.size_bytes)).await;
            Some((place.name, part.ok()??))
        });
        Self(join_all(opening).await.into_iter().flatten().collect())
    }
}

/// Reads what `checkpoint`, which lies at `location`, has in sidecars, and holds the whole against what it says of
/// itself.
///
/// # Errors
/// `Damaged` when it contradicts itself, or when a sidecar is missing or damaged; `Unsupported` when one lies
/// elsewhere.
pub async fn complete(
    log: &Log,
    location: &Location,
    mut checkpoint: Checkpoint,
    mut ahead: Ahead,
) -> Result<Checkpoint> {
    let sidecars = std::mem::take(&mut checkpoint.table.sidecars);
    // "Having partial add and remove file actions in V2 Checkpoint and partial entries in sidecar files is not allowed."
    if !sidecars.is_empty() && !checkpoint.files.is_empty() {
        return Err(damaged(location, "it has files both in itself and in sidecars"));
    }
    let places = places(log, location, &sidecars)?;
    let reads = places.into_iter().map(|place| {
        let opened = ahead.0.remove(&place.name);
        async move { read(log, place, opened).await }
    });
    let mut reads = futures::stream::iter(reads.collect::<Vec<_>>()).buffered(at_once(&sidecars));
    while let Some(part) = reads.try_next().await? {
        checkpoint.take_files(part.files, part.removed);
    }
    check(location, &checkpoint)?;
    Ok(checkpoint)
}

/// What a V2 checkpoint says of itself.
fn check(location: &Location, checkpoint: &Checkpoint) -> Result<()> {
    let Some(said) = &checkpoint.table.checkpoint else {
        return Ok(());
    };
    if said.version != checkpoint.version {
        let detail = format!("it says that it is of version {}", said.version);
        return Err(damaged(location, &detail));
    }
    let files = checkpoint.files.iter().map(FileBatch::len).sum::<usize>();
    if let Some(expected) = said.files().filter(|expected| *expected != files) {
        let detail = format!("it and its sidecars hold {files} files, but it says {expected}");
        return Err(damaged(location, &detail));
    }
    Ok(())
}

/// Where a sidecar lies.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// Its name in the log, percent-encoded.
    name: String,
    size_bytes: u64,
}

/// Where all sidecars lie. "They must have unique names."
fn places(log: &Log, location: &Location, sidecars: &[Sidecar]) -> Result<Vec<Place>> {
    let mut seen = HashSet::new();
    let mut places = vec![];
    for sidecar in sidecars {
        let place = place(log, sidecar)?;
        if !seen.insert(place.name.clone()) {
            let detail = format!("it names the sidecar {:?} twice", sidecar.path);
            return Err(damaged(location, &detail));
        }
        places.push(place);
    }
    Ok(places)
}

/// "Sidecar files must always reside in the table's own `_delta_log/_sidecars` directory."
fn place(log: &Log, sidecar: &Sidecar) -> Result<Place> {
    let path = paths::normal(&sidecar.path);
    let name = paths::below(&path, &log.location(FOLDER)?);
    let name = name.filter(|name| !name.is_empty() && !name.contains('/') && !matches!(*name, "." | ".."));
    match name {
        Some(name) => Ok(Place {
            name: format!("{FOLDER}/{name}"),
            size_bytes: sidecar.size_in_bytes,
        }),
        None => Err(elsewhere(log, &sidecar.path)),
    }
}

fn elsewhere(log: &Log, path: &str) -> Error {
    let detail = format!(
        "the table's checkpoint has a sidecar outside the table's own _delta_log/_sidecars, which is not read: {path:?}"
    );
    Error::new(Kind::Unsupported, log.root().without_query(), detail)
}

/// How many sidecars are read at once.
fn at_once(sidecars: &[Sidecar]) -> usize {
    let largest = sidecars.iter().map(|sidecar| sidecar.size_in_bytes).max();
    let held = HELD_BYTES / largest.unwrap_or_default().max(1);
    usize::try_from(held.clamp(1, AT_ONCE)).unwrap_or(1)
}

async fn read(log: &Log, place: Place, opened: Option<Part>) -> Result<Checkpoint> {
    let part = match opened {
        Some(part) => Some(part),
        None => Part::open(log, &place.name, Some(place.size_bytes)).await?,
    };
    match part {
        Some(part) => read_sidecar(part).await,
        None => Err(damaged(
            &log.location(&place.name)?,
            "this sidecar, in which it has files, is missing, or the host does not hand it out",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::ObjectStore;
    use object_store::memory::InMemory;

    use super::*;

    fn log() -> Log {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        Log::new(&store, &Location::parse("http://lake.test/t?sig=1").unwrap())
    }

    fn sidecar(path: &str, size_in_bytes: u64) -> Sidecar {
        Sidecar {
            path: path.to_owned(),
            size_in_bytes,
        }
    }

    #[test]
    fn sidecars_lie_in_their_folder_only() {
        for (path, name) in [
            ("a.parquet", "_sidecars/a.parquet"),
            ("a%20b.parquet", "_sidecars/a%20b.parquet"),
            ("a b?.parquet", "_sidecars/a%20b%3F.parquet"),
            (
                "http://lake.test/t/_delta_log/_sidecars/a.parquet",
                "_sidecars/a.parquet",
            ),
        ] {
            let place = place(&log(), &sidecar(path, 7)).unwrap();
            assert_eq!((place.name.as_str(), place.size_bytes), (name, 7), "{path}");
        }
        for path in [
            "",
            ".",
            "..",
            "../a.parquet",
            "b/a.parquet",
            "/a.parquet",
            "file:/t/_delta_log/_sidecars/a.parquet",
            "s3://bucket/t/_delta_log/_sidecars/a.parquet",
            "http://lake.test/t/_delta_log/a.parquet",
            "http://lake.test/t/_delta_log/_sidecars/",
            "http://lake.test/t/_delta_log/_sidecars/../a.parquet",
            "http://evil.test/t/_delta_log/_sidecars/a.parquet",
        ] {
            let error = place(&log(), &sidecar(path, 7)).unwrap_err();
            assert_eq!(error.kind, Kind::Unsupported, "{path}");
        }
    }

    #[test]
    fn a_sidecar_that_is_named_twice_is_damage() {
        let (log, location) = (log(), Location::parse("http://lake.test/t").unwrap());
        let error = places(&log, &location, &[sidecar("a", 1), sidecar("./a", 1)]).unwrap_err();
        assert_eq!(error.kind, Kind::Damaged);
    }

    #[test]
    fn small_sidecars_are_read_together_and_large_ones_a_few_at_once() {
        let sizes = |sizes: &[u64]| -> Vec<_> { sizes.iter().map(|size| sidecar("a", *size)).collect() };
        assert_eq!(at_once(&[]), 24);
        assert_eq!(at_once(&sizes(&[0, 9000])), 24);
        assert_eq!(at_once(&sizes(&[1, 16 << 20])), 4);
        assert_eq!(at_once(&sizes(&[1 << 40])), 1);
    }
}
