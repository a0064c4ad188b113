//! Which chart: what the link says of it, completed by what suits the result's columns.

use super::field::{Field, Role};
use super::suited::Suited;
use crate::link::{Aggregate, CHART_VALUES, ChartKind, ChartLink, ColumnName};
use crate::protocol::Column;

/// A chart whose columns are there and can be drawn so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What is drawn; never [`ChartKind::Auto`].
    pub kind: ChartKind,
    /// Along the horizontal axis. Only a box chart may lack it.
    pub x: Option<Field>,
    /// The values; empty when rows are counted.
    pub y: Vec<Field>,
    /// How they are brought together.
    pub aggregate: Aggregate,
    /// What divides them into series, or the vertical axis of a heat map.
    pub split: Option<Field>,
    /// Into how many parts an axis is cut, about.
    pub bins: Option<u32>,
}

impl ChartKind {
    /// Its name on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "Automatic",
            Self::Bar => "Bar",
            Self::Line => "Line",
            Self::Area => "Area",
            Self::Scatter => "Scatter",
            Self::Histogram => "Histogram",
            Self::Box => "Box",
            Self::Heat => "Heat map",
        }
    }

    /// Does it bring the values of many rows together?
    #[must_use]
    pub fn aggregates(self) -> bool {
        matches!(self, Self::Bar | Self::Line | Self::Area | Self::Heat)
    }

    /// Must its horizontal axis be a number or a time?
    #[must_use]
    pub fn is_continuous(self) -> bool {
        matches!(self, Self::Scatter | Self::Histogram)
    }

    /// Is its horizontal axis cut into parts of which one may say how many?
    #[must_use]
    pub fn has_bins(self) -> bool {
        matches!(self, Self::Bar | Self::Histogram | Self::Heat)
    }
}

/// The columns that can be drawn.
#[must_use]
pub fn fields(columns: &[Column]) -> Vec<Field> {
    columns
        .iter()
        .enumerate()
        .filter_map(|(place, column)| Field::of(place, column))
        .collect()
}

/// The name of a column as a link tells it.
#[must_use]
pub fn column_name(columns: &[Column], place: usize) -> ColumnName {
    let name = columns.get(place).map(|column| column.name.clone()).unwrap_or_default();
    let before = columns.iter().take(place).filter(|column| column.name == name).count();
    ColumnName { name, nth: before }
}

impl Chart {
    /// The chart of a link over these columns, or one sentence that says why there is none.
    pub fn resolve(link: &ChartLink, columns: &[Column]) -> Result<Self, String> {
        let fields = fields(columns);
        let suited = Suited::new(&fields);
        let kind = match link.kind {
            ChartKind::Auto => suited
                .kind()
                .ok_or("None of the result’s columns can be drawn: they are all nested.")?,
            kind => kind,
        };
        let find = |name: &ColumnName| find(name, columns, &fields);
        let mut chart = Self {
            kind,
            x: link.x.as_ref().map(find).transpose()?,
            y: link.y.iter().map(find).collect::<Result<_, _>>()?,
            aggregate: Aggregate::Count,
            split: link.split.as_ref().map(find).transpose()?,
            bins: link.bins.map(|bins| bins.clamp(1, MOST_BINS)),
        };
        let is_bare = chart.x.is_none() && chart.y.is_empty() && chart.split.is_none();
        suited.complete(&mut chart, is_bare);
        chart.aggregate = link.aggregate.unwrap_or_else(|| usual(&chart.y));
        chart.checked()
    }

    fn checked(mut self) -> Result<Self, String> {
        let name = self.kind.name();
        let needs = |what: &str| {
            Err(format!(
                "A {} chart needs {what}. Choose another column, or another chart.",
                name.to_lowercase()
            ))
        };
        if self.x.is_none() && self.kind != ChartKind::Box {
            return needs(if self.kind.is_continuous() {
                "a number or a time"
            } else {
                "a column to lie along"
            });
        }
        if self.kind == ChartKind::Heat && self.split.is_none() {
            return needs("two columns to lie along");
        }
        if self.kind.is_continuous() && self.x.as_ref().is_some_and(|x| !x.is_continuous()) {
            return needs("a number or a time along");
        }
        let counts = self.kind == ChartKind::Histogram
            || self.kind.aggregates() && (self.aggregate == Aggregate::Count || self.y.is_empty());
        if counts {
            self.aggregate = Aggregate::Count;
            self.y.clear();
        } else if self.y.is_empty() {
            return needs("a number");
        }
        let any = self.kind.aggregates() && self.aggregate == Aggregate::Distinct;
        if let Some(label) = self.y.iter().find(|y| !any && !y.is_number()) {
            return Err(format!(
                "The column “{}” is not a number: its rows and its different values can be counted, nothing else.",
                label.name
            ));
        }
        self.y
            .truncate(if matches!(self.kind, ChartKind::Box | ChartKind::Heat) {
                1
            } else {
                CHART_VALUES
            });
        if self.kind == ChartKind::Box {
            self.split = None;
        }
        Ok(self)
    }

