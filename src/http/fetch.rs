//! [`Fetch`]: the transport of a tab, over the `fetch` of a worker or a window.
//!
//! JavaScript's promises may not cross threads, which futures of an `ObjectStore` must be
//! able to. So each request runs as a local task of its own and speaks through channels;
//! when the other end is dropped, the task aborts the request.

use std::convert::Infallible;
use std::pin::pin;

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use futures::future::{BoxFuture, select};
use futures::{FutureExt, SinkExt, StreamExt};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, AbortSignal, ReadableStream, ReadableStreamDefaultReader, Request, RequestCache,
    RequestCredentials, RequestInit, Response,
};

use super::transport::{Headers, Transport, TransportError, TransportRequest, TransportResponse};

/// Pieces of a body that wait to be taken. Beyond, nothing more is read, which slows the
/// host down. A piece is at most a few MiB in every browser.
const WAITING_PIECES: usize = 2;

#[wasm_bindgen]
extern "C" {
    /// The one of the global scope, whichever that is.
    #[wasm_bindgen(catch)]
    fn fetch(request: &Request) -> std::result::Result<js_sys::Promise, JsValue>;
}

/// Asks hosts through the browser, without credentials, and past its HTTP cache.
#[derive(Debug, Default, Clone, Copy)]
pub struct Fetch;

type Outcome<T> = std::result::Result<T, TransportError>;

/// Status, headers and the coming pieces of the body.
type Head = (u16, Headers, mpsc::Receiver<Outcome<Bytes>>);

impl Transport for Fetch {
    fn get(&self, request: TransportRequest) -> BoxFuture<'static, Outcome<TransportResponse>> {
        async move {
            let (head_sender, head) = oneshot::channel();
            let (reader, gone) = oneshot::channel::<Infallible>();
            spawn_local(run(request, head_sender, gone));
            let unanswered = || TransportError("the request ended without an answer".to_owned());
            let (status, headers, pieces) = head.await.unwrap_or_else(|_| Err(unanswered()))?;
            // The body holds `reader`; with it the task learns that nobody reads any more.
            let body = pieces.map(move |piece| {
                let _reader = &reader;
                piece
            });
            Ok(TransportResponse {
                status,
                headers,
                body: body.boxed(),
            })
        }
        .boxed()
    }

    fn page_origin(&self) -> Option<String> {
        Reflect::get(&js_sys::global(), &"origin".into()).ok()?.as_string()
    }
}

/// One request, until its body has ended or its reader is gone.
async fn run(request: TransportRequest, head: oneshot::Sender<Outcome<Head>>, gone: oneshot::Receiver<Infallible>) {
    match AbortController::new() {
        Ok(controller) => {
            let signal = controller.signal();
            select(pin!(exchange(&request, &signal, head)), gone).await;
            // After the end of the body this does nothing.
            controller.abort();
        }
        Err(cause) => answer(head, Err(failure(&cause))),
    }
}

async fn exchange(request: &TransportRequest, signal: &AbortSignal, head: oneshot::Sender<Outcome<Head>>) {
    let response = match send(request, signal).await {
        Ok(response) => response,
        Err(cause) => return answer(head, Err(failure(&cause))),
    };
    let headers = response.headers();
    let headers = Headers::read(|name| headers.get(name).ok().flatten());
    let (sender, pieces) = mpsc::channel(WAITING_PIECES);
    answer(head, Ok((response.status(), headers, pieces)));
    if let Some(body) = response.body() {
        pump(&body, sender).await;
    }
}

fn answer(head: oneshot::Sender<Outcome<Head>>, outcome: Outcome<Head>) {
    // The receiver is gone when the request was dropped; `gone` aborts it then.
    let _ = head.send(outcome);
}

/// Sends a request that needs no CORS preflight: a GET with nothing but a simple range.
async fn send(request: &TransportRequest, signal: &AbortSignal) -> Result<Response, JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set("Range", &request.range.to_string())?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    init.set_signal(Some(signal));
    init.set_credentials(RequestCredentials::Omit);
    // The browser's cache would let parallel ranges of one URL wait for each other (it locks
    // each entry), would answer from before a change, and would make counted bytes untrue.
    init.set_cache(RequestCache::NoStore);
    let request = Request::new_with_str_and_init(request.location.as_str(), &init)?;
    JsFuture::from(fetch(&request)?).await?.dyn_into()
}

/// Hands on the body piece by piece, no faster than it is taken.
async fn pump(body: &ReadableStream, mut pieces: mpsc::Sender<Outcome<Bytes>>) {
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let piece = match next(&reader).await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => return,
            Err(cause) => Err(failure(&cause)),
        };
        let last = piece.is_err();
        if pieces.send(piece).await.is_err() || last {
            return;
        }
    }
}

/// The next piece of a body; `None` at its end.
async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Bytes>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    if Reflect::get(&read, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let piece: Uint8Array = Reflect::get(&read, &"value".into())?.dyn_into()?;
    Ok(Some(Bytes::from(piece.to_vec())))
}

/// All that the browser tells, which is little.
fn failure(cause: &JsValue) -> TransportError {
    let message = Reflect::get(cause, &"message".into())
        .ok()
        .and_then(|message| message.as_string());
    TransportError(message.unwrap_or_else(|| format!("{cause:?}")))
}
