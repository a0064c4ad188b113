//! Footers that were read, parsed: a second query over the same files parses nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::ObjectStore;
use object_store::path::Path;
use parquet::file::metadata::ParquetMetaData;

use super::firsts::Firsts;
use crate::error::Result;
use crate::table::Mapping;
use crate::table::parquet::read_footer;

/// Bytes of parsed footers that are kept: a few thousand usual ones. The raw bytes have their
/// own place in the store's cache.
const KEPT_BYTES: usize = 64 << 20;

/// Parsed footers by place, size and mapping, the least recently used ones forgotten first; and what was found in their
/// files.
#[derive(Debug, Default)]
pub(super) struct Footers {
    kept: Mutex<Kept>,
    pub(super) firsts: Firsts,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    clock: u64,
}

/// A file, and the address of the mapping in whose names its footer is.
type Key = (Path, u64, Option<usize>);

fn key(path: &Path, size_bytes: u64, mapping: Option<&Arc<Mapping>>) -> Key {
    (
        path.clone(),
        size_bytes,
        mapping.map(|mapping| Arc::as_ptr(mapping).addr()),
    )
}

#[derive(Debug)]
struct Entry {
    /// Kept so that its address stays its own.
    _mapping: Option<Arc<Mapping>>,
    metadata: Arc<ParquetMetaData>,
    bytes: usize,
    used: u64,
}

impl Footers {
    /// The footer of the file of `size_bytes` at `path`, in the names of the table that has this `mapping`.
    pub(super) async fn get(
        &self,
        store: &dyn ObjectStore,
        path: &Path,
        size_bytes: u64,
        mapping: Option<&Arc<Mapping>>,
    ) -> Result<Arc<ParquetMetaData>> {
        let key = key(path, size_bytes, mapping);
        if let Some(known) = self.find(&key) {
            return Ok(known);
        }
        let metadata = read_footer(store, path, size_bytes, mapping.map(AsRef::as_ref)).await?;
        self.keep(key, mapping.cloned(), Arc::clone(&metadata));
        Ok(metadata)
    }

    /// Is the footer known without a request?
    pub(super) fn knows(&self, path: &Path, size_bytes: u64, mapping: Option<&Arc<Mapping>>) -> bool {
        self.find(&key(path, size_bytes, mapping)).is_some()
    }

    /// How many are known, of whatever tables.
    pub(super) fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entries.len()
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Forgets all of them: a table was opened anew, and files may have changed.
    pub(super) fn clear(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
        self.firsts.clear();
    }

    fn find(&self, key: &Key) -> Option<Arc<ParquetMetaData>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.metadata))
    }

    fn keep(&self, key: Key, mapping: Option<Arc<Mapping>>, metadata: Arc<ParquetMetaData>) {
        let bytes = metadata.memory_size();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let entry = Entry {
            _mapping: mapping,
            metadata,
            bytes,
            used: kept.clock,
        };
        let replaced = kept.entries.insert(key, entry).map_or(0, |old| old.bytes);
        kept.bytes = (kept.bytes + bytes).saturating_sub(replaced);
        while kept.bytes > KEPT_BYTES && kept.forget_oldest() {}
    }
}

impl Kept {
    fn forget_oldest(&mut self) -> bool {
        let oldest = self
            .entries
            .iter()
            .min_by_key(|(_, entry)| entry.used)
            .map(|(key, _)| key.clone());
        let Some(entry) = oldest.and_then(|key| self.entries.remove(&key)) else {
            return false;
        };
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        true
    }
}
