//! A link in time of its own: each answer begins after a latency, and all of them share what crosses in a second. The
//! clock stands still while anything can go on, so that what is measured is waiting alone, the same on every machine.

use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use futures::future::{BoxFuture, Either, select};
use futures::{FutureExt, StreamExt};
use limn::http::{LocalTransport, Transport, TransportError, TransportRequest, TransportResponse};

/// Turns of the runtime after which nothing can go on: far more than there are tasks in a row that wake each other.
const TURNS: usize = 300;

/// A host behind a link.
#[derive(Debug, Clone)]
pub struct Link {
    host: LocalTransport,
    latency_millis: f64,
    bytes_per_milli: f64,
    clock: Arc<Mutex<Clock>>,
}

#[derive(Debug, Default)]
struct Clock {
    now: f64,
    /// When all has crossed that was sent so far.
    free_at: f64,
    waiting: Vec<(f64, oneshot::Sender<()>)>,
}

impl Link {
    pub fn new(host: LocalTransport, latency_millis: f64, mbit: f64) -> Self {
        Self {
            host,
            latency_millis,
            bytes_per_milli: mbit * 1000.0 / 8.0,
            clock: Arc::default(),
        }
    }

    /// What `work` gives, and how many milliseconds it waited.
    pub async fn time<T>(&self, work: impl Future<Output = T>) -> (T, f64) {
        let before = self.clock.lock().unwrap().now;
        let Either::Left((done, _)) = select(Box::pin(work), Box::pin(self.conduct())).await else {
            unreachable!("time goes on forever")
        };
        (done, self.clock.lock().unwrap().now - before)
    }

    async fn conduct(&self) {
        loop {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            let mut clock = self.clock.lock().unwrap();
            let earliest = |one: &usize, other: &usize| clock.waiting[*one].0.total_cmp(&clock.waiting[*other].0);
            if let Some(next) = (0..clock.waiting.len()).min_by(earliest) {
                let (at, sender) = clock.waiting.remove(next);
                clock.now = clock.now.max(at);
                let _ = sender.send(());
            }
        }
    }

    fn until(&self, at: impl FnOnce(&mut Clock) -> f64) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut clock = self.clock.lock().unwrap();
        let at = at(&mut clock);
        clock.waiting.push((at, sender));
        receiver
    }

    /// Waits until a piece of an answer has crossed.
    async fn cross(&self, bytes: usize) {
        let takes = f64::from(u32::try_from(bytes).unwrap()) / self.bytes_per_milli;
        let crossed = self.until(|clock| {
            clock.free_at = clock.free_at.max(clock.now) + takes;
            clock.free_at
        });
        let _ = crossed.await;
    }
}

impl Transport for Link {
    fn get(&self, request: TransportRequest) -> BoxFuture<'static, Result<TransportResponse, TransportError>> {
        let link = self.clone();
        let answered = self.until(|clock| clock.now + self.latency_millis);
        async move {
            let _ = answered.await;
            let response = link.host.get(request).await?;
            let body = response.body.then(move |piece| {
                let link = link.clone();
                async move {
                    if let Ok(piece) = &piece {
                        link.cross(piece.len()).await;
                    }
                    piece
                }
            });
            Ok(TransportResponse {
                body: body.boxed(),
                ..response
            })
        }
        .boxed()
    }
}
