//! [`Hosts`]: how many requests are in flight to each host at most, first come, first served.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that a browser has to a host under HTTP/1.1: requests in flight to a host without TLS, and large ones to any.
pub const IN_FLIGHT: usize = 6;

/// Small requests that are in flight for each of those where there is TLS, as most such hosts speak HTTP/2, which sends all
/// over one connection: they cost a round trip, and not bytes. Where a host does not, they wait in the browser instead.
pub const SMALL_FOR_ONE: u32 = 4;

/// A request is small up to this: four of them are half of the largest one.
pub const SMALL_BYTES: u64 = 1 << 20;

/// Small requests that are in flight to the host at `origin` at most.
#[must_use]
pub fn small_in_flight(origin: &str) -> usize {
    if has_tls(origin) {
        IN_FLIGHT * SMALL_FOR_ONE as usize
    } else {
        IN_FLIGHT
    }
}

fn has_tls(origin: &str) -> bool {
    origin.starts_with("https://")
}

/// Hosts remembered. A log may name any number of hosts; idle ones are forgotten beyond this.
const HOSTS: usize = 256;

/// The hosts by their origin.
#[derive(Debug, Default)]
pub struct Hosts(Mutex<HashMap<String, Arc<Host>>>);

/// One host.
#[derive(Debug)]
pub struct Host {
    /// For each connection as many as it may carry small requests.
    permits: Arc<Semaphore>,
    has_tls: bool,
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
            permits: Arc::new(Semaphore::new(IN_FLIGHT * SMALL_FOR_ONE as usize)),
            has_tls: has_tls(origin),
            answered: AtomicBool::new(false),
            hides_ranges: AtomicBool::new(false),
        });
        hosts.insert(origin.to_owned(), Arc::clone(&host));
        host
    }
}

impl Host {
    /// Waits for a turn to ask for so many bytes, which lasts until the permit is dropped. A waiter that is dropped
    /// leaves the queue. `None` only if turns were abolished, which nothing does.
    pub async fn enter(&self, length: Option<u64>) -> Option<OwnedSemaphorePermit> {
        let is_small = self.has_tls && length.is_some_and(|length| length <= SMALL_BYTES);
        let turns = if is_small { 1 } else { SMALL_FOR_ONE };
        Arc::clone(&self.permits).acquire_many_owned(turns).await.ok()
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

    /// A turn for all of an object.
    fn large(host: &Arc<Host>) -> impl Future<Output = Option<OwnedSemaphorePermit>> {
        host.enter(None)
    }

    #[test]
    fn one_more_than_the_turns_waits_and_turns_are_taken_in_order() {
        let hosts = Hosts::default();
        let host = hosts.get("https://a");
        let mut permits: Vec<_> = (0..IN_FLIGHT).map(|_| large(&host).now_or_never().unwrap()).collect();
        let (mut first, mut second) = (Box::pin(large(&host)), Box::pin(large(&host)));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        permits.pop();
        assert!(
            second.as_mut().now_or_never().is_none(),
            "the first in the queue has the turn"
        );
        assert!(first.as_mut().now_or_never().is_some());
        assert!(
            large(&hosts.get("https://b")).now_or_never().is_some(),
            "hosts do not wait for each other"
        );
    }

    #[test]
    fn a_waiter_that_is_dropped_leaves_the_queue() {
        let host = Hosts::default().get("https://a");
        let mut permits: Vec<_> = (0..IN_FLIGHT).map(|_| large(&host).now_or_never().unwrap()).collect();
        let (mut gone, mut next) = (Box::pin(large(&host)), Box::pin(large(&host)));
        assert!(gone.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop(gone);
        permits.pop();
        assert!(next.as_mut().now_or_never().is_some());
    }

    #[test]
    fn small_requests_take_less_of_a_host_with_tls() {
        let turns = |origin, length| {
            let host = Hosts::default().get(origin);
            let taken = std::iter::from_fn(|| host.enter(length).now_or_never());
            taken.collect::<Vec<_>>().len()
        };
        assert_eq!(
            turns("https://a", Some(SMALL_BYTES)),
            IN_FLIGHT * SMALL_FOR_ONE as usize
        );
        assert_eq!(turns("https://a", Some(SMALL_BYTES + 1)), IN_FLIGHT);
        assert_eq!(turns("https://a", None), IN_FLIGHT);
        assert_eq!(turns("http://a", Some(1)), IN_FLIGHT);
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
