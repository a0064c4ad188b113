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

/// Lets the event loop run once, so that messages that wait are seen. Costs microseconds,
/// where a timer of zero would be held for four milliseconds after a few in a row.
pub async fn pause() {
    platform::pause().await;
}

/// Bytes of the program's own memory, which never shrinks; 0 where that is not so.
#[must_use]
pub fn memory_bytes() -> u64 {
    platform::memory_bytes()
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
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::future::Future;
    use std::rc::Rc;
    use std::time::Duration;

    use futures::channel::oneshot;
    use wasm_bindgen::prelude::*;
    use web_sys::{MessageChannel, MessagePort};

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

    thread_local! {
        /// One for the life of the thread; `None` where there are no message channels.
        static TURNS: Option<Turns> = Turns::new().ok();
    }

    /// Those who wait for the event loop, woken one by one by messages that the thread
    /// posts to itself: a message is a task of its own, between which others get through.
    struct Turns {
        port: MessagePort,
        waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>>,
        _on_message: Closure<dyn FnMut()>,
    }

    impl Turns {
        fn new() -> Result<Self, JsValue> {
            let channel = MessageChannel::new()?;
            let waiting = Rc::new(RefCell::new(VecDeque::<oneshot::Sender<()>>::new()));
            let queue = Rc::clone(&waiting);
            let on_message = Closure::<dyn FnMut()>::new(move || {
                let next = queue.borrow_mut().pop_front();
                if let Some(next) = next {
                    // Nobody waits any more when the pause was dropped.
                    let _ = next.send(());
                }
            });
            channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            Ok(Self {
                port: channel.port2(),
                waiting,
                _on_message: on_message,
            })
        }

        fn wait(&self) -> Option<oneshot::Receiver<()>> {
            let (sender, receiver) = oneshot::channel();
            self.port.post_message(&JsValue::NULL).ok()?;
            self.waiting.borrow_mut().push_back(sender);
            Some(receiver)
        }
    }

    pub fn memory_bytes() -> u64 {
        const PAGE_BYTES: u64 = 64 << 10;
        core::arch::wasm32::memory_size::<0>() as u64 * PAGE_BYTES
    }

    /// What wakes it lives outside the returned future, which stays `Send`.
    pub fn pause() -> impl Future<Output = ()> + Send {
        let turn = TURNS.with(|turns| turns.as_ref().and_then(Turns::wait));
        let turn = turn.unwrap_or_else(|| timer(Duration::ZERO));
        async move {
            let _ = turn.await;
        }
    }

    /// The timer lives outside the returned future, which stays `Send`.
    pub fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
        let over = timer(duration);
        async move {
            let _ = over.await;
        }
    }

    fn timer(duration: Duration) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let callback = Closure::once_into_js(move || {
            // Nobody waits any more when the sleeper was dropped.
            let _ = sender.send(());
        });
        set_timeout(&callback, i32::try_from(duration.as_millis()).unwrap_or(i32::MAX));
        receiver
    }

    pub fn now_millis() -> f64 {
        performance_now()
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(
    clippy::disallowed_methods,
    reason = "what is missing in a browser is here outside of one"
)]
mod platform {
    use std::future::Future;
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use futures::channel::oneshot;
    use tokio::runtime::{Builder, Handle};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub fn memory_bytes() -> u64 {
        0
    }

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

    pub async fn pause() {
        tokio::task::yield_now().await;
    }

    pub async fn sleep(duration: Duration) {
        let (sender, receiver) = oneshot::channel::<()>();
        spawn(async move {
            tokio::time::sleep(duration).await;
            // Nobody waits any more when the sleeper was dropped.
            let _ = sender.send(());
        });
        if receiver.await.is_err() {
            // The runtime is going down and its timers with it: whoever sleeps never wakes.
            std::future::pending::<()>().await;
        }
    }

    pub fn now_millis() -> f64 {
        START.elapsed().as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_task_runs_before_it_is_polled_and_gives_its_answer() {
        let started = Arc::new(());
        let held = Arc::clone(&started);
        let task = spawn(async move {
            drop(held);
            7
        });
        pause().await;
        assert_eq!(Arc::strong_count(&started), 1);
        assert_eq!(task.await, Some(7));
    }

    #[tokio::test]
    async fn a_task_that_is_dropped_is_dropped_with_all_it_holds() {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let task = spawn(async move {
            std::future::pending::<()>().await;
            drop(inside);
        });
        pause().await;
        assert_eq!(Arc::strong_count(&held), 2);
        drop(task);
        for _ in 0..10 {
            pause().await;
        }
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    async fn the_clock_does_not_go_back_and_sleep_lets_it_go_on() {
        let before = now_millis();
        sleep(Duration::from_millis(2)).await;
        assert!(now_millis() >= before + 2.0);
    }
}
