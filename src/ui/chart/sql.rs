//! The SQL that gives what is drawn: all values are brought together by the engine, and only what is drawn leaves it.

use super::axis::Axis;
use super::field::{Field, Role};
use super::probe::Probe;
use super::propose::Chart;
use crate::link::{Aggregate, ChartKind};

/// Points of a scatter chart: more lie upon one another.
pub const MOST_DOTS: u64 = 5000;
/// Rows whose quantiles are computed exactly: all their values are held at once.
pub const EXACT_ROWS: u64 = 5_000_000;
/// Results of which the order of rows is looked at: it tells something when each row is one bar.
const ORDERED_ROWS: u64 = 1000;

impl Chart {
    /// The SQL of what is drawn.
    #[must_use]
    pub fn data_sql(&self, probe: &Probe) -> String {
        match self.kind {
            ChartKind::Scatter => self.dots_sql(probe),
            ChartKind::Box => self.boxes_sql(probe),
            _ => self.groups_sql(probe),
        }
    }

    /// Columns: place, series, rows, first row, and a value for each column of values (none when rows are counted).
    fn groups_sql(&self, probe: &Probe) -> String {
        let (x, split) = (self.x_axis(probe), self.split_axis(probe));
        let mut columns = vec![
            format!("{} as k", key_sql(self.x.as_ref(), x.as_ref())),
            format!("{} as s", key_sql(self.split.as_ref(), split.as_ref())),
            format!(
                "{} as i",
                if probe.rows <= ORDERED_ROWS {
                    "cast(row_number() over () as bigint)"
                } else {
                    "0"
                }
            ),
        ];
        columns.extend(
            self.y
                .iter()
                .enumerate()
                .map(|(place, y)| format!("{} as y{place}", self.value_sql(y))),
        );
        let values: Vec<String> = self
            .y
            .iter()
            .enumerate()
            .map(|(place, y)| self.aggregate_sql(y, place, probe))
            .collect();
        let rank = values.first().map_or("count(*)", String::as_str);
        let series_rank = if self.aggregate == Aggregate::Sum {
            rank
        } else {
            "count(*)"
        };
        let mut with = vec![format!(
            "r as (select {} from result where {})",
            columns.join(", "),
            self.placed(x.as_ref(), split.as_ref())
        )];
        let k = top(&mut with, "k", x.as_ref(), rank);
        let s = top(&mut with, "s", split.as_ref(), series_rank);
        let values = listed(
            values
                .iter()
                .enumerate()
                .map(|(place, value)| format!("{value} as v{place}")),
        );
        format!(
            "with {} select {} as k, {} as s, count(*) as n, min(r.i) as i{values} from r{}{} group by 1, 2",
            with.join(", "),
            k.key,
            s.key,
            k.join,
            s.join
        )
    }

    /// True for rows that have a place on both axes.
    fn placed(&self, x: Option<&Axis>, split: Option<&Axis>) -> String {
        let of = |field: Option<&Field>, axis: Option<&Axis>| {
            let (field, axis) = field.zip(axis)?;
            (!axis.places_all()).then(|| field.usable())
        };
        let both = [of(self.x.as_ref(), x), of(self.split.as_ref(), split)];
        let both: Vec<String> = both.into_iter().flatten().collect();
        if both.is_empty() {
            "true".to_owned()
        } else {
            both.join(" and ")
        }
    }

    fn value_sql(&self, y: &Field) -> String {
        if self.aggregate == Aggregate::Distinct {
            y.raw()
        } else {
            y.value()
        }
    }

    fn aggregate_sql(&self, y: &Field, place: usize, probe: &Probe) -> String {
        let value = format!("y{place}");
        match self.aggregate {
            Aggregate::Count => format!("count({value})"),
            Aggregate::Sum => y.sum(&value),
            Aggregate::Average => format!("avg(cast({value} as double))"),
            Aggregate::Median => quantile(&value, "0.5", probe),
            Aggregate::Least => format!("min({value})"),
            Aggregate::Greatest => format!("max({value})"),
            Aggregate::Distinct => format!("count(distinct {value})"),
        }
    }

