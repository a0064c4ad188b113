//! Many readers at once: shared requests, turns at a host, and aborts that reach it.

use futures::future::join_all;
use futures::{FutureExt, poll};
use object_store::{ObjectStore, ObjectStoreExt};

use super::host::{Fault, Host};
use super::{at, content, query, store};
use crate::error::Kind;
use crate::http::hosts::{IN_FLIGHT, SMALL_BYTES, SMALL_FOR_ONE};
use crate::http::ranges::REQUEST_BYTES;
use crate::http::{Location, Meter};
use crate::runtime;

const URL: &str = "https://lake.test/t/a";
const FAR: u64 = 1_000_000;

fn host(length: usize) -> Host {
    Host::with(URL, content(length))
}

fn requests(meter: &Meter) -> u64 {
    meter.costs().requests
}

#[tokio::test]
async fn readers_of_the_same_bytes_share_one_request_which_the_first_pays() {
    let host = host(2000);
    let store = store(host.clone());
    let ((one, first), (two, second)) = (query(&store), query(&store));
    host.hold();
    let (path, both) = (at(URL), [0..1000]);
    let mut reads = join_all([one.get_ranges(&path, &both), two.get_ranges(&path, &both)]);
    assert!(poll!(&mut reads).is_pending());
    host.release();
    for read in reads.await {
        assert_eq!(read.unwrap(), [content(1000)]);
    }
    host.assert_costs(&first, 1, 1000);
    host.assert_costs(&second, 0, 0);
}

#[tokio::test]
async fn only_what_is_not_under_way_is_asked() {
    let host = host(2000);
    let store = store(host.clone());
    let ((one, _), (two, second)) = (query(&store), query(&store));
    let path = at(URL);
    host.hold();
    let mut first = Box::pin(one.get_ranges(&path, &[500..1000]));
    assert!(poll!(&mut first).is_pending());
    let mut wider = Box::pin(two.get_ranges(&path, &[400..1100]));
    assert!(poll!(&mut wider).is_pending());
    host.release();
    assert_eq!(wider.await.unwrap(), [content(1100).slice(400..)]);
    assert_eq!(first.await.unwrap(), [content(1000).slice(500..)]);
    let mut asked = host.asked();
    asked.sort_by_key(|range| range.as_ref().map(|range| range.start));
    assert_eq!(
        asked,
        [Some(400..1100), Some(500..1000)],
        "a gap under way is read again rather than split"
    );
    assert_eq!(requests(&second), 1);
}

#[tokio::test]
async fn whole_objects_and_sizes_are_shared_too() {
    let host = host(200_000);
    let (view, meter) = query(&store(host.clone()));
    let path = at(URL);
    let wholes = join_all([view.get(&path), view.get(&path)]).await;
    assert!(wholes.into_iter().all(|whole| whole.unwrap().meta.size == 200_000));
    assert_eq!(requests(&meter), 1);
    let (view, meter) = query(&super::store(host.clone()));
    assert!(
        join_all([view.head(&path), view.head(&path)])
            .await
            .into_iter()
            .all(|meta| meta.unwrap().size == 200_000)
    );
    assert_eq!(requests(&meter), 1);
}

#[tokio::test]
async fn one_reader_gone_does_not_take_the_request_from_the_other() {
    let host = host(2000);
    let store = store(host.clone());
    let ((one, first), (two, second)) = (query(&store), query(&store));
    let path = at(URL);
    host.hold();
    let mut starter = Box::pin(one.get_ranges(&path, &[0..1000]));
    let mut other = Box::pin(two.get_ranges(&path, &[10..20]));
    assert!(poll!(&mut starter).is_pending() && poll!(&mut other).is_pending());
    host.until(|host| host.open() == 1).await;
    drop(starter);
    host.release();
    assert_eq!(other.await.unwrap(), [content(20).slice(10..)]);
    assert_eq!((requests(&first), requests(&second), host.aborted()), (1, 0, 0));
}

