use super::*;

const KIB: usize = 1024;

fn at(name: &str) -> Location {
    Location::parse(&format!("http://lake.test/{name}")).unwrap()
}

fn bytes(length: usize) -> Bytes {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

/// Room for sixteen segments of one KiB.
fn cache() -> ByteCache {
    ByteCache::new(16 * (KIB as u64 + SEGMENT_COST))
}

fn holds(cache: &mut ByteCache, name: &str, range: Range<u64>) -> bool {
    cache
        .pin(&at(name), std::slice::from_ref(&range))
        .read(&range)
        .is_some()
}

#[test]
fn parts_of_a_segment_and_reads_over_several_are_found() {
    let mut cache = cache();
    let whole = bytes(3 * KIB);
    cache.insert(&at("a"), 100, &whole.slice(..KIB));
    cache.insert(&at("a"), 100 + KIB as u64, &whole.slice(KIB..));
    for range in [100..101, 600..700, 1000..1200, 100..3172] {
        let (from, to) = (
            usize::try_from(range.start - 100).unwrap(),
            usize::try_from(range.end - 100).unwrap(),
        );
        let read = cache.pin(&at("a"), std::slice::from_ref(&range)).read(&range);
        assert_eq!(read.unwrap(), whole.slice(from..to), "{range:?}");
    }
    assert!(
        !holds(&mut cache, "a", 99..101) && !holds(&mut cache, "a", 3171..3173) && !holds(&mut cache, "b", 100..101)
    );
}

#[test]
fn a_hit_is_the_same_memory() {
    let mut cache = cache();
    let whole = bytes(KIB);
    cache.insert(&at("a"), 0, &whole);
    let read = cache.pin(&at("a"), &[5..9, 7..20]).read(&(5..20)).unwrap();
    assert_eq!(read.as_ptr(), whole[5..].as_ptr());
}

#[test]
fn the_least_recently_used_segment_goes_first() {
    let mut cache = cache();
    for number in 0..16 {
        cache.insert(&at(&format!("{number}")), 0, &bytes(KIB));
    }
    assert!(holds(&mut cache, "0", 0..10));
    cache.insert(&at("new"), 0, &bytes(KIB));
    assert!(holds(&mut cache, "0", 0..10) && holds(&mut cache, "new", 0..1024));
    assert!(!holds(&mut cache, "1", 0..1) && holds(&mut cache, "2", 0..1));
}

#[test]
fn one_object_leaves_room_for_the_others() {
    let mut cache = cache();
    cache.insert(&at("footer"), 0, &bytes(KIB));
    for number in 0..100 {
        cache.insert(&at("giant"), number * KIB as u64, &bytes(KIB));
    }
    assert!(holds(&mut cache, "footer", 0..1024));
    assert!(holds(&mut cache, "giant", 92 * 1024..100 * 1024) && !holds(&mut cache, "giant", 91 * 1024..92 * 1024));
}

#[test]
fn a_segment_that_would_sweep_the_cache_is_not_kept() {
    let mut cache = cache();
    cache.insert(&at("footer"), 0, &bytes(KIB));
    cache.insert(&at("giant"), 0, &bytes(8 * KIB));
    assert!(holds(&mut cache, "footer", 0..1024) && !holds(&mut cache, "giant", 0..1));
}

#[test]
fn the_bound_holds_whatever_comes() {
    let mut cache = cache();
    for number in 0_u64..1000 {
        let start = number * 7919 % 40_000;
        let length = usize::try_from(number * 31 % 3000).unwrap();
        cache.insert(&at(&format!("{}", number % 7)), start, &bytes(length));
        let counted: u64 = cache
            .objects
            .values()
            .flat_map(|object| object.segments.values())
            .map(|segment| cost(&segment.bytes))
            .sum();
        assert!(cache.used == counted && counted <= cache.budget);
        assert_eq!(
            cache.recency.len(),
            cache
                .objects
                .values()
                .map(|object| object.segments.len())
                .sum::<usize>()
        );
    }
}

#[test]
fn overlapping_inserts_keep_what_was_there_and_add_the_rest() {
    let mut cache = cache();
    let whole = bytes(3 * KIB);
    cache.insert(&at("a"), 1000, &whole.slice(1000..1100));
    cache.insert(&at("a"), 500, &whole.slice(500..2000));
    let all = 500..2000;
    assert_eq!(
        cache.pin(&at("a"), std::slice::from_ref(&all)).read(&all).unwrap(),
        whole.slice(500..2000)
    );
    assert_eq!(cache.used, 1500 + 3 * SEGMENT_COST);
}

#[test]
fn forgetting_drops_what_lies_below_and_nothing_else() {
    let mut cache = cache();
    for name in ["t/a", "t/b?sig=1", "tt/c"] {
        cache.insert(&at(name), 0, &bytes(10));
    }
    cache.forget(&at("t/"));
    assert!(
        !holds(&mut cache, "t/a", 0..1) && !holds(&mut cache, "t/b?sig=1", 0..1) && holds(&mut cache, "tt/c", 0..1)
    );
    cache.remove(&at("tt/c"));
    assert_eq!((cache.used, cache.recency.len(), cache.objects.len()), (0, 0, 0));
}
