//! [`Still`]: the store without the network. It gives what is kept and refuses the rest, so that what is asked while
//! somebody types sends no request.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use super::refusal::outward;
use super::{HttpStore, Location, Meter};
use crate::error::{Error, Kind, Result};

const REFUSED: &str = "This would have to be read first.";

/// A store that sends nothing.
#[derive(Debug)]
pub struct Still {
    host: Arc<HttpStore>,
    kept: Arc<dyn ObjectStore>,
}

impl Still {
    /// What `host` keeps.
    pub fn new(host: &Arc<HttpStore>) -> Self {
        Self {
            host: Arc::clone(host),
            kept: host.metered(&Meter::default()),
        }
    }

    fn check(&self, path: &Path, ranges: &[Range<u64>]) -> StoreResult<()> {
        let location = Location::from_path(path).map_err(outward)?;
        if self.host.plan(&location, ranges).is_empty() {
            Ok(())
        } else {
            Err(refused(path))
        }
    }
}

/// Is it what [`Still`] says of what is not kept?
#[must_use]
pub fn is_still(error: &Error) -> bool {
    error.kind == Kind::Cancelled && error.detail == REFUSED
}

fn refused(path: &Path) -> object_store::Error {
    outward(Error::new(Kind::Cancelled, path.to_string(), REFUSED))
}

/// `result`, or nothing when it failed only because nothing may be sent.
pub fn unless_still<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if is_still(&error) => Ok(None),
        other => other.map(Some),
    }
}

impl fmt::Display for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what is kept")
    }
}

#[async_trait]
impl ObjectStore for Still {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        match &options.range {
            Some(GetRange::Bounded(range)) if !options.head => self.check(location, std::slice::from_ref(range))?,
            _ => return Err(refused(location)),
        }
        self.kept.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        self.check(location, ranges)?;
        self.kept.get_ranges(location, ranges).await
    }

    async fn put_opts(&self, to: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.kept.put_opts(to, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.kept.put_multipart_opts(to, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        self.kept.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.kept.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.kept.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.kept.copy_opts(from, to, options).await
    }
}
