//! What the engine gave, in the order in which it is drawn.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::axis::{Axis, Key, count};
use super::probe::Probe;
use super::propose::Chart;
use crate::link::{Aggregate, ChartKind};

/// Places between the first and the last that are filled at most.
const MOST_FILLED: usize = 2000;

/// A value to draw, and its text as the engine wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The value.
    pub number: f64,
    /// Every digit of it.
    pub text: String,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name; empty when it is the only one.
    pub name: String,
    /// Is it what all have that have no series of their own?
    pub is_rest: bool,
    /// A value, or none, for each place.
    pub values: Vec<Option<Drawn>>,
}

/// Values by place and series.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// Places in their order.
    pub keys: Vec<Key>,
    /// Series in their order.
    pub series: Vec<Series>,
    /// Is every value that of one row?
    pub is_plain: bool,
}

/// One group as the engine gives it.
struct Group {
    key: Key,
    split: Key,
    rows: u64,
    first: i64,
    values: Vec<Option<Drawn>>,
}

impl Chart {
    /// Reads groups (`groups_sql`).
    #[must_use]
    pub fn read_groups(&self, probe: &Probe, rows: &[Vec<Json>]) -> Groups {
        let x = self.x_axis(probe);
        let split = self.split_axis(probe);
        let groups: Vec<Group> = rows
            .iter()
            .filter_map(|row| self.group(row, x.as_ref(), split.as_ref()))
            .collect();
        let is_plain = self.aggregate != Aggregate::Count
            && self.aggregate != Aggregate::Distinct
            && groups.iter().all(|group| group.rows == 1);
        let order = if matches!(x, Some(Axis::Labels { by_number: true, .. })) {
            Order::ByNumber
        } else if groups.iter().all(|group| group.rows == 1 && group.first > 0) {
            Order::AsRows
        } else if self.kind == ChartKind::Bar {
            Order::ByValue
        } else {
            Order::ByLabel
        };
        let keys = self.filled(x.as_ref(), ordered(&groups, |group| &group.key, order));
        let splits = ordered(
            &groups,
            |group| &group.split,
            if self.kind == ChartKind::Heat {
                Order::ByLabel
            } else {
                Order::ByValue
            },
        );
        let series = self.series(&groups, &keys, &splits, split.as_ref());
        Groups { keys, series, is_plain }
    }

    fn group(&self, row: &[Json], x: Option<&Axis>, split: Option<&Axis>) -> Option<Group> {
        let [key, series, rows, first, values @ ..] = row else {
            return None;
        };
        let rows = u64::try_from(count(rows)?).ok()?;
        let values = if self.aggregate == Aggregate::Count {
            vec![drawn(&Json::from(rows))]
        } else {
            values.iter().map(drawn).collect()
        };
        Some(Group {
            key: read_key(x, key)?,
            split: read_key(split, series)?,
            rows,
            first: count(first)?,
            values,
        })
    }

    /// Places without rows have no bar, but they have a place.
    fn filled(&self, axis: Option<&Axis>, keys: Vec<Key>) -> Vec<Key> {
        let is_line = matches!(self.kind, ChartKind::Line | ChartKind::Area);
        let (Some(axis), Some(Key::Count(first)), Some(Key::Count(last))) = (axis, keys.first(), keys.last()) else {
            return keys;
        };
        if axis.next(*first).is_none() || is_line && self.aggregate != Aggregate::Count {
            return keys;
        }
        let follow = std::iter::successors(Some(*first), |key| {
            axis.next(*key).filter(|next| next <= last && next > key)
        });
        follow.take(MOST_FILLED).map(Key::Count).collect()
    }

