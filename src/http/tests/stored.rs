//! What outlives the tab: which reads it answers, and that it never answers with other bytes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::ObjectStoreExt;

use super::host::Host;
use super::{CACHE_BYTES, at, content, failed, query};
use crate::error::Kind;
use crate::http::{Disk, HttpStore, Location, Stored};

const URL: &str = "https://lake.test/t/a.parquet";
const OLD: &str = "Sun, 22 Nov 2026 08:00:00 GMT";
const MIB: usize = 1 << 20;

/// A disk in memory, which may be full.
#[derive(Debug, Default, Clone)]
struct Files(Arc<(Mutex<BTreeMap<String, Bytes>>, AtomicBool)>);

impl Files {
    fn full(&self) {
        self.0.1.store(true, Ordering::Relaxed);
    }

    fn sizes(&self) -> Vec<usize> {
        self.0.0.lock().unwrap().values().map(Bytes::len).collect()
    }

    fn put(&self, name: &str, bytes: Bytes) {
        self.0.0.lock().unwrap().insert(name.to_owned(), bytes);
    }

    /// Turns a bit of every file.
    fn damage(&self) {
        for bytes in self.0.0.lock().unwrap().values_mut() {
            let mut damaged = bytes.to_vec();
            damaged[0] ^= 1;
            *bytes = damaged.into();
        }
    }
}

impl Disk for Files {
    fn names(&self) -> BoxFuture<'static, Option<Vec<String>>> {
        let names = self.0.0.lock().unwrap().keys().cloned().collect();
        async { Some(names) }.boxed()
    }

    fn read(&self, name: &str) -> BoxFuture<'static, Option<Bytes>> {
        let found = self.0.0.lock().unwrap().get(name).cloned();
        async { found }.boxed()
    }

    fn write(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, bool> {
        let has_room = !self.0.1.load(Ordering::Relaxed);
        // A full disk keeps what fits.
        self.put(name, if has_room { bytes } else { bytes.slice(..1) });
        async move { has_room }.boxed()
    }

    fn remove(&self, names: Vec<String>) -> BoxFuture<'static, ()> {
        for name in names {
            self.0.0.lock().unwrap().remove(&name);
        }
        async {}.boxed()
    }
}

/// No place at all.
#[derive(Debug)]
struct Nowhere;

impl Disk for Nowhere {
    fn names(&self) -> BoxFuture<'static, Option<Vec<String>>> {
        async { None }.boxed()
    }

    fn read(&self, _: &str) -> BoxFuture<'static, Option<Bytes>> {
        async { None }.boxed()
    }

    fn write(&self, _: &str, _: Bytes) -> BoxFuture<'static, bool> {
        unreachable!("nothing is written where there is no place")
    }

    fn remove(&self, _: Vec<String>) -> BoxFuture<'static, ()> {
        async {}.boxed()
    }
}

/// A tab's store over `disk`.
fn tab(host: &Host, disk: impl Disk + 'static) -> Arc<HttpStore> {
    bounded(host, disk, 64 << 20)
}

fn bounded(host: &Host, disk: impl Disk + 'static, budget_bytes: u64) -> Arc<HttpStore> {
    let stored = Stored::new(Arc::new(disk), budget_bytes);
    HttpStore::with_stored(Arc::new(host.clone()), CACHE_BYTES, stored)
}

/// A tab in which a log has told of the file.
fn vouched(host: &Host, disk: &Files, says: &str) -> Arc<HttpStore> {
    let store = tab(host, disk.clone());
    store.vouch(&Location::parse(URL).unwrap(), says.to_owned());
    store
}

async fn read(store: &Arc<HttpStore>, range: std::ops::Range<u64>) -> Bytes {
    let (view, _) = query(store);
    view.get_range(&at(URL), range).await.unwrap()
}

fn part(from: usize, to: usize) -> Bytes {
    content(to).slice(from..)
}

#[tokio::test]
async fn a_file_of_which_the_log_says_the_same_needs_no_request() {
    let (host, disk) = (Host::with(URL, content(100_000)), Files::default());
    let first = vouched(&host, &disk, "100000 1");
    assert_eq!(read(&first, 1000..9000).await, part(1000, 9000));
    first.store_while(|| true).await;
    assert_eq!(disk.sizes(), [8000]);
    // Nothing is written twice.
    first.store_while(|| true).await;
    assert_eq!(host.requests(), 1);

    let second = vouched(&host, &disk, "100000 1");
    assert_eq!(read(&second, 2000..8500).await, part(2000, 8500));
    assert_eq!(host.requests(), 1);
    assert_eq!(second.plan(&Location::parse(URL).unwrap(), &[0..20_000]), [0..20_000]);
    assert_eq!(second.plan(&Location::parse(URL).unwrap(), &[1000..9000]), []);
    // The rest comes from the host, and is kept as well.
    assert_eq!(read(&second, 8000..70_000).await, part(8000, 70_000));
    assert_eq!(host.requests(), 2);
    second.store_while(|| true).await;
    assert_eq!(second.stored_bytes().await, 69_000);

    let other = vouched(&host, &disk, "100000 2");
    assert_eq!(read(&other, 2000..3000).await, part(2000, 3000));
    assert_eq!(host.requests(), 3);
}

