//! The native test seat: a directory served as a correct HTTP/1.1 host would serve it.
//!
//! Percent-encoded names, single ranges, validators, 404 and 416, no network. It records
//! what was asked, so that tests can state exact costs.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use percent_encoding::percent_decode_str;

use super::transport::{
    ByteRange, ContentRange, Headers, Transport, TransportError, TransportRequest, TransportResponse,
};

/// Bytes read from a file at a time: small enough that an aborted body shows as unread.
const CHUNK_BYTES: u64 = 64 * 1024;

/// A directory under a base URL. Clones share the record of requests.
#[derive(Clone)]
pub struct LocalTransport(Arc<Site>);

struct Site {
    base: String,
    directory: PathBuf,
    requests: Mutex<Vec<(String, Option<Range<u64>>)>>,
}

impl LocalTransport {
    /// Serves the files below `directory` under `base`, say `http://lake.test/`.
    pub fn new(base: &str, directory: impl Into<PathBuf>) -> Self {
        let base = format!("{}/", base.trim_end_matches('/'));
        Self(Arc::new(Site {
            base,
            directory: directory.into(),
            requests: Mutex::default(),
        }))
    }

    /// What was asked so far, in order: the URL, and the range (half-open). `None` is the
    /// whole object (`bytes=0-`); an open end is `u64::MAX`.
    #[must_use]
    pub fn requests(&self) -> Vec<(String, Option<Range<u64>>)> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was asked so far.
    pub fn clear(&self) {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl fmt::Debug for LocalTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalTransport({} from {})", self.0.base, self.0.directory.display())
    }
}

impl Transport for LocalTransport {
    fn get(&self, request: TransportRequest) -> BoxFuture<'static, Result<TransportResponse, TransportError>> {
        let site = Arc::clone(&self.0);
        async move { site.answer(&request) }.boxed()
    }
}

impl Site {
    fn answer(&self, request: &TransportRequest) -> Result<TransportResponse, TransportError> {
        self.record(request);
        let opened = self.file_path(request).and_then(|path| open(&path));
        let Some((file, metadata)) = opened else {
            return Ok(bare(
                404,
                Headers {
                    content_length: Some(0),
                    ..Headers::default()
                },
            ));
        };
        serve(file, &metadata, &request.range).map_err(|cause| TransportError(cause.to_string()))
    }

