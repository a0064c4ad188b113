//! [`ByteCache`]: what was read, kept for the next query up to a bound in bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::Location;
use super::pieces::{Pieces, slice, span};
use super::ranges::subtract;

/// What a segment costs beside its bytes, so that many tiny ones are bounded too.
const SEGMENT_COST: u64 = 256;

/// One segment may fill this part of the cache, and one object [`OBJECT_SHARE`]: a scan of
/// one giant file leaves the footers and logs of the others where they are.
const SEGMENT_SHARE: u64 = 4;

/// See [`SEGMENT_SHARE`].
const OBJECT_SHARE: u64 = 2;

/// Segments of objects, the least recently used of which make room for new ones.
#[derive(Debug)]
pub struct ByteCache {
    budget: u64,
    used: u64,
    clock: u64,
    objects: HashMap<Arc<Location>, Object>,
    /// Every segment by when it was last used.
    recency: BTreeMap<u64, (Arc<Location>, u64)>,
}

#[derive(Debug, Default)]
struct Object {
    used: u64,
    segments: BTreeMap<u64, Segment>,
}

#[derive(Debug)]
struct Segment {
    bytes: Bytes,
    last_used: u64,
    /// Is it kept beyond the tab, or was that tried?
    is_stored: bool,
}

impl ByteCache {
    /// An empty cache of at most `budget` bytes.
    pub fn new(budget: u64) -> Self {
        Self {
            budget,
            used: 0,
            clock: 0,
            objects: HashMap::new(),
            recency: BTreeMap::new(),
        }
    }

    /// What is there of `ranges`, in whole segments, not copied; they now count as used.
    pub fn pin(&mut self, location: &Location, ranges: &[Range<u64>]) -> Pieces {
        let mut pieces = Pieces::default();
        let Some(name) = self.name(location) else { return pieces };
        let Some(object) = self.objects.get_mut(location) else {
            return pieces;
        };
        let touched: BTreeSet<u64> = ranges.iter().flat_map(|range| object.touching(range)).collect();
        for start in touched {
            let Some(segment) = object.segments.get_mut(&start) else {
                continue;
            };
            self.clock += 1;
            self.recency.remove(&segment.last_used);
            self.recency.insert(self.clock, (Arc::clone(&name), start));
            segment.last_used = self.clock;
            pieces.add(start, &segment.bytes);
        }
        pieces
    }

    /// Keeps what is new of `bytes`, which begin at `start`.
    pub fn insert(&mut self, location: &Location, start: u64, bytes: &Bytes) {
        let range = span(start, bytes);
        let covered = self
            .objects
            .get(location)
            .map(|object| object.covered(&range))
            .unwrap_or_default();
        for part in subtract(std::slice::from_ref(&range), &covered) {
            let Some(new) = slice(start, bytes, &part) else {
                continue;
            };
            // A slice would hold the whole answer in memory and count only its own length.
            let new = if new.len() == bytes.len() {
                new
            } else {
                Bytes::copy_from_slice(&new)
            };
            self.insert_segment(location, part.start, new);
        }
    }

    /// These pieces of an object are kept beyond the tab.
    pub fn mark_stored(&mut self, location: &Location, pieces: &[(u64, Bytes)]) {
        let Some(object) = self.objects.get_mut(location) else {
            return;
        };
        for (start, bytes) in pieces {
            let inside = object.segments.range_mut(span(*start, bytes));
            let whole = inside.filter(|(at, segment)| span(**at, &segment.bytes).end <= span(*start, bytes).end);
            whole.for_each(|(_, segment)| segment.is_stored = true);
        }
    }

    /// The objects of which something is not kept beyond the tab.
    pub fn unstored(&self) -> Vec<Arc<Location>> {
        let objects = self.objects.iter();
        let has_new = |object: &Object| object.segments.values().any(|segment| !segment.is_stored);
        objects
            .filter(|(_, object)| has_new(object))
            .map(|(location, _)| Arc::clone(location))
            .collect()
    }

    /// What is not kept of an object beyond the tab.
    pub fn unstored_of(&self, location: &Location) -> Vec<(u64, Bytes)> {
        let segments = self
            .objects
            .get(location)
            .into_iter()
            .flat_map(|object| &object.segments);
        let new = segments.filter(|(_, segment)| !segment.is_stored);
        new.map(|(start, segment)| (*start, segment.bytes.clone())).collect()
    }