#[tokio::test]
async fn without_a_log_the_first_answer_tells_whether_it_is_the_same() {
    let (host, disk) = (Host::with(URL, content(2 * MIB)), Files::default());
    let first = tab(&host, disk.clone());
    assert_eq!(read(&first, 0..4000).await, part(0, 4000));
    assert_eq!(read(&first, 500_000..600_000).await, part(500_000, 600_000));
    first.store_while(|| true).await;
    assert_eq!(first.stored_bytes().await, 104_000);

    let second = tab(&host, disk.clone());
    assert_eq!(read(&second, 0..4000).await, part(0, 4000));
    assert_eq!(read(&second, 500_000..600_000).await, part(500_000, 600_000));
    assert_eq!(host.requests(), 3);

    // As long, and with other bytes.
    host.put(URL, content(3 * MIB).slice(MIB..), "\"2\"", OLD);
    let third = tab(&host, disk.clone());
    read(&third, 0..4000).await;
    assert_eq!(read(&third, 500_000..600_000).await, part(MIB + 500_000, MIB + 600_000));
    assert_eq!(host.requests(), 5);
}

#[tokio::test]
async fn a_small_file_of_which_no_log_tells_is_not_kept() {
    let (host, disk) = (Host::with(URL, content(100_000)), Files::default());
    let store = tab(&host, disk.clone());
    read(&store, 0..4000).await;
    store.store_while(|| true).await;
    assert_eq!(disk.sizes(), [0_usize; 0]);
}

#[tokio::test]
async fn what_needs_a_signature_is_not_kept() {
    let url = format!("{URL}?sig=secret");
    let (host, disk) = (Host::with(&url, content(100_000)), Files::default());
    let store = tab(&host, disk.clone());
    store.vouch(&Location::parse(&url).unwrap(), "1".to_owned());
    let (view, _) = query(&store);
    assert_eq!(view.get_range(&at(&url), 0..4000).await.unwrap(), part(0, 4000));
    store.store_while(|| true).await;
    assert_eq!(disk.sizes(), [0_usize; 0]);
}

#[tokio::test]
async fn damaged_files_are_read_anew() {
    let (host, disk) = (Host::with(URL, content(100_000)), Files::default());
    let first = vouched(&host, &disk, "1");
    read(&first, 1000..9000).await;
    first.store_while(|| true).await;
    disk.damage();
    disk.put("limn.json", Bytes::from_static(b"of another version"));
    let second = vouched(&host, &disk, "1");
    assert_eq!(read(&second, 1000..9000).await, part(1000, 9000));
    assert_eq!(host.requests(), 2);
    assert_eq!(disk.sizes(), [0_usize; 0]);
    second.store_while(|| true).await;
    assert_eq!(disk.sizes(), [8000]);
}

#[tokio::test]
async fn a_file_that_was_written_anew_against_the_rules_is_found_out() {
    let (host, disk) = (Host::with(URL, content(100_000)), Files::default());
    let first = vouched(&host, &disk, "1");
    read(&first, 0..4000).await;
    first.store_while(|| true).await;
    host.put(URL, content(200_000).slice(100_000..), "\"2\"", OLD);

    let second = vouched(&host, &disk, "1");
    assert_eq!(read(&second, 0..4000).await, part(0, 4000));
    let (view, _) = query(&second);
    let (kind, detail) = failed(view.get_range(&at(URL), 50_000..60_000).await);
    assert_eq!(kind, Kind::Changed);
    assert!(detail.contains("kept of it in the browser"), "{detail}");
    // The next try reads the new file alone.
    let location = Location::parse(URL).unwrap();
    second.forget(&location);
    second.vouch(&location, "1".to_owned());
    assert_eq!(read(&second, 0..4000).await, part(100_000, 104_000));
    assert_eq!(read(&second, 50_000..60_000).await, part(150_000, 160_000));
}

#[tokio::test]
async fn the_bound_holds_and_all_can_be_removed() {
    let (host, disk) = (Host::with(URL, content(10 * MIB)), Files::default());
    let store = bounded(&host, disk.clone(), 100_000);
    store.vouch(&Location::parse(URL).unwrap(), "1".to_owned());
    for at in 0..10 {
        read(&store, at * MIB as u64..at * MIB as u64 + 30_000).await;
    }
    store.store_while(|| true).await;
    assert_eq!(disk.sizes(), [30_000; 3]);
    assert_eq!(store.stored_bytes().await, 90_000);
    disk.put("of another tab", Bytes::new());
    store.clear_stored().await;
    assert_eq!((store.stored_bytes().await, disk.sizes()), (0, vec![]));
}

#[tokio::test]
async fn nothing_is_stored_while_there_is_work_and_the_rest_later() {
    let (host, disk) = (Host::with(URL, content(10 * MIB)), Files::default());
    let store = vouched(&host, &disk, "1");
    read(&store, 0..4000).await;
    read(&store, 5_000_000..5_004_000).await;
    store.store_while(|| false).await;
    assert_eq!(disk.sizes(), [0_usize; 0]);
    let once = AtomicBool::new(true);
    store.store_while(|| once.swap(false, Ordering::Relaxed)).await;
    assert_eq!(disk.sizes(), [4000]);
    store.store_while(|| true).await;
    assert_eq!(disk.sizes(), [4000; 2]);
}

#[tokio::test]
async fn where_there_is_no_place_or_no_room_reads_go_on() {
    let host = Host::with(URL, content(100_000));
    let nowhere = tab(&host, Nowhere);
    nowhere.vouch(&Location::parse(URL).unwrap(), "1".to_owned());
    assert_eq!(read(&nowhere, 0..4000).await, part(0, 4000));
    nowhere.store_while(|| true).await;
    assert_eq!(nowhere.stored_bytes().await, 0);

    let disk = Files::default();
    let store = vouched(&host, &disk, "1");
    disk.full();
    read(&store, 0..4000).await;
    store.store_while(|| true).await;
    assert_eq!((disk.sizes(), store.stored_bytes().await), (vec![], 0));
}
