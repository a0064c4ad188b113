//! The values of parameters as literals that other tools read as the same values.

use super::statement::Dialect;
use crate::protocol::{Parameter, Shape, Values};

/// A parameter that has a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    name: String,
    /// Its value as it was typed; `None` is NULL.
    text: Option<String>,
    /// What is known of its type; nothing makes it a text.
    shape: Option<Shape>,
}

/// The parameters that have a value: an empty one is none, unless it is a text.
#[must_use]
pub fn bound(known: &[Parameter], values: &Values) -> Vec<Bound> {
    let bound = values.iter().map(|(name, text)| Bound {
        name: name.clone(),
        text: text.clone(),
        shape: known.iter().find(|one| one.name == *name).map(|one| one.shape.clone()),
    });
    bound.filter(Bound::has_value).collect()
}

impl Bound {
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.name == name
    }

    fn has_value(&self) -> bool {
        let is_text = matches!(self.shape, None | Some(Shape::Text));
        is_text || self.text.as_ref().is_none_or(|text| !text.trim().is_empty())
    }

    pub(super) fn literal(&self, dialect: Dialect) -> String {
        let Some(text) = &self.text else {
            return "NULL".to_owned();
        };
        let trimmed = text.trim();
        let cast = |type_name| format!("CAST({} AS {type_name})", dialect.text(trimmed));
        match &self.shape {
            Some(Shape::Integer | Shape::Long | Shape::Decimal | Shape::Float) if is_number(trimmed) => number(trimmed),
            Some(Shape::Boolean) if trimmed.eq_ignore_ascii_case("true") => "TRUE".to_owned(),
            Some(Shape::Boolean) if trimmed.eq_ignore_ascii_case("false") => "FALSE".to_owned(),
            Some(Shape::Date) => cast("DATE"),
            // Spark's own TIMESTAMP is an instant.
            Some(Shape::Timestamp { utc: true }) if dialect == Dialect::Standard => cast("TIMESTAMP WITH TIME ZONE"),
            Some(Shape::Timestamp { utc: false }) if dialect == Dialect::Spark => cast("TIMESTAMP_NTZ"),
            Some(Shape::Timestamp { .. }) => cast("TIMESTAMP"),
            _ => dialect.text(text),
        }
    }
}

/// Only what every tool reads as a number is written without quotes.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit());
    begins && digits.parse::<f64>().is_ok() && digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c))
}

/// Behind another sign a bare minus could begin a comment.
fn number(text: &str) -> String {
    if text.starts_with('-') {
        format!("({text})")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(shape: Shape, text: &str, dialect: Dialect) -> Option<String> {
        let known = Parameter {
            name: "p".into(),
            type_name: String::new(),
            shape,
        };
        let values = Values::from([("p".to_owned(), Some(text.to_owned()))]);
        bound(&[known], &values).first().map(|one| one.literal(dialect))
    }

    #[test]
    fn values_are_written_by_their_types() {
        let standard = |shape, text| literal(shape, text, Dialect::Standard).unwrap_or_default();
        assert_eq!(standard(Shape::Integer, " 12 "), "12");
        assert_eq!(standard(Shape::Decimal, "-1.5"), "(-1.5)");
        assert_eq!(standard(Shape::Long, "1; drop table t"), "'1; drop table t'");
        assert_eq!(standard(Shape::Float, "inf"), "'inf'");
        assert_eq!(standard(Shape::Boolean, "True"), "TRUE");
        assert_eq!(standard(Shape::Text, " it's "), "' it''s '");
        assert_eq!(standard(Shape::Date, "2026-11-22"), "CAST('2026-11-22' AS DATE)");
        assert_eq!(
            standard(Shape::Timestamp { utc: true }, "2026-11-22T10:00:00Z"),
            "CAST('2026-11-22T10:00:00Z' AS TIMESTAMP WITH TIME ZONE)"
        );
        let spark = |utc| literal(Shape::Timestamp { utc }, "x", Dialect::Spark).unwrap_or_default();
        assert_eq!(
            [spark(true), spark(false)],
            ["CAST('x' AS TIMESTAMP)", "CAST('x' AS TIMESTAMP_NTZ)"]
        );
    }

    #[test]
    fn nothing_typed_is_no_value_unless_it_is_a_text() {
        assert_eq!(literal(Shape::Integer, " ", Dialect::Standard), None);
        assert_eq!(literal(Shape::Text, "", Dialect::Standard).as_deref(), Some("''"));
        let null = bound(&[], &Values::from([("p".to_owned(), None)]));
        assert_eq!(
            null.first().map(|one| one.literal(Dialect::Polars)).as_deref(),
            Some("NULL")
        );
    }
}
