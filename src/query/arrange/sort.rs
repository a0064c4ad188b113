//! Sorting rows by keys of bytes, eight of them at a time, in stretches that never take a tab's one thread for long.
//!
//! Rows are sorted by the first eight bytes of their keys; those that are the same there by the next eight, and so on: a key
//! is looked up once for each eight bytes, and never once for each comparison.

use std::ops::Range;

use crate::query::rules::Pacer;

/// Rows that are sorted by counting; fewer are compared.
const COUNTED: usize = 4096;
/// Rows between two looks at the clock.
const STRETCH: usize = 1 << 15;
/// Values of a byte.
const BYTES: usize = 256;

/// A row to be sorted: eight bytes of its key, and its place among the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// The bytes, the first one the most significant.
    pub prefix: u64,
    /// The place.
    pub place: u32,
}

/// Where keys are looked up by their rows' places. None is the beginning of another.
pub trait Lookup {
    /// The whole key.
    fn key(&self, place: u32) -> &[u8];
}

/// Eight bytes of a key; zeros where it has ended.
#[must_use]
pub fn bytes_at(key: &[u8], offset: usize) -> u64 {
    let rest = key.get(offset..).unwrap_or_default();
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(bytes)
}

/// Sorts rows whose elements have the first eight bytes of their keys. Rows of equal keys stay in the order of their
/// places, in which they are given. Without `lookup` those eight bytes are all.
pub async fn sort(elements: &mut [Element], lookup: Option<&impl Lookup>, pacer: &Pacer) {
    let mut spare = vec![Element::default(); elements.len()];
    let mut left = vec![(0..elements.len(), 0)];
    while let Some((range, offset)) = left.pop() {
        let (Some(rows), Some(room)) = (elements.get_mut(range.clone()), spare.get_mut(range.clone())) else {
            continue;
        };
        if let Some(lookup) = lookup.filter(|_| offset > 0)
            && !advance(rows, lookup, offset, pacer).await
        {
            continue;
        }
        by_prefix(rows, room, pacer).await;
        let Some(lookup) = lookup else { continue };
        for group in groups(rows) {
            let Some(same) = rows.get_mut(group.clone()).filter(|same| same.len() > 1) else {
                continue;
            };
            if same.len() > COUNTED {
                left.push((range.start + group.start..range.start + group.end, offset + 8));
            } else {
                settle(same, lookup, offset + 8);
            }
            pacer.pause_if_due().await;
        }
    }
}

/// Takes the next eight bytes. False when the keys have ended: they are the same.
async fn advance(rows: &mut [Element], lookup: &impl Lookup, offset: usize, pacer: &Pacer) -> bool {
    let mut goes_on = false;
    for stretch in rows.chunks_mut(STRETCH) {
        goes_on |= take_bytes(stretch, lookup, offset);
        pacer.pause_if_due().await;
    }
    goes_on
}

fn take_bytes(rows: &mut [Element], lookup: &impl Lookup, offset: usize) -> bool {
    let mut goes_on = false;
    for row in rows {
        let key = lookup.key(row.place);
        goes_on |= key.len() > offset;
        row.prefix = bytes_at(key, offset);
    }
    goes_on
}

/// Sorts few rows that are the same up to `offset`.
fn settle(rows: &mut [Element], lookup: &impl Lookup, mut offset: usize) {
    while take_bytes(rows, lookup, offset) {
        rows.sort_unstable();
        offset += 8;
        let same = rows.first().map(|row| row.prefix) == rows.last().map(|row| row.prefix);
        if !same {
            let rest = |row: &Element| lookup.key(row.place).get(offset..).unwrap_or_default();
            for group in rows
                .chunk_by_mut(|a, b| a.prefix == b.prefix)
                .filter(|group| group.len() > 1)
            {
                group.sort_unstable_by(|a, b| rest(a).cmp(rest(b)).then(a.place.cmp(&b.place)));
            }
            return;
        }
    }
}

/// The ranges of rows that have the same eight bytes, found one after the other, also while those found are sorted.
fn groups(rows: &[Element]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut groups = Vec::new();
    for group in rows.chunk_by(|a, b| a.prefix == b.prefix) {
        if group.len() > 1 {
            groups.push(start..start + group.len());
        }
        start += group.len();
    }
    groups
}

