//! What answers mean, case by case.

use std::time::Duration;

use crate::error::Kind;
use crate::http::answer::{Ask, Verdict, WHOLE_BYTES, judge, too_long};
use crate::http::body::{Body, Ending};
use crate::http::transport::ContentRange;
use crate::http::{Headers, Location};

const MIB: u64 = 1024 * 1024;

fn headers(length: Option<u64>, range: Option<&str>) -> Headers {
    let content_range = range.map(|range| ContentRange::parse(range).unwrap());
    Headers {
        content_length: length,
        content_range,
        ..Headers::default()
    }
}

fn judged(ask: &Ask, status: u16, headers: &Headers) -> Verdict {
    judge(&Location::parse("https://h/t").unwrap(), ask, status, headers)
}

fn body(ask: &Ask, status: u16, headers: &Headers) -> Body {
    match judged(ask, status, headers) {
        Verdict::Read(body) => body,
        other => panic!("{other:?}"),
    }
}

fn refused(ask: &Ask, status: u16, headers: &Headers) -> (Kind, String) {
    match judged(ask, status, headers) {
        Verdict::Final(error) => (error.kind, error.detail),
        other => panic!("{other:?}"),
    }
}

fn part() -> Ask {
    Ask::Part(10..30)
}

#[test]
fn a_part_is_exactly_as_long_as_asked() {
    for headers in [
        headers(Some(20), None),
        headers(Some(20), Some("bytes 10-29/100")),
        headers(None, None),
    ] {
        let body = body(&part(), 206, &headers);
        assert_eq!((body.start, body.at_most), (10, 20));
        assert!(
            matches!(body.ending(20), Ending::Complete(size) if size == body.size),
            "{headers:?}"
        );
    }
}

#[test]
fn a_part_that_breaks_off_is_short() {
    assert_eq!(
        body(&part(), 206, &headers(Some(20), None)).ending(7),
        Ending::Short(7, 20)
    );
    assert_eq!(
        body(&part(), 206, &headers(None, Some("bytes 10-29/100"))).ending(7),
        Ending::Short(7, 20)
    );
}

#[test]
fn a_part_may_end_early_only_where_the_object_ends() {
    let ending = |headers: Headers, count| body(&part(), 206, &headers).ending(count);
    assert_eq!(
        ending(headers(Some(5), Some("bytes 10-14/15")), 5),
        Ending::Complete(Some(15))
    );
    assert_eq!(
        ending(headers(Some(5), Some("bytes 10-14/100")), 5),
        Ending::Short(5, 20)
    );
    assert_eq!(ending(headers(Some(5), None), 5), Ending::EndsAt(15));
    assert_eq!(ending(headers(None, None), 5), Ending::EndsAt(15));
}

#[test]
fn headers_that_contradict_the_request_or_each_other_are_refused() {
    for (headers, named) in [
        (headers(Some(20), Some("bytes 0-19/100")), "bytes from 0 on"),
        (
            headers(Some(20), Some("bytes 10-28/100")),
            "declared 19 bytes in Content-Range and 20",
        ),
        (headers(Some(21), None), "declared 21 bytes"),
        (headers(None, Some("bytes 10-30/100")), "declared 21 bytes"),
    ] {
        let (kind, detail) = refused(&part(), 206, &headers);
        assert!(kind == Kind::NoRanges && detail.contains(named), "{detail}");
    }
}

#[test]
fn a_compressed_range_is_refused_by_the_encodings_name() {
    let headers = Headers {
        content_encoding: Some("br".to_owned()),
        ..headers(Some(20), None)
    };
    for ask in [part(), Ask::Whole, Ask::Size] {
        let (kind, detail) = refused(&ask, 206, &headers);
        assert!(
            kind == Kind::NoRanges && detail.contains("Content-Encoding: br"),
            "{detail}"
        );
    }
}

#[test]
fn a_host_that_ignores_ranges_may_send_a_small_object_whole() {
    let body = body(&part(), 200, &headers(Some(MIB), None));
    assert_eq!((body.start, body.at_most), (0, MIB));
    assert_eq!(body.ending(MIB), Ending::Complete(Some(MIB)));
    assert_eq!(body.ending(MIB - 1), Ending::Short(MIB - 1, MIB));
}

