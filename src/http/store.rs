//! [`HttpStore`]: the `ObjectStore` that tables and queries read through. What is kept is
//! not asked again, what is on its way is shared, and the rest is asked in few requests.

use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::try_join_all;
use object_store::{GetRange, ObjectStore};

use super::answer::{Ask, WHOLE_BYTES};
use super::exchange::{Answer, Exchange, Question};
use super::identity::Identity;
use super::patience::Patience;
use super::pieces::Pieces;
use super::ranges::{REQUEST_BYTES, requests, subtract};
use super::shelf::{FlightId, Landing, Shelf};
use super::stored::Stored;
use super::transport::Transport;
use super::view::Metered;
use super::{Location, Meter, refusal};
use crate::error::{Error, Kind, Result};
use crate::runtime;

mod handed;
mod kept;

/// The most that one call reads. Row groups are rarely larger, and a tab has 4 GiB in all.
const READ_BYTES: u64 = 2 * WHOLE_BYTES;

/// What is asked of an object of unknown size first: next to nothing, since the answer's
/// `Content-Range` tells the size. To ask for all and hang up, as must be done where a host
/// hides that header, costs what the host has sent by then, and under HTTP/1.1 the connection.
const FIRST_LOOK_BYTES: u64 = 4;

/// What all queries share: the transport with its limit of requests in flight, the cache,
/// and what is known of each object.
#[derive(Debug)]
pub struct HttpStore {
    exchange: Exchange,
    objects: Mutex<Shelf>,
    /// What outlives the tab.
    stored: Option<Stored>,
    /// Is something being stored?
    storing: AtomicBool,
}

impl HttpStore {
    /// A store over `transport` that keeps at most `cache_bytes` of what it read.
    pub fn new(transport: Arc<dyn Transport>, cache_bytes: u64) -> Arc<Self> {
        Self::with_patience(transport, cache_bytes, Patience::default())
    }

    /// A store that tries again as `patience` says.
    pub(super) fn with_patience(transport: Arc<dyn Transport>, cache_bytes: u64, patience: Patience) -> Arc<Self> {
        Arc::new(Self::over(transport, cache_bytes, patience))
    }

    /// A store that also keeps what it read beyond the tab.
    pub fn with_stored(transport: Arc<dyn Transport>, cache_bytes: u64, stored: Stored) -> Arc<Self> {
        Arc::new(Self {
            stored: Some(stored),
            ..Self::over(transport, cache_bytes, Patience::default())
        })
    }

    fn over(transport: Arc<dyn Transport>, cache_bytes: u64, patience: Patience) -> Self {
        Self {
            exchange: Exchange::new(transport, patience),
            objects: Mutex::new(Shelf::new(cache_bytes)),
            stored: None,
            storing: AtomicBool::new(false),
        }
    }

    /// The store as one query sees it: all that it causes is counted on `meter`. A request
    /// that several queries wait for is counted on the one that began it.
    pub fn metered(self: &Arc<Self>, meter: &Meter) -> Arc<dyn ObjectStore> {
        Arc::new(Metered::new(self, meter))
    }

    /// Drops what is cached and known of the objects at and below `under`, so that they are
    /// read anew: before a table is opened again, and after `Changed`.
    pub fn forget(&self, under: &Location) {
        self.objects().forget(under);
    }

    /// The requests that reading `ranges` would send now, what is kept left out: for a plan.
    #[must_use]
    pub fn plan(&self, location: &Location, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        let (mut kept, key) = {
            let mut objects = self.objects();
            (objects.pin(location, ranges).covered(), objects.key(location))
        };
        if let (Some(stored), Some(key)) = (&self.stored, key) {
            kept.extend(stored.ranges(key));
        }
        requests(&subtract(ranges, &kept))
    }

    /// The size of an object, when a host has told it.
    #[must_use]
    pub fn known_size(&self, location: &Location) -> Option<u64> {
        self.identity(location).size
    }

    fn objects(&self) -> MutexGuard<'_, Shelf> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request now, whether or not the landing is polled: a prefetch that nobody
    /// polls must not hold a turn at its host forever.
    fn launch(self: &Arc<Self>, objects: &mut Shelf, location: &Location, ask: Ask, meter: &Meter) -> Landing {
        let (id, store) = (objects.number(), Arc::clone(self));
        let (place, asked, meter) = (location.clone(), ask.clone(), meter.clone());
        // The flight begins inside: dropped unpolled, while the shelf is locked, it must not lock it again.
        let task = runtime::spawn(async move {
            Flight {
                store,
                id,
                location: place,
                ask: asked,
                meter,
            }
            .fly()
            .await
        });
        let died = Error::new(
            Kind::Bug,
            location.without_query(),
            "A request ended without an answer.",
        );
        let landing = async move { task.await.unwrap_or(Err(died)) }.boxed().shared();
        objects.depart(id, location, ask, &landing);
        landing
    }

