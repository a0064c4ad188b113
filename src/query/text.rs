//! Values as text: the one format of the grid, of the clipboard and of exported text.
//!
//! Scalars are written as [`Scalar`](super::scalar::Scalar) says, bytes as lower-case hexadecimal
//! digits, text as it is. A nested value is JSON: numbers bare, everything else quoted, a struct or
//! a union's member as an object, a map as an object with its keys as text, so that `["a, b"]` and
//! `["a", "b"]` differ. NULL has no text; inside a nested value it is `null`.

use std::fmt::{self, Write};

use super::cut::Bounded;
use super::values::Value;
use crate::error::{Error, Kind, Result};

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
            Self::List(..) | Self::Map(..) | Self::Struct(..) | Self::Member(..) => {
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
        }
    }

    fn write_quoted(self, out: &mut dyn Write) -> fmt::Result {
        out.write_char('"')?;
        self.write_bare(out)?;
        out.write_char('"')
    }

    /// A key of an object; a key that is nested itself is its JSON as text.
    fn write_key(self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Text(_) | Self::Boolean(_) | Self::Bytes(_) | Self::Scalar(..) => self.write_quoted(out)?,
            _ => Value::Text(&self.text().unwrap_or_else(|| "null".to_owned())).write_quoted(out)?,
        }
        out.write_str(": ")
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
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Array, ArrayRef, BinaryArray, Float64Array, Int32Array, LargeListArray, ListArray, MapArray, StringArray,
        StringViewArray, StructArray,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{DataType, Field, Fields, Int32Type};

    use super::super::cut::Cut;
    use super::super::values::Values;
    use super::*;
    use crate::protocol::Cell;

    fn cell(array: &dyn Array, chars: usize) -> Cell {
        Cut::after(chars).cell(Values::new(array).unwrap().get(0))
    }

    fn words(words: &[Option<&str>]) -> ListArray {
        let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
        let items = Arc::new(StringArray::from(words.to_vec()));
        ListArray::new(field, OffsetBuffer::from_lengths([words.len()]), items, None)
    }

    fn full(array: &dyn Array) -> String {
        Values::new(array).unwrap().get(0).full_text(1 << 20).unwrap().unwrap()
    }

    #[test]
    fn null_is_not_empty() {
        let array = StringArray::from(vec![None, Some("")]);
        let values = Values::new(&array).unwrap();
        assert_eq!(
            (values.get(0).text(), values.get(1).text()),
            (None, Some(String::new()))
        );
        assert_eq!(Cut::after(8).cell(values.get(0)), Cell { text: None, cut: false });
        assert_eq!(
            Cut::after(8).cell(values.get(1)),
            Cell {
                text: Some(String::new()),
                cut: false
            }
        );
    }

    #[test]
    fn a_cut_falls_between_characters() {
        let array = StringViewArray::from(vec!["aé漢😀z"]);
        let expect = |chars, text: &str, cut| {
            assert_eq!(
                cell(&array, chars),
                Cell {
                    text: Some(text.to_owned()),
                    cut
                }
            );
        };
        expect(5, "aé漢😀z", false);
        expect(4, "aé漢😀", true);
        expect(2, "aé", true);
        expect(0, "", true);
    }

    #[test]
    fn a_cut_ends_the_writing_of_nested_values_and_bytes() {
        let items: Int32Array = (0..1_000_000).collect();
        let field = Arc::new(Field::new_list_field(DataType::Int32, true));
        let list = LargeListArray::new(field, OffsetBuffer::from_lengths([items.len()]), Arc::new(items), None);
        assert_eq!(cell(&list, 10).text.unwrap(), "[0, 1, 2, ");
        let bytes = BinaryArray::from(vec![[0xab_u8; 1000].as_slice()]);
        assert_eq!(
            cell(&bytes, 3),
            Cell {
                text: Some("aba".to_owned()),
                cut: true
            }
        );
    }

    #[test]
    fn nested_text_is_unambiguous() {
        assert_eq!(words(&[Some("a, b")]).value_type(), DataType::Utf8);
        assert_eq!(
            cell(&words(&[Some("a, b"), None, Some("")]), 99).text.unwrap(),
            r#"["a, b", null, ""]"#
        );
        assert_eq!(
            cell(&words(&[Some("say \"\\\n\u{1}\"")]), 99).text.unwrap(),
            r#"["say \"\\\n\u0001\""]"#
        );
        assert_eq!(cell(&words(&[]), 99).text.unwrap(), "[]");
    }

    #[test]
    fn nested_floats_stay_valid_json() {
        let items = Float64Array::from(vec![Some(1.0), Some(f64::NAN), Some(f64::NEG_INFINITY), None]);
        let field = Arc::new(Field::new_list_field(DataType::Float64, true));
        let list = ListArray::new(field, OffsetBuffer::from_lengths([4]), Arc::new(items), None);
        let text = cell(&list, 99).text.unwrap();
        assert_eq!(text, r#"[1.0, "NaN", "-Infinity", null]"#);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    fn person() -> StructArray {
        let fields = Fields::from(vec![
            Field::new("a \"b\"", DataType::Int32, true),
            Field::new(
                "list",
                DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
                true,
            ),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![None])),
            Arc::new(words(&[Some("x"), None])),
        ];
        StructArray::new(fields, columns, None)
    }

    #[test]
    fn structs_are_objects_on_one_line_or_indented() {
        assert_eq!(
            cell(&person(), 99).text.unwrap(),
            r#"{"a \"b\"": null, "list": ["x", null]}"#
        );
        assert_eq!(
            full(&person()),
            "{\n  \"a \\\"b\\\"\": null,\n  \"list\": [\n    \"x\",\n    null\n  ]\n}"
        );
        assert_eq!(full(&words(&[])), "[]");
        assert_eq!(full(&StringArray::from(vec!["a\nb"])), "a\nb");
    }

    #[test]
    fn maps_are_objects_with_their_keys_as_text() {
        let entries = StructArray::new(
            Fields::from(vec![
                Field::new("k", DataType::Int32, false),
                Field::new("v", DataType::Utf8, true),
            ]),
            vec![
                Arc::new(Int32Array::from(vec![1, 2])),
                Arc::new(StringArray::from(vec![Some("x"), None])),
            ],
            None,
        );
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        let map = MapArray::new(field, OffsetBuffer::from_lengths([2]), entries, None, false);
        assert_eq!(cell(&map, 99).text.unwrap(), r#"{"1": "x", "2": null}"#);
    }

    #[test]
    fn a_value_beyond_the_limit_is_refused() {
        let array = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1); 100])]);
        let error = Values::new(&array).unwrap().get(0).full_text(64).unwrap_err();
        assert_eq!(error.kind, Kind::TooBig);
    }
}
