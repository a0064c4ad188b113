//! What becomes of a chart when one of its parts is chosen anew.

use super::field::Field;
use super::propose::{Chart, column_name};
use crate::link::{Aggregate, CHART_VALUES, ChartKind, ChartLink};
use crate::protocol::Column;

/// One choice of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// What is drawn.
    Kind(ChartKind),
    /// The column along the horizontal axis, by its place.
    X(Option<usize>),
    /// A column of values, the first or another.
    Y(usize, Option<usize>),
    /// How values are brought together.
    Aggregate(Aggregate),
    /// The column that divides.
    Split(Option<usize>),
    /// About how many parts.
    Bins(Option<u32>),
}

/// The link after a choice. What was proposed until now is told then, so that it stays.
#[must_use]
pub fn chosen(link: &ChartLink, chart: Option<&Chart>, columns: &[Column], choice: Choice) -> ChartLink {
    let mut next = chart.map_or_else(|| link.clone(), |chart| chart.link(columns));
    next.rest.clone_from(&link.rest);
    let name = |place: Option<usize>| place.map(|place| column_name(columns, place));
    match choice {
        Choice::Kind(kind) => return of_kind(next, kind),
        Choice::X(place) => next.x = name(place),
        Choice::Split(place) => next.split = name(place),
        Choice::Bins(bins) => next.bins = bins,
        Choice::Y(nth, place) => {
            let end = next.y.len().min(nth + 1);
            next.y.splice(nth.min(end)..end, name(place));
            next.y.truncate(CHART_VALUES);
            // Values that are only counted would not be seen.
            if next.y.is_empty() || next.aggregate == Some(Aggregate::Count) {
                next.aggregate = None;
            }
        }
        Choice::Aggregate(aggregate) => {
            next.aggregate = Some(aggregate);
            if aggregate != Aggregate::Count && next.y.is_empty() {
                next.y.extend(name(a_value(chart, columns, aggregate)));
            }
        }
    }
    next
}

/// Bars, lines and areas show the same in another way; any other kind begins anew.
fn of_kind(link: ChartLink, kind: ChartKind) -> ChartLink {
    let is_alike = |kind| matches!(kind, ChartKind::Bar | ChartKind::Line | ChartKind::Area);
    if is_alike(kind) && is_alike(link.kind) {
        ChartLink { kind, ..link }
    } else {
        ChartLink {
            kind,
            rest: link.rest,
            ..ChartLink::default()
        }
    }
}

fn a_value(chart: Option<&Chart>, columns: &[Column], aggregate: Aggregate) -> Option<usize> {
    let x = chart.and_then(|chart| chart.x.as_ref()).map(|x| x.place);
    let fields = super::propose::fields(columns);
    let fits = |field: &&Field| field.is_number() || aggregate == Aggregate::Distinct;
    let mut others = fields.iter().filter(fits).filter(|field| Some(field.place) != x);
    others.next().map(|field| field.place)
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::column;
    use super::*;

    fn after(link: &str, choice: Choice) -> String {
        let columns = [
            column("k", "string"),
            column("n", "int"),
            column("n", "double"),
            column("d", "date"),
        ];
        let link: crate::link::Link = format!("chart={link}").parse().unwrap();
        let link = link.chart.unwrap();
        let chart = Chart::resolve(&link, &columns).ok();
        chosen(&link, chart.as_ref(), &columns, choice).to_string()
    }

    #[test]
    fn what_was_proposed_stays() {
        assert_eq!(after("auto", Choice::Bins(Some(9))), "line;x=d;y=n;agg=sum;by=k;bins=9");
        assert_eq!(after("bar;x=k;odd=1", Choice::Y(0, Some(2))), "bar;x=k;y=n*2;odd=1");
        assert_eq!(
            after("bar;x=k;y=n,n*2;agg=max", Choice::Y(0, None)),
            "bar;x=k;y=n*2;agg=max"
        );
        assert_eq!(after("bar;x=k;y=n", Choice::Y(0, None)), "bar;x=k");
        assert_eq!(
            after("bar;x=k", Choice::Aggregate(Aggregate::Median)),
            "bar;x=k;y=n;agg=median"
        );
        assert_eq!(after("bar;x=k", Choice::X(Some(3))), "bar;x=d;agg=count");
        assert_eq!(after("bar;x=gone", Choice::X(Some(0))), "bar;x=k");
    }

    #[test]
    fn another_kind_begins_anew_unless_it_shows_the_same() {
        assert_eq!(
            after("bar;x=k;y=n;by=d", Choice::Kind(ChartKind::Line)),
            "line;x=k;y=n;agg=sum;by=d"
        );
        assert_eq!(after("bar;x=k;y=n", Choice::Kind(ChartKind::Histogram)), "histogram");
        assert_eq!(after("bar;x=k;later=1", Choice::Kind(ChartKind::Auto)), "auto;later=1");
    }
}