/// Sorts by the eight bytes at hand: by counting the values of each byte, the least significant first.
async fn by_prefix(rows: &mut [Element], spare: &mut [Element], pacer: &Pacer) {
    if rows.len() <= COUNTED {
        return rows.sort_unstable();
    }
    let mut counts = vec![[0_usize; BYTES]; 8];
    for stretch in rows.chunks(STRETCH) {
        count(stretch, &mut counts);
        pacer.pause_if_due().await;
    }
    let (mut from, mut to) = (rows, spare);
    let mut swapped = false;
    for (byte, counts) in counts.iter().enumerate() {
        if counts.contains(&from.len()) {
            continue;
        }
        let mut starts = starts_of(counts);
        for stretch in from.chunks(STRETCH) {
            scatter(stretch, to, byte, &mut starts);
            pacer.pause_if_due().await;
        }
        std::mem::swap(&mut from, &mut to);
        swapped = !swapped;
    }
    if swapped {
        to.copy_from_slice(from);
    }
}

fn byte_of(row: &Element, byte: usize) -> usize {
    usize::from(row.prefix.to_le_bytes().get(byte).copied().unwrap_or_default())
}

fn count(rows: &[Element], counts: &mut [[usize; BYTES]]) {
    for row in rows {
        for (byte, counts) in row.prefix.to_le_bytes().into_iter().zip(counts.iter_mut()) {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count += 1;
            }
        }
    }
}

fn starts_of(counts: &[usize; BYTES]) -> [usize; BYTES] {
    let mut start = 0;
    counts.map(|count| {
        let here = start;
        start += count;
        here
    })
}

fn scatter(rows: &[Element], to: &mut [Element], byte: usize, starts: &mut [usize; BYTES]) {
    for row in rows {
        let Some(start) = starts.get_mut(byte_of(row, byte)) else {
            continue;
        };
        if let Some(slot) = to.get_mut(*start) {
            *slot = *row;
        }
        *start += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Keys(Vec<Vec<u8>>);

    impl Lookup for Keys {
        fn key(&self, place: u32) -> &[u8] {
            &self.0[place as usize]
        }
    }

    fn elements(keys: &Keys) -> Vec<Element> {
        let element = |(place, key): (u32, &Vec<u8>)| Element {
            prefix: bytes_at(key, 0),
            place,
        };
        (0..).zip(&keys.0).map(element).collect()
    }

    #[tokio::test]
    async fn sorts_any_number_of_keys_of_any_length() {
        let mut seed = 7_u64;
        let mut next = move |bound: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % bound
        };
        for (rows, length, letters) in [
            (0, 3, 4),
            (1, 3, 4),
            (5000, 0, 2),
            (5000, 30, 2),
            (20_000, 9, 3),
            (70_000, 4, 255),
            (9000, 40, 1),
        ] {
            let mut key = || {
                let mut key: Vec<u8> = (0..next(length + 1))
                    .map(|_| 1 + u8::try_from(next(letters)).unwrap())
                    .collect();
                // No key is the beginning of another.
                key.push(0);
                key
            };
            let keys = Keys((0..rows).map(|_| key()).collect());
            let mut sorted = elements(&keys);
            sort(&mut sorted, Some(&keys), &Pacer::default()).await;
            let mut expected: Vec<u32> = (0..rows).collect();
            expected.sort_by_key(|place| keys.0[*place as usize].clone());
            assert_eq!(
                sorted.iter().map(|row| row.place).collect::<Vec<_>>(),
                expected,
                "{rows} {length} {letters}"
            );
        }
    }

    #[tokio::test]
    async fn eight_bytes_may_be_all() {
        for rows in [10, 50_000] {
            let mut sorted: Vec<Element> = (0..rows)
                .map(|place| Element {
                    prefix: u64::from(place % 7) << 40,
                    place,
                })
                .collect();
            sort(&mut sorted, None::<&Keys>, &Pacer::default()).await;
            assert!(sorted.is_sorted(), "{rows}");
        }
    }
}