    /// Drops what is kept of one object.
    pub fn remove(&mut self, location: &Location) {
        let Some(object) = self.objects.remove(location) else {
            return;
        };
        self.used = self.used.saturating_sub(object.used);
        for segment in object.segments.values() {
            self.recency.remove(&segment.last_used);
        }
    }

    /// Drops what is kept of the objects at and below `under`.
    pub fn forget(&mut self, under: &Location) {
        let below: Vec<_> = self
            .objects
            .keys()
            .filter(|location| location.is_under(under))
            .cloned()
            .collect();
        for location in below {
            self.remove(&location);
        }
    }

    /// Bytes that it takes.
    pub fn used_bytes(&self) -> u64 {
        self.used
    }

    /// The objects of which something is kept, the one not used for longest first.
    pub fn objects(&self) -> Vec<Arc<Location>> {
        let last_used = |object: &Object| object.segments.values().map(|segment| segment.last_used).max();
        let mut objects: Vec<_> = self
            .objects
            .iter()
            .map(|(name, object)| (last_used(object), name))
            .collect();
        objects.sort_unstable();
        objects.into_iter().map(|(_, name)| Arc::clone(name)).collect()
    }

    /// The segments of an object: where each begins, its bytes, and whether it is kept beyond the tab.
    pub fn segments(&self, location: &Location) -> Vec<(u64, Bytes, bool)> {
        let segments = self
            .objects
            .get(location)
            .into_iter()
            .flat_map(|object| &object.segments);
        segments
            .map(|(start, segment)| (*start, segment.bytes.clone(), segment.is_stored))
            .collect()
    }

    /// The one copy of an object's location.
    fn name(&self, location: &Location) -> Option<Arc<Location>> {
        self.objects.get_key_value(location).map(|(name, _)| Arc::clone(name))
    }

    fn insert_segment(&mut self, location: &Location, start: u64, bytes: Bytes) {
        let cost = cost(&bytes);
        if cost > self.budget / SEGMENT_SHARE {
            return;
        }
        self.make_room(location, cost);
        let name = self.name(location).unwrap_or_else(|| Arc::new(location.clone()));
        self.clock += 1;
        self.used += cost;
        self.recency.insert(self.clock, (Arc::clone(&name), start));
        let object = self.objects.entry(name).or_default();
        object.used += cost;
        object.segments.insert(
            start,
            Segment {
                bytes,
                last_used: self.clock,
                is_stored: false,
            },
        );
    }

    /// Evicts until `cost` more fits: from the object itself when it has its share, else
    /// from whatever was not used for longest.
    fn make_room(&mut self, location: &Location, cost: u64) {
        while self
            .objects
            .get(location)
            .is_some_and(|object| object.used + cost > self.budget / OBJECT_SHARE)
        {
            let oldest = self.objects.get(location).and_then(Object::oldest);
            if !oldest.is_some_and(|last_used| self.evict(last_used)) {
                return;
            }
        }
        while self.used + cost > self.budget {
            let oldest = self.recency.keys().next().copied();
            if !oldest.is_some_and(|last_used| self.evict(last_used)) {
                return;
            }
        }
    }

    /// Drops the segment last used then; false when there is none.
    fn evict(&mut self, last_used: u64) -> bool {
        let Some((name, start)) = self.recency.remove(&last_used) else {
            return false;
        };
        let Some(object) = self.objects.get_mut(&name) else {
            return false;
        };
        let freed = object.segments.remove(&start).map_or(0, |segment| cost(&segment.bytes));
        object.used = object.used.saturating_sub(freed);
        self.used = self.used.saturating_sub(freed);
        if object.segments.is_empty() {
            self.objects.remove(&name);
        }
        true
    }
}

impl Object {
    /// The starts of the segments that share a byte with `range`.
    fn touching(&self, range: &Range<u64>) -> Vec<u64> {
        let before = self.segments.range(..=range.start).next_back();
        let before = before.filter(|(start, segment)| span(**start, &segment.bytes).end > range.start);
        let from = range.start.saturating_add(1)..range.end.max(range.start.saturating_add(1));
        before
            .into_iter()
            .chain(self.segments.range(from))
            .map(|(start, _)| *start)
            .collect()
    }

    fn covered(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let segment = |start: u64| self.segments.get(&start).map(|segment| span(start, &segment.bytes));
        self.touching(range).into_iter().filter_map(segment).collect()
    }

    /// When its least recently used segment was used.
    fn oldest(&self) -> Option<u64> {
        self.segments.values().map(|segment| segment.last_used).min()
    }
}

fn cost(bytes: &Bytes) -> u64 {
    SEGMENT_COST + bytes.len() as u64
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
