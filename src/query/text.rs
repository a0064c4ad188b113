//! Values as text: the one format of the grid, of the clipboard and of exported text.
//!
//! Scalars are written as [`Scalar`](super::scalar::Scalar) says, bytes as lower-case hexadecimal
//! digits, text as it is. A nested value is JSON: numbers bare, everything else quoted, a struct or
//! a union's member as an object, a map as an object with its keys as text, so that `["a, b"]` and
//! `["a", "b"]` differ. NULL has no text; inside a nested value it is `null`.

use std::fmt::{self, Write};

use parquet::variant::Variant;

use super::cut::Bounded;
use super::values::Value;
use super::variants::{Scalar, scalar};
use crate::error::{Error, Kind, Result};
use crate::table::variant::checked;

impl Value<'_> {
    /// Writes the value on one line (save for line breaks in text itself); nothing for NULL.
    ///
    /// # Errors
    /// Only when `out` refuses.
    pub fn write(self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) => out.write_str(text),
            Self::Boolean(_) | Self::Bytes(_) | Self::Scalar(_, _) => self.write_bare(out),
            _ => self.write_json(out, Layout::Line),
        }
    }

    /// Writes the value as JSON on one line, `null` for NULL.
    ///
    /// # Errors
    /// When `out` refuses, or a variant is damaged.
    pub fn write_as_json(self, out: &mut dyn Write) -> fmt::Result {
        self.write_json(out, Layout::Line)
    }

    /// The value on one line; `None` for NULL.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = self.write(&mut text);
        (!matches!(self, Self::Null)).then_some(text)
    }

    /// The whole value for reading, nested values as indented JSON; `None` for NULL.
    ///
    /// # Errors
    /// `TooBig` when the text is longer than `limit` bytes.
    pub fn full_text(self, limit: usize) -> Result<Option<String>> {
        let mut out = Bounded::to(limit);
        let written = match self {
            Self::List(..) | Self::Map(..) | Self::Struct(..) | Self::Member(..) | Self::Variant(..) => {
                self.write_json(&mut out, Layout::Indented(0))
            }
            _ => self.write(&mut out),
        };
        let detail = || format!("The value is longer than {limit} bytes. Export the result, or select a part of it.");
        written.map_err(|_| Error::new(Kind::TooBig, "cell", detail()))?;
        Ok((!matches!(self, Self::Null)).then_some(out.into_text()))
    }

    /// Scalars without quotes.
    fn write_bare(self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(out, "{value}"),
            Self::Scalar(scalar, row) => scalar.write(row, out),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
            Self::Text(text) => write_escaped(text, out),
            _ => Ok(()),
        }
    }

    fn write_json(self, out: &mut dyn Write, layout: Layout) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Boolean(_) => self.write_bare(out),
            Self::Scalar(scalar, row) if scalar.is_number(row) => scalar.write(row, out),
            Self::Scalar(..) | Self::Bytes(_) | Self::Text(_) => self.write_quoted(out),
            Self::List(items, start, end) => layout.write(out, ['[', ']'], start..end, |out, row, inner| {
                items.get(row).write_json(out, inner)
            }),
            Self::Map(keys, values, start, end) => layout.write(out, ['{', '}'], start..end, |out, row, inner| {
                keys.get(row).write_key(out)?;
                values.get(row).write_json(out, inner)
            }),
            Self::Struct(fields, row) => layout.write(out, ['{', '}'], fields.iter(), |out, (name, values), inner| {
                Value::Text(name).write_key(out)?;
                values.get(row).write_json(out, inner)
            }),
            Self::Member(name, values, row) => layout.write(out, ['{', '}'], [row], |out, row, inner| {
                Value::Text(name).write_key(out)?;
                values.get(row).write_json(out, inner)
            }),
            Self::Variant(metadata, value) => match checked(metadata, value) {
                Ok(variant) => write_variant(out, &variant, layout),
                Err(_) => Err(fmt::Error),
            },
        }
    }

    fn write_quoted(self, out: &mut dyn Write) -> fmt::Result {
        out.write_char('"')?;
        self.write_bare(out)?;
        out.write_char('"')
    }

    /// A key of an object; a key that is nested itself is its JSON as text.
    pub(super) fn write_key(self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Text(_) | Self::Boolean(_) | Self::Bytes(_) | Self::Scalar(..) => self.write_quoted(out)?,
            _ => Value::Text(&self.text().unwrap_or_else(|| "null".to_owned())).write_quoted(out)?,
        }
        out.write_str(": ")
    }
}

fn write_variant(out: &mut dyn Write, variant: &Variant<'_, '_>, layout: Layout) -> fmt::Result {
    match variant {
        Variant::Object(object) => layout.write(out, ['{', '}'], object.iter(), |out, (name, value), inner| {
            Value::Text(name).write_key(out)?;
            write_variant(out, &value, inner)
        }),
        Variant::List(list) => layout.write(out, ['[', ']'], list.iter(), |out, value, inner| {
            write_variant(out, &value, inner)
        }),
        other => match scalar(other) {
            Some(Scalar::Bare(text)) => out.write_str(&text),
            Some(Scalar::Quoted(text)) => Value::Text(&text).write_quoted(out),
            Some(Scalar::Text(text)) => Value::Text(text).write_quoted(out),
            Some(Scalar::Bytes(bytes)) => Value::Bytes(bytes).write_quoted(out),
            None => Err(fmt::Error),
        },
    }
}

/// How JSON is laid out.
#[derive(Clone, Copy)]
enum Layout {
    Line,
    /// Two spaces a level; the level.
    Indented(usize),
}

impl Layout {
    /// Writes brackets around `items`, each through `write`, which gets the layout inside.
    fn write<T>(
        self,
        out: &mut dyn Write,
        [open, close]: [char; 2],
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut dyn Write, T, Self) -> fmt::Result,
    ) -> fmt::Result {
        out.write_char(open)?;
        let mut first = true;
        for item in items {
            self.separate(out, first)?;
            write(out, item, self.inner())?;
            first = false;
        }
        if let (Self::Indented(level), false) = (self, first) {
            write_line_break(out, level)?;
        }
        out.write_char(close)
    }

    fn separate(self, out: &mut dyn Write, first: bool) -> fmt::Result {
        if !first {
            out.write_char(',')?;
        }
        match self {
            Self::Line if first => Ok(()),
            Self::Line => out.write_char(' '),
            Self::Indented(level) => write_line_break(out, level + 1),
        }
    }

    fn inner(self) -> Self {
        match self {
            Self::Line => Self::Line,
            Self::Indented(level) => Self::Indented(level + 1),
        }
    }
}

fn write_line_break(out: &mut dyn Write, level: usize) -> fmt::Result {
    write!(out, "\n{:1$}", "", level * 2)
}

/// The inside of a JSON string (RFC 8259, section 7).
fn write_escaped(text: &str, out: &mut dyn Write) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        let mut chars = special.chars();
        match chars.next() {
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(c) if c < ' ' => write!(out, "\\u{:04x}", u32::from(c))?,
            Some(c) => write!(out, "\\{c}")?,
            None => {}
        }
        rest = chars.as_str();
    }
    out.write_str(rest)
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