    /// The same chart in a link, every choice told.
    #[must_use]
    pub fn link(&self, columns: &[Column]) -> ChartLink {
        let name = |field: &Field| column_name(columns, field.place);
        ChartLink {
            kind: self.kind,
            x: self.x.as_ref().map(name),
            y: self.y.iter().map(name).collect(),
            aggregate: self.kind.aggregates().then_some(self.aggregate),
            split: self.split.as_ref().map(name),
            bins: self.bins,
            rest: vec![],
        }
    }
}

/// Parts of an axis: more are narrower than a pixel.
pub const MOST_BINS: u32 = 500;

fn find(name: &ColumnName, columns: &[Column], fields: &[Field]) -> Result<Field, String> {
    let mut named = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.name == name.name);
    let Some((place, _)) = named.nth(name.nth) else {
        return Err(format!(
            "The chart uses a column “{}”, which this result does not have.",
            name.name
        ));
    };
    let field = fields.iter().find(|field| field.place == place);
    field
        .cloned()
        .ok_or_else(|| format!("The column “{}” is nested and cannot be drawn.", name.name))
}

/// Quantities are summed, measurements are averaged.
fn usual(y: &[Field]) -> Aggregate {
    match y.first() {
        None => Aggregate::Count,
        Some(field) if field.role == Role::Float => Aggregate::Average,
        Some(_) => Aggregate::Sum,
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::column;
    use super::*;

    fn columns(types: &str) -> Vec<Column> {
        types
            .split_whitespace()
            .map(|each| each.split_once(':').unwrap())
            .map(|(name, type_name)| column(name, type_name))
            .collect()
    }

    fn chart(link: &str, types: &str) -> String {
        let columns = columns(types);
        let link: crate::link::Link = format!("chart={link}").parse().unwrap();
        match Chart::resolve(&link.chart.unwrap(), &columns) {
            Ok(chart) => chart.link(&columns).to_string(),
            Err(why) => why,
        }
    }

    #[test]
    fn the_result_proposes_its_chart() {
        for (types, proposed) in [
            ("day:date total:bigint", "line;x=day;y=total;agg=sum"),
            (
                "at:timestamp city:string degrees:double",
                "line;x=at;y=degrees;agg=avg;by=city",
            ),
            ("id:int city:string people:bigint", "bar;x=city;y=people;agg=sum"),
            ("city:string", "bar;x=city;agg=count"),
            ("day:date city:string", "bar;x=city;agg=count"),
            ("a:string b:boolean", "heat;x=a;agg=count;by=b"),
            ("w:double h:double", "scatter;x=w;y=h"),
            ("id:bigint price:decimal(10,2)", "histogram;x=price"),
            ("id:bigint", "histogram;x=id"),
        ] {
            assert_eq!(chart("auto", types), proposed, "{types}");
        }
        assert!(chart("auto", "a:list<int>").contains("all nested"));
        assert!(chart("auto", "").contains("all nested"));
    }

    #[test]
    fn a_kind_alone_is_completed() {
        let types = "day:date city:string n:int m:double";
        for (kind, completed) in [
            ("bar", "bar;x=city;y=n;agg=sum"),
            ("area", "area;x=day;y=n;agg=sum;by=city"),
            ("scatter", "scatter;x=n;y=m"),
            ("histogram", "histogram;x=n"),
            ("box", "box;x=city;y=n"),
            ("heat", "heat;x=city;y=n;agg=sum;by=day"),
        ] {
            assert_eq!(chart(kind, types), completed);
        }
        assert_eq!(chart("box", "n:int"), "box;y=n");
    }

    #[test]
    fn what_is_said_is_kept() {
        let types = "a:string b:string n:int n:double";
        assert_eq!(
            chart("bar;x=b;y=n*2,n;agg=max;by=a;bins=9999", types),
            "bar;x=b;y=n*2,n;agg=max;by=a;bins=500"
        );
        assert_eq!(chart("bar;x=b", types), "bar;x=b;agg=count");
        assert_eq!(chart("bar;x=b;y=a;agg=distinct", types), "bar;x=b;y=a;agg=distinct");
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let types = "a:string l:list<int>";
        assert!(chart("bar;x=gone", types).contains("“gone”, which this result does not have"));
        assert!(chart("bar;x=a*2", types).contains("does not have"));
        assert!(chart("bar;x=l", types).contains("nested"));
        assert!(chart("histogram;x=a", types).contains("needs a number or a time"));
        assert!(chart("bar;x=a;y=a;agg=sum", types).contains("not a number"));
        assert!(chart("scatter", types).contains("needs a number"));
        assert!(chart("heat", "a:string").contains("two columns"));
    }
}
