//! The files of `_delta_log`: their names, and reading them when they are there.
//!
//! Nothing is listed: a file is there when the host answers it. Absent are 404, and 403,
//! which is what S3 says of missing objects to those who may not list.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use object_store::{GetResult, ObjectStore, ObjectStoreExt};

use crate::error::{Error, Kind, Result};
use crate::http::Location;

/// Bytes of a commit, a JSON checkpoint or a hint that are read; more cannot be held beside its parsed form in a tab.
const FILE_BYTES: u64 = 1 << 30;

/// The log of one table.
#[derive(Debug)]
pub struct Log {
    store: Arc<dyn ObjectStore>,
    root: Location,
    denied: AtomicBool,
}

/// A file of the log, whole.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// Its URL, for errors.
    pub location: Location,
    /// Its bytes.
    pub bytes: Bytes,
    /// When the host says it was written, in milliseconds since 1970.
    pub modified_millis: Option<i64>,
}

/// PROTOCOL.md, "Delta Log Entries": a version's commit, zero-padded to 20 digits.
pub fn commit_name(version: u64) -> String {
    format!("{version:020}.json")
}

/// PROTOCOL.md, "Classic checkpoint" and "Multi-part checkpoint": the names of all parts.
pub fn checkpoint_names(version: u64, parts: Option<u32>) -> Vec<String> {
    match parts {
        None => vec![format!("{version:020}.checkpoint.parquet")],
        Some(parts) => (1..=parts)
            .map(|part| format!("{version:020}.checkpoint.{part:010}.{parts:010}.parquet"))
            .collect(),
    }
}

impl Log {
    /// The log of the table at `root`.
    pub fn new(store: &Arc<dyn ObjectStore>, root: &Location) -> Self {
        Self {
            store: Arc::clone(store),
            root: root.clone(),
            denied: AtomicBool::new(false),
        }
    }

    /// The table's root.
    pub fn root(&self) -> &Location {
        &self.root
    }

    /// The store, for reading by range.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// Was some answer a refusal?
    pub fn was_denied(&self) -> bool {
        self.denied.load(Ordering::Relaxed)
    }

    /// Where a file of the log lies. Names are ours or were checked to be one segment.
    pub fn location(&self, name: &str) -> Result<Location> {
        self.root.child(&format!("_delta_log/{name}"))
    }

    /// A file whole, or `None` when it is absent.
    pub async fn read(&self, name: &str) -> Result<Option<LogFile>> {
        let location = self.location(name)?;
        let Some(opened) = self.open(&location).await? else {
            return Ok(None);
        };
        if opened.meta.size > FILE_BYTES {
            return Err(Error::new(
                Kind::TooBig,
                location.without_query(),
                format!(
                    "this file of the log holds {} bytes; at most {FILE_BYTES} are read",
                    opened.meta.size
                ),
            ));
        }
        let modified_millis = Some(opened.meta.last_modified.timestamp_millis()).filter(|millis| *millis > 0);
        let bytes = opened.bytes().await.map_err(|cause| store_error(&location, cause))?;
        Ok(Some(LogFile {
            location,
            bytes,
            modified_millis,
        }))
    }

    /// A file whose body has not been read yet, or `None` when it is absent.
    pub async fn open(&self, location: &Location) -> Result<Option<GetResult>> {
        self.present(location, self.store.get(&location.path()).await)
    }

    /// A file's size, or `None` when it is absent.
    pub async fn size_bytes(&self, name: &str) -> Result<Option<u64>> {
        let location = self.location(name)?;
        let found = self.store.head(&location.path()).await;
        Ok(self.present(&location, found)?.map(|meta| meta.size))
    }

    /// Tells absence from failure.
    pub fn present<T>(&self, location: &Location, answer: object_store::Result<T>) -> Result<Option<T>> {
        let error = match answer {
            Ok(found) => return Ok(Some(found)),
            Err(cause) => store_error(location, cause),
        };
        match error.kind {
            Kind::NotFound => Ok(None),
            Kind::Denied => {
                self.denied.store(true, Ordering::Relaxed);
                Ok(None)
            }
            _ => Err(error),
        }
    }
}

/// What the store said, as an error of ours.
#[must_use]
pub fn store_error(location: &Location, cause: object_store::Error) -> Error {
    if let Some(ours) = Error::find(&cause) {
        return ours.clone();
    }
    let kind = match &cause {
        object_store::Error::NotFound { .. } => Kind::NotFound,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => Kind::Denied,
        _ => Kind::Blocked,
    };
    Error::new(kind, location.without_query(), cause.to_string()).with_source(cause)
}
