//! [`Shelf`]: what the store knows of objects: who they are, which bytes are kept, and which
//! are on their way. One lock holds all three, so that they never contradict each other.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::Utc;
use futures::future::{BoxFuture, Shared, WeakShared};

use super::answer::Ask;
use super::cache::ByteCache;
use super::exchange::Answer;
use super::identity::{Identities, Identity, OBJECTS};
use super::pieces::Pieces;
use super::ranges::overlap;
use super::stored::{ObjectKey, Recalled};
use super::{Location, refusal};
use crate::error::Result;

/// An answer on its way, for as many readers as hold a clone. With the last one the request
/// is aborted.
pub type Landing = Shared<BoxFuture<'static, Result<Answer>>>;

/// The number of one request under way.
pub type FlightId = u64;

/// Objects with requests under way, beyond which those that nobody awaits any more are swept
/// out: a request that is aborted before it begins leaves its entry behind.
const LOCATIONS_UNDER_WAY: usize = 256;

/// Objects of which no log tells are kept beyond the tab from this size.
const LEAST_BYTES: u64 = 1 << 20;

/// See the module.
#[derive(Debug)]
pub struct Shelf {
    identities: Identities,
    cache: ByteCache,
    flights: HashMap<Location, Vec<Flight>>,
    next: FlightId,
}

#[derive(Debug)]
struct Flight {
    id: FlightId,
    ask: Ask,
    landing: WeakShared<BoxFuture<'static, Result<Answer>>>,
}

impl Flight {
    fn is_awaited(&self) -> bool {
        self.landing.upgrade().is_some()
    }
}

impl Shelf {
    /// An empty shelf with room for so many bytes.
    pub fn new(cache_bytes: u64) -> Self {
        let (identities, cache) = (Identities::new(OBJECTS), ByteCache::new(cache_bytes));
        Self {
            identities,
            cache,
            flights: HashMap::new(),
            next: 0,
        }
    }

    /// What is known of an object.
    pub fn identity(&self, location: &Location) -> Identity {
        self.identities.get(location).cloned().unwrap_or_default()
    }

    /// Adds what a table's log says of an object.
    pub fn vouch(&mut self, location: &Location, vouched: String) {
        let (known, forgotten) = self.identities.entry(location);
        known.vouched = Some(vouched);
        for other in forgotten {
            self.cache.remove(&other);
        }
    }

    /// Under what an object's bytes are kept beyond the tab, as far as it is known for sure.
    pub fn key(&self, location: &Location) -> Option<ObjectKey> {
        let identity = self.identities.get(location)?;
        // Who needs a signature to read it may not be the next one at this browser.
        let is_signed = location.url().query().is_some();
        // Small objects come whole with the first request, which must be sent to learn of them.
        let pays = identity.vouched.is_some() || identity.size.is_some_and(|size| size > LEAST_BYTES);
        (pays && !is_signed)
            .then(|| ObjectKey::of(location, identity, Utc::now()))
            .flatten()
    }

    /// Takes what was kept of an object beyond the tab, unless it is another one meanwhile.
    pub fn put_back(&mut self, location: &Location, key: ObjectKey, recalled: &Recalled) -> bool {
        if self.key(location) != Some(key) {
            return false;
        }
        let (known, forgotten) = self.identities.entry(location);
        let is_other = known.mark().is_some_and(|mark| mark != recalled.mark);
        if !is_other && recalled.mark != 0 {
            known.recalled = Some(recalled.mark);
        }
        for other in forgotten {
            self.cache.remove(&other);
        }
        if is_other {
            return false;
        }
        for (start, bytes) in &recalled.pieces {
            self.cache.insert(location, *start, bytes);
        }
        self.cache.mark_stored(location, &recalled.pieces);
        true
    }

    /// The mark of what the host says of an object, or said when what was taken back was kept.
    pub fn mark(&self, location: &Location) -> Option<u32> {
        let identity = self.identities.get(location)?;
        identity.mark().or(identity.recalled)
    }

    /// The objects of which something could be kept beyond the tab.
    pub fn unstored(&self) -> Vec<(Arc<Location>, ObjectKey)> {
        let objects = self.cache.unstored().into_iter();
        objects
            .filter_map(|location| self.key(&location).map(|key| (location, key)))
            .collect()
    }

    /// What is to be kept of an object under `key`.
    pub fn unstored_of(&self, location: &Location, key: ObjectKey) -> Vec<(u64, Bytes)> {
        if self.key(location) == Some(key) {
            self.cache.unstored_of(location)
        } else {
            vec![]
        }
    }

    /// These pieces of an object are kept beyond the tab, or that was tried.
    pub fn mark_stored(&mut self, location: &Location, pieces: &[(u64, Bytes)]) {
        self.cache.mark_stored(location, pieces);
    }

    /// Bytes that the cache takes.
    pub fn cached_bytes(&self) -> u64 {
        self.cache.used_bytes()
    }