#[tokio::test]
async fn the_last_reader_gone_aborts_the_request() {
    let host = host(200_000);
    let store = store(host.clone());
    let (view, _) = query(&store);
    let path = at(URL);
    host.hold();
    for in_the_body in [false, true] {
        if in_the_body {
            host.fail([Fault::Stall(50_000)]);
            host.release();
        }
        let mut one = Box::pin(view.get_ranges(&path, &[0..100_000]));
        let mut two = Box::pin(view.get_ranges(&path, &[0..100_000]));
        assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
        host.until(|host| host.open() == 1).await;
        drop(one);
        tokio::task::yield_now().await;
        assert_eq!(host.open(), 1);
        let aborted = host.aborted();
        drop(two);
        host.until(|host| host.open() == 0 && host.aborted() == aborted + 1)
            .await;
    }
    assert_eq!(
        view.get_ranges(&path, &[0..100_000]).await.unwrap(),
        [content(100_000)],
        "nothing dead is left to wait for"
    );
}

#[tokio::test]
async fn whole_reads_and_sizes_are_aborted_as_well() {
    let host = host(200_000);
    let (view, _) = query(&store(host.clone()));
    let path = at(URL);
    host.hold();
    let mut whole = view.get(&path).boxed();
    assert!(poll!(&mut whole).is_pending());
    host.until(|host| host.open() == 1).await;
    drop(whole);
    host.until(|host| host.aborted() == 1).await;
    let mut size = view.head(&path).boxed();
    assert!(poll!(&mut size).is_pending());
    host.until(|host| host.open() == 1).await;
    drop(size);
    host.until(|host| host.aborted() == 2 && host.open() == 0).await;
}

#[tokio::test]
async fn a_pause_between_tries_ends_with_its_reader() {
    let host = host(2000);
    host.fail(vec![Fault::Status(503, None); 4]);
    let patience = crate::http::patience::Patience {
        pause: std::time::Duration::from_hours(1),
        longest_pause: std::time::Duration::from_hours(1),
        ..super::QUICK
    };
    let store = crate::http::HttpStore::with_patience(std::sync::Arc::new(host.clone()), 1000, patience);
    let (view, _) = query(&store);
    let path = at(URL);
    let mut read = view.get_range(&path, 0..10).boxed();
    assert!(poll!(&mut read).is_pending());
    host.until(|host| host.requests() == 1 && host.open() == 0).await;
    drop(read);
    let mut next = view.get_range(&path, 0..10).boxed();
    assert!(poll!(&mut next).is_pending());
    host.until(|host| host.requests() == 2).await;
}

#[tokio::test]
async fn so_many_requests_are_in_flight_and_those_dropped_are_never_sent() {
    for (url, length, most) in [
        (URL, 10, IN_FLIGHT * SMALL_FOR_ONE as usize),
        (URL, SMALL_BYTES, IN_FLIGHT * SMALL_FOR_ONE as usize),
        (URL, SMALL_BYTES + 1, IN_FLIGHT),
        ("http://lake.test/t/a", 10, IN_FLIGHT),
    ] {
        let host = Host::with(url, content(20_000_000));
        let (view, _) = query(&store(host.clone()));
        let path = at(url);
        let wanted = [0..length];
        host.hold();
        // One more than there are turns, each of an object of its own.
        let others: Vec<_> = (0..=most).map(|number| at(&format!("{url}{number}"))).collect();
        let mut many = join_all(others.iter().map(|path| view.get_ranges(path, &wanted)));
        let mut last = view.get_ranges(&path, &wanted).boxed();
        assert!(poll!(&mut many).is_pending() && poll!(&mut last).is_pending());
        host.until(|host| host.open() == most).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!((host.requests(), host.open()), (most, most), "{url}, {length} bytes");
        drop(many);
        host.release();
        assert!(last.await.unwrap() == [content(usize::try_from(length).unwrap())]);
        assert_eq!(
            (host.requests(), host.most_open(), host.aborted()),
            (most + 1, most, most)
        );
    }
}

