//! How deep a variant is nested, told without recursion: what reads variants recurses, and a stack has an end.
//!
//! Parquet format, "Variant Binary Encoding", "Value encoding". What is malformed is left to those readers.

/// Levels that are read: above what people nest, and far below what a stack holds.
const DEEPEST: usize = 100;

/// Basic types of values with others inside.
const OBJECT: u8 = 2;
const ARRAY: u8 = 3;

/// Is `value` nested at most [`DEEPEST`] levels deep, no part of it in several places, and no time in it beyond calendars?
pub(super) fn is_shallow(value: &[u8]) -> bool {
    let (mut left, mut visited) = (vec![(value, 1)], 0);
    while let Some((part, depth)) = left.pop() {
        visited += 1;
        // Every value has a byte of its own: more of them than bytes would share theirs, and could be endless.
        let inside = children(part).unwrap_or_default();
        if !has_a_calendar(part) || depth > DEEPEST || visited + left.len() + inside.len() > value.len().max(1) {
            return false;
        }
        left.extend(inside.into_iter().map(|child| (child, depth + 1)));
    }
    true
}

/// Is it no time beyond what calendars reach, some 260,000 years from now? What reads those has no other answer than to
/// stop the program.
fn has_a_calendar(value: &[u8]) -> bool {
    const DATE: u8 = 11 << 2;
    const MICROS: [u8; 2] = [12 << 2, 13 << 2];
    match value.split_first() {
        Some((&DATE, days)) => days
            .first_chunk()
            .is_none_or(|days| i32::from_le_bytes(*days).unsigned_abs() < 95_000_000),
        Some((first, micros)) if MICROS.contains(first) => micros
            .first_chunk()
            .is_none_or(|micros| i64::from_le_bytes(*micros).unsigned_abs() < 8_200_000_000_000_000_000),
        _ => true,
    }
}

/// The values inside of an object or an array; `None` when it is none, or malformed.
fn children(value: &[u8]) -> Option<Vec<&[u8]>> {
    let (first, rest) = value.split_first()?;
    let header = first >> 2;
    let (id_bytes, is_large) = match first & 3 {
        OBJECT => (usize::from(header >> 2 & 3) + 1, header >> 4 & 1 == 1),
        ARRAY => (0, header >> 2 & 1 == 1),
        _ => return None,
    };
    let offset_bytes = usize::from(header & 3) + 1;
    let count_bytes = if is_large { 4 } else { 1 };
    let count = number(rest, 0, count_bytes)?;
    let offsets = count_bytes.checked_add(count.checked_mul(id_bytes)?)?;
    let values = offsets.checked_add(count.checked_add(1)?.checked_mul(offset_bytes)?)?;
    let values = rest.get(values..)?;
    let child = |index: usize| values.get(number(rest, offsets + index * offset_bytes, offset_bytes)?..);
    Some((0..count).filter_map(child).collect())
}

/// A little-endian number of some bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(width)?)?.iter().rev();
    Some(bytes.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of `inner` alone.
    fn list_of(inner: &[u8]) -> Vec<u8> {
        // Offsets of four bytes.
        let end = u32::try_from(inner.len()).unwrap().to_le_bytes();
        [&[ARRAY | 3 << 2, 1, 0, 0, 0, 0], &end[..], inner].concat()
    }

    #[test]
    fn what_is_nested_too_deep_is_found_without_recursion() {
        let mut value = vec![0];
        for depth in 1..=1000 {
            assert_eq!(is_shallow(&value), depth <= DEEPEST, "{depth}");
            value = list_of(&value);
        }
    }

    #[test]
    fn times_beyond_calendars_are_found_wherever_they_lie() {
        let micros = |micros: i64| [&[12 << 2], &micros.to_le_bytes()[..]].concat();
        let days = |days: i32| [&[11 << 2], &days.to_le_bytes()[..]].concat();
        assert!(is_shallow(&micros(1_800_000_000_000_000)) && is_shallow(&days(-700_000)));
        for beyond in [micros(i64::MAX), micros(i64::MIN), days(i32::MAX)] {
            assert!(!is_shallow(&beyond) && !is_shallow(&list_of(&list_of(&beyond))));
        }
    }

    #[test]
    fn parts_that_lie_in_each_other_are_no_endless_work() {
        // A list of many, all of which begin where the list itself would go on.
        let shared = [vec![ARRAY, 200], vec![0; 201], vec![ARRAY, 200], vec![0; 400]].concat();
        assert!(!is_shallow(&shared));
        for malformed in [
            &[][..],
            &[ARRAY],
            &[ARRAY, 9],
            &[OBJECT | 16 << 2, 255, 255, 255, 255],
            &[OBJECT, 2, 0],
        ] {
            assert!(is_shallow(malformed));
        }
    }
}
