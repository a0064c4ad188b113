//! What an answer means for what was asked: judged from status and headers before a byte
//! of the body is read. Pure.

use std::ops::Range;
use std::time::Duration;

use super::body::Body;
use super::transport::{ByteRange, Headers};
use super::{Location, refusal};
use crate::error::Error;

/// An object up to this size may come whole where a part was asked. Beyond, a host that
/// ignores ranges is refused: reading on would fetch whole files without saying so.
pub const WHOLE_INSTEAD_OF_PART_BYTES: u64 = 1024 * 1024;

/// An object up to this size is read and kept when its size is asked: the answer is on its
/// way anyhow, and its reader comes next.
pub const SIZE_READS_BYTES: u64 = 64 * 1024;

/// The most that is read in one piece when an object is read whole. It must fit several
/// times into the 4 GiB of a tab.
pub const WHOLE_BYTES: u64 = 512 * 1024 * 1024;

/// What is asked of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The bytes of a range that is not empty; fewer where the object ends.
    Part(Range<u64>),
    /// All bytes.
    Whole,
    /// The size; the bytes, too, when they are few.
    Size,
}

impl Ask {
    /// What to request. Never HEAD, which signed URLs refuse, and never a suffix, which
    /// needs a CORS preflight.
    pub fn range(&self) -> ByteRange {
        match self {
            Self::Part(range) => ByteRange::Bounded(range.clone()),
            Self::Whole | Self::Size => ByteRange::ALL,
        }
    }
}

/// What to do with an answer.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// Read the body as it says.
    Read(Body),
    /// The size is known; the body is not wanted.
    Size(u64),
    /// Ask again later; after this time, if the host says.
    Busy(Option<Duration>),
    /// Asking again would not help.
    Final(Error),
}

/// Judges status and headers.
pub fn judge(location: &Location, ask: &Ask, status: u16, headers: &Headers) -> Verdict {
    match status {
        206 => partial(location, ask, headers),
        200 => whole(location, ask, headers),
        416 => unsatisfied(location, ask, headers),
        429 | 500 | 502 | 503 | 504 => Verdict::Busy(headers.retry_after.as_deref().and_then(seconds)),
        _ => Verdict::Final(refusal::refused(location, status)),
    }
}

/// Refuses a body that goes on after `at_most` bytes.
pub fn too_long(location: &Location, ask: &Ask, body: &Body) -> Error {
    match ask {
        Ask::Whole if body.declared.is_none_or(|declared| declared > WHOLE_BYTES) => {
            refusal::too_big(location, body.declared, WHOLE_BYTES)
        }
        Ask::Part(_) if body.to_the_end => ignored(location, None),
        Ask::Size if body.declared.is_none() => refusal::no_ranges(
            location,
            "The host does not say how large the file is (no Content-Length).",
        ),
        _ => refusal::no_ranges(
            location,
            "The host sent more bytes than it declared, as if it had compressed them.",
        ),
    }
}

/// 206: the range, or its part before the object's end.
fn partial(location: &Location, ask: &Ask, headers: &Headers) -> Verdict {
    if let Some(encoding) = &headers.content_encoding {
        let seen =
            format!("The host compressed a range of bytes (Content-Encoding: {encoding}), so offsets mean nothing.");
        return Verdict::Final(refusal::no_ranges(location, &seen));
    }
    let declared = match declared(ask, headers) {
        Ok(declared) => declared,
        Err(seen) => return Verdict::Final(refusal::no_ranges(location, &seen)),
    };
    let size = headers.content_range.as_ref().and_then(|range| range.total);
    match ask {
        Ask::Part(range) => {
            let at_most = range.end - range.start;
            Verdict::Read(Body {
                start: range.start,
                declared,
                at_most,
                size,
                to_the_end: false,
            })
        }
        Ask::Whole => whole_body(location, size.or(declared)),
        Ask::Size => size_body(size.or(declared)),
    }
}

