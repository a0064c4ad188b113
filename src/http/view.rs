//! [`Metered`]: the store as one query sees it, in the `ObjectStore` interface. What a plain
//! HTTP host cannot do is refused.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use super::identity::Identity;
use super::refusal::{outward, read_only};
use super::{HttpStore, Location, Meter};
use crate::error::Result;

/// `ObjectMeta::size` of an object whose size the host does not let this page read, which
/// happens only beside a bounded range. Asking for the size itself always learns it.
pub const UNKNOWN_SIZE: u64 = u64::MAX;

/// The store as one query sees it.
#[derive(Debug)]
pub struct Metered {
    store: Arc<HttpStore>,
    meter: Meter,
}

impl Metered {
    pub fn new(store: &Arc<HttpStore>, meter: &Meter) -> Self {
        Self {
            store: Arc::clone(store),
            meter: meter.clone(),
        }
    }

    async fn read(&self, location: &Location, options: &GetOptions) -> Result<(Range<u64>, Bytes)> {
        if options.head {
            return Ok((0..self.store.size(location, &self.meter).await?, Bytes::new()));
        }
        self.store.read(location, options.range.as_ref(), &self.meter).await
    }
}

impl fmt::Display for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HTTP")
    }
}

#[async_trait]
impl ObjectStore for Metered {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        if options.version.is_some() {
            return Err(read_only("give an older version of an object"));
        }
        let place = Location::from_path(location).map_err(outward)?;
        let (range, bytes) = self.read(&place, &options).await.map_err(outward)?;
        let whole = options.range.is_none().then_some(range.end);
        let meta = meta(location, &self.store.identity(&place), whole);
        options.check_preconditions(&meta)?;
        let payload = GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed());
        Ok(GetResult {
            payload,
            meta,
            range,
            attributes: Attributes::new(),
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let location = Location::from_path(location).map_err(outward)?;
        self.store.ranges(&location, ranges, &self.meter).await.map_err(outward)
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> StoreResult<PutResult> {
        Err(read_only("write"))
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        Err(read_only("write"))
    }

    fn delete_stream(&self, _: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        stream::once(async { Err(read_only("delete")) }).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        stream::once(async { Err(read_only("list")) }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> StoreResult<ListResult> {
        Err(read_only("list"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> StoreResult<()> {
        Err(read_only("copy"))
    }
}

fn meta(path: &Path, identity: &Identity, whole: Option<u64>) -> ObjectMeta {
    ObjectMeta {
        location: path.clone(),
        last_modified: identity.modified(),
        size: whole.or(identity.size).unwrap_or(UNKNOWN_SIZE),
        e_tag: identity.e_tag.clone(),
        version: None,
    }
}
