//! A column as a chart sees it: what it can stand for, and the SQL of its values.

use crate::protocol::{Column, Shape};

/// Digits up to which the sum of a decimal column cannot outgrow the widest decimal.
const SUMMABLE_DIGITS: u32 = 28;

/// In what a time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Days since 1970.
    Days,
    /// Microseconds since 1970.
    Micros,
    /// Nanoseconds since 1970.
    Nanos,
}

/// What a column can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A whole number.
    Whole,
    /// A binary fraction; it may be NaN or infinite.
    Float,
    /// A decimal fraction; a wide one is summed as a float.
    Decimal {
        /// Could a sum of it outgrow the type?
        wide: bool,
    },
    /// A day or a moment.
    Time(Units),
    /// Anything that has a short text.
    Label,
}

/// A column that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its place in the result.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// What it can stand for.
    pub role: Role,
    /// Are its values bytes?
    pub bytes: bool,
    /// Are they instants, told in UTC?
    pub utc: bool,
}

impl Field {
    /// The column at a place; `None` when its values are nested.
    #[must_use]
    pub fn of(place: usize, column: &Column) -> Option<Self> {
        Some(Self {
            place,
            name: column.name.clone(),
            role: role(column)?,
            bytes: column.shape == Shape::Binary,
            utc: column.shape == Shape::Timestamp { utc: true },
        })
    }

    /// Can it be summed?
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.role, Role::Whole | Role::Float | Role::Decimal { .. })
    }

    /// Does it lie on a line?
    #[must_use]
    pub fn is_continuous(&self) -> bool {
        self.role != Role::Label
    }

    /// Does its name say that it is a number only by accident?
    #[must_use]
    pub fn is_key(&self) -> bool {
        let name = self.name.to_lowercase();
        self.role == Role::Whole && (name == "id" || name.ends_with("_id") || name.ends_with(" id"))
    }

    /// The column as it is.
    #[must_use]
    pub fn raw(&self) -> String {
        format!("c{}", self.place)
    }

    /// True for values that have a place on an axis.
    #[must_use]
    pub fn usable(&self) -> String {
        match self.role {
            // NaN is greater than infinity here, and NULL is not less.
            Role::Float => format!("(abs({}) < cast('Infinity' as double))", self.number()),
            _ => format!("(c{} is not null)", self.place),
        }
    }

    /// Its values as floats.
    #[must_use]
    pub fn number(&self) -> String {
        format!("cast(c{} as double)", self.place)
    }

    /// Its values with those left out that no aggregate could bear.
    #[must_use]
    pub fn value(&self) -> String {
        match self.role {
            Role::Float => format!("case when {} then {} end", self.usable(), self.number()),
            _ => self.raw(),
        }
    }

    /// A time as a count of its units.
    #[must_use]
    pub fn units(&self) -> String {
        match self.role {
            Role::Time(Units::Days) => format!("cast(cast({} as int) as bigint)", self.moment()),
            _ => format!("cast({} as bigint)", self.moment()),
        }
    }

    /// A time without its zone, in UTC.
    #[must_use]
    pub fn moment(&self) -> String {
        match self.role {
            Role::Time(Units::Days) => format!("cast(c{} as date)", self.place),
            Role::Time(Units::Nanos) => format!("arrow_cast(c{}, 'Timestamp(Nanosecond, None)')", self.place),
            _ => format!("arrow_cast(c{}, 'Timestamp(Microsecond, None)')", self.place),
        }
    }

    /// Its values as texts that tell NULL (`n`) from any value (`v` and its text).
    #[must_use]
    pub fn label(&self) -> String {
        let text = if self.bytes {
            format!("encode(c{}, 'hex')", self.place)
        } else {
            format!("cast(c{} as string)", self.place)
        };
        format!(
            "case when c{} is null then 'n' else concat('v', {text}) end",
            self.place
        )
    }

    /// The sum of `value`, exact where it can be.
    #[must_use]
    pub fn sum(&self, value: &str) -> String {
        match self.role {
            Role::Whole => format!("sum(cast({value} as decimal(20,0)))"),
            Role::Decimal { wide: false } => format!("sum({value})"),
            _ => format!("sum(cast({value} as double))"),
        }
    }
}

fn role(column: &Column) -> Option<Role> {
    Some(match &column.shape {
        Shape::Integer | Shape::Long => Role::Whole,
        Shape::Float => Role::Float,
        Shape::Decimal => Role::Decimal {
            wide: digits(&column.type_name) > SUMMABLE_DIGITS,
        },
        Shape::Date => Role::Time(Units::Days),
        Shape::Timestamp { .. } if column.type_name.contains("(9)") => Role::Time(Units::Nanos),
        Shape::Timestamp { .. } => Role::Time(Units::Micros),
        Shape::List { .. } | Shape::Map { .. } | Shape::Struct { .. } => return None,
        // Their text is not to be had by a cast.
        Shape::Text if column.type_name == "variant" || column.type_name.starts_with("union") => return None,
        Shape::Null | Shape::Boolean | Shape::Text | Shape::Binary | Shape::Time => Role::Label,
    })
}

/// The digits of `decimal(digits,scale)`; many when that is not how the type is written.
fn digits(type_name: &str) -> u32 {
    let inner = type_name.strip_prefix("decimal(");
    let digits = inner.and_then(|inner| inner.split(',').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A column of a type by the way it is written.
    pub(in crate::ui::chart) fn column(name: &str, type_name: &str) -> Column {
        let shape = match type_name {
            "int" => Shape::Integer,
            "bigint" => Shape::Long,
            "double" => Shape::Float,
            "date" => Shape::Date,
            "boolean" => Shape::Boolean,
            "binary" => Shape::Binary,
            "list<int>" => Shape::List {
                item: Box::new(Shape::Integer),
            },
            _ if type_name.starts_with("decimal") => Shape::Decimal,
            _ if type_name.starts_with("timestamp") => Shape::Timestamp { utc: true },
            _ => Shape::Text,
        };
        Column {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            shape,
            nullable: true,
            comment: None,
            partition: false,
        }
    }

    #[test]
    fn columns_have_roles() {
        let role = |type_name: &str| Field::of(0, &column("a", type_name)).map(|field| field.role);
        assert_eq!(role("bigint"), Some(Role::Whole));
        assert_eq!(role("decimal(28,2)"), Some(Role::Decimal { wide: false }));
        assert_eq!(role("decimal(38,2)"), Some(Role::Decimal { wide: true }));
        assert_eq!(role("timestamp_ntz(9)"), Some(Role::Time(Units::Nanos)));
        assert_eq!(role("timestamp"), Some(Role::Time(Units::Micros)));
        assert_eq!(role("binary"), Some(Role::Label));
        assert_eq!([role("list<int>"), role("variant")], [None, None]);
    }

    #[test]
    fn keys_are_known_by_their_names() {
        let is_key = |name: &str, type_name: &str| Field::of(0, &column(name, type_name)).unwrap().is_key();
        assert!(is_key("ID", "int") && is_key("camera_id", "bigint"));
        assert!(!is_key("paid", "int") && !is_key("id", "double"));
    }
}
