use futures::FutureExt;

use super::*;

fn landing() -> Landing {
    futures::future::pending().boxed().shared()
}

fn at(number: usize) -> Location {
    Location::parse(&format!("http://lake.test/{number}")).unwrap()
}

#[test]
fn requests_that_nobody_awaits_are_not_joined_and_not_hoarded() {
    let mut shelf = Shelf::new(0);
    let awaited = landing();
    shelf.depart(0, &at(0), Ask::Size, &landing());
    shelf.depart(1, &at(0), Ask::Size, &awaited);
    assert!(shelf.same(&at(0), &Ask::Size).is_some() && shelf.same(&at(0), &Ask::Whole).is_none());
    for number in 1..10 * LOCATIONS_UNDER_WAY {
        shelf.depart(number as FlightId, &at(number), Ask::Size, &landing());
        assert!(shelf.same(&at(number), &Ask::Size).is_none());
    }
    assert!(shelf.flights.len() <= LOCATIONS_UNDER_WAY);
    assert!(shelf.same(&at(0), &Ask::Size).is_some());
}

#[test]
fn only_parts_that_share_a_byte_are_joined() {
    let mut shelf = Shelf::new(0);
    let (part, whole) = (landing(), landing());
    shelf.depart(1, &at(0), Ask::Part(10..20), &part);
    shelf.depart(2, &at(0), Ask::Whole, &whole);
    let joined = |ranges: &[Range<u64>]| {
        shelf
            .under_way(&at(0), ranges)
            .into_iter()
            .map(|(range, _)| range)
            .collect::<Vec<_>>()
    };
    assert_eq!(joined(&[0..5, 19..30]), vec![10..20]);
    assert_eq!(joined(&[0..10, 20..30]), vec![]);
    shelf.arrive(1, &at(0));
    assert!(shelf.under_way(&at(0), &[0..5, 19..30]).is_empty());
}
