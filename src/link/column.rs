//! A column's name in a link: `name*2` is the second of that name, and `~` takes the next character as it is.

use std::fmt;

/// A column of a result by its name; names may repeat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnName {
    /// The name.
    pub name: String,
    /// Which of those of this name: 0 is the first.
    pub nth: usize,
}

impl ColumnName {
    /// Reads the name as it is written.
    pub(super) fn read(text: &str) -> Self {
        let mut parts = split(text, '*');
        let name = parts.next().unwrap_or_default();
        let nth = parts.next().and_then(|nth| nth.parse::<usize>().ok());
        match nth {
            Some(nth) if nth > 1 => Self {
                name: plain(name),
                nth: nth - 1,
            },
            _ => Self {
                name: plain(text),
                nth: 0,
            },
        }
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escaped(&self.name, &[';', ':', ',', '*', '!']);
        if name.starts_with('-') {
            f.write_str("~")?;
        }
        f.write_str(&name)?;
        if self.nth > 0 {
            write!(f, "*{}", self.nth + 1)?;
        }
        Ok(())
    }
}

/// The parts between separators that are not escaped.
pub(super) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut escaped = false;
        for (at, c) in text.char_indices() {
            if escaped {
                escaped = false;
            } else if c == '~' {
                escaped = true;
            } else if c == separator {
                rest = text.get(at + c.len_utf8()..);
                return text.get(..at);
            }
        }
        rest = None;
        Some(text)
    })
}

/// What is meant by a text with escapes.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '~' { chars.next() } else { Some(c) });
    }
    plain
}

/// The text with `~` before each character that would mean something.
pub(super) fn escaped(text: &str, special: &[char]) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c == '~' || special.contains(&c) {
            escaped.push('~');
        }
        escaped.push(c);
    }
    escaped
}
