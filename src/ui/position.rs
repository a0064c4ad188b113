//! Places in a text: the engine's UTF-8 bytes and the browser's UTF-16 units.

use std::ops::Range;

use crate::error::Span;

/// The same place in UTF-16 units; what lies beyond the text, or within a character, is moved to its edge.
/// Never empty while there is text to mark.
#[must_use]
pub fn in_utf16(text: &str, span: Span) -> Range<u32> {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let range = units_before(text, start)..units_before(text, end);
    if range.is_empty() {
        around(text, range.start)
    } else {
        range
    }
}

/// The byte at a place in UTF-16 units; what lies beyond the text, or within a character, is moved to its edge.
#[must_use]
pub fn in_bytes(text: &str, at: u32) -> usize {
    let mut units_before = 0;
    let found = text.char_indices().find(|(_, letter)| {
        let here = units_before >= at;
        units_before += units(*letter);
        here
    });
    found.map_or(text.len(), |(byte, _)| byte)
}

fn units_before(text: &str, byte: usize) -> u32 {
    let before = text
        .char_indices()
        .take_while(|(start, letter)| start + letter.len_utf8() <= byte);
    before.map(|(_, letter)| units(letter)).sum()
}

/// The character at a place, or the one before it at the end of the text.
fn around(text: &str, at: u32) -> Range<u32> {
    let mut start = 0;
    let mut found = 0..0;
    for letter in text.chars() {
        if start > at {
            break;
        }
        found = start..start + units(letter);
        start = found.end;
    }
    found
}

fn units(letter: char) -> u32 {
    if letter.len_utf16() == 2 { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_units_become_bytes() {
        let text = "é🦆x";
        for (at, byte) in [(0, 0), (1, 2), (2, 6), (3, 6), (4, 7), (9, 7)] {
            assert_eq!(in_bytes(text, at), byte, "{at}");
        }
    }

    #[test]
    fn bytes_become_utf16_units() {
        let text = "é🦆x";
        for (start, end, expected) in [
            (0, 2, 0..1),
            (2, 6, 1..3),
            (6, 7, 3..4),
            (0, 7, 0..4),
            (6, 6, 3..4),
            (7, 7, 3..4),
            (9, 99, 3..4),
            (3, 4, 1..3),
            (5, 1, 1..3),
        ] {
            assert_eq!(in_utf16(text, Span { start, end }), expected, "{start}..{end}");
        }
        assert_eq!(in_utf16("", Span { start: 0, end: 5 }), 0..0);
    }
}