    /// Columns: series, horizontal place, and a value for each column of values.
    fn dots_sql(&self, probe: &Probe) -> String {
        let split = self.split_axis(probe);
        let x = match &self.x {
            Some(x) if matches!(x.role, Role::Time(_)) => x.units(),
            Some(x) => x.number(),
            None => "0".to_owned(),
        };
        let mut columns = vec![
            format!("{} as s", key_sql(self.split.as_ref(), split.as_ref())),
            format!("{x} as x"),
        ];
        columns.extend(
            self.y
                .iter()
                .enumerate()
                .map(|(place, y)| format!("case when {} then {} end as y{place}", y.usable(), y.number())),
        );
        let ys = listed((0..self.y.len()).map(|place| format!("r.y{place}")));
        let mut with = vec![
            format!(
                "p as (select {} from result where {})",
                columns.join(", "),
                self.is_point()
            ),
            "r as (select *, cast(row_number() over () as bigint) as i from p)".to_owned(),
        ];
        let s = top(&mut with, "s", split.as_ref(), "count(*)");
        format!(
            "with {} select {} as s, r.x{ys} from r{} where (r.i - 1) % {} = 0 order by r.i",
            with.join(", "),
            s.key,
            s.join,
            self.stride(probe)
        )
    }

    /// Of how many points one is drawn.
    #[must_use]
    pub fn stride(&self, probe: &Probe) -> u64 {
        probe.points.div_ceil(MOST_DOTS).max(1)
    }

    /// Columns: place, rows, least, lower whisker, three quartiles, upper whisker, greatest, rows beyond the whiskers.
    fn boxes_sql(&self, probe: &Probe) -> String {
        let x = self.x_axis(probe);
        let Some(y) = self.y.first() else { return String::new() };
        let placed = format!("{} and {}", self.placed(x.as_ref(), None), y.usable());
        let mut with = vec![format!(
            "r as (select {} as k, {} as y from result where {placed})",
            key_sql(self.x.as_ref(), x.as_ref()),
            y.number()
        )];
        let k = top(&mut with, "k", x.as_ref(), "count(*)");
        with.push(format!("g as (select {} as k, r.y from r{})", k.key, k.join));
        let quartile = |share: &str, name: &str| format!("{} as {name}", quantile("y", share, probe));
        with.push(format!(
            "q as (select k, count(*) as n, min(y) as lo, {}, {}, {}, max(y) as hi from g group by k)",
            quartile("0.25", "q1"),
            quartile("0.5", "q2"),
            quartile("0.75", "q3")
        ));
        let (low, high) = ("q1 - 1.5 * (q3 - q1)", "q3 + 1.5 * (q3 - q1)");
        format!(
            "with {} select q.k, n, lo, min(case when y >= {low} then y end), q1, q2, q3, \
             max(case when y <= {high} then y end), hi, count(case when y < {low} or y > {high} then 1 end) \
             from q join g on q.k = g.k group by q.k, n, lo, q1, q2, q3, hi",
            with.join(", ")
        )
    }
}

/// More columns behind those that are there.
fn listed(columns: impl Iterator<Item = String>) -> String {
    columns.fold(String::new(), |list, column| list + ", " + &column)
}

/// An exact quantile, which interpolates between two values, or a near one when there are too many.
fn quantile(value: &str, share: &str, probe: &Probe) -> String {
    if probe.rows <= EXACT_ROWS {
        format!("percentile_cont(cast({value} as double), {share})")
    } else {
        format!("approx_percentile_cont(cast({value} as double), {share})")
    }
}

fn key_sql(field: Option<&Field>, axis: Option<&Axis>) -> String {
    let both = field.zip(axis);
    both.map_or_else(|| "'v'".to_owned(), |(field, axis)| axis.sql(field))
}

/// How a row finds its band.
struct Top {
    key: String,
    join: String,
}

/// The bands of the greatest, when there are more than can be drawn; all others share one.
fn top(with: &mut Vec<String>, key: &str, axis: Option<&Axis>, rank: &str) -> Top {
    match axis {
        Some(Axis::Labels {
            most, has_rest: true, ..
        }) => {
            with.push(format!(
                "top_{key} as (select {key} from r group by {key} order by {rank} desc nulls last, {key} limit {most})"
            ));
            Top {
                key: format!("coalesce(top_{key}.{key}, 'o')"),
                join: format!(" left join top_{key} on r.{key} = top_{key}.{key}"),
            }
        }
        _ => Top {
            key: format!("r.{key}"),
            join: String::new(),
        },
    }
}
