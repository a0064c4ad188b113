//! [`Transport`]: sends one GET for a range of bytes and hands back what came, unjudged.
//!
//! Below it lies the browser's `fetch`, or a double in tests. Every request is ranged:
//! a browser then asks for no compression (Fetch standard, HTTP-network-or-cache fetch),
//! so that Content-Length is the true length and can be checked.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::Location;

/// Sends one GET.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends `request` and waits for status and headers. Dropping the future, or the body,
    /// aborts the request on the network.
    fn get(&self, request: TransportRequest) -> BoxFuture<'static, Result<TransportResponse, TransportError>>;

    /// The origin of the page that asks, which hosts must allow to read; `None` outside of a browser.
    fn page_origin(&self) -> Option<String> {
        None
    }
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportRequest {
    /// Where.
    pub location: Location,
    /// Which bytes. The only header that is ever set, and one that needs no CORS preflight.
    pub range: ByteRange,
}

/// The bytes of one request; displayed, the value of the `Range` header (RFC 9110, 14.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ByteRange {
    /// A half-open range that is not empty.
    Bounded(Range<u64>),
    /// All from an offset on.
    From(u64),
}

impl ByteRange {
    /// The whole object.
    pub const ALL: Self = Self::From(0);

    /// The first byte.
    #[must_use]
    pub fn start(&self) -> u64 {
        match self {
            Self::Bounded(range) => range.start,
            Self::From(start) => *start,
        }
    }

    /// How many bytes, when that is bounded.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Bounded(range) => Some(range.end.saturating_sub(range.start)),
            Self::From(_) => None,
        }
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounded(range) => write!(f, "bytes={}-{}", range.start, range.end.saturating_sub(1)),
            Self::From(start) => write!(f, "bytes={start}-"),
        }
    }
}

/// What a host answered.
pub struct TransportResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter, as far as they can be read.
    pub headers: Headers,
    /// The body in pieces as they come in.
    pub body: BoxStream<'static, Result<Bytes, TransportError>>,
}

impl fmt::Debug for TransportResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// The headers that matter. Across origins only Content-Length and Last-Modified can be
/// read unless the host exposes more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Content-Length in bytes.
    pub content_length: Option<u64>,
    /// Content-Range.
    pub content_range: Option<ContentRange>,
    /// Content-Encoding, unless it is `identity`.
    pub content_encoding: Option<String>,
    /// `ETag` as sent, quotes and all.
    pub e_tag: Option<String>,
    /// Last-Modified as sent.
    pub last_modified: Option<String>,
    /// Retry-After as sent.
    pub retry_after: Option<String>,
}

impl Headers {
    /// Reads them through `get`, which takes a header's lower-case name. What cannot be
    /// understood counts as not sent.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| {
            get(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        Self {
            content_length: text("content-length").and_then(|value| value.parse().ok()),
            content_range: text("content-range").and_then(|value| ContentRange::parse(&value)),
            content_encoding: text("content-encoding").filter(|value| !value.eq_ignore_ascii_case("identity")),
            e_tag: text("etag"),
            last_modified: text("last-modified"),
            retry_after: text("retry-after"),
        }
    }
}

/// The value of Content-Range (RFC 9110, 14.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRange {
    /// The bytes in the body, half-open; `None` in an answer 416.
    pub range: Option<Range<u64>>,
    /// The size of the whole object, unless the host does not say.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 0-99/1234`, `bytes 0-99/*` or `bytes */1234`.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (unit, value) = value.split_once(' ')?;
        let (range, total) = value.trim().split_once('/')?;
        let total = if total == "*" { None } else { Some(total.parse().ok()?) };
        let range = if range == "*" { None } else { Some(inclusive(range)?) };
        unit.eq_ignore_ascii_case("bytes").then_some(Self { range, total })
    }
}

/// `first-last` as a half-open range.
fn inclusive(text: &str) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..last.checked_add(1)?)
}

/// The network failed: no answer came, or its body broke off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError(pub String);

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_written_as_a_safelisted_header() {
        assert_eq!(ByteRange::Bounded(5..10).to_string(), "bytes=5-9");
        assert_eq!(ByteRange::ALL.to_string(), "bytes=0-");
        assert_eq!(
            (ByteRange::Bounded(5..10).length(), ByteRange::From(7).length()),
            (Some(5), None)
        );
    }

    #[test]
    fn content_range_is_read_in_its_three_forms() {
        let read = |text| ContentRange::parse(text).map(|value| (value.range, value.total));
        assert_eq!(read("bytes 0-99/1234"), Some((Some(0..100), Some(1234))));
        assert_eq!(read("Bytes 7-7/*"), Some((Some(7..8), None)));
        assert_eq!(read("bytes */1234"), Some((None, Some(1234))));
        for text in [
            "",
            "bytes",
            "bytes 9-1/5",
            "items 0-1/2",
            "bytes 0-1",
            "bytes 0-18446744073709551615/5",
            "bytes -5/9",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn headers_that_make_no_sense_count_as_not_sent() {
        let headers = Headers::read(|name| match name {
            "content-length" => Some(" 12 ".to_owned()),
            "content-range" => Some("nonsense".to_owned()),
            "content-encoding" => Some("Identity".to_owned()),
            "etag" => Some(String::new()),
            "last-modified" => Some("Sun, 22 Nov 2026 08:00:00 GMT".to_owned()),
            _ => None,
        });
        let expected = Headers {
            content_length: Some(12),
            last_modified: Some("Sun, 22 Nov 2026 08:00:00 GMT".to_owned()),
            ..Headers::default()
        };
        assert_eq!(headers, expected);
    }
}