    fn record(&self, request: &TransportRequest) {
        let range = match &request.range {
            ByteRange::Bounded(range) => Some(range.clone()),
            ByteRange::From(0) => None,
            ByteRange::From(start) => Some(*start..u64::MAX),
        };
        let entry = (request.location.as_str().to_owned(), range);
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// The file that a URL names; `None` outside of the directory.
    fn file_path(&self, request: &TransportRequest) -> Option<PathBuf> {
        let below = request.location.without_query().strip_prefix(&self.base)?;
        let decoded = percent_decode_str(below).decode_utf8().ok()?;
        let below = Path::new(decoded.as_ref());
        let inside = below
            .components()
            .all(|component| matches!(component, Component::Normal(_)));
        inside.then(|| self.directory.join(below))
    }
}

/// A regular file, not a directory.
fn open(path: &Path) -> Option<(File, Metadata)> {
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    metadata.is_file().then_some((file, metadata))
}

fn serve(mut file: File, metadata: &Metadata, asked: &ByteRange) -> std::io::Result<TransportResponse> {
    let (size, headers) = (metadata.len(), validators(metadata));
    if asked.start() >= size {
        let unsatisfied = ContentRange {
            range: None,
            total: Some(size),
        };
        return Ok(bare(
            416,
            Headers {
                content_range: Some(unsatisfied),
                content_length: Some(0),
                ..headers
            },
        ));
    }
    let end = asked
        .length()
        .map_or(size, |length| size.min(asked.start().saturating_add(length)));
    file.seek(SeekFrom::Start(asked.start()))?;
    let length = end - asked.start();
    let sent = ContentRange {
        range: Some(asked.start()..end),
        total: Some(size),
    };
    let headers = Headers {
        content_length: Some(length),
        content_range: Some(sent),
        ..headers
    };
    let body = stream::iter(pieces(file, length)).boxed();
    Ok(TransportResponse {
        status: 206,
        headers,
        body,
    })
}

/// `length` bytes of `file`, read as they are asked for; less when the file shrank.
fn pieces(mut file: File, length: u64) -> impl Iterator<Item = Result<Bytes, TransportError>> + Send {
    let mut left = length;
    std::iter::from_fn(move || {
        let wanted = left.min(CHUNK_BYTES);
        left -= wanted;
        let mut piece = Vec::new();
        match Read::by_ref(&mut file).take(wanted).read_to_end(&mut piece) {
            Ok(0) => None,
            Ok(_) => Some(Ok(Bytes::from(piece))),
            Err(cause) => Some(Err(TransportError(cause.to_string()))),
        }
    })
}

fn validators(metadata: &Metadata) -> Headers {
    let modified = metadata.modified().ok().map(DateTime::<Utc>::from);
    Headers {
        e_tag: modified.map(|time| format!("\"{:x}-{:x}\"", metadata.len(), time.timestamp_micros())),
        last_modified: modified.map(|time| time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ..Headers::default()
    }
}

fn bare(status: u16, headers: Headers) -> TransportResponse {
    TransportResponse {
        status,
        headers,
        body: stream::empty().boxed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Location;

    async fn get(transport: &LocalTransport, url: &str, range: ByteRange) -> (u16, Headers, Vec<u8>) {
        let request = TransportRequest {
            location: Location::parse(url).unwrap(),
            range,
        };
        let response = transport.get(request).await.unwrap();
        let body: Vec<Bytes> = response.body.map(Result::unwrap).collect().await;
        (response.status, response.headers, body.concat())
    }

    fn site() -> (tempfile::TempDir, LocalTransport) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("a b%")).unwrap();
        std::fs::write(directory.path().join("a b%/ten"), b"0123456789").unwrap();
        std::fs::write(directory.path().join("empty"), b"").unwrap();
        let transport = LocalTransport::new("http://lake.test/", directory.path());
        (directory, transport)
    }

    #[tokio::test]
    async fn ranges_are_served_and_clipped_at_the_end() {
        let (_directory, site) = site();
        let (status, headers, body) =
            get(&site, "http://lake.test/a%20b%25/ten?sig=1", ByteRange::Bounded(7..20)).await;
        assert_eq!((status, body.as_slice()), (206, b"789".as_slice()));
        assert_eq!(headers.content_length, Some(3));
        assert_eq!(
            headers.content_range,
            Some(ContentRange {
                range: Some(7..10),
                total: Some(10)
            })
        );
        assert!(headers.e_tag.is_some() && headers.last_modified.unwrap().ends_with(" GMT"));
        let (status, _, body) = get(&site, "http://lake.test/a%20b%25/ten", ByteRange::ALL).await;
        assert_eq!((status, body.as_slice()), (206, b"0123456789".as_slice()));
    }

    #[tokio::test]
    async fn what_is_not_there_and_what_lies_behind_the_end_is_said() {
        let (_directory, site) = site();
        for url in [
            "http://lake.test/no",
            "http://lake.test/a%20b%25",
            "http://other.test/empty",
            "http://lake.test/%2e%2e%2fx",
        ] {
            assert_eq!(get(&site, url, ByteRange::ALL).await.0, 404, "{url}");
        }
        let (status, headers, _) = get(&site, "http://lake.test/empty", ByteRange::ALL).await;
        assert_eq!((status, headers.content_range.unwrap().total), (416, Some(0)));
    }

    #[tokio::test]
    async fn requests_are_recorded_in_order_and_shared_by_clones() {
        let (_directory, site) = site();
        let other = site.clone();
        get(&site, "http://lake.test/empty?x", ByteRange::ALL).await;
        get(&other, "http://lake.test/no", ByteRange::Bounded(1..3)).await;
        let expected = vec![
            ("http://lake.test/empty?x".to_owned(), None),
            ("http://lake.test/no".to_owned(), Some(1..3)),
        ];
        assert_eq!(site.requests(), expected);
        other.clear();
        assert_eq!(site.requests(), vec![]);
    }
}