/// The body's length by the headers, which must agree with each other and with the request.
fn declared(ask: &Ask, headers: &Headers) -> Result<Option<u64>, String> {
    let asked = ask.range();
    let sent = headers.content_range.as_ref().and_then(|range| range.range.as_ref());
    if let Some(sent) = sent.filter(|sent| sent.start != asked.start()) {
        return Err(format!(
            "The host was asked for {asked} and sent bytes from {} on.",
            sent.start
        ));
    }
    let sent = sent.map(|sent| sent.end - sent.start);
    if let Some((sent, length)) = sent.zip(headers.content_length).filter(|(sent, length)| sent != length) {
        return Err(format!(
            "The host declared {sent} bytes in Content-Range and {length} in Content-Length."
        ));
    }
    let declared = sent.or(headers.content_length);
    match declared
        .zip(asked.length())
        .filter(|(declared, asked)| declared > asked)
    {
        Some((declared, _)) => Err(format!("The host was asked for {asked} and declared {declared} bytes.")),
        None => Ok(declared),
    }
}

/// 200: the whole object, whatever was asked. The browser has undone any compression, also
/// one that it does not show across origins: a body may be longer than was declared.
fn whole(location: &Location, ask: &Ask, headers: &Headers) -> Verdict {
    let declared = headers.content_length.filter(|_| headers.content_encoding.is_none());
    match ask {
        Ask::Part(_) => match headers.content_length {
            Some(length) if length > WHOLE_INSTEAD_OF_PART_BYTES => Verdict::Final(ignored(location, Some(length))),
            _ => Verdict::Read(Body {
                size: None,
                ..all(declared, WHOLE_INSTEAD_OF_PART_BYTES)
            }),
        },
        Ask::Whole => match whole_body(location, declared) {
            Verdict::Read(body) => Verdict::Read(Body {
                size: None,
                at_most: WHOLE_BYTES,
                ..body
            }),
            other => other,
        },
        Ask::Size => match size_body(declared) {
            Verdict::Read(body) => Verdict::Read(Body {
                size: None,
                at_most: WHOLE_INSTEAD_OF_PART_BYTES,
                ..body
            }),
            other => other,
        },
    }
}

fn whole_body(location: &Location, size: Option<u64>) -> Verdict {
    match size {
        Some(size) if size > WHOLE_BYTES => Verdict::Final(refusal::too_big(location, Some(size), WHOLE_BYTES)),
        size => Verdict::Read(all(size, size.unwrap_or(WHOLE_BYTES))),
    }
}

fn size_body(size: Option<u64>) -> Verdict {
    match size {
        Some(size) if size > SIZE_READS_BYTES => Verdict::Size(size),
        size => Verdict::Read(all(size, size.unwrap_or(WHOLE_INSTEAD_OF_PART_BYTES))),
    }
}

fn all(size: Option<u64>, at_most: u64) -> Body {
    Body {
        start: 0,
        declared: size,
        at_most,
        size,
        to_the_end: true,
    }
}

/// 416: an empty object when all was asked, for no object has a first byte otherwise.
fn unsatisfied(location: &Location, ask: &Ask, headers: &Headers) -> Verdict {
    let size = headers.content_range.as_ref().and_then(|range| range.total);
    match ask {
        Ask::Part(range) => Verdict::Final(refusal::beyond_the_end(location, range.end, size)),
        Ask::Whole | Ask::Size if size.unwrap_or(0) == 0 => Verdict::Size(0),
        _ => Verdict::Final(refusal::no_ranges(
            location,
            "The host refused (416) a range that the file has.",
        )),
    }
}

fn ignored(location: &Location, length: Option<u64>) -> Error {
    let length = length.map_or_else(
        || "a file".to_owned(),
        |length| format!("the whole file of {length} bytes"),
    );
    refusal::no_ranges(
        location,
        &format!("The host ignored the Range header and sent {length}; reading was stopped."),
    )
}

