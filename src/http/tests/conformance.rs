//! What every transport must give through the store: the same suite over a directory, over
//! a host in memory, and over one whose headers cannot be read across origins.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload};

use super::host::{Host, Manners};
use super::{at, content, failed, ours, query, store};
use crate::error::Kind;
use crate::http::ranges::NEAR_BYTES;
use crate::http::{HttpStore, LocalTransport, Location, Meter, UNKNOWN_SIZE};

const LARGE: &str = "http://lake.test/t/large%20one?sig=a/b";
const SMALL: &str = "http://lake.test/t/small";
const EMPTY: &str = "http://lake.test/t/empty";
const MISSING: &str = "http://lake.test/t/missing";
const LARGE_BYTES: usize = 3_000_000;

/// A store over some transport that serves the three objects.
struct Seat {
    store: Arc<HttpStore>,
    hides_headers: bool,
    _directory: Option<tempfile::TempDir>,
}

fn local() -> Seat {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("t")).unwrap();
    for (name, length) in [("large one", LARGE_BYTES), ("small", 1000), ("empty", 0)] {
        std::fs::write(directory.path().join("t").join(name), content(length)).unwrap();
    }
    let transport = LocalTransport::new("http://lake.test", directory.path());
    Seat {
        store: store(transport),
        hides_headers: false,
        _directory: Some(directory),
    }
}

fn in_memory(hides_headers: bool) -> Seat {
    let host = Host::new().mannered(Manners {
        hides_headers,
        ..Manners::default()
    });
    for (url, length) in [(LARGE, LARGE_BYTES), (SMALL, 1000), (EMPTY, 0)] {
        host.put(url, content(length), "\"1\"", "Sun, 22 Nov 2026 08:00:00 GMT");
    }
    Seat {
        store: store(host),
        hides_headers,
        _directory: None,
    }
}

fn seats() -> [Seat; 3] {
    [local(), in_memory(false), in_memory(true)]
}

fn costs(meter: &Meter) -> (u64, u64) {
    (meter.costs().requests, meter.costs().bytes)
}

fn part(range: Range<u64>) -> Bytes {
    content(LARGE_BYTES).slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap())
}

#[tokio::test]
async fn ranges_come_back_as_asked_and_neighbors_in_one_request() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let asked = [500..700, 0..10, 600..1000, 42..42, 2_000_000..2_000_100];
        let read = view.get_ranges(&at(LARGE), &asked).await.unwrap();
        assert_eq!(read, asked.map(part));
        assert_eq!(costs(&meter), (2, 1100));
        assert_eq!(view.get_ranges(&at(LARGE), &[]).await.unwrap(), Vec::<Bytes>::new());
        assert_eq!(view.get_ranges(&at(LARGE), &[7..7]).await.unwrap(), [Bytes::new()]);
        assert_eq!(costs(&meter), (2, 1100));
    }
}

#[tokio::test]
async fn what_was_read_is_not_asked_again_and_a_part_of_it_only_for_the_rest() {
    for seat in seats() {
        let (view, _) = query(&seat.store);
        view.get_ranges(&at(LARGE), &[1000..2000, 2_000_000..2_001_000])
            .await
            .unwrap();
        let (again, meter) = query(&seat.store);
        let asked = [1500..1600, 1000..2000, 2_000_500..2_000_600];
        assert_eq!(again.get_ranges(&at(LARGE), &asked).await.unwrap(), asked.map(part));
        assert_eq!(costs(&meter), (0, 0));
        let asked = [500..2500, 1_999_990..2_000_010];
        assert_eq!(again.get_ranges(&at(LARGE), &asked).await.unwrap(), asked.map(part));
        assert_eq!(
            costs(&meter),
            (2, 2000 + 10),
            "a small gap is read again rather than left out for one request more"
        );
    }
}

#[tokio::test]
async fn arbitrary_ranges_give_the_same_bytes_whatever_is_kept() {
    for seat in seats() {
        let mut number = 5_u64;
        let mut below = |bound: u64| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (number >> 33) % bound
        };
        for _ in 0..60 {
            let ranges: Vec<_> = (0..below(8))
                .map(|_| {
                    let start = below(LARGE_BYTES as u64);
                    start..start + below(LARGE_BYTES as u64 - start + 1).min(80_000)
                })
                .collect();
            let (view, _) = query(&seat.store);
            let read = view.get_ranges(&at(LARGE), &ranges).await.unwrap();
            let expected: Vec<_> = ranges.iter().cloned().map(part).collect();
            assert!(read == expected, "{ranges:?}");
        }
    }
}

