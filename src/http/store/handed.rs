//! What a store hands over to another one that takes its place.

use bytes::Bytes;

use super::HttpStore;
use crate::error::Result;
use crate::http::Location;
use crate::protocol::{Handed, Identity, Segment};

impl HttpStore {
    /// Bytes that are kept of what was read.
    #[must_use]
    pub fn cached_bytes(&self) -> u64 {
        self.objects().cached_bytes()
    }

    /// All objects of which something is known, those that were read lately last.
    #[must_use]
    pub fn known(&self) -> Vec<Location> {
        self.objects().known()
    }

    /// What is known and kept of an object, and its bytes.
    #[must_use]
    pub fn handed(&self, location: &Location) -> (Handed, Vec<Bytes>) {
        let (known, kept) = {
            let objects = self.objects();
            (objects.identity(location), objects.segments(location))
        };
        let segment = |(start, bytes, stored): &(u64, Bytes, bool)| Segment {
            start: *start,
            bytes: bytes.len() as u64,
            stored: *stored,
        };
        let object = Handed::Object {
            url: location.as_str().to_owned(),
            known,
            segments: kept.iter().map(segment).collect(),
        };
        (object, kept.into_iter().map(|(_, bytes, _)| bytes).collect())
    }

    /// Takes what another store knew of the object at `url` and kept of it; `bytes` gives the next so many of those beside.
    ///
    /// # Errors
    /// `BadLink` when it is no URL, and what `bytes` says.
    pub fn adopt(
        &self,
        url: &str,
        known: &Identity,
        segments: &[Segment],
        mut bytes: impl FnMut(u64) -> Result<Bytes>,
    ) -> Result<()> {
        let location = Location::parse(url)?;
        // What is kept would else hold the whole message.
        let copied = |segment: &Segment| {
            let copy = Bytes::copy_from_slice(&bytes(segment.bytes)?);
            Ok((segment.start, copy, segment.stored))
        };
        let kept = segments.iter().map(copied).collect::<Result<Vec<_>>>()?;
        self.objects().adopt(&location, known, &kept);
        Ok(())
    }
}
