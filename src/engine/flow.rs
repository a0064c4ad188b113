//! Back-pressure: how much of a stream is on its way and not taken yet.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures::task::AtomicWaker;

use crate::protocol::Ticket;

/// The streams under way, by ticket.
#[derive(Debug, Default)]
pub struct Flows(Mutex<HashMap<Ticket, Arc<Gauge>>>);

#[derive(Debug, Default)]
struct Gauge {
    on_the_way_bytes: AtomicU64,
    waker: AtomicWaker,
}

/// One stream. Dropping it forgets it.
pub struct Flow<'a> {
    flows: &'a Flows,
    ticket: Ticket,
    window_bytes: u64,
    gauge: Arc<Gauge>,
}

impl Flows {
    /// A stream that answers `ticket` and waits while `window_bytes` are on the way.
    pub fn begin(&self, ticket: Ticket, window_bytes: u64) -> Flow<'_> {
        let gauge = Arc::<Gauge>::default();
        self.lock().insert(ticket, Arc::clone(&gauge));
        Flow {
            flows: self,
            ticket,
            window_bytes,
            gauge,
        }
    }

    /// The other side has taken `bytes` of the stream that answers `ticket`. A stream that has ended takes no notice.
    pub fn acknowledge(&self, ticket: Ticket, bytes: u64) {
        let Some(gauge) = self.lock().get(&ticket).cloned() else {
            return;
        };
        let left = |on_the_way: u64| Some(on_the_way.saturating_sub(bytes));
        // It always gives a value.
        let _ = gauge
            .on_the_way_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        gauge.waker.wake();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Ticket, Arc<Gauge>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flow<'_> {
    /// Counts what is sent.
    pub fn sent(&self, bytes: u64) {
        self.gauge.on_the_way_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Waits until less than its window is on the way.
    pub async fn room(&self) {
        poll_fn(|context| {
            self.gauge.waker.register(context.waker());
            if self.gauge.on_the_way_bytes.load(Ordering::Relaxed) < self.window_bytes {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

impl Drop for Flow<'_> {
    fn drop(&mut self) {
        self.flows.lock().remove(&self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const WINDOW_BYTES: u64 = 1000;

    #[test]
    fn a_stream_waits_while_too_much_is_on_the_way() {
        let flows = Flows::default();
        let flow = flows.begin(7, WINDOW_BYTES);
        flow.sent(WINDOW_BYTES - 1);
        assert!(flow.room().now_or_never().is_some());
        flow.sent(1);
        assert!(flow.room().now_or_never().is_none());
        flows.acknowledge(8, WINDOW_BYTES);
        assert!(flow.room().now_or_never().is_none());
        flows.acknowledge(7, 1);
        assert!(flow.room().now_or_never().is_some());
        flows.acknowledge(7, u64::MAX);
        assert!(flow.room().now_or_never().is_some());
        drop(flow);
        assert!(flows.lock().is_empty());
    }
}
