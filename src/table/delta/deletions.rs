//! [`Deletions`]: which rows of a Delta table's live files are deleted, read when a file is
//! (PROTOCOL.md, "Deletion Vectors").

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::Array;
use async_trait::async_trait;
use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt};
use roaring::RoaringTreemap;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::http::ranges::GAP_BYTES;
use crate::table::delta::bitmap::{self, FILE_VERSION, Fault};
use crate::table::delta::log::store_error;
use crate::table::delta::paths;
use crate::table::delta::vector::{Descriptor, VectorColumns};
use crate::table::files::DeletedRows;
use crate::table::roots::Roots;

/// Vectors of one file that one request would read anyway are fetched together, also those of data files that are read
/// later: they are small, and a request each would be a round trip each. This is the most that is read for that.
const BUNDLE_BYTES: u64 = 1 << 20;

/// See the module.
#[derive(Debug)]
pub struct Deletions {
    roots: Roots,
    vectors: VectorColumns,
    /// What is fetched at once of each file of vectors, in order and disjoint.
    bundles: HashMap<String, Vec<Range<u64>>>,
}

/// Where a vector's bytes are.
enum Place {
    Inline,
    /// A path below the table's root or absolute, and the entry.
    File(String, Range<u64>),
}

impl Deletions {
    /// The deletions of the files of several lists, whose descriptors are `vectors`; `None` when no row is deleted.
    ///
    /// # Errors
    /// `Damaged` when a descriptor is impossible, `Elsewhere` when a vector lies where nobody agreed to read.
    pub fn new(roots: &Roots, vectors: &[VectorColumns]) -> Result<Option<Self>> {
        if vectors
            .iter()
            .all(|vectors| vectors.id.null_count() == vectors.id.len())
        {
            return Ok(None);
        }
        let (root, vectors) = (roots.root(), VectorColumns::concat(vectors));
        let mut entries: HashMap<String, Vec<Range<u64>>> = HashMap::new();
        for file in 0..vectors.id.len() {
            let vector = describe(root, &vectors, file)?;
            let place = vector.map(|vector| place(root, &vector)).transpose()?;
            if let Some(Place::File(path, entry)) = place {
                entries.entry(path).or_default().push(entry);
            }
        }
        roots.check(entries.keys().map(String::as_str))?;
        let bundles = entries.into_iter().map(|(path, entries)| (path, bundles(entries)));
        Ok(Some(Self {
            roots: roots.clone(),
            bundles: bundles.collect(),
            vectors,
        }))
    }

    /// What is fetched with the entry at `wanted` of the file at `path`.
    fn bundle(&self, path: &str, wanted: &Range<u64>) -> Range<u64> {
        let bundles = self.bundles.get(path).map(Vec::as_slice).unwrap_or_default();
        let after = bundles.partition_point(|bundle| bundle.start <= wanted.start);
        let bundle = after.checked_sub(1).and_then(|at| bundles.get(at));
        bundle
            .filter(|bundle| wanted.end <= bundle.end)
            .unwrap_or(wanted)
            .clone()
    }

    async fn stored(&self, store: &dyn ObjectStore, path: &str, entry: Range<u64>, size: u64) -> Result<Bytes> {
        let location = self.roots.locate(path)?;
        let bundle = self.bundle(path, &entry);
        let bytes = store
            .get_range(&location.path(), bundle.clone())
            .await
            .map_err(|cause| store_error(&location, cause))?;
        let fault = |fault: Fault| damaged(&location, &format!("at byte {}: {fault}", entry.start));
        let version = bytes.first().filter(|_| bundle.start == 0);
        if let Some(other) = version.filter(|version| **version != FILE_VERSION) {
            return Err(fault(format!("its file has the version {other}, which is not known")));
        }
        let at = |offset: u64| usize::try_from(offset - bundle.start).unwrap_or(usize::MAX);
        let stored = bytes.get(at(entry.start)..at(entry.end)).unwrap_or_default();
        let bitmap = bitmap::entry(stored, size).map_err(fault)?;
        Ok(bytes.slice_ref(bitmap))
    }
}

/// Neighbors among `entries` as one. The file's version, its first byte, is read with what is near to it.
fn bundles(mut entries: Vec<Range<u64>>) -> Vec<Range<u64>> {
    entries.sort_unstable_by_key(|entry| entry.start);
    let mut bundles: Vec<Range<u64>> = vec![];
    for entry in entries {
        match bundles.last_mut() {
            Some(last)
                if entry.start <= last.end.saturating_add(GAP_BYTES)
                    && entry.end.max(last.end) - last.start <= BUNDLE_BYTES =>
            {
                last.end = last.end.max(entry.end);
            }
            None if entry.start <= GAP_BYTES => bundles.push(0..entry.end),
            _ => bundles.push(entry),
        }
    }
    bundles
}

#[async_trait]
impl DeletedRows for Deletions {
    fn count(&self, file: usize) -> u64 {
        let known = &self.vectors.cardinality;
        // Negative ones were refused.
        let count = (file < known.len() && known.is_valid(file)).then(|| known.value(file));
        count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
    }

    async fn load(&self, store: &dyn ObjectStore, file: usize) -> Result<RoaringTreemap> {
        let root = self.roots.root();
        let Some(vector) = describe(root, &self.vectors, file)? else {
            return Ok(RoaringTreemap::new());
        };
        let (location, bytes) = match place(root, &vector)? {
            Place::Inline => {
                let bytes = bitmap::inline(vector.content).map_err(|fault| damaged(root, &fault))?;
                (root.clone(), Bytes::from(bytes))
            }
            Place::File(path, entry) => {
                let bytes = self.stored(store, &path, entry, vector.size_bytes).await?;
                (self.roots.locate(&path)?, bytes)
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
    Ok(Place::File(paths::from_root(&path, root)?.into_owned(), entry))
}

fn damaged(location: &Location, fault: &str) -> Error {
    let detail = format!("a deletion vector cannot be read: {fault}");
    Error::new(Kind::Damaged, location.without_query(), detail)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]
mod tests {
    use super::*;

    #[test]
    fn neighbors_are_one_bundle_up_to_its_span_and_overlaps_stay_together() {
        let (gap, span) = (GAP_BYTES, BUNDLE_BYTES);
        assert_eq!(bundles(vec![51..100, 1..51]), [0..100]);
        assert_eq!(bundles(vec![gap + 1..gap + 9]), [gap + 1..gap + 9]);
        assert_eq!(bundles(vec![1..9, gap + 9..gap + 20]), [0..gap + 20]);
        assert_eq!(bundles(vec![1..9, gap + 10..gap + 20]), [0..9, gap + 10..gap + 20]);
        assert_eq!(bundles(vec![1..9, 1..9]), [0..9]);
        assert_eq!(
            bundles(vec![1..span + 5, span + 5..span + 9]),
            [0..span + 5, span + 5..span + 9]
        );
        let many: Vec<_> = (0..100_000).map(|entry| 1 + entry * 50..51 + entry * 50).collect();
        let found = bundles(many);
        assert_eq!((found.len(), found.first().map(|first| first.start)), (5, Some(0)));
        assert!(found.iter().all(|bundle| bundle.end - bundle.start <= span));
    }
}
