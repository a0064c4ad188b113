//! The store from outside: rows of bytes in, exact requests and bytes counted.

#![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

mod answer;
mod conformance;
mod faults;
mod host;
mod sharing;
mod stored;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use object_store::ObjectStore;

use super::patience::Patience;
use super::transport::Transport;
use super::{HttpStore, Location, Meter};
use crate::error::{Error, Kind};

/// Room for all that a test reads.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// As many tries as in earnest, and no waiting.
const QUICK: Patience = Patience {
    tries: 4,
    first_tries: 2,
    pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(4),
};

fn store(transport: impl Transport) -> Arc<HttpStore> {
    HttpStore::with_patience(Arc::new(transport), CACHE_BYTES, QUICK)
}

/// A new query's view of a store.
fn query(store: &Arc<HttpStore>) -> (Arc<dyn ObjectStore>, Meter) {
    let meter = Meter::default();
    (store.metered(&meter), meter)
}

fn at(url: &str) -> object_store::path::Path {
    Location::parse(url).unwrap().path()
}

/// Bytes that tell where they stand: the first of one endless text.
fn content(length: usize) -> Bytes {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| {
        let words = (0..10_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes());
        Bytes::from(words.collect::<Vec<u8>>().repeat(600))
    });
    TEXT.slice(..length)
}

/// Our own error in one of the trait's.
fn ours(error: &object_store::Error) -> &Error {
    Error::find(error).unwrap_or_else(|| panic!("no error of ours in {error:?}"))
}

/// An error's kind and detail.
#[track_caller]
fn failed<T: std::fmt::Debug>(result: Result<T, object_store::Error>) -> (Kind, String) {
    let error = result.unwrap_err();
    (ours(&error).kind, ours(&error).detail.clone())
}