/// Retry-After in seconds (RFC 9110, 10.2.3). The form with a date is passed over: it would
/// need the host's clock.
fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::http::body::Ending;
    use crate::http::transport::ContentRange;

    const MIB: u64 = 1024 * 1024;

    fn headers(length: Option<u64>, range: Option<&str>) -> Headers {
        let content_range = range.map(|range| ContentRange::parse(range).unwrap());
        Headers {
            content_length: length,
            content_range,
            ..Headers::default()
        }
    }

    fn judged(ask: &Ask, status: u16, headers: &Headers) -> Verdict {
        judge(&Location::parse("https://h/t").unwrap(), ask, status, headers)
    }

    fn body(ask: &Ask, status: u16, headers: &Headers) -> Body {
        match judged(ask, status, headers) {
            Verdict::Read(body) => body,
            other => panic!("{other:?}"),
        }
    }

    fn refused(ask: &Ask, status: u16, headers: &Headers) -> (Kind, String) {
        match judged(ask, status, headers) {
            Verdict::Final(error) => (error.kind, error.detail),
            other => panic!("{other:?}"),
        }
    }

    fn part() -> Ask {
        Ask::Part(10..30)
    }

    #[test]
    fn a_part_is_exactly_as_long_as_asked() {
        for headers in [
            headers(Some(20), None),
            headers(Some(20), Some("bytes 10-29/100")),
            headers(None, None),
        ] {
            let body = body(&part(), 206, &headers);
            assert_eq!((body.start, body.at_most), (10, 20));
            assert!(
                matches!(body.ending(20), Ending::Complete(size) if size == body.size),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn a_part_that_breaks_off_is_short() {
        assert_eq!(
            body(&part(), 206, &headers(Some(20), None)).ending(7),
            Ending::Short(7, 20)
        );
        assert_eq!(
            body(&part(), 206, &headers(None, Some("bytes 10-29/100"))).ending(7),
            Ending::Short(7, 20)
        );
    }

    #[test]
    fn a_part_may_end_early_only_where_the_object_ends() {
        let ending = |headers: Headers, count| body(&part(), 206, &headers).ending(count);
        assert_eq!(
            ending(headers(Some(5), Some("bytes 10-14/15")), 5),
            Ending::Complete(Some(15))
        );
        assert_eq!(
            ending(headers(Some(5), Some("bytes 10-14/100")), 5),
            Ending::Short(5, 20)
        );
        assert_eq!(ending(headers(Some(5), None), 5), Ending::EndsAt(15));
        assert_eq!(ending(headers(None, None), 5), Ending::EndsAt(15));
    }

    #[test]
    fn headers_that_contradict_the_request_or_each_other_are_refused() {
        for (headers, named) in [
            (headers(Some(20), Some("bytes 0-19/100")), "bytes from 0 on"),
            (
                headers(Some(20), Some("bytes 10-28/100")),
                "declared 19 bytes in Content-Range and 20",
            ),
            (headers(Some(21), None), "declared 21 bytes"),
            (headers(None, Some("bytes 10-30/100")), "declared 21 bytes"),
        ] {
            let (kind, detail) = refused(&part(), 206, &headers);
            assert!(kind == Kind::NoRanges && detail.contains(named), "{detail}");
        }
    }

    #[test]
    fn a_compressed_range_is_refused_by_the_encodings_name() {
        let headers = Headers {
            content_encoding: Some("br".to_owned()),
            ..headers(Some(20), None)
        };
        for ask in [part(), Ask::Whole, Ask::Size] {
            let (kind, detail) = refused(&ask, 206, &headers);
            assert!(
                kind == Kind::NoRanges && detail.contains("Content-Encoding: br"),
                "{detail}"
            );
        }
    }

    #[test]
    fn a_host_that_ignores_ranges_may_send_a_small_object_whole() {
        let body = body(&part(), 200, &headers(Some(MIB), None));
        assert_eq!((body.start, body.at_most), (0, MIB));
        assert_eq!(body.ending(MIB), Ending::Complete(Some(MIB)));
        assert_eq!(body.ending(MIB - 1), Ending::Short(MIB - 1, MIB));
    }

    #[test]
    fn a_host_that_ignores_ranges_is_stopped_above_that() {
        let (kind, detail) = refused(&part(), 200, &headers(Some(MIB + 1), None));
        assert!(kind == Kind::NoRanges && detail.contains("1048577 bytes"), "{detail}");
        let unknown = body(&part(), 200, &headers(None, None));
        assert_eq!(unknown.at_most, MIB);
        assert_eq!(
            too_long(&Location::parse("https://h/t").unwrap(), &part(), &unknown).kind,
            Kind::NoRanges
        );
    }

    #[test]
    fn a_compressed_whole_is_as_long_as_it_turns_out() {
        let headers = Headers {
            content_encoding: Some("gzip".to_owned()),
            ..headers(Some(50), None)
        };
        assert_eq!(
            body(&Ask::Whole, 200, &headers).ending(400),
            Ending::Complete(Some(400))
        );
    }

    #[test]
    fn the_whole_is_bounded() {
        for status in [200, 206] {
            let (kind, detail) = refused(&Ask::Whole, status, &headers(Some(WHOLE_BYTES + 1), None));
            assert!(kind == Kind::TooBig && detail.contains("536870913"), "{detail}");
            let unknown = body(&Ask::Whole, status, &headers(None, None));
            assert_eq!(unknown.at_most, WHOLE_BYTES);
            let error = too_long(&Location::parse("https://h/t").unwrap(), &Ask::Whole, &unknown);
            assert_eq!(error.kind, Kind::TooBig);
        }
    }

    #[test]
    fn a_whole_answered_in_part_is_short() {
        let body = body(&Ask::Whole, 206, &headers(Some(10), Some("bytes 0-9/100")));
        assert_eq!(body.ending(10), Ending::Short(10, 100));
    }

    #[test]
    fn a_size_is_taken_from_the_headers_and_small_objects_are_read() {
        for status in [200, 206] {
            assert_eq!(
                judged(&Ask::Size, status, &headers(Some(70_000), None)),
                Verdict::Size(70_000)
            );
            assert_eq!(
                body(&Ask::Size, status, &headers(Some(65_536), None)).ending(65_536),
                Ending::Complete(Some(65_536))
            );
            assert_eq!(
                body(&Ask::Size, status, &headers(None, None)).ending(400_000),
                Ending::Complete(Some(400_000))
            );
        }
        assert_eq!(
            judged(&Ask::Size, 206, &headers(Some(10), Some("bytes 0-9/70000"))),
            Verdict::Size(70_000)
        );
    }

    #[test]
    fn beyond_the_end_is_damage_and_an_empty_object_is_none() {
        let (kind, detail) = refused(&part(), 416, &headers(None, Some("bytes */5")));
        assert!(
            kind == Kind::Damaged && detail.contains("has 5 bytes") && detail.contains("up to 30"),
            "{detail}"
        );
        for ask in [Ask::Whole, Ask::Size] {
            assert_eq!(judged(&ask, 416, &headers(None, None)), Verdict::Size(0));
            assert_eq!(refused(&ask, 416, &headers(None, Some("bytes */5"))).0, Kind::NoRanges);
        }
    }

    #[test]
    fn some_statuses_are_worth_another_try_and_say_when() {
        let after = |text: &str| Headers {
            retry_after: Some(text.to_owned()),
            ..Headers::default()
        };
        for status in [429, 500, 502, 503, 504] {
            assert_eq!(
                judged(&part(), status, &after("7")),
                Verdict::Busy(Some(Duration::from_secs(7)))
            );
            assert_eq!(
                judged(&part(), status, &after("Sun, 22 Nov 2026 08:00:00 GMT")),
                Verdict::Busy(None)
            );
        }
        for status in [400, 401, 403, 404, 405, 410, 501, 505] {
            assert!(
                matches!(judged(&part(), status, &after("7")), Verdict::Final(_)),
                "{status}"
            );
        }
    }
}
