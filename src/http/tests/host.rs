//! A scripted host: objects in memory, manners for all answers, faults for the next ones,
//! and a count of what is open and what was aborted.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use tokio::sync::watch;

use crate::http::Meter;
use crate::http::transport::{
    ByteRange, ContentRange, Headers, Transport, TransportError, TransportRequest, TransportResponse,
};

/// Bytes of a piece of a body.
const PIECE_BYTES: usize = 16 * 1024;

/// What happens to one answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing.
    None,
    /// No answer.
    Silent,
    /// A status without bytes, and perhaps a Retry-After.
    Status(u16, Option<&'static str>),
    /// All is declared, so many bytes are sent, then the connection breaks.
    Break(usize),
    /// All is declared, and the body ends after so many bytes.
    Short(usize),
    /// Only so many bytes are declared and sent.
    Clip(usize),
    /// So many more bytes are sent than declared.
    Long(usize),
    /// So many bytes are sent, and then nothing more, ever.
    Stall(usize),
    /// So many bytes are declared.
    Declare(u64),
    /// It claims to be compressed.
    Encoded(&'static str),
    /// The bytes of another range.
    Shifted(u64),
}

/// How the host answers at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    /// Content-Range and `ETag` cannot be read, as across origins.
    pub hides_headers: bool,
    /// The whole object with 200, whatever was asked.
    pub ignores_ranges: bool,
    /// No Content-Length.
    pub hides_length: bool,
}

#[derive(Clone)]
pub struct Host(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    gate: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    objects: HashMap<String, Object>,
    manners: Manners,
    faults: VecDeque<Fault>,
    requests: Vec<(String, ByteRange)>,
    open: usize,
    most_open: usize,
    aborted: usize,
}

#[derive(Clone)]
struct Object {
    bytes: Bytes,
    e_tag: String,
    last_modified: String,
}

impl Host {
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            gate: watch::channel(true).0,
        }))
    }

    /// A host with one object at `url`.
    pub fn with(url: &str, bytes: Bytes) -> Self {
        let host = Self::new();
        host.put(url, bytes, "\"1\"", "Sun, 22 Nov 2026 08:00:00 GMT");
        host
    }

    pub fn put(&self, url: &str, bytes: Bytes, e_tag: &str, last_modified: &str) {
        let object = Object {
            bytes,
            e_tag: e_tag.to_owned(),
            last_modified: last_modified.to_owned(),
        };
        self.state().objects.insert(url.to_owned(), object);
    }

    pub fn mannered(self, manners: Manners) -> Self {
        self.state().manners = manners;
        self
    }

    /// The next answers, one fault each.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// Holds answers back until [`Host::release`].
    pub fn hold(&self) {
        self.0.gate.send_replace(false);
    }

    pub fn release(&self) {
        self.0.gate.send_replace(true);
    }

    /// The ranges asked so far; `None` is the whole.
    pub fn asked(&self) -> Vec<Option<Range<u64>>> {
        let range = |range: &ByteRange| match range {
            ByteRange::Bounded(range) => Some(range.clone()),
            ByteRange::From(start) => (*start > 0).then_some(*start..u64::MAX),
        };
        self.state().requests.iter().map(|(_, asked)| range(asked)).collect()
    }

    pub fn requests(&self) -> usize {
        self.state().requests.len()
    }

    pub fn open(&self) -> usize {
        self.state().open
    }

    pub fn most_open(&self) -> usize {
        self.state().most_open
    }

    pub fn aborted(&self) -> usize {
        self.state().aborted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// Lets other tasks run until `done`, which must come.
    pub async fn until(&self, done: impl Fn(&Self) -> bool) {
        for _ in 0..10_000 {
            if done(self) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!(
            "never came: {:?} {} open, {} aborted",
            self.asked(),
            self.open(),
            self.aborted()
        );
    }

    /// Does the meter agree with what was asked here?
    #[track_caller]
    pub fn assert_costs(&self, meter: &Meter, requests: u64, bytes: u64) {
        assert_eq!(
            (meter.costs().requests, meter.costs().bytes),
            (requests, bytes),
            "{:?}",
            self.asked()
        );
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Host")
    }
}

impl Transport for Host {
    fn get(&self, request: TransportRequest) -> BoxFuture<'static, Result<TransportResponse, TransportError>> {
        let host = self.clone();
        async move {
            let exchange = Open::new(&host, &request);
            let mut gate = host.0.gate.subscribe();
            gate.wait_for(|open| *open).await.unwrap();
            let (fault, object, manners) = host.next(&request);
            exchange.respond(&request.range, &fault, object.as_ref(), manners)
        }
        .boxed()
    }

    fn page_origin(&self) -> Option<String> {
        Some("https://limn.test".to_owned())
    }
}

impl Host {
    fn next(&self, request: &TransportRequest) -> (Fault, Option<Object>, Manners) {
        let mut state = self.state();
        let fault = state.faults.pop_front().unwrap_or(Fault::None);
        (
            fault,
            state.objects.get(request.location.as_str()).cloned(),
            state.manners,
        )
    }
}

