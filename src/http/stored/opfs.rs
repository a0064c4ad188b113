//! The browser's own file system (the origin's private one, File System Standard), through `www/disk.js`.

use bytes::Bytes;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::Disk;

#[wasm_bindgen(raw_module = "./disk.js")]
extern "C" {
    /// To an array of names, or null.
    fn names() -> Promise;
    /// To the bytes, or null.
    fn read(name: &str) -> Promise;
    /// To whether it was written.
    fn write(name: &str, bytes: Uint8Array) -> Promise;
    /// To nothing.
    fn remove(names: Array) -> Promise;
}

/// Files of the page's origin, which no other origin sees.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opfs;

impl Disk for Opfs {
    fn names(&self) -> BoxFuture<'static, Option<Vec<String>>> {
        answer(names, |names| {
            let names: Array = names.dyn_into().ok()?;
            Some(names.iter().filter_map(|name| name.as_string()).collect())
        })
        .map(Option::flatten)
        .boxed()
    }

    fn read(&self, name: &str) -> BoxFuture<'static, Option<Bytes>> {
        let name = name.to_owned();
        answer(
            move || read(&name),
            |bytes| Some(Bytes::from(bytes.dyn_into::<Uint8Array>().ok()?.to_vec())),
        )
        .map(Option::flatten)
        .boxed()
    }

    fn write(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, bool> {
        let name = name.to_owned();
        // A view of the program's memory would not outlive its growing.
        answer(
            move || write(&name, Uint8Array::from(bytes.as_ref())),
            |written| written.as_bool() == Some(true),
        )
        .map(|written| written == Some(true))
        .boxed()
    }

    fn remove(&self, gone: Vec<String>) -> BoxFuture<'static, ()> {
        answer(move || remove(gone.into_iter().map(JsValue::from).collect()), drop)
            .map(drop)
            .boxed()
    }
}

/// JavaScript's promises may not cross threads, which the futures of a [`Disk`] must be able to: each call is a local
/// task, which speaks through a channel. `None` when it fails.
fn answer<T: Send + 'static>(
    call: impl FnOnce() -> Promise + Send + 'static,
    take: fn(JsValue) -> T,
) -> BoxFuture<'static, Option<T>> {
    async move {
        let (sender, receiver) = oneshot::channel();
        spawn_local(async move {
            if let Ok(value) = JsFuture::from(call()).await {
                // Nobody waits any more when the reader was dropped.
                let _ = sender.send(take(value));
            }
        });
        receiver.await.ok()
    }
    .boxed()
}
