//! [`Pieces`]: bytes of one object that are at hand, and reads that may span several.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::ranges::subtract;

/// Disjoint pieces of one object by the offset of their first byte.
#[derive(Debug, Default)]
pub struct Pieces(BTreeMap<u64, Bytes>);

impl Pieces {
    /// Adds what is not there yet of `bytes`, which begin at `start`.
    pub fn add(&mut self, start: u64, bytes: &Bytes) {
        let range = start..start.saturating_add(bytes.len() as u64);
        for part in subtract(std::slice::from_ref(&range), &self.touching(&range)) {
            if let Some(slice) = slice(start, bytes, &part) {
                self.0.insert(part.start, slice);
            }
        }
    }

    /// What is there, in ascending order.
    pub fn covered(&self) -> Vec<Range<u64>> {
        self.0.iter().map(|(start, bytes)| span(*start, bytes)).collect()
    }

    /// The bytes of `range`, if all are there: a slice of one piece without copying, else
    /// put together.
    pub fn read(&self, range: &Range<u64>) -> Option<Bytes> {
        if range.is_empty() {
            return Some(Bytes::new());
        }
        let (start, bytes) = self.0.range(..=range.start).next_back()?;
        if let Some(slice) = slice(*start, bytes, range) {
            return Some(slice);
        }
        self.join(range)
    }

    fn join(&self, range: &Range<u64>) -> Option<Bytes> {
        let mut joined = BytesMut::with_capacity(usize::try_from(range.end - range.start).ok()?);
        let mut at = range.start;
        while at < range.end {
            let (start, bytes) = self.0.range(..=at).next_back()?;
            let part = at..range.end.min(span(*start, bytes).end);
            joined.extend_from_slice(&slice(*start, bytes, &part).filter(|part| !part.is_empty())?);
            at = part.end;
        }
        Some(joined.freeze())
    }

    fn touching(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let before = self.0.range(..=range.start).next_back();
        let inside = self.0.range(range.clone());
        before
            .into_iter()
            .chain(inside)
            .map(|(start, bytes)| span(*start, bytes))
            .collect()
    }
}

/// The range that `bytes` at `start` fill.
pub fn span(start: u64, bytes: &Bytes) -> Range<u64> {
    start..start.saturating_add(bytes.len() as u64)
}

/// The part `range` of `bytes`, which begin at `start`; `None` when they do not hold it all.
pub fn slice(start: u64, bytes: &Bytes, range: &Range<u64>) -> Option<Bytes> {
    let from = usize::try_from(range.start.checked_sub(start)?).ok()?;
    let to = usize::try_from(range.end.checked_sub(start)?).ok()?;
    (from <= to && to <= bytes.len()).then(|| bytes.slice(from..to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(parts: &[(u64, &'static [u8])]) -> Pieces {
        let mut pieces = Pieces::default();
        for (start, bytes) in parts {
            pieces.add(*start, &Bytes::from_static(bytes));
        }
        pieces
    }

    #[test]
    fn one_piece_is_sliced_without_copying() {
        let bytes = Bytes::from(vec![1, 2, 3, 4]);
        let mut pieces = Pieces::default();
        pieces.add(10, &bytes);
        let read = pieces.read(&(11..13)).unwrap();
        assert_eq!(read, &[2, 3][..]);
        assert_eq!(read.as_ptr(), bytes[1..].as_ptr());
    }

    #[test]
    fn several_pieces_are_put_together_in_any_order() {
        let pieces = pieces(&[(6, b"ghij"), (0, b"abc"), (3, b"def")]);
        assert_eq!(pieces.read(&(1..9)).unwrap(), "bcdefghi");
        assert_eq!(pieces.read(&(0..10)).unwrap(), "abcdefghij");
        assert_eq!(pieces.covered(), vec![0..3, 3..6, 6..10]);
    }

    #[test]
    fn a_hole_or_an_end_gives_nothing() {
        let pieces = pieces(&[(0, b"abc"), (5, b"fg")]);
        for range in [2..6, 0..4, 5..8, 3..4, 9..10] {
            assert_eq!(pieces.read(&range), None, "{range:?}");
        }
        assert_eq!(pieces.read(&(100..100)), Some(Bytes::new()));
        assert_eq!(Pieces::default().read(&(0..1)), None);
    }

    #[test]
    fn what_was_there_first_stays() {
        let pieces = pieces(&[(2, b"CD"), (0, b"abcdef"), (1, b"xxx")]);
        assert_eq!(pieces.read(&(0..6)).unwrap(), "abCDef");
        assert_eq!(pieces.covered(), vec![0..2, 2..4, 4..6]);
    }
}
