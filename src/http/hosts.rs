//! [`Hosts`]: at most six requests in flight to each host, first come, first served.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What HTTP/1.1 gives in a browser; more would only queue where they cannot be told apart.
pub const IN_FLIGHT: usize = 6;

/// Hosts remembered. A log may name any number of hosts; idle ones are forgotten beyond this.
const HOSTS: usize = 256;

/// The hosts by their origin.
#[derive(Debug, Default)]
pub struct Hosts(Mutex<HashMap<String, Arc<Host>>>);

/// One host.
#[derive(Debug)]
pub struct Host {
    permits: Arc<Semaphore>,
    answered: AtomicBool,
    hides_ranges: AtomicBool,
}

impl Hosts {
    /// The host at `origin`.
    pub fn get(&self, origin: &str) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(origin) {
            return Arc::clone(host);
        }
        if hosts.len() >= HOSTS {
            hosts.retain(|_, host| Arc::strong_count(host) > 1);
        }
        let host = Arc::new(Host {
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            answered: AtomicBool::new(false),
            hides_ranges: AtomicBool::new(false),
        });
        hosts.insert(origin.to_owned(), Arc::clone(&host));
        host
    }
}

impl Host {
    /// Waits for a turn, which lasts until the permit is dropped. A waiter that is dropped
    /// leaves the queue. `None` only if turns were abolished, which nothing does.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Has it ever answered? Then a failure is a passing one rather than a missing CORS rule.
    pub fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// It has.
    pub fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Did it ever answer with a range that it does not let this page read? Its ranges tell no sizes then.
    pub fn has_hidden_ranges(&self) -> bool {
        self.hides_ranges.load(Ordering::Relaxed)
    }

    /// It did.
    pub fn hid_a_range(&self) {
        self.hides_ranges.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn the_seventh_waits_and_turns_are_taken_in_order() {
        let hosts = Hosts::default();
        let host = hosts.get("https://a");
        let mut permits: Vec<_> = (0..IN_FLIGHT).map(|_| host.enter().now_or_never().unwrap()).collect();
        let (mut first, mut second) = (Box::pin(host.enter()), Box::pin(host.enter()));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        permits.pop();
        assert!(
            second.as_mut().now_or_never().is_none(),
            "the first in the queue has the turn"
        );
        assert!(first.as_mut().now_or_never().is_some());
        assert!(
            hosts.get("https://b").enter().now_or_never().is_some(),
            "hosts do not wait for each other"
        );
    }

    #[test]
    fn a_waiter_that_is_dropped_leaves_the_queue() {
        let host = Hosts::default().get("https://a");
        let mut permits: Vec<_> = (0..IN_FLIGHT).map(|_| host.enter().now_or_never().unwrap()).collect();
        let (mut gone, mut next) = (Box::pin(host.enter()), Box::pin(host.enter()));
        assert!(gone.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop(gone);
        permits.pop();
        assert!(next.as_mut().now_or_never().is_some());
    }

    #[test]
    fn hosts_are_bounded_and_those_in_use_stay() {
        let hosts = Hosts::default();
        let kept = hosts.get("https://kept");
        kept.answered();
        for number in 0..10 * HOSTS {
            hosts.get(&format!("https://{number}"));
        }
        assert!(hosts.get("https://kept").has_answered());
        assert!(hosts.0.lock().unwrap().len() <= HOSTS);
    }
}
