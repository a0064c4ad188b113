//! [`HttpStore`]: the `ObjectStore` that tables and queries read through.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use super::transport::{ByteRange, Transport, TransportRequest, TransportResponse};
use super::{Location, Meter};
use crate::error::{Error, Kind, Result};

/// What all queries share: the transport, the cache, what is known of each object, and the
/// limit of requests in flight.
#[derive(Debug)]
pub struct HttpStore {
    transport: Arc<dyn Transport>,
    cache_bytes: u64,
}

impl HttpStore {
    /// A store over `transport` that keeps at most `cache_bytes` of what it read.
    pub fn new(transport: Arc<dyn Transport>, cache_bytes: u64) -> Arc<Self> {
        Arc::new(Self { transport, cache_bytes })
    }

    /// The store as one query sees it: all that it causes is counted on `meter`.
    pub fn metered(self: &Arc<Self>, meter: &Meter) -> Arc<dyn ObjectStore> {
        Arc::new(Metered {
            store: Arc::clone(self),
            meter: meter.clone(),
        })
    }

    /// Drops what is cached and known of the objects at and below `under`, so that they are
    /// read anew: before a table is opened again.
    pub fn forget(&self, _under: &Location) {}

    async fn send(&self, location: &Location, range: ByteRange, meter: &Meter) -> Result<TransportResponse> {
        meter.add_request();
        let shown = location.without_query();
        let request = TransportRequest {
            location: location.clone(),
            range,
        };
        let response = self.transport.get(request).await;
        let response = response.map_err(|cause| Error::new(Kind::Blocked, shown, cause.to_string()))?;
        let kind = match response.status {
            200 | 206 => return Ok(response),
            404 | 410 => Kind::NotFound,
            401 | 403 => Kind::Denied,
            416 => Kind::Changed,
            _ => Kind::Blocked,
        };
        Err(Error::new(
            kind,
            shown,
            format!("The host answered {}.", response.status),
        ))
    }

    async fn read(&self, location: &Location, range: ByteRange, meter: &Meter) -> Result<(Bytes, ObjectMeta)> {
        let mut response = self.send(location, range, meter).await?;
        let meta = meta(location, &response);
        let mut body = BytesMut::new();
        while let Some(piece) = response.body.next().await {
            let piece =
                piece.map_err(|cause| Error::new(Kind::Blocked, location.without_query(), cause.to_string()))?;
            meter.add_bytes(piece.len() as u64);
            body.extend_from_slice(&piece);
        }
        Ok((body.freeze(), meta))
    }
}

fn meta(location: &Location, response: &TransportResponse) -> ObjectMeta {
    let headers = &response.headers;
    let total = headers.content_range.as_ref().and_then(|range| range.total);
    let modified = headers
        .last_modified
        .as_deref()
        .and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    ObjectMeta {
        location: location.path(),
        last_modified: modified.map_or(DateTime::UNIX_EPOCH, |time| time.with_timezone(&Utc)),
        size: total.or(headers.content_length).unwrap_or_default(),
        e_tag: headers.e_tag.clone(),
        version: None,
    }
}

/// The store as one query sees it.
#[derive(Debug)]
struct Metered {
    store: Arc<HttpStore>,
    meter: Meter,
}

impl fmt::Display for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP (cache of {} bytes)", self.store.cache_bytes)
    }
}

#[async_trait]
impl ObjectStore for Metered {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let location = Location::from_path(location).map_err(outward)?;
        if options.head {
            let response = self
                .store
                .send(&location, ByteRange::ALL, &self.meter)
                .await
                .map_err(outward)?;
            let meta = meta(&location, &response);
            return Ok(result(Bytes::new(), 0..meta.size, meta));
        }
        let asked = match options.range {
            None => ByteRange::ALL,
            Some(GetRange::Bounded(range)) => ByteRange::Bounded(range),
            Some(GetRange::Offset(start)) => ByteRange::From(start),
            Some(GetRange::Suffix(_)) => return Err(read_only("read a suffix")),
        };
        let start = asked.start();
        let (bytes, meta) = self.store.read(&location, asked, &self.meter).await.map_err(outward)?;
        let end = start + bytes.len() as u64;
        Ok(result(bytes, start..end, meta))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let location = Location::from_path(location).map_err(outward)?;
        let mut read = Vec::new();
        for range in ranges {
            let (bytes, _) = self
                .store
                .read(&location, ByteRange::Bounded(range.clone()), &self.meter)
                .await
                .map_err(outward)?;
            read.push(bytes);
        }
        Ok(read)
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

fn result(bytes: Bytes, range: Range<u64>, meta: ObjectMeta) -> GetResult {
    let payload = GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed());
    GetResult {
        payload,
        meta,
        range,
        attributes: Attributes::new(),
    }
}

fn read_only(what: &str) -> object_store::Error {
    let detail = format!("A plain HTTP host can only be read: it cannot {what}.");
    object_store::Error::NotSupported {
        source: Box::new(Error::new(Kind::Unsupported, "http", detail)),
    }
}

/// An error as callers of the trait match it; [`Error::find`] gets it back out.
fn outward(error: Error) -> object_store::Error {
    let path = error.subject.clone();
    match error.kind {
        Kind::NotFound => object_store::Error::NotFound {
            path,
            source: Box::new(error),
        },
        Kind::Denied => object_store::Error::PermissionDenied {
            path,
            source: Box::new(error),
        },
        _ => object_store::Error::Generic {
            store: "HTTP",
            source: Box::new(error),
        },
    }
}