#[tokio::test]
async fn a_prefetch_that_nobody_polls_does_not_hold_up_the_others() {
    let host = host(20 * 1_000_000);
    let (view, _) = query(&store(host.clone()));
    let path = at(URL);
    let ranges: Vec<_> = (0..12).map(|number| number * FAR..number * FAR + 10).collect();
    let mut prefetch = view.get_ranges(&path, &ranges).boxed();
    assert!(poll!(&mut prefetch).is_pending());
    let read = view.get_range(&path, 15 * FAR..15 * FAR + 10).await.unwrap();
    assert_eq!(read, content(15_000_010).slice(15_000_000..));
    host.until(|host| host.requests() == 13 && host.open() == 0).await;
    assert_eq!(prefetch.await.unwrap().len(), 12);
}

#[tokio::test]
async fn a_giant_range_is_read_in_parallel_parts() {
    let length = usize::try_from(2 * REQUEST_BYTES + 5).unwrap();
    let host = host(length);
    let (view, meter) = query(&store(host.clone()));
    let (path, all) = (at(URL), [0..length as u64]);
    host.hold();
    let mut read = view.get_ranges(&path, &all).boxed();
    assert!(poll!(&mut read).is_pending());
    host.until(|host| host.open() == 3).await;
    host.release();
    assert!(read.await.unwrap() == [content(length)]);
    host.assert_costs(&meter, 3, length as u64);
}

#[tokio::test]
async fn one_part_that_fails_fails_the_read_and_aborts_the_rest() {
    let host = host(20 * 1_000_000);
    host.fail([Fault::Stall(1), Fault::Status(403, None), Fault::Stall(1)]);
    let (view, _) = query(&store(host.clone()));
    let ranges: Vec<_> = (0..3).map(|number| number * FAR..number * FAR + 10).collect();
    assert_eq!(super::failed(view.get_ranges(&at(URL), &ranges).await).0, Kind::Denied);
    host.until(|host| host.open() == 0).await;
    assert_eq!(host.requests(), 3);
}

#[tokio::test]
async fn what_is_forgotten_on_its_way_is_delivered_but_neither_kept_nor_joined() {
    let host = host(2000);
    let store = store(host.clone());
    let (view, meter) = query(&store);
    let (path, table) = (at(URL), Location::parse("https://lake.test/t").unwrap());
    for joins in [false, true] {
        host.hold();
        let mut before = view.get_ranges(&path, &[0..100]).boxed();
        assert!(poll!(&mut before).is_pending());
        host.until(|host| host.open() == 1).await;
        store.forget(&table);
        let sent = requests(&meter);
        let mut after = view.get_ranges(&path, &[0..100]).boxed();
        if joins {
            assert!(poll!(&mut after).is_pending());
        }
        host.release();
        assert_eq!(before.await.unwrap(), [content(100)]);
        assert_eq!(after.await.unwrap(), [content(100)]);
        assert_eq!(requests(&meter), sent + 1, "asked anew");
        view.get_ranges(&path, &[0..100]).await.unwrap();
        assert_eq!(requests(&meter), sent + 1, "and kept");
        store.forget(&table);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_readers_on_many_threads_get_their_bytes() {
    let host = host(3_000_000);
    let store = store(host.clone());
    let reads = (0..200_u64).map(|number| {
        let (view, _) = query(&store);
        runtime::spawn(async move {
            let start = number * 7919 % 2_900_000;
            let ranges = [start..start + 50_000, start / 2..start / 2 + 10];
            (ranges.clone(), view.get_ranges(&at(URL), &ranges).await.unwrap())
        })
    });
    let whole = content(3_000_000);
    for read in join_all(reads).await {
        let (ranges, bytes) = read.unwrap();
        for (range, bytes) in ranges.into_iter().zip(bytes) {
            assert!(bytes == whole.slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()));
        }
    }
    assert!(host.most_open() <= IN_FLIGHT * SMALL_FOR_ONE as usize && host.open() == 0);
}