/// One exchange under way: aborted unless it is finished before it is dropped.
struct Open {
    host: Host,
    finished: bool,
}

impl Open {
    fn new(host: &Host, request: &TransportRequest) -> Self {
        let mut state = host.state();
        state
            .requests
            .push((request.location.as_str().to_owned(), request.range.clone()));
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        Self {
            host: host.clone(),
            finished: false,
        }
    }

    fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.host.state();
        state.open -= 1;
        state.aborted += usize::from(!self.finished);
    }
}

impl Open {
    fn respond(
        mut self,
        asked: &ByteRange,
        fault: &Fault,
        object: Option<&Object>,
        manners: Manners,
    ) -> Result<TransportResponse, TransportError> {
        match (fault, object) {
            (Fault::Silent, _) => {
                self.finish();
                Err(TransportError("Failed to fetch".to_owned()))
            }
            (Fault::Status(status, after), _) => {
                let retry_after = after.map(str::to_owned);
                Ok(self.bare(
                    *status,
                    Headers {
                        retry_after,
                        ..Headers::default()
                    },
                ))
            }
            (_, None) => Ok(self.bare(404, Headers::default())),
            (_, Some(object)) => Ok(self.serve(asked, fault, object, manners)),
        }
    }

    fn bare(self, status: u16, headers: Headers) -> TransportResponse {
        TransportResponse {
            status,
            headers,
            body: body(vec![], self),
        }
    }

    fn serve(self, asked: &ByteRange, fault: &Fault, object: &Object, manners: Manners) -> TransportResponse {
        let size = object.bytes.len() as u64;
        let shift = if let Fault::Shifted(by) = fault { *by } else { 0 };
        let whole = manners.ignores_ranges;
        let start = if whole { 0 } else { asked.start() + shift };
        let end = asked
            .length()
            .filter(|_| !whole)
            .map_or(size, |length| size.min(start + length));
        let hidden = |range: Option<ContentRange>| range.filter(|_| !whole && !manners.hides_headers);
        if start >= size && !whole {
            let content_range = hidden(Some(ContentRange {
                range: None,
                total: Some(size),
            }));
            return self.bare(
                416,
                Headers {
                    content_range,
                    ..Headers::default()
                },
            );
        }
        let bytes = object
            .bytes
            .slice(usize::try_from(start).unwrap()..usize::try_from(end).unwrap());
        let (bytes, declared, last) = tamper(fault, bytes);
        let content_range = hidden(Some(ContentRange {
            range: Some(start..start + declared),
            total: Some(size),
        }));
        let headers = Headers {
            content_length: Some(declared).filter(|_| !manners.hides_length),
            content_range,
            content_encoding: if let Fault::Encoded(name) = fault {
                Some((*name).to_owned())
            } else {
                None
            },
            e_tag: Some(object.e_tag.clone()).filter(|_| !manners.hides_headers),
            last_modified: Some(object.last_modified.clone()),
            retry_after: None,
        };
        let body = body(pieces(&bytes).chain(last).collect(), self);
        TransportResponse {
            status: if whole { 200 } else { 206 },
            headers,
            body,
        }
    }
}

fn pieces(bytes: &Bytes) -> impl Iterator<Item = Piece> {
    let end = |at: usize| bytes.len().min(at + PIECE_BYTES);
    (0..bytes.len())
        .step_by(PIECE_BYTES)
        .map(move |at| Piece::Bytes(bytes.slice(at..end(at))))
}

enum Piece {
    Bytes(Bytes),
    Broken,
    Silence,
}

/// The bytes to send, the length to declare, and how it ends.
fn tamper(fault: &Fault, bytes: Bytes) -> (Bytes, u64, Option<Piece>) {
    let length = bytes.len() as u64;
    match fault {
        Fault::Break(count) => (bytes.slice(..*count), length, Some(Piece::Broken)),
        Fault::Stall(count) => (bytes.slice(..*count), length, Some(Piece::Silence)),
        Fault::Short(count) => (bytes.slice(..*count), length, None),
        Fault::Clip(count) => (bytes.slice(..*count), *count as u64, None),
        Fault::Long(more) => (
            bytes.iter().copied().chain(std::iter::repeat_n(0, *more)).collect(),
            length,
            None,
        ),
        Fault::Declare(declared) => (bytes, *declared, None),
        _ => (bytes, length, None),
    }
}

fn body(pieces: Vec<Piece>, exchange: Open) -> stream::BoxStream<'static, Result<Bytes, TransportError>> {
    stream::unfold(
        (pieces.into_iter(), exchange),
        |(mut pieces, mut exchange)| async move {
            match pieces.next() {
                Some(Piece::Bytes(bytes)) => Some((Ok(bytes), (pieces, exchange))),
                Some(Piece::Silence) => std::future::pending().await,
                Some(Piece::Broken) => {
                    exchange.finish();
                    Some((Err(TransportError("connection reset".to_owned())), (pieces, exchange)))
                }
                None => {
                    exchange.finish();
                    None
                }
            }
        },
    )
    .boxed()
}