    fn series(&self, groups: &[Group], keys: &[Key], splits: &[Key], axis: Option<&Axis>) -> Vec<Series> {
        let places: BTreeMap<String, usize> = keys
            .iter()
            .enumerate()
            .map(|(place, key)| (identity(key), place))
            .collect();
        let columns = self.y.len().max(1);
        let mut all = Vec::new();
        for split in splits {
            for column in 0..columns {
                let mut values = vec![None; keys.len()];
                for group in groups.iter().filter(|group| group.split == *split) {
                    let place = places
                        .get(&identity(&group.key))
                        .and_then(|place| values.get_mut(*place));
                    if let Some(place) = place {
                        *place = group.values.get(column).cloned().flatten();
                    }
                }
                if self.aggregate == Aggregate::Count {
                    for value in &mut values {
                        *value = value.take().or_else(|| self.none_is_zero());
                    }
                }
                all.push(Series {
                    name: self.series_name(axis.map(|axis| axis.label(split)), column),
                    is_rest: *split == Key::Rest,
                    values,
                });
            }
        }
        all
    }

    /// A place without rows counts none, save in a heat map, where it stays blank.
    fn none_is_zero(&self) -> Option<Drawn> {
        (self.kind != ChartKind::Heat).then(|| Drawn {
            number: 0.0,
            text: "0".to_owned(),
        })
    }

    /// What a series is called.
    #[must_use]
    pub fn series_name(&self, split: Option<String>, column: usize) -> String {
        let value = self.y.get(column).filter(|_| self.y.len() > 1).map(|y| y.name.clone());
        match (split, value) {
            (Some(split), Some(value)) => format!("{split} · {value}"),
            (split, value) => split.or(value).unwrap_or_default(),
        }
    }
}

/// A place; without an axis there is one, which has no name.
#[must_use]
pub fn read_key(axis: Option<&Axis>, value: &Json) -> Option<Key> {
    match axis {
        Some(axis) => axis.key(value),
        None => Some(Key::Text(String::new())),
    }
}

/// A value of any numeric shape; what no float holds is not drawn.
#[must_use]
pub fn drawn(value: &Json) -> Option<Drawn> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    let text = text.strip_suffix(".0").map_or(text.clone(), str::to_owned);
    Some(Drawn { number, text })
}

/// The order of places that are texts.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    ByNumber,
    AsRows,
    ByValue,
    ByLabel,
}

fn identity(key: &Key) -> String {
    format!("{key:?}")
}

fn ordered(groups: &[Group], of: impl Fn(&Group) -> &Key, order: Order) -> Vec<Key> {
    let mut found: BTreeMap<String, (Key, f64, i64)> = BTreeMap::new();
    for group in groups {
        let value: f64 = group.values.iter().flatten().take(1).map(|value| value.number).sum();
        let key = of(group);
        let entry = found
            .entry(identity(key))
            .or_insert_with(|| (key.clone(), 0.0, i64::MAX));
        entry.1 += value;
        entry.2 = entry.2.min(group.first);
    }
    let mut keys: Vec<(Key, f64, i64)> = found.into_values().collect();
    keys.sort_by(|(a, a_value, a_first), (b, b_value, b_first)| {
        let rest = (*a == Key::Rest).cmp(&(*b == Key::Rest));
        rest.then_with(|| match (a, b) {
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Count(a), Key::Count(b)) => a.cmp(b),
            _ if order == Order::AsRows => a_first.cmp(b_first),
            (Key::Text(a), Key::Text(b)) if order == Order::ByNumber => number(a).total_cmp(&number(b)),
            _ if order == Order::ByValue => b_value.total_cmp(a_value),
            _ => by_label(a, b),
        })
        .then_with(|| by_label(a, b))
    });
    keys.into_iter().map(|(key, ..)| key).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn by_label(a: &Key, b: &Key) -> Ordering {
    match (a, b) {
        (Key::Text(a), Key::Text(b)) => a.cmp(b),
        (Key::Text(_), _) => Ordering::Less,
        (_, Key::Text(_)) => Ordering::Greater,
        _ => identity(a).cmp(&identity(b)),
    }
}
