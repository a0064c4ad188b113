//! How the values of a column are placed on an axis, decided by what a first look at them tells.

use serde_json::Value as Json;

use super::field::{Field, Role};
use super::steps::Steps;
use super::times::{self, Stretches};

/// Points of a line: more are narrower than a pixel.
pub const MOST_POINTS: u32 = 2000;

/// What the axis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// At most so many bands, each with a label.
    Bands(u32),
    /// Places on a line; beyond [`MOST_POINTS`] they are brought together into about so many.
    Points(u32),
    /// About so many bins.
    Bins(u32),
}

/// What a first look at a column tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// Rows whose value has a place.
    pub usable: u64,
    /// The least and the greatest, of numbers.
    pub numbers: Option<(f64, f64)>,
    /// The least and the greatest, of times.
    pub times: Option<(i64, i64)>,
    /// Different values, counted to a little more than matters.
    pub distinct: u64,
}

/// How values are placed.
#[derive(Debug, Clone, PartialEq)]
pub enum Axis {
    /// Each value has a band; when there are more than so many, the rest share one.
    Labels {
        /// How many bands at most.
        most: u32,
        /// Are there more values?
        has_rest: bool,
        /// Is it the order of numbers?
        by_number: bool,
    },
    /// Each number is a place.
    Numbers,
    /// Each time is a place.
    Times(super::field::Units),
    /// Numbers by their bins.
    Bins(Steps),
    /// Times by their stretches.
    Stretches(Stretches),
}

/// A place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// A text.
    Text(String),
    /// NULL.
    Null,
    /// All that have no band of their own.
    Rest,
    /// A number.
    Number(f64),
    /// A time, a bin, or the beginning of a stretch.
    Count(i64),
}

impl Axis {
    /// How the values of `field` are placed.
    #[must_use]
    pub fn choose(field: &Field, look: &Look, want: Want) -> Self {
        let (Want::Bands(about) | Want::Points(about) | Want::Bins(about)) = want;
        let is_exact = Self::is_exact(look, want);
        match (field.role, look.numbers, look.times) {
            (Role::Time(units), _, Some((low, high))) if !is_exact => {
                Self::Stretches(Stretches::covering(units, low, high, about))
            }
            (Role::Time(units), ..) => Self::Times(units),
            (Role::Label, ..) => Self::labels(look, about, false),
            (_, None, _) => Self::labels(look, about, true),
            _ if is_exact && matches!(want, Want::Points(_)) => Self::Numbers,
            _ if is_exact => Self::labels(look, about, true),
            (role, Some((low, high)), _) => Self::Bins(Steps::covering(low, high, about, role == Role::Whole)),
        }
    }

    fn is_exact(look: &Look, want: Want) -> bool {
        match want {
            Want::Points(_) => look.distinct <= MOST_POINTS.into(),
            Want::Bands(most) => look.distinct <= most.into(),
            Want::Bins(_) => false,
        }
    }

    fn labels(look: &Look, most: u32, by_number: bool) -> Self {
        Self::Labels {
            most,
            has_rest: look.distinct > most.into(),
            by_number,
        }
    }

    /// The SQL of a row's place.
    #[must_use]
    pub fn sql(&self, field: &Field) -> String {
        match self {
            Self::Labels { .. } => field.label(),
            Self::Numbers => field.number(),
            Self::Times(_) => field.units(),
            Self::Bins(steps) => steps.sql(&field.number()),
            Self::Stretches(stretches) => stretches.sql(field),
        }
    }

    /// Has every row a place?
    #[must_use]
    pub fn places_all(&self) -> bool {
        matches!(self, Self::Labels { by_number: false, .. })
    }

    /// Reads a place.
    #[must_use]
    pub fn key(&self, value: &Json) -> Option<Key> {
        match self {
            Self::Labels { .. } => {
                let text = value.as_str()?;
                let mut letters = text.chars();
                Some(match letters.next()? {
                    'n' => Key::Null,
                    'o' => Key::Rest,
                    _ => Key::Text(letters.collect()),
                })
            }
            Self::Numbers => value.as_f64().map(Key::Number),
            Self::Times(_) | Self::Bins(_) | Self::Stretches(_) => count(value).map(Key::Count),
        }
    }

    /// A place in words.
    #[must_use]
    pub fn label(&self, key: &Key) -> String {
        match (self, key) {
            (_, Key::Null) => "NULL".to_owned(),
            (_, Key::Rest) => "the rest".to_owned(),
            (_, Key::Text(text)) if text.is_empty() => "(empty)".to_owned(),
            (Self::Labels { by_number: true, .. }, Key::Text(text)) => {
                text.strip_suffix(".0").unwrap_or(text).to_owned()
            }
            (Self::Times(units), Key::Count(time)) => times::moment_text(*units, *time),
            (Self::Bins(steps), Key::Count(bin)) => steps.label(*bin),
            (Self::Stretches(stretches), Key::Count(start)) => stretches.label(*start),
            (_, Key::Number(number)) => number.to_string(),
            (_, Key::Text(text)) => short(text),
            (_, Key::Count(count)) => count.to_string(),
        }
    }

    /// Where a place lies on a line: a number, or milliseconds since 1970.
    #[must_use]
    pub fn position(&self, key: &Key) -> f64 {
        match (self, key) {
            (_, Key::Number(number)) => *number,
            (Self::Times(units), Key::Count(time)) => times::millis(*units, *time),
            (Self::Bins(steps), Key::Count(bin)) => steps.edge(*bin) / 2.0 + steps.edge(bin.saturating_add(1)) / 2.0,
            (Self::Stretches(stretches), Key::Count(start)) => stretches.millis(*start),
            _ => 0.0,
        }
    }

    /// The place after this one, where places follow one another.
    #[must_use]
    pub fn next(&self, key: i64) -> Option<i64> {
        match self {
            Self::Bins(_) => key.checked_add(1),
            Self::Stretches(stretches) => Some(stretches.next(key)),
            _ => None,
        }
    }
}

/// Letters of a label; the rest would push the chart off the screen.
const LABEL_LETTERS: usize = 60;

fn short(text: &str) -> String {
    let mut letters = text.chars();
    let begin: String = letters.by_ref().take(LABEL_LETTERS).collect();
    if letters.next().is_some() { begin + "…" } else { begin }
}

/// A whole number as the engine writes it: bare, or as text when it is of 64 bits.
#[must_use]
pub fn count(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