    /// All objects that are known, those of which most was read lately last.
    pub fn known(&self) -> Vec<Location> {
        let cached = self.cache.objects();
        let is_cached: HashSet<&Location> = cached.iter().map(AsRef::as_ref).collect();
        let others = self.identities.locations().filter(|place| !is_cached.contains(place));
        others.chain(cached.iter().map(AsRef::as_ref)).cloned().collect()
    }

    /// What is kept of an object: where each segment begins, its bytes, and whether it is kept beyond the tab.
    pub fn segments(&self, location: &Location) -> Vec<(u64, Bytes, bool)> {
        self.cache.segments(location)
    }

    /// Takes what another shelf knew of an object and kept of it.
    pub fn adopt(&mut self, location: &Location, identity: &Identity, segments: &[(u64, Bytes, bool)]) {
        let (known, forgotten) = self.identities.entry(location);
        known.learn(identity);
        for other in forgotten {
            self.cache.remove(&other);
        }
        for (start, bytes, is_stored) in segments {
            self.cache.insert(location, *start, bytes);
            if *is_stored {
                self.cache.mark_stored(location, &[(*start, bytes.clone())]);
            }
        }
    }

    /// The bytes of `ranges` that are kept.
    pub fn pin(&mut self, location: &Location, ranges: &[Range<u64>]) -> Pieces {
        self.cache.pin(location, ranges)
    }

    /// The requests under way that bring some of `ranges`, and which part of the object each brings.
    pub fn under_way(&self, location: &Location, ranges: &[Range<u64>]) -> Vec<(Range<u64>, Landing)> {
        let flights = self.flights.get(location).into_iter().flatten();
        let brings = |flight: &Flight| match &flight.ask {
            Ask::Part(part) if ranges.iter().any(|range| overlap(range, part)) => {
                Some((part.clone(), flight.landing.upgrade()?))
            }
            _ => None,
        };
        flights.filter_map(brings).collect()
    }

    /// The request under way that asks exactly this.
    pub fn same(&self, location: &Location, ask: &Ask) -> Option<Landing> {
        let flights = self.flights.get(location).into_iter().flatten();
        let mut same = flights.filter(|flight| flight.ask == *ask);
        same.find_map(|flight| flight.landing.upgrade())
    }

    /// The number for a request that is about to be sent.
    pub fn number(&mut self) -> FlightId {
        self.next += 1;
        self.next
    }

    /// A request is under way.
    pub fn depart(&mut self, id: FlightId, location: &Location, ask: Ask, landing: &Landing) {
        if self.flights.len() >= LOCATIONS_UNDER_WAY {
            self.flights.retain(|_, flights| flights.iter().any(Flight::is_awaited));
        }
        let flights = self.flights.entry(location.clone()).or_default();
        flights.retain(Flight::is_awaited);
        flights.extend(landing.downgrade().map(|landing| Flight { id, ask, landing }));
    }

    /// Compares what an answer says of its object with what is known, and completes it.
    ///
    /// # Errors
    /// `Changed`; the object's bytes are dropped then, and further reads fail the same way
    /// until it is forgotten: nobody may mix what was decoded before with what comes now.
    pub fn observe(&mut self, id: FlightId, location: &Location, seen: &Identity) -> Result<Identity> {
        if !self.is_under_way(id, location) {
            return Ok(seen.clone());
        }
        let (known, forgotten) = self.identities.entry(location);
        let difference = known.difference(seen);
        if difference.is_none() {
            known.learn(seen);
        }
        let known = known.clone();
        for other in forgotten {
            self.cache.remove(&other);
        }
        match difference {
            None => Ok(known),
            Some(difference) => {
                self.cache.remove(location);
                Err(refusal::changed(location, &difference))
            }
        }
    }

    /// Keeps what an answer brought, unless its object was forgotten meanwhile.
    pub fn keep(&mut self, id: FlightId, location: &Location, answer: &Answer) -> Result<()> {
        if answer.encoded || !self.is_under_way(id, location) {
            return Ok(());
        }
        self.observe(
            id,
            location,
            &Identity {
                size: answer.size,
                ..Identity::default()
            },
        )?;
        if !answer.bytes.is_empty() {
            self.cache.insert(location, answer.start, &answer.bytes);
        }
        Ok(())
    }

    /// A request is over, one way or another.
    pub fn arrive(&mut self, id: FlightId, location: &Location) {
        if let Some(flights) = self.flights.get_mut(location) {
            flights.retain(|flight| flight.id != id);
            if flights.is_empty() {
                self.flights.remove(location);
            }
        }
    }

    /// Drops all that is known of the objects at and below `under`. Requests under way still
    /// answer those who wait for them, and nobody else.
    pub fn forget(&mut self, under: &Location) {
        self.identities.forget(under);
        self.cache.forget(under);
        self.flights.retain(|location, _| !location.is_under(under));
    }

    fn is_under_way(&self, id: FlightId, location: &Location) -> bool {
        self.flights
            .get(location)
            .is_some_and(|flights| flights.iter().any(|flight| flight.id == id))
    }
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
