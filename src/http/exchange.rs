//! [`Exchange`]: one question to a host, asked until it is answered: a turn at the host,
//! the judged answer, the counted body, and another try where that can help.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;

use super::answer::{Ask, Verdict, judge, too_long};
use super::body::{Body, Ending};
use super::hosts::Hosts;
use super::identity::Identity;
use super::patience::Patience;
use super::ranges::REQUEST_BYTES;
use super::transport::{Headers, Transport, TransportRequest, TransportResponse};
use super::{Location, Meter, refusal};
use crate::error::{Error, Result};
use crate::runtime;

/// Bytes of an object, and what else the answer told.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The offset of the first byte.
    pub start: u64,
    /// The bytes; none when only the size was wanted.
    pub bytes: Bytes,
    /// The object's size, when it is known.
    pub size: Option<u64>,
    /// Where the object must end for these bytes to be all there are. To be proven.
    pub ends_at: Option<u64>,
    /// Did they come compressed? Then they are no range of what other requests see.
    pub encoded: bool,
}

/// Asks hosts.
#[derive(Debug)]
pub struct Exchange {
    transport: Arc<dyn Transport>,
    hosts: Hosts,
    patience: Patience,
}

/// One question, and what belongs to it.
pub struct Question<'a> {
    /// On which object.
    pub location: &'a Location,
    /// What.
    pub ask: &'a Ask,
    /// Who pays.
    pub meter: &'a Meter,
    /// Is told of the object's identity, and may refuse it.
    pub observe: &'a (dyn Fn(&Identity) -> Result<Identity> + Send + Sync),
}

/// Why a try failed.
enum Failure {
    /// No answer came.
    Silent(String),
    /// Something came that may be better next time; after this time, if the host says.
    Passing(String, Option<Duration>),
    /// Asking again would not help.
    Final(Error),
}

type Attempt<T> = std::result::Result<T, Failure>;

impl Exchange {
    pub fn new(transport: Arc<dyn Transport>, patience: Patience) -> Self {
        Self {
            transport,
            hosts: Hosts::default(),
            patience,
        }
    }

    /// Asks until there is an answer or patience ends.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Answer> {
        let mut failures = 0;
        loop {
            let failure = match self.attempt(question).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            failures += 1;
            let pause = self.again(question.location, failure, failures)?;
            runtime::sleep(pause).await;
        }
    }

    /// Would an answer of this object's host to a range tell the object's size, as far as is known?
    pub fn tells_sizes(&self, location: &Location) -> bool {
        !self.hosts.get(location.origin()).has_hidden_ranges()
    }

    /// The pause before the next try, or the error when this was the last.
    fn again(&self, location: &Location, failure: Failure, failures: u32) -> Result<Duration> {
        let answered = self.hosts.get(location.origin()).has_answered();
        let silences = if answered {
            self.patience.tries
        } else {
            self.patience.first_tries
        };
        match failure {
            Failure::Final(error) => Err(error),
            Failure::Silent(cause) if failures >= silences => {
                let page = self.transport.page_origin();
                Err(refusal::blocked(location, page.as_deref(), &cause, failures, answered))
            }
            Failure::Passing(seen, _) if failures >= self.patience.tries => {
                Err(refusal::gave_up(location, &seen, failures))
            }
            Failure::Silent(_) => Ok(self.patience.pause(failures, None)),
            Failure::Passing(_, asked) => Ok(self.patience.pause(failures, asked)),
        }
    }

    async fn attempt(&self, question: &Question<'_>) -> Attempt<Answer> {
        let Question {
            location, ask, meter, ..
        } = question;
        let host = self.hosts.get(location.origin());
        let _turn = host.enter(ask.range().length()).await;
        meter.add_request(location, ask.asked());
        let request = TransportRequest {
            location: (*location).clone(),
            range: ask.range(),
        };
        let response = self
            .transport
            .get(request)
            .await
            .map_err(|cause| Failure::Silent(cause.to_string()))?;
        host.answered();
        if response.status == 206 && response.headers.content_range.is_none() {
            host.hid_a_range();
        }
        match judge(location, ask, response.status, &response.headers) {
            Verdict::Read(body) => read(question, body, response).await,
            Verdict::Size(size) => {
                observe(question, &response.headers, Some(size))?;
                Ok(Answer {
                    start: 0,
                    bytes: Bytes::new(),
                    size: Some(size),
                    ends_at: None,
                    encoded: false,
                })
            }
            Verdict::Busy(after) => Err(Failure::Passing(
                format!("The host answered {}", response.status),
                after,
            )),
            Verdict::Final(error) => {
                shrunk(question, &response)?;
                Err(Failure::Final(error))
            }
        }
    }
}

