//! Which requests read which bytes: merging neighbors, splitting giants, leaving out what
//! is there. Pure, so that a plan can count its requests before it sends one.

use std::ops::Range;

/// Two ranges with at most this between them are always read by one request: with six on their way at once, a round trip
/// of 46 ms costs as much at 50 Mbit/s.
pub const NEAR_BYTES: u64 = 48 * 1024;

/// Wider gaps are read as long as all that is read in vain is at most this part of what is wanted.
const WASTED_PART: u64 = 10;

/// More requests than this at once would wait for each other: beyond, gaps are read whatever they come to.
const AT_ONCE: usize = 8;

/// A gap that is wider than this is never read. At 50 Mbit/s and 80 ms a round trip costs as much as half a megabyte.
pub const GAP_BYTES: u64 = 512 * 1024;

/// The longest request. Long enough that a round trip does not matter beside it, short
/// enough that six in flight hold 48 MiB, run in parallel and lose little when one breaks.
pub const REQUEST_BYTES: u64 = 8 * 1024 * 1024;

/// The requests that read `ranges`, in ascending order and disjoint. Ranges may overlap,
/// touch, be empty and come in any order; where one fits into a request it is not cut.
#[must_use]
pub fn requests(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let ranges = disjoint(ranges);
    let joined = joined(&ranges);
    let mut requests: Vec<Range<u64>> = Vec::new();
    for (range, is_joined) in ranges.into_iter().zip(joined) {
        match requests.last_mut() {
            Some(last) if is_joined && range.end - last.start <= REQUEST_BYTES => last.end = range.end,
            _ => requests.extend(split(&range)),
        }
    }
    requests
}

/// Which of the ranges, ascending and disjoint, are to be read together with the one before.
fn joined(ranges: &[Range<u64>]) -> Vec<bool> {
    let wanted: u64 = ranges.iter().map(|range| range.end - range.start).sum();
    let neighbors = ranges.iter().zip(ranges.iter().skip(1)).zip(1..);
    let mut gaps: Vec<(u64, usize)> = neighbors
        .map(|((one, next), place)| (next.start - one.end, place))
        .filter(|(gap, _)| *gap <= GAP_BYTES)
        .collect();
    gaps.sort_unstable();
    let (mut joined, mut in_vain, mut apart) = (vec![false; ranges.len()], 0, ranges.len());
    for (gap, place) in gaps {
        let pays = gap <= NEAR_BYTES || in_vain + gap <= wanted / WASTED_PART || apart > AT_ONCE;
        if let Some(joined) = joined.get_mut(place).filter(|_| pays) {
            (*joined, in_vain, apart) = (true, in_vain + gap, apart - 1);
        }
    }
    joined
}

/// What of `ranges` no range of `covered` holds: ascending and disjoint.
#[must_use]
pub fn subtract(ranges: &[Range<u64>], covered: &[Range<u64>]) -> Vec<Range<u64>> {
    let covered = disjoint(covered);
    let mut left = Vec::new();
    for range in disjoint(ranges) {
        let mut start = range.start;
        let first = covered.partition_point(|cover| cover.end <= range.start);
        for cover in covered.iter().skip(first).take_while(|cover| cover.start < range.end) {
            if start < cover.start {
                left.push(start..cover.start);
            }
            start = start.max(cover.end);
        }
        if start < range.end {
            left.push(start..range.end);
        }
    }
    left
}

/// Do the two share a byte?
#[must_use]
pub fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start.max(other.start) < one.end.min(other.end)
}

/// The same bytes in ascending order, none twice, no range empty; touching ranges stay apart.
fn disjoint(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable_by_key(|range| (range.start, range.end));
    let mut end = 0;
    for range in &mut sorted {
        range.start = range.start.max(end);
        end = end.max(range.end);
    }
    sorted.retain(|range| !range.is_empty());
    sorted
}