#[tokio::test]
async fn the_size_costs_hardly_a_body_and_a_second_request_only_where_it_is_hidden() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let meta = view.head(&at(LARGE)).await.unwrap();
        assert_eq!((meta.size, meta.location), (LARGE_BYTES as u64, at(LARGE)));
        let expected = (1 + u64::from(seat.hides_headers), 4);
        assert_eq!(costs(&meter), expected);
        assert_eq!(meta.e_tag.is_none(), seat.hides_headers);
        assert!(meta.last_modified.timestamp() > 1_700_000_000);
        view.head(&at(LARGE)).await.unwrap();
        assert_eq!(costs(&meter), expected);
    }
}

#[tokio::test]
async fn a_small_object_whose_size_is_asked_is_there() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        assert_eq!(view.head(&at(SMALL)).await.unwrap().size, 1000);
        let got = view.get(&at(SMALL)).await.unwrap();
        assert_eq!((got.meta.size, got.range.clone()), (1000, 0..1000));
        assert_eq!(got.bytes().await.unwrap(), content(1000));
        assert_eq!(
            view.get_range(&at(SMALL), 990..1000).await.unwrap(),
            content(1000).slice(990..)
        );
        // Where ranges tell no sizes, the question for the size brought all there is.
        let expected = if seat.hides_headers { (2, 1004) } else { (2, 1000) };
        assert_eq!(costs(&meter), expected);
    }
}

#[tokio::test]
async fn a_whole_object_comes_in_one_request_and_stays() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let got = view.get(&at(LARGE)).await.unwrap();
        assert_eq!(
            (got.meta.size, got.range.clone()),
            (LARGE_BYTES as u64, 0..LARGE_BYTES as u64)
        );
        assert!(got.bytes().await.unwrap() == content(LARGE_BYTES));
        assert!(view.get(&at(LARGE)).await.unwrap().bytes().await.unwrap() == content(LARGE_BYTES));
        assert_eq!(view.get_range(&at(LARGE), 5..9).await.unwrap(), part(5..9));
        assert_eq!(costs(&meter), (1, LARGE_BYTES as u64));
    }
}

#[tokio::test]
async fn an_empty_object_is_empty() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        assert_eq!(view.get(&at(EMPTY)).await.unwrap().bytes().await.unwrap(), Bytes::new());
        assert_eq!(view.head(&at(EMPTY)).await.unwrap().size, 0);
        assert_eq!(costs(&meter), (1, 0));
    }
}

#[tokio::test]
async fn a_range_is_clipped_at_the_end_and_the_size_is_then_known() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let range = GetRange::Bounded(LARGE_BYTES as u64 - 10..LARGE_BYTES as u64 + 90);
        let got = view
            .get_opts(&at(LARGE), GetOptions::new().with_range(Some(range)))
            .await
            .unwrap();
        assert_eq!(got.range, LARGE_BYTES as u64 - 10..LARGE_BYTES as u64);
        assert_eq!(got.meta.size, LARGE_BYTES as u64);
        assert_eq!(
            got.bytes().await.unwrap(),
            part(LARGE_BYTES as u64 - 10..LARGE_BYTES as u64)
        );
        let proof = u64::from(seat.hides_headers);
        assert_eq!(
            costs(&meter),
            (1 + proof, 10),
            "the end is proven where it cannot be read"
        );
    }
}

#[tokio::test]
async fn a_size_that_cannot_be_read_beside_a_range_is_not_made_up() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let got = view
            .get_opts(&at(LARGE), GetOptions::new().with_range(Some(0..10_u64)))
            .await
            .unwrap();
        assert_eq!(
            got.meta.size,
            if seat.hides_headers {
                UNKNOWN_SIZE
            } else {
                LARGE_BYTES as u64
            }
        );
        assert_eq!(got.bytes().await.unwrap(), part(0..10));
        assert_eq!(costs(&meter), (1, 10));
    }
}