/// A range that the object is known to have had, and that the host now refuses, tells of a
/// change. Only the size is looked at: other headers may describe the error page.
fn shrunk(question: &Question<'_>, response: &TransportResponse) -> Attempt<()> {
    let Ask::Part(range) = question.ask else { return Ok(()) };
    if response.status != 416 {
        return Ok(());
    }
    let size = response.headers.content_range.as_ref().and_then(|range| range.total);
    let known = (question.observe)(&Identity {
        size,
        ..Identity::default()
    })
    .map_err(Failure::Final)?;
    match known.size {
        Some(was) if was >= range.end => {
            let difference = format!("size was {was} and is now less than {}", range.end);
            Err(Failure::Final(refusal::changed(question.location, &difference)))
        }
        _ => Ok(()),
    }
}

/// Reads a body that is worth reading, and judges it again at its end.
async fn read(question: &Question<'_>, mut body: Body, response: TransportResponse) -> Attempt<Answer> {
    let known = observe(question, &response.headers, body.size)?;
    body.size = body.size.or(known.size);
    let encoded = response.headers.content_encoding.is_some();
    let bytes = collect(question, &body, response).await?;
    let count = bytes.len() as u64;
    let answer = |size, ends_at| Answer {
        start: body.start,
        bytes,
        size,
        ends_at,
        encoded,
    };
    match body.ending(count) {
        Ending::Complete(size) => Ok(answer(size, None)),
        Ending::EndsAt(end) => Ok(answer(None, Some(end))),
        Ending::Short(count, of) => Err(Failure::Passing(
            format!("The host sent a short body: {count} of {of} bytes"),
            None,
        )),
    }
}

/// The body in one piece; a body that came in one piece is not copied. A declared length is
/// trusted for memory only up to what one request may ask: linear memory never shrinks.
async fn collect(question: &Question<'_>, body: &Body, response: TransportResponse) -> Attempt<Bytes> {
    let (mut whole, mut rest) = (Bytes::new(), BytesMut::new());
    let mut pieces = response.body;
    while let Some(piece) = pieces.next().await {
        let count = (whole.len() + rest.len()) as u64;
        let broken = |cause| Failure::Passing(format!("The connection broke after {count} bytes ({cause})"), None);
        let piece = piece.map_err(broken)?;
        question.meter.add_bytes(piece.len() as u64);
        if count + piece.len() as u64 > body.at_most {
            return Err(Failure::Final(too_long(question.location, question.ask, body)));
        }
        if count == 0 {
            whole = piece;
        } else {
            if rest.is_empty() {
                rest.reserve(usize::try_from(body.declared.unwrap_or_default().min(REQUEST_BYTES)).unwrap_or_default());
                rest.extend_from_slice(&std::mem::take(&mut whole));
            }
            rest.extend_from_slice(&piece);
        }
    }
    Ok(if rest.is_empty() { whole } else { fitted(rest) })
}

/// The bytes without the room that an undeclared length left behind: the cache would keep it.
fn fitted(bytes: BytesMut) -> Bytes {
    let spare = bytes.capacity() - bytes.len();
    if spare > bytes.len() / 8 {
        Bytes::copy_from_slice(&bytes)
    } else {
        bytes.freeze()
    }
}

/// Tells who the object is, unless it came compressed: then size and tag are another's.
fn observe(question: &Question<'_>, headers: &Headers, size: Option<u64>) -> Attempt<Identity> {
    let seen = match headers.content_encoding {
        Some(_) => Identity::default(),
        None => Identity {
            size,
            e_tag: headers.e_tag.clone(),
            last_modified: headers.last_modified.clone(),
            ..Identity::default()
        },
    };
    (question.observe)(&seen).map_err(Failure::Final)
}