#[test]
fn a_host_that_ignores_ranges_is_stopped_above_that() {
    let (kind, detail) = refused(&part(), 200, &headers(Some(MIB + 1), None));
    assert!(kind == Kind::NoRanges && detail.contains("1048577 bytes"), "{detail}");
    let unknown = body(&part(), 200, &headers(None, None));
    assert_eq!(unknown.at_most, MIB);
    assert_eq!(
        too_long(&Location::parse("https://h/t").unwrap(), &part(), &unknown).kind,
        Kind::NoRanges
    );
}

#[test]
fn a_compressed_whole_is_as_long_as_it_turns_out() {
    let headers = Headers {
        content_encoding: Some("gzip".to_owned()),
        ..headers(Some(50), None)
    };
    assert_eq!(
        body(&Ask::Whole, 200, &headers).ending(400),
        Ending::Complete(Some(400))
    );
}

#[test]
fn the_whole_is_bounded() {
    for status in [200, 206] {
        let (kind, detail) = refused(&Ask::Whole, status, &headers(Some(WHOLE_BYTES + 1), None));
        assert!(kind == Kind::TooBig && detail.contains("536870913"), "{detail}");
        let unknown = body(&Ask::Whole, status, &headers(None, None));
        assert_eq!(unknown.at_most, WHOLE_BYTES);
        let error = too_long(&Location::parse("https://h/t").unwrap(), &Ask::Whole, &unknown);
        assert_eq!(error.kind, Kind::TooBig);
    }
}

#[test]
fn a_whole_answered_in_part_is_short() {
    let body = body(&Ask::Whole, 206, &headers(Some(10), Some("bytes 0-9/100")));
    assert_eq!(body.ending(10), Ending::Short(10, 100));
}

#[test]
fn a_size_is_taken_from_the_headers_and_small_objects_are_read() {
    for status in [200, 206] {
        assert_eq!(
            judged(&Ask::Size, status, &headers(Some(70_000), None)),
            Verdict::Size(70_000)
        );
        assert_eq!(
            body(&Ask::Size, status, &headers(Some(65_536), None)).ending(65_536),
            Ending::Complete(Some(65_536))
        );
        assert_eq!(
            body(&Ask::Size, status, &headers(None, None)).ending(400_000),
            Ending::Complete(Some(400_000))
        );
    }
    assert_eq!(
        judged(&Ask::Size, 206, &headers(Some(10), Some("bytes 0-9/70000"))),
        Verdict::Size(70_000)
    );
}

#[test]
fn beyond_the_end_is_damage_and_an_empty_object_is_none() {
    let (kind, detail) = refused(&part(), 416, &headers(None, Some("bytes */5")));
    assert!(
        kind == Kind::Damaged && detail.contains("has 5 bytes") && detail.contains("up to 30"),
        "{detail}"
    );
    for ask in [Ask::Whole, Ask::Size] {
        assert_eq!(judged(&ask, 416, &headers(None, None)), Verdict::Size(0));
        assert_eq!(refused(&ask, 416, &headers(None, Some("bytes */5"))).0, Kind::NoRanges);
    }
}

#[test]
fn some_statuses_are_worth_another_try_and_say_when() {
    let after = |text: &str| Headers {
        retry_after: Some(text.to_owned()),
        ..Headers::default()
    };
    for status in [429, 500, 502, 503, 504] {
        assert_eq!(
            judged(&part(), status, &after("7")),
            Verdict::Busy(Some(Duration::from_secs(7)))
        );
        assert_eq!(
            judged(&part(), status, &after("Sun, 22 Nov 2026 08:00:00 GMT")),
            Verdict::Busy(None)
        );
    }
    for status in [400, 401, 403, 404, 405, 410, 501, 505] {
        assert!(
            matches!(judged(&part(), status, &after("7")), Verdict::Final(_)),
            "{status}"
        );
    }
}