    /// What `ask` asks of the whole object: from a request under way, or a new one.
    async fn once(self: &Arc<Self>, location: &Location, ask: Ask, meter: &Meter) -> Result<Answer> {
        let landing = {
            let mut objects = self.objects();
            let same = objects.same(location, &ask);
            same.unwrap_or_else(|| self.launch(&mut objects, location, ask, meter))
        };
        landing.await
    }

    /// The object's size in bytes.
    pub(super) async fn size(self: &Arc<Self>, location: &Location, meter: &Meter) -> Result<u64> {
        if self.identity(location).size.is_none() && self.exchange.tells_sizes(location) {
            let look = std::slice::from_ref(&(0..FIRST_LOOK_BYTES));
            match self.gather(location, look, meter).await {
                // An empty object has no first byte.
                Ok(_) => {}
                Err(error) if error.kind == Kind::Damaged => {}
                Err(error) => return Err(error),
            }
        }
        let known = self.identity(location).size;
        match known {
            Some(size) => Ok(size),
            None => self.size_of_all(location, meter).await,
        }
    }

    /// The object's size, by asking for all of it.
    async fn size_of_all(self: &Arc<Self>, location: &Location, meter: &Meter) -> Result<u64> {
        let answer = self.once(location, Ask::Size, meter).await?;
        let unsaid = || refusal::no_ranges(location, "The host compresses the file and so hides its size.");
        answer.size.filter(|_| !answer.encoded).ok_or_else(unsaid)
    }

    /// The bytes of `ranges` as far as the object has them, in pieces.
    async fn gather(self: &Arc<Self>, location: &Location, ranges: &[Range<u64>], meter: &Meter) -> Result<Pieces> {
        let recalled = self.recall(location, ranges).await;
        let (mut pieces, landings) = self.begin(location, ranges, recalled, meter);
        for answer in try_join_all(landings).await? {
            pieces.add(answer.start, &answer.bytes);
        }
        Ok(pieces)
    }

    /// What is kept of `ranges`, and the requests that bring the rest.
    fn begin(
        self: &Arc<Self>,
        location: &Location,
        ranges: &[Range<u64>],
        recalled: Vec<(u64, Bytes)>,
        meter: &Meter,
    ) -> (Pieces, Vec<Landing>) {
        let mut objects = self.objects();
        let mut pieces = objects.pin(location, ranges);
        // The cache may have no room for them.
        for (start, bytes) in recalled {
            pieces.add(start, &bytes);
        }
        let missing = subtract(ranges, &pieces.covered());
        let (brought, mut landings): (Vec<_>, Vec<_>) = objects.under_way(location, &missing).into_iter().unzip();
        for request in requests(&subtract(&missing, &brought)) {
            landings.push(self.launch(&mut objects, location, Ask::Part(request), meter));
        }
        (pieces, landings)
    }

    /// Exactly the bytes of `ranges`.
    pub(super) async fn ranges(
        self: &Arc<Self>,
        location: &Location,
        ranges: &[Range<u64>],
        meter: &Meter,
    ) -> Result<Vec<Bytes>> {
        let known = self.identity(location).size;
        check(location, ranges, known)?;
        let pieces = self.gather(location, ranges, meter).await?;
        let beyond = |range: &Range<u64>| refusal::beyond_the_end(location, range.end, self.identity(location).size);
        ranges
            .iter()
            .map(|range| pieces.read(range).ok_or_else(|| beyond(range)))
            .collect()
    }

    /// The bytes of one range, which may end behind the object's end.
    async fn clipped(
        self: &Arc<Self>,
        location: &Location,
        range: Range<u64>,
        meter: &Meter,
    ) -> Result<(Range<u64>, Bytes)> {
        let pieces = self.gather(location, std::slice::from_ref(&range), meter).await?;
        let size = self.identity(location).size;
        let inside = range.start..size.map_or(range.end, |size| size.min(range.end));
        let bytes = pieces.read(&inside).filter(|bytes| !bytes.is_empty());
        bytes
            .map(|bytes| (inside, bytes))
            .ok_or_else(|| refusal::beyond_the_end(location, range.end, size))
    }

