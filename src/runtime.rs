//! What a runtime would give, in a tab that has none: tasks, pauses and a clock.
//!
//! In the browser a task is a microtask chain on the worker's event loop and a pause
//! lets the loop run, so that messages (a cancel, say) are seen. Natively, for tests,
//! the same functions stand on tokio.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable};

/// A task under way. Dropping it aborts the work, down to the network.
#[derive(Debug)]
pub struct Task<T> {
    result: oneshot::Receiver<T>,
    abort: AbortHandle,
}

impl<T> Future for Task<T> {
    /// `None` when the task died without an answer.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.result).poll(context).map(Result::ok)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// Starts `future` now, not when it is first polled.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Task<T> {
    let (sender, result) = oneshot::channel();
    let (abort, registration) = AbortHandle::new_pair();
    let work = async move {
        if let Ok(value) = Abortable::new(future, registration).await {
            // The receiver is gone when the task was dropped: nobody waits for the value.
            let _ = sender.send(value);
        }
    };
    platform::spawn(work);
    Task { result, abort }
}

/// Lets the event loop run once.
pub async fn pause() {
    platform::sleep(Duration::ZERO).await;
}

/// Waits.
pub async fn sleep(duration: Duration) {
    platform::sleep(duration).await;
}

/// Milliseconds on a clock that never goes back; only differences mean something.
#[must_use]
pub fn now_millis() -> f64 {
    platform::now_millis()
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use std::future::Future;
    use std::time::Duration;

    use futures::channel::oneshot;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = setTimeout)]
        fn set_timeout(callback: &JsValue, millis: i32);
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn performance_now() -> f64;
    }

    pub fn spawn(work: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(work);
    }

    /// The timer lives outside the returned future, which stays `Send`.
    pub fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
        let (sender, receiver) = oneshot::channel::<()>();
        let callback = Closure::once_into_js(move || {
            // Nobody waits any more when the sleeper was dropped.
            let _ = sender.send(());
        });
        set_timeout(&callback, i32::try_from(duration.as_millis()).unwrap_or(i32::MAX));
        async move {
            let _ = receiver.await;
        }
    }

    pub fn now_millis() -> f64 {
        performance_now()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use std::future::Future;
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use futures::channel::oneshot;
    use tokio::runtime::{Builder, Handle};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    /// Tests also run statements outside of any runtime, as in a tab: tasks and timers then
    /// live on a thread of their own, as they live on the browser's event loop.
    static OWN: LazyLock<Option<Handle>> = LazyLock::new(|| {
        let runtime = Builder::new_current_thread().enable_time().build().ok()?;
        let handle = runtime.handle().clone();
        let drive = move || runtime.block_on(std::future::pending::<()>());
        std::thread::Builder::new().spawn(drive).ok()?;
        Some(handle)
    });

    pub fn spawn(work: impl Future<Output = ()> + Send + 'static) {
        // Without a runtime the work is dropped, which its task tells.
        if let Some(handle) = Handle::try_current().ok().or_else(|| OWN.clone()) {
            handle.spawn(work);
        }
    }

    pub async fn sleep(duration: Duration) {
        let (sender, receiver) = oneshot::channel::<()>();
        spawn(async move {
            tokio::time::sleep(duration).await;
            // Nobody waits any more when the sleeper was dropped.
            let _ = sender.send(());
        });
        let _ = receiver.await;
    }

    pub fn now_millis() -> f64 {
        START.elapsed().as_secs_f64() * 1000.0
    }
}