/// A range in even parts, none longer than a request.
fn split(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
    let length = range.end - range.start;
    let parts = length.div_ceil(REQUEST_BYTES).max(1);
    let (step, end) = (length.div_ceil(parts).max(1), range.end);
    let mut start = range.start;
    std::iter::from_fn(move || {
        let part = start..end.min(start.saturating_add(step));
        start = part.end;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]
mod tests {
    use super::*;

    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;

    /// A generator of arbitrary but repeatable numbers.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % bound
        }

        fn ranges(&mut self, count: u64, within: u64, longest: u64) -> Vec<Range<u64>> {
            let range = |numbers: &mut Self| {
                let start = numbers.below(within);
                start..start + numbers.below(longest)
            };
            (0..count).map(|_| range(self)).collect()
        }
    }

    #[test]
    fn nothing_asked_is_nothing_sent() {
        assert_eq!(requests(&[]), vec![]);
        assert_eq!(requests(&[5..5, 0..0]), vec![]);
    }

    #[test]
    fn neighbors_are_one_request_up_to_the_gap_and_not_beyond() {
        assert_eq!(
            requests(&[0..10, 10 + NEAR_BYTES..20 + NEAR_BYTES]),
            vec![0..20 + NEAR_BYTES]
        );
        assert_eq!(
            requests(&[0..10, 11 + NEAR_BYTES..20 + NEAR_BYTES]),
            vec![0..10, 11 + NEAR_BYTES..20 + NEAR_BYTES]
        );
    }

    #[test]
    fn a_wider_gap_is_read_for_ten_times_as_much_that_is_wanted() {
        let (wide, wanted) = (100 * KIB, 500 * KIB);
        let pair = |wanted| [0..wanted, wanted + wide..2 * wanted + wide];
        assert_eq!(requests(&pair(wanted)), vec![0..2 * wanted + wide]);
        assert_eq!(requests(&pair(wanted - 1)).len(), 2);
        // All gaps count, the narrowest first.
        let three = [
            0..wanted,
            wanted + wide..2 * wanted + wide,
            2 * wanted + 3 * wide..2 * wanted + 4 * wide,
        ];
        assert_eq!(requests(&three), vec![0..2 * wanted + wide, three[2].clone()]);
        let beyond = GAP_BYTES + 1;
        let giants = [0..3 * MIB, 3 * MIB + beyond..6 * MIB + beyond];
        assert_eq!(requests(&giants).len(), 2, "what is too wide for that is never read");
    }

    #[test]
    fn many_small_ranges_are_few_requests_whatever_lies_between() {
        let scattered = |count: u64, step: u64| -> Vec<_> { (0..count).map(|at| at * step..at * step + 10).collect() };
        assert_eq!(requests(&scattered(8, 200 * KIB)).len(), 8);
        assert_eq!(requests(&scattered(20, 200 * KIB)).len(), 8);
        assert_eq!(requests(&scattered(20, MIB)).len(), 20, "unless it is too much");
    }

    #[test]
    fn order_overlap_and_repetition_do_not_matter() {
        assert_eq!(requests(&[30..40, 0..20, 10..35, 0..20, 7..7]), vec![0..40]);
        assert_eq!(requests(&[0..100, 20..30, 90..120]), vec![0..120]);
    }

    #[test]
    fn a_request_ends_between_ranges_rather_than_inside_one() {
        let columns = [0..3 * MIB, 3 * MIB..6 * MIB, 6 * MIB..9 * MIB, 9 * MIB..12 * MIB];
        assert_eq!(requests(&columns), vec![0..6 * MIB, 6 * MIB..12 * MIB]);
    }

    #[test]
    fn the_longest_request_is_exactly_the_bound() {
        assert_eq!(
            requests(&[0..REQUEST_BYTES - 10, REQUEST_BYTES - 10..REQUEST_BYTES]),
            vec![0..REQUEST_BYTES]
        );
        assert_eq!(requests(&[7..REQUEST_BYTES + 7]), vec![7..REQUEST_BYTES + 7]);
    }

    #[test]
    fn a_giant_is_split_evenly_and_the_next_may_join_its_last_part() {
        assert_eq!(requests(&[0..17 * MIB]).len(), 3);
        assert_eq!(
            requests(&[0..9 * MIB]),
            vec![0..4 * MIB + 512 * KIB, 4 * MIB + 512 * KIB..9 * MIB]
        );
        assert_eq!(
            requests(&[0..9 * MIB, 9 * MIB..10 * MIB]).last(),
            Some(&(4 * MIB + 512 * KIB..10 * MIB))
        );
    }

    #[test]
    fn the_end_of_numbers_does_not_overflow() {
        let end = u64::MAX;
        assert_eq!(requests(&[end - 5..end, end - 20..end - 10]), vec![end - 20..end]);
        assert_eq!(subtract(&[0..end], &[5..end - 5]), vec![0..5, end - 5..end]);
    }

    #[test]
    fn any_ranges_are_covered_by_sorted_disjoint_bounded_requests() {
        let mut numbers = Numbers(7);
        for round in 0..300 {
            let count = numbers.below(30);
            let ranges = numbers.ranges(count, 60 * MIB, 1 + MIB * (1 + round % 12));
            let requests = requests(&ranges);
            assert_eq!(subtract(&ranges, &requests), vec![], "{ranges:?} {requests:?}");
            assert!(
                requests
                    .iter()
                    .all(|request| !request.is_empty() && request.end - request.start <= REQUEST_BYTES)
            );
            assert!(
                requests.windows(2).all(|pair| pair[0].end <= pair[1].start),
                "{requests:?}"
            );
            let ends_asked = |request: &Range<u64>| {
                ranges
                    .iter()
                    .any(|range| (range.start..range.end).contains(&request.start))
                    && ranges
                        .iter()
                        .any(|range| range.start < request.end && request.end <= range.end)
            };
            assert!(
                requests.iter().all(ends_asked),
                "no request begins or ends in a gap: {ranges:?} {requests:?}"
            );
        }
    }

    #[test]
    fn subtracting_leaves_exactly_the_bytes_that_are_not_covered() {
        assert_eq!(subtract(&[0..10, 20..30], &[5..25]), vec![0..5, 25..30]);
        assert_eq!(subtract(&[0..10], &[2..4, 6..8]), vec![0..2, 4..6, 8..10]);
        assert_eq!(subtract(&[0..10], &[0..10]), vec![]);
        assert_eq!(subtract(&[0..10], &[]), vec![0..10]);
        let mut numbers = Numbers(11);
        for _ in 0..300 {
            let (ranges, covered) = (numbers.ranges(8, 200, 40), numbers.ranges(8, 200, 40));
            let left = subtract(&ranges, &covered);
            let holds = |ranges: &[Range<u64>], byte| ranges.iter().any(|range| range.contains(&byte));
            for byte in 0..260 {
                let expected = holds(&ranges, byte) && !holds(&covered, byte);
                assert_eq!(holds(&left, byte), expected, "{byte} of {ranges:?} without {covered:?}");
            }
        }
    }

    #[test]
    fn overlap_means_a_common_byte() {
        assert!(overlap(&(0..10), &(9..20)) && overlap(&(3..4), &(0..10)));
        assert!(!overlap(&(0..10), &(10..20)) && !overlap(&(5..5), &(0..10)));
    }
}