    /// What a `get` asks: the range that it comes to, and its bytes.
    pub(super) async fn read(
        self: &Arc<Self>,
        location: &Location,
        range: Option<&GetRange>,
        meter: &Meter,
    ) -> Result<(Range<u64>, Bytes)> {
        let known = self.identity(location).size;
        match (range, known) {
            (None, None) => {
                let bytes = self.once(location, Ask::Whole, meter).await?.bytes;
                Ok((0..bytes.len() as u64, bytes))
            }
            (None, Some(size)) if size > WHOLE_BYTES => Err(refusal::too_big(location, Some(size), WHOLE_BYTES)),
            (None, Some(size)) => self.exactly(location, 0..size, meter).await,
            (Some(GetRange::Bounded(range)), None) if fits_a_request(range) => {
                self.clipped(location, range.clone(), meter).await
            }
            (Some(range), _) => {
                let size = self.size(location, meter).await?;
                let range = range.as_range(size).map_err(|cause| {
                    Error::new(
                        Kind::Damaged,
                        location.without_query(),
                        format!("A part that does not exist was asked: {cause}."),
                    )
                })?;
                self.exactly(location, range, meter).await
            }
        }
    }

    async fn exactly(
        self: &Arc<Self>,
        location: &Location,
        range: Range<u64>,
        meter: &Meter,
    ) -> Result<(Range<u64>, Bytes)> {
        let bytes = self.ranges(location, std::slice::from_ref(&range), meter).await?;
        Ok((range, bytes.into_iter().next().unwrap_or_default()))
    }

    /// What is known of an object.
    pub(super) fn identity(&self, location: &Location) -> Identity {
        self.objects().identity(location)
    }
}

fn fits_a_request(range: &Range<u64>) -> bool {
    !range.is_empty() && range.end - range.start <= REQUEST_BYTES
}

/// Refuses ranges that cannot be: before anything is sent, as the size is known by now or
/// the first answer tells.
fn check(location: &Location, ranges: &[Range<u64>], size: Option<u64>) -> Result<()> {
    let subject = location.without_query();
    if let Some(range) = ranges.iter().find(|range| range.start > range.end) {
        return Err(Error::new(
            Kind::Bug,
            subject,
            format!("A range that ends before it begins was asked: {range:?}."),
        ));
    }
    let end = ranges
        .iter()
        .filter(|range| !range.is_empty())
        .map(|range| range.end)
        .max()
        .unwrap_or(0);
    if let Some(size) = size.filter(|size| *size < end) {
        return Err(refusal::beyond_the_end(location, end, Some(size)));
    }
    let total = ranges
        .iter()
        .fold(0_u64, |total, range| total.saturating_add(range.end - range.start));
    if total > READ_BYTES {
        return Err(refusal::too_big(location, Some(total), READ_BYTES));
    }
    Ok(())
}

/// One request under way, with its tries.
struct Flight {
    store: Arc<HttpStore>,
    id: FlightId,
    location: Location,
    ask: Ask,
    meter: Meter,
}

impl Flight {
    async fn fly(self) -> Result<Answer> {
        let _under_way = self.meter.under_way();
        let observe = |seen: &Identity| self.store.objects().observe(self.id, &self.location, seen);
        let question = Question {
            location: &self.location,
            ask: &self.ask,
            meter: &self.meter,
            observe: &observe,
        };
        let asked = self.store.exchange.ask(&question).await;
        if let Err(error) = &asked
            && error.kind == Kind::Changed
        {
            self.forget_stored().await;
        }
        let mut answer = asked?;
        if let Some(end) = answer.ends_at {
            answer.size = Some(self.prove_end(end).await?);
        }
        self.store.objects().keep(self.id, &self.location, &answer)?;
        Ok(answer)
    }

    /// What is kept beyond the tab of an object that changed would be taken back the next time.
    async fn forget_stored(&self) {
        let key = self.store.objects().key(&self.location);
        if let (Some(stored), Some(key)) = (&self.store.stored, key) {
            stored.remove(key).await;
        }
    }

    /// Fewer bytes came than were asked, and the host does not let this page read why: right
    /// if the object ends there.
    async fn prove_end(&self, end: u64) -> Result<u64> {
        let size = self.store.size_of_all(&self.location, &self.meter).await?;
        if size == end {
            Ok(size)
        } else {
            Err(refusal::cut_short(&self.location, end, size))
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.store.objects().arrive(self.id, &self.location);
    }
}
