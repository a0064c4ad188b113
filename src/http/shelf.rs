//! [`Shelf`]: what the store knows of objects: who they are, which bytes are kept, and which
//! are on their way. One lock holds all three, so that they never contradict each other.

use std::collections::HashMap;
use std::ops::Range;

use futures::future::{BoxFuture, Shared, WeakShared};

use super::answer::Ask;
use super::cache::ByteCache;
use super::exchange::Answer;
use super::identity::{Identities, Identity, OBJECTS};
use super::pieces::Pieces;
use super::ranges::overlap;
use super::{Location, refusal};
use crate::error::Result;

/// An answer on its way, for as many readers as hold a clone. With the last one the request
/// is aborted.
pub type Landing = Shared<BoxFuture<'static, Result<Answer>>>;

/// The number of one request under way.
pub type FlightId = u64;

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
        let mut flights = self.flights.get(location).into_iter().flatten();
        flights
            .find(|flight| flight.ask == *ask)
            .and_then(|flight| flight.landing.upgrade())
    }

    /// The number for a request that is about to be sent.
    pub fn number(&mut self) -> FlightId {
        self.next += 1;
        self.next
    }

    /// A request is under way.
    pub fn depart(&mut self, id: FlightId, location: &Location, ask: Ask, landing: &Landing) {
        if let Some(landing) = landing.downgrade() {
            self.flights
                .entry(location.clone())
                .or_default()
                .push(Flight { id, ask, landing });
        }
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
