//! Hosts that fail, lie or change: each is found out, named, and asked no more than helps.

use bytes::Bytes;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};

use super::host::{Fault, Host, Manners};
use super::{at, content, failed, ours, query, store};
use crate::error::Kind;
use crate::http::Location;
use crate::runtime;

const URL: &str = "https://lake.test/t/a?sig=hidden";
const MIB: usize = 1024 * 1024;

fn host(length: usize) -> Host {
    Host::with(URL, content(length))
}

#[tokio::test]
async fn what_passes_is_tried_again_and_every_try_is_counted() {
    let host = host(1000);
    host.fail([
        Fault::Status(503, None),
        Fault::Status(429, Some("3600")),
        Fault::Break(40),
    ]);
    let (view, meter) = query(&store(host.clone()));
    assert_eq!(
        view.get_ranges(&at(URL), &[100..200]).await.unwrap(),
        [content(1000).slice(100..200)]
    );
    host.assert_costs(&meter, 4, 140);
}

#[tokio::test]
async fn four_tries_are_all() {
    for (fault, named) in [
        (Fault::Status(500, None), "answered 500, in each of 4 tries"),
        (Fault::Status(429, Some("0")), "answered 429"),
        (Fault::Break(7), "connection broke after 7 bytes (connection reset)"),
        (Fault::Short(7), "short body: 7 of 100 bytes"),
        (Fault::Short(0), "short body: 0 of 100 bytes"),
    ] {
        let host = host(1000);
        host.fail(vec![fault; 9]);
        let (view, meter) = query(&store(host.clone()));
        let (kind, detail) = failed(view.get_ranges(&at(URL), &[100..200]).await);
        assert!(kind == Kind::Blocked && detail.contains(named), "{detail}");
        assert_eq!((host.requests(), meter.costs().requests), (4, 4));
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_hides_the_signature() {
    for (status, kind) in [
        (403, Kind::Denied),
        (401, Kind::Denied),
        (404, Kind::NotFound),
        (410, Kind::NotFound),
        (400, Kind::Blocked),
    ] {
        let host = host(1000);
        host.fail([Fault::Status(status, None)]);
        let (view, meter) = query(&store(host.clone()));
        let error = view.get(&at(URL)).await.unwrap_err();
        assert_eq!(ours(&error).kind, kind);
        assert_eq!(
            matches!(error, object_store::Error::PermissionDenied { .. }),
            kind == Kind::Denied
        );
        assert!(
            error.to_string().contains(&status.to_string()) && !error.to_string().contains("hidden"),
            "{error}"
        );
        host.assert_costs(&meter, 1, 0);
    }
}

#[tokio::test]
async fn a_silent_host_is_tried_twice_unless_it_ever_answered() {
    let host = host(1000);
    let store = store(host.clone());
    host.fail(vec![Fault::Silent; 2]);
    let (view, meter) = query(&store);
    let (kind, detail) = failed(view.get(&at(URL)).await);
    assert!(
        kind == Kind::Blocked && detail.contains("`Access-Control-Allow-Origin: https://limn.test`"),
        "{detail}"
    );
    assert!(
        detail.contains("https://lake.test could") && detail.contains("in 2 tries (Failed to fetch)"),
        "{detail}"
    );
    assert_eq!(meter.costs().requests, 2);
    view.head(&at(URL)).await.unwrap();
    host.fail(vec![Fault::Silent; 3]);
    assert_eq!(
        failed(view.get_range(&at("https://lake.test/other"), 0..1).await).0,
        Kind::NotFound
    );
    assert_eq!(meter.costs().requests, 2 + 1 + 4);
}

#[tokio::test]
async fn a_host_that_ignores_ranges_may_send_what_is_small() {
    let ignores_ranges = Manners {
        ignores_ranges: true,
        ..Manners::default()
    };
    for manners in [
        ignores_ranges,
        Manners {
            hides_length: true,
            ..ignores_ranges
        },
    ] {
        let host = host(MIB).mannered(manners);
        let (view, meter) = query(&store(host.clone()));
        assert_eq!(
            view.get_ranges(&at(URL), &[100..200]).await.unwrap(),
            [content(MIB).slice(100..200)]
        );
        host.assert_costs(&meter, 1, MIB as u64);
        assert_eq!(
            view.get_range(&at(URL), 9000..9100).await.unwrap(),
            content(MIB).slice(9000..9100)
        );
        assert_eq!(view.head(&at(URL)).await.unwrap().size, MIB as u64);
        host.assert_costs(&meter, 1, MIB as u64);
    }
}

#[tokio::test]
async fn a_host_that_ignores_ranges_is_not_read_on() {
    let host = host(4 * MIB).mannered(Manners {
        ignores_ranges: true,
        ..Manners::default()
    });
    let (view, meter) = query(&store(host.clone()));
    let (kind, detail) = failed(view.get_ranges(&at(URL), &[100..200]).await);
    assert!(
        kind == Kind::NoRanges && detail.contains("4194304 bytes") && detail.contains("Serve the file"),
        "{detail}"
    );
    host.assert_costs(&meter, 1, 0);
    assert_eq!((host.open(), host.aborted()), (0, 1));
    assert_eq!(failed(view.head(&at(URL)).await).0, Kind::NoRanges);
    assert_eq!(failed(view.get_range(&at(URL), 0..10).await).0, Kind::NoRanges);
}

#[tokio::test]
async fn a_host_that_ignores_ranges_and_hides_the_length_is_counted_while_reading() {
    let host = host(4 * MIB).mannered(Manners {
        ignores_ranges: true,
        hides_length: true,
        ..Manners::default()
    });
    let (view, meter) = query(&store(host.clone()));
    assert_eq!(failed(view.get_ranges(&at(URL), &[100..200]).await).0, Kind::NoRanges);
    assert!(meter.costs().bytes <= MIB as u64 + 16 * 1024, "{:?}", meter.costs());
    let (kind, detail) = failed(view.head(&at(URL)).await);
    assert!(
        kind == Kind::NoRanges && detail.contains("ignored the Range header"),
        "{detail}"
    );
    assert_eq!((host.requests(), host.open(), host.aborted()), (2, 0, 2));
}

#[tokio::test]
async fn the_whole_may_come_from_a_host_that_ignores_ranges() {
    let host = host(4 * MIB).mannered(Manners {
        ignores_ranges: true,
        ..Manners::default()
    });
    let (view, meter) = query(&store(host.clone()));
    assert!(view.get(&at(URL)).await.unwrap().bytes().await.unwrap() == content(4 * MIB));
    host.assert_costs(&meter, 1, 4 * MIB as u64);
}

#[tokio::test]
async fn a_compressed_range_is_refused_and_a_compressed_whole_is_read_but_not_kept() {
    let host = host(1000);
    let store = store(host.clone());
    let (view, meter) = query(&store);
    host.fail([Fault::Encoded("gzip")]);
    let (kind, detail) = failed(view.get_ranges(&at(URL), &[0..10]).await);
    assert!(
        kind == Kind::NoRanges && detail.contains("Content-Encoding: gzip"),
        "{detail}"
    );
    host.assert_costs(&meter, 1, 0);
    let host = host.mannered(Manners {
        ignores_ranges: true,
        ..Manners::default()
    });
    host.fail([Fault::Encoded("gzip")]);
    let got = view.get(&at(URL)).await.unwrap();
    assert_eq!((got.meta.size, got.bytes().await.unwrap()), (1000, content(1000)));
    let host = host.mannered(Manners::default());
    host.put(URL, content(900), "\"1\"", "Sun, 22 Nov 2026 08:00:00 GMT");
    assert_eq!(
        view.head(&at(URL)).await.unwrap().size,
        900,
        "the encoded length is another matter"
    );
}

#[tokio::test]
async fn more_bytes_than_declared_or_asked_are_refused() {
    for fault in [Fault::Long(1), Fault::Declare(101), Fault::Shifted(5)] {
        let host = host(1000);
        host.fail([fault]);
        let (view, _) = query(&store(host.clone()));
        assert_eq!(failed(view.get_ranges(&at(URL), &[100..200]).await).0, Kind::NoRanges);
        assert_eq!((host.requests(), host.open()), (1, 0));
    }
}

#[tokio::test]
async fn a_range_cut_short_is_tried_again_and_never_taken_for_the_end() {
    let clipping = host(1000);
    clipping.fail([Fault::Clip(2)]);
    let (view, _) = query(&store(clipping.clone()));
    assert_eq!(view.head(&at(URL)).await.unwrap().size, 1000);
    assert_eq!(clipping.asked(), [Some(0..4), Some(0..4)]);
    let host = host(100_000).mannered(Manners {
        hides_headers: true,
        ..Manners::default()
    });
    host.fail([Fault::Clip(30)]);
    let (view, meter) = query(&store(host.clone()));
    let (kind, detail) = failed(view.get_range(&at(URL), 100..200).await);
    assert!(
        kind == Kind::Blocked && detail.contains("short body: it ended at byte 130, and the file has 100000 bytes"),
        "{detail}"
    );
    assert_eq!(meter.costs().requests, 2, "the second asks for the size");
    host.fail([Fault::Clip(30)]);
    assert_eq!(
        view.get_range(&at(URL), 100..200).await.unwrap(),
        content(200).slice(100..)
    );
    assert_eq!(
        meter.costs().requests,
        4,
        "with the size known a short body is tried again"
    );
}

#[tokio::test]
async fn a_change_between_two_reads_is_named_by_what_was_and_what_is() {
    let (same, other) = ("Sun, 22 Nov 2026 08:00:00 GMT", "Sun, 22 Nov 2026 09:00:00 GMT");
    for (length, e_tag, time, hides_headers, named) in [
        (1000, "\"2\"", same, false, "ETag was \"1\" and is now \"2\""),
        (1001, "\"1\"", same, false, "size was 1000 and is now 1001"),
        (
            1000,
            "\"1\"",
            other,
            true,
            "Last-Modified was Sun, 22 Nov 2026 08:00:00 GMT and is now Sun, 22 Nov 2026 09:00:00 GMT",
        ),
    ] {
        let host = host(1000).mannered(Manners {
            hides_headers,
            ..Manners::default()
        });
        let store = store(host.clone());
        let (view, _) = query(&store);
        view.get_ranges(&at(URL), &[0..100]).await.unwrap();
        host.put(URL, content(length), e_tag, time);
        for _ in 0..2 {
            let (kind, detail) = failed(view.get_ranges(&at(URL), &[200..300]).await);
            assert!(kind == Kind::Changed && detail.contains(named), "{detail}");
            assert_eq!(
                failed(view.get_ranges(&at(URL), &[0..100]).await).0,
                Kind::Changed,
                "the old bytes are gone"
            );
        }
        store.forget(&Location::parse("https://lake.test/t/").unwrap());
        assert_eq!(view.get_ranges(&at(URL), &[0..100]).await.unwrap(), [content(100)]);
    }
}

#[tokio::test]
async fn a_file_that_shrank_has_changed() {
    for hides_headers in [false, true] {
        let host = host(100_000).mannered(Manners {
            hides_headers,
            ..Manners::default()
        });
        let (view, _) = query(&store(host.clone()));
        assert_eq!(view.head(&at(URL)).await.unwrap().size, 100_000);
        host.put(URL, content(500), "\"1\"", "Sun, 22 Nov 2026 08:00:00 GMT");
        let (kind, detail) = failed(view.get_ranges(&at(URL), &[90_000..90_010]).await);
        assert!(kind == Kind::Changed && detail.contains("size was 100000"), "{detail}");
    }
}

#[tokio::test]
async fn a_change_during_the_tries_is_found_out() {
    let host = host(1000);
    host.fail([Fault::Break(40)]);
    let (view, _) = query(&store(host.clone()));
    host.hold();
    let read = runtime::spawn(async move { view.get_ranges(&at(URL), &[100..200]).await });
    host.until(|host| host.open() == 1).await;
    host.release();
    host.until(|host| host.requests() == 1 && host.open() == 0).await;
    host.put(URL, content(1000), "\"2\"", "Sun, 22 Nov 2026 09:00:00 GMT");
    assert_eq!(failed(read.await.unwrap()).0, Kind::Changed);
}

#[tokio::test]
async fn a_giant_is_not_read_whole() {
    let host = host(1000);
    host.fail([Fault::Declare(600 << 20)]);
    let (view, meter) = query(&store(host.clone()));
    let host = host.mannered(Manners {
        hides_headers: true,
        ..Manners::default()
    });
    let (kind, detail) = failed(view.get(&at(URL)).await);
    assert!(kind == Kind::TooBig && detail.contains("629145600"), "{detail}");
    host.assert_costs(&meter, 1, 0);
    assert_eq!((host.open(), host.aborted()), (0, 1));
}

#[tokio::test]
async fn a_giant_range_is_refused_before_anything_is_sent() {
    let host = host(1000);
    let (view, _) = query(&store(host.clone()));
    assert_eq!(
        failed(view.get_ranges(&at(URL), &[0..u64::MAX, 5..u64::MAX]).await).0,
        Kind::TooBig
    );
    #[expect(clippy::reversed_empty_ranges)]
    let backwards = [9..5];
    assert_eq!(failed(view.get_ranges(&at(URL), &backwards).await).0, Kind::Bug);
    assert_eq!(host.requests(), 0);
    let huge = GetOptions::new().with_range(Some(GetRange::Bounded(0..u64::MAX)));
    assert_eq!(
        view.get_opts(&at(URL), huge).await.unwrap().bytes().await.unwrap(),
        content(1000)
    );
    assert_eq!(host.asked(), [Some(0..4), Some(4..1000)]);
}

#[tokio::test]
async fn preconditions_are_checked_against_what_is_known() {
    let (view, _) = query(&store(host(1000)));
    let tag = |tag: &str| GetOptions::new().with_if_match(Some(tag));
    assert!(view.get_opts(&at(URL), tag("\"1\"")).await.is_ok());
    let error = view.get_opts(&at(URL), tag("\"2\"")).await.unwrap_err();
    assert!(matches!(error, object_store::Error::Precondition { .. }), "{error:?}");
    let versioned = GetOptions::new().with_version(Some("7"));
    assert!(matches!(
        view.get_opts(&at(URL), versioned).await,
        Err(object_store::Error::NotSupported { .. })
    ));
}

#[tokio::test]
async fn a_cache_without_room_still_reads() {
    let host = host(1000);
    let store = crate::http::HttpStore::new(std::sync::Arc::new(host.clone()), 0);
    let (view, meter) = query(&store);
    for _ in 0..2 {
        assert_eq!(
            view.get_ranges(&at(URL), &[5..9]).await.unwrap(),
            [content(9).slice(5..)]
        );
    }
    host.assert_costs(&meter, 2, 8);
    assert_eq!(view.get_ranges(&at(URL), &[3..3]).await.unwrap(), [Bytes::new()]);
}
