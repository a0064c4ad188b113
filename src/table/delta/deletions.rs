//! [`Deletions`]: which rows of a Delta table's live files are deleted, read when a file is
//! (PROTOCOL.md, "Deletion Vectors").

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::Array;
use async_trait::async_trait;
use object_store::ObjectStore;
use roaring::RoaringTreemap;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::bitmap::{self, FILE_VERSION, Fault};
use crate::table::delta::log::store_error;
use crate::table::delta::paths;
use crate::table::delta::vector::{Descriptor, VectorColumns};
use crate::table::files::DeletedRows;

/// Vectors of one file that lie within so many bytes are fetched together, also those of data
/// files that are read later: they are small, and a request each would be a round trip each.
const TOGETHER_BYTES: u64 = 1 << 20;

/// See the module.
#[derive(Debug)]
pub struct Deletions {
    root: Location,
    vectors: VectorColumns,
    /// Where vectors lie, by their file, in order.
    entries: HashMap<String, Vec<Range<u64>>>,
}

/// Where a vector's bytes are.
enum Place {
    Inline,
    /// A path below the table's root, and the entry.
    File(String, Range<u64>),
}

impl Deletions {
    /// The deletions of files whose descriptors are `vectors`; `None` when no row is deleted.
    ///
    /// # Errors
    /// `Damaged` when a descriptor is impossible, `Unsupported` when a vector lies outside the table.
    pub fn new(root: &Location, vectors: VectorColumns) -> Result<Option<Self>> {
        let mut entries: HashMap<String, Vec<Range<u64>>> = HashMap::new();
        let mut any = false;
        for file in 0..vectors.id.len() {
            let Some(vector) = describe(root, &vectors, file)? else {
                continue;
            };
            any = true;
            if let Place::File(path, entry) = place(root, &vector)? {
                entries.entry(path).or_default().push(entry);
            }
        }
        for entries in entries.values_mut() {
            entries.sort_unstable_by_key(|entry| entry.start);
        }
        Ok(any.then(|| Self {
            root: root.clone(),
            vectors,
            entries,
        }))
    }

    /// What is fetched with `wanted` of the file at `path`: its neighbors, and the file's first byte when it is near.
    fn together(&self, path: &str, wanted: &Range<u64>) -> Vec<Range<u64>> {
        let near = |entry: &Range<u64>| {
            entry.start.min(wanted.start).saturating_add(TOGETHER_BYTES) >= entry.end.max(wanted.end)
        };
        let entries = self.entries.get(path).into_iter().flatten();
        let neighbors = entries.filter(|entry| *entry != wanted && near(entry)).cloned();
        let version = Some(0..1).filter(near);
        std::iter::once(wanted.clone())
            .chain(version)
            .chain(neighbors)
            .collect()
    }

    async fn stored(&self, store: &dyn ObjectStore, path: &str, entry: Range<u64>, size: u64) -> Result<Vec<u8>> {
        let location = self.root.child(path)?;
        let ranges = self.together(path, &entry);
        let fetched = store
            .get_ranges(&location.path(), &ranges)
            .await
            .map_err(|cause| store_error(&location, cause))?;
        let fault = |fault: Fault| damaged(&location, &format!("at byte {}: {fault}", entry.start));
        let version = ranges.iter().zip(&fetched).find(|(range, _)| range.start == 0);
        if let Some(other) = version
            .and_then(|(_, bytes)| bytes.first())
            .filter(|byte| **byte != FILE_VERSION)
        {
            return Err(fault(format!("its file has the version {other}, which is not known")));
        }
        let bytes = fetched.first().map(AsRef::as_ref).unwrap_or_default();
        bitmap::entry(bytes, size).map(<[u8]>::to_vec).map_err(fault)
    }
}

#[async_trait]
impl DeletedRows for Deletions {
    fn count(&self, file: usize) -> u64 {
        let vector = self.vectors.get(file).ok().flatten();
        vector.map_or(0, |vector| vector.cardinality)
    }

    async fn load(&self, store: &dyn ObjectStore, file: usize) -> Result<RoaringTreemap> {
        let Some(vector) = describe(&self.root, &self.vectors, file)? else {
            return Ok(RoaringTreemap::new());
        };
        let (location, bytes) = match place(&self.root, &vector)? {
            Place::Inline => {
                let bytes = bitmap::inline(vector.content).map_err(|fault| damaged(&self.root, &fault))?;
                (self.root.clone(), bytes)
            }
            Place::File(path, entry) => {
                let bytes = self.stored(store, &path, entry, vector.size_bytes).await?;
                (self.root.child(&path)?, bytes)
            }
        };
        bitmap::parse(&bytes, vector.cardinality).map_err(|fault| damaged(&location, &fault))
    }
}

fn describe<'a>(root: &Location, vectors: &'a VectorColumns, file: usize) -> Result<Option<Descriptor<'a>>> {
    vectors.get(file).map_err(|fault| damaged(root, fault))
}

/// "Deletion Vector Descriptor Schema": where the vector is by its storage type.
fn place(root: &Location, vector: &Descriptor<'_>) -> Result<Place> {
    let fault = |fault: Fault| damaged(root, &fault);
    let path = match vector.storage {
        'i' => return Ok(Place::Inline),
        'u' => bitmap::file_name(vector.content).map_err(fault)?,
        'p' => vector.content.to_owned(),
        other => return Err(damaged(root, &format!("its storage type {other:?} is not known"))),
    };
    let entry = vector.entry().ok_or("its place in its file is impossible");
    let entry = entry.map_err(|cause| damaged(root, cause))?;
    let path = paths::normal(&path);
    Ok(Place::File(paths::below(&path, root)?.into_owned(), entry))
}

fn damaged(location: &Location, fault: &str) -> Error {
    let detail = format!("a deletion vector cannot be read: {fault}");
    Error::new(Kind::Damaged, location.without_query(), detail)
}
