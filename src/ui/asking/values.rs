//! The parameters of a statement, and how their values are typed in.

use super::tokens::{Kind, tokens};
use crate::protocol::{Parameter, Shape};

/// Parameters that get a field: more are a mistake of the text.
const MOST: usize = 32;

/// The names of the parameters that a text has, in the order in which they come.
#[must_use]
pub fn names(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for token in tokens(sql).iter().filter(|token| token.kind == Kind::Parameter) {
        let name = token.text(sql).trim_start_matches('$');
        if found.len() < MOST && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// How a value is typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The kind of the input element; `None` for a choice between true and false.
    pub input: Option<&'static str>,
    /// What is typed, as an example.
    pub example: &'static str,
}

/// The field for values of that shape.
#[must_use]
pub fn field(parameter: Option<&Parameter>) -> Field {
    let text = |example| Field {
        input: Some("text"),
        example,
    };
    let Some(shape) = parameter.map(|parameter| &parameter.shape) else {
        return text("");
    };
    match shape {
        Shape::Boolean => Field {
            input: None,
            example: "",
        },
        // Numbers are typed as text: the browser's own field drops digits beyond 2^53 and follows the system's comma.
        Shape::Integer | Shape::Long => text("12"),
        Shape::Float | Shape::Decimal => text("1.5"),
        Shape::Date => Field {
            input: Some("date"),
            example: "",
        },
        Shape::Timestamp { utc } => text(if *utc {
            "2026-11-22T10:00:00Z"
        } else {
            "2026-11-22 10:00:00"
        }),
        Shape::Time => text("10:00:00"),
        _ => text(""),
    }
}

/// Are digits what is typed?
#[must_use]
pub fn is_number(parameter: Option<&Parameter>) -> bool {
    let shape = parameter.map(|parameter| &parameter.shape);
    matches!(
        shape,
        Some(Shape::Integer | Shape::Long | Shape::Float | Shape::Decimal)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_where_they_are_meant() {
        let sql = "select '$no', $$ $no $$, $a /* $no */ from t where x > $from and y = $a -- $no";
        assert_eq!(names(sql), ["a", "from"]);
        assert_eq!(names("a$b $"), Vec::<String>::new());
    }

    #[test]
    fn a_field_follows_the_type() {
        let of = |shape| Parameter {
            name: "a".into(),
            type_name: String::new(),
            shape,
        };
        assert_eq!(field(None).input, Some("text"));
        assert_eq!(field(Some(&of(Shape::Boolean))).input, None);
        assert_eq!(field(Some(&of(Shape::Date))).input, Some("date"));
        assert!(is_number(Some(&of(Shape::Long))) && !is_number(Some(&of(Shape::Text))));
    }
}
