//! What a store keeps beyond the tab, and takes back.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::HttpStore;
use crate::http::Location;
use crate::http::ranges::subtract;
use crate::runtime;

impl HttpStore {
    /// A table's log names a file that never changes as long as the log says `vouched` of it: what was read of it under
    /// these words before needs no request.
    pub fn vouch(&self, location: &Location, vouched: String) {
        if self.stored.is_some() {
            self.objects().vouch(location, vouched);
        }
    }

    /// Bytes that are kept beyond the tab.
    pub async fn stored_bytes(&self) -> u64 {
        match &self.stored {
            Some(stored) => stored.size_bytes().await,
            None => 0,
        }
    }

    /// Removes what is kept beyond the tab.
    pub async fn clear_stored(&self) {
        if let Some(stored) = &self.stored {
            stored.clear().await;
        }
    }

    /// Is something being written beyond the tab?
    pub fn is_storing(&self) -> bool {
        self.storing.load(Ordering::Relaxed)
    }

    /// Keeps what was read beyond the tab, piece by piece, as long as there is nothing else to do.
    pub async fn store_while(&self, is_idle: impl Fn() -> bool) {
        let Some(stored) = &self.stored else { return };
        if self.storing.swap(true, Ordering::Relaxed) {
            return;
        }
        let _storing = Storing(&self.storing);
        let objects = self.objects().unstored();
        for (location, key) in objects {
            let (pieces, mark) = {
                let objects = self.objects();
                (
                    objects.unstored_of(&location, key),
                    objects.mark(&location).unwrap_or(0),
                )
            };
            for piece in pieces {
                if !is_idle() {
                    return;
                }
                stored.write(key, mark, piece.0, &piece.1).await;
                self.objects().mark_stored(&location, std::slice::from_ref(&piece));
                runtime::pause().await;
            }
        }
    }

    /// What is kept beyond the tab of `ranges`, as far as it is not at hand.
    pub(super) async fn recall(&self, location: &Location, ranges: &[Range<u64>]) -> Vec<(u64, Bytes)> {
        let Some(stored) = &self.stored else { return vec![] };
        let (missing, key, mark) = {
            let mut objects = self.objects();
            let there = objects.pin(location, ranges).covered();
            (subtract(ranges, &there), objects.key(location), objects.mark(location))
        };
        let Some(key) = key.filter(|_| !missing.is_empty()) else {
            return vec![];
        };
        let recalled = stored.read(key, mark, &missing).await;
        let recalled = recalled.filter(|recalled| self.objects().put_back(location, key, recalled));
        recalled.map(|recalled| recalled.pieces).unwrap_or_default()
    }
}

/// Something is being stored, as long as this lives.
struct Storing<'a>(&'a AtomicBool);

impl Drop for Storing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
