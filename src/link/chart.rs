//! The chart of a link: `chart=bar;x=day;y=price,quantity;agg=sum;by=region;bins=20`.
//!
//! Columns are named as in `grid=`. Parts that this version does not know are kept as they are.

use std::fmt;

use super::column::{ColumnName, split};

/// Columns that are drawn over one axis: more cannot be told apart.
pub const CHART_VALUES: usize = 4;

/// What is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChartKind {
    /// Whatever suits the result.
    #[default]
    Auto,
    /// Bars.
    Bar,
    /// Lines.
    Line,
    /// Filled lines, one upon the other.
    Area,
    /// A point for each row.
    Scatter,
    /// How often values occur.
    Histogram,
    /// How values spread.
    Box,
    /// Colors over two axes.
    Heat,
}

impl ChartKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Auto,
        Self::Bar,
        Self::Line,
        Self::Area,
        Self::Scatter,
        Self::Histogram,
        Self::Box,
        Self::Heat,
    ];

    /// Its word in a link.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Bar => "bar",
            Self::Line => "line",
            Self::Area => "area",
            Self::Scatter => "scatter",
            Self::Histogram => "histogram",
            Self::Box => "box",
            Self::Heat => "heat",
        }
    }
}

/// How the values of rows that meet at one place become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Rows.
    Count,
    /// Their sum.
    Sum,
    /// Their mean.
    Average,
    /// Half of them are less.
    Median,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
    /// Different ones.
    Distinct,
}

impl Aggregate {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Count,
        Self::Sum,
        Self::Average,
        Self::Median,
        Self::Least,
        Self::Greatest,
        Self::Distinct,
    ];

    /// Its word in a link.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Average => "avg",
            Self::Median => "median",
            Self::Least => "min",
            Self::Greatest => "max",
            Self::Distinct => "distinct",
        }
    }
}

/// A chart as a link tells it; what is absent is chosen by the result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartLink {
    /// What is drawn.
    pub kind: ChartKind,
    /// Along the horizontal axis.
    pub x: Option<ColumnName>,
    /// The values.
    pub y: Vec<ColumnName>,
    /// How they are brought together.
    pub aggregate: Option<Aggregate>,
    /// What divides them into series, or the vertical axis of a heat map.
    pub split: Option<ColumnName>,
    /// Into how many parts an axis is cut, about.
    pub bins: Option<u32>,
    /// Parts that this version does not know.
    pub rest: Vec<String>,
}

impl ChartLink {
    /// Reads the value of `chart=`; `None` when its kind is not known.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = split(text, ';');
        let word = parts.next()?;
        let kind = ChartKind::ALL.into_iter().find(|kind| kind.word() == word)?;
        let mut chart = Self {
            kind,
            ..Self::default()
        };
        for part in parts.filter(|part| !part.is_empty()) {
            let known = part
                .split_once('=')
                .is_some_and(|(key, value)| chart.read_part(key, value));
            if !known {
                chart.rest.push(part.to_owned());
            }
        }
        Some(chart)
    }

    fn read_part(&mut self, key: &str, value: &str) -> bool {
        match key {
            "x" if self.x.is_none() => self.x = Some(ColumnName::read(value)),
            "y" if self.y.is_empty() && split(value, ',').count() <= CHART_VALUES => {
                self.y = split(value, ',').map(ColumnName::read).collect();
            }
            "by" if self.split.is_none() => self.split = Some(ColumnName::read(value)),
            "agg" if self.aggregate.is_none() => {
                self.aggregate = Aggregate::ALL.into_iter().find(|known| known.word() == value);
                return self.aggregate.is_some();
            }
            "bins" if self.bins.is_none() => {
                self.bins = value.parse().ok().filter(|bins: &u32| bins.to_string() == value);
                return self.bins.is_some();
            }
            _ => return false,
        }
        true
    }
}

impl fmt::Display for ChartLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if let Some(x) = &self.x {
            write!(f, ";x={x}")?;
        }
        for (place, y) in self.y.iter().enumerate() {
            write!(f, "{}{y}", if place == 0 { ";y=" } else { "," })?;
        }
        if let Some(aggregate) = self.aggregate {
            write!(f, ";agg={}", aggregate.word())?;
        }
        if let Some(split) = &self.split {
            write!(f, ";by={split}")?;
        }
        if let Some(bins) = self.bins {
            write!(f, ";bins={bins}")?;
        }
        self.rest.iter().try_for_each(|part| write!(f, ";{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in [
            "auto",
            "bar;x=day;y=price,quantity;agg=sum;by=region;bins=20",
            "heat;x=a~;b~,=~*;by=n*2;later=1;flag",
            "line;x=;y=",
            "histogram;x=🦆",
        ] {
            assert_eq!(ChartLink::read(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_known_is_kept() {
        let chart = ChartLink::read("bar;x=a;x=b;y=1,2,3,4,5;agg=mode;bins=-1;bins=007;;=").unwrap();
        assert_eq!(chart.x.as_ref().unwrap().name, "a");
        assert_eq!(
            chart.rest,
            ["x=b", "y=1,2,3,4,5", "agg=mode", "bins=-1", "bins=007", "="]
        );
        assert_eq!(ChartLink::read(&chart.to_string()), Some(chart));
        assert_eq!(ChartLink::read("pie;x=a"), None);
        assert_eq!(ChartLink::read(""), None);
    }
}