#[tokio::test]
async fn offsets_and_suffixes_are_asked_as_plain_ranges() {
    for seat in seats() {
        let (view, _) = query(&seat.store);
        for (range, expected) in [
            (GetRange::Suffix(7), LARGE_BYTES as u64 - 7..LARGE_BYTES as u64),
            (
                GetRange::Offset(LARGE_BYTES as u64 - 3),
                LARGE_BYTES as u64 - 3..LARGE_BYTES as u64,
            ),
            (GetRange::Suffix(u64::MAX), 0..LARGE_BYTES as u64),
        ] {
            let got = view
                .get_opts(&at(LARGE), GetOptions::new().with_range(Some(range)))
                .await
                .unwrap();
            assert_eq!(got.range, expected);
            assert!(got.bytes().await.unwrap() == part(expected));
        }
    }
}

#[tokio::test]
async fn beyond_the_end_is_refused_and_never_shortened() {
    for seat in seats() {
        let (view, _) = query(&seat.store);
        let (kind, detail) = failed(view.get_ranges(&at(SMALL), &[990..1010]).await);
        assert!(
            kind == Kind::Damaged && detail.contains("up to 1010") && detail.contains("has 1000 bytes"),
            "{detail}"
        );
        assert_eq!(
            failed(view.get_ranges(&at(SMALL), &[0..10, 2000..3000]).await).0,
            Kind::Damaged
        );
        assert_eq!(failed(view.get_range(&at(SMALL), 1000..1001).await).0, Kind::Damaged);
        seat.store.forget(&Location::parse(SMALL).unwrap());
        assert_eq!(
            failed(view.get_range(&at(SMALL), 5000..5001).await).0,
            Kind::Damaged,
            "by the host's answer alone"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_after_one_request() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let error = view.get(&at(MISSING)).await.unwrap_err();
        assert!(matches!(error, object_store::Error::NotFound { .. }), "{error:?}");
        assert_eq!(
            (ours(&error).kind, ours(&error).subject.as_str()),
            (Kind::NotFound, MISSING)
        );
        assert_eq!(costs(&meter).0, 1);
        for error in [
            view.head(&at(MISSING)).await.unwrap_err(),
            view.get_ranges(&at(MISSING), &[0..1]).await.unwrap_err(),
            view.get_range(&at(MISSING), 0..1).await.unwrap_err(),
        ] {
            assert!(matches!(error, object_store::Error::NotFound { .. }), "{error:?}");
        }
    }
}

#[tokio::test]
async fn ranges_far_apart_are_several_requests_and_near_ones_read_the_gap() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        view.get_ranges(&at(LARGE), &[0..100, 100 + NEAR_BYTES..200 + NEAR_BYTES])
            .await
            .unwrap();
        assert_eq!(costs(&meter), (1, 200 + NEAR_BYTES));
        view.get_ranges(
            &at(LARGE),
            &[1_000_000..1_000_100, 1_000_101 + NEAR_BYTES..1_000_201 + NEAR_BYTES],
        )
        .await
        .unwrap();
        assert_eq!(costs(&meter), (3, 400 + NEAR_BYTES));
    }
}

#[tokio::test]
async fn nothing_can_be_written_or_listed() {
    for seat in seats() {
        let (view, meter) = query(&seat.store);
        let errors = [
            view.put(&at(SMALL), PutPayload::new()).await.unwrap_err(),
            view.put_multipart(&at(SMALL)).await.err().unwrap(),
            view.delete(&at(SMALL)).await.unwrap_err(),
            view.copy(&at(SMALL), &at(MISSING)).await.unwrap_err(),
            view.rename(&at(SMALL), &at(MISSING)).await.unwrap_err(),
            view.list(None).try_collect::<Vec<_>>().await.unwrap_err(),
            view.list_with_delimiter(None).await.unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, object_store::Error::NotSupported { .. }), "{error:?}");
            assert_eq!(ours(&error).kind, Kind::Unsupported);
        }
        assert_eq!(costs(&meter), (0, 0));
    }
}

#[tokio::test]
async fn a_name_that_is_no_url_is_a_bad_link() {
    for seat in seats() {
        let (view, _) = query(&seat.store);
        assert_eq!(failed(view.get(&"lake/part-0.parquet".into()).await).0, Kind::BadLink);
        assert_eq!(failed(view.get_ranges(&"lake".into(), &[0..1]).await).0, Kind::BadLink);
    }
}
