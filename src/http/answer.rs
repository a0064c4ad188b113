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
    /// The range, when one is asked for.
    pub fn asked(&self) -> Option<Range<u64>> {
        match self {
            Self::Part(range) => Some(range.clone()),
            Self::Whole | Self::Size => None,
        }
    }

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
