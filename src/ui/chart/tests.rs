//! Charts from a statement to what is drawn: their SQL is run by the engine, and its numbers are compared with ones
//! that were counted by hand.

use serde_json::{Value as Json, json};

use super::{Chart, Picture, Probe};
use crate::engine::tests::Client;
use crate::link::Link;
use crate::protocol::{Column, DERIVED_ROWS};

struct Case {
    client: Client,
    result: Json,
    columns: Vec<Column>,
}

impl Case {
    fn new(sql: &str) -> Self {
        let client = Client::started();
        let message = client.ask(2, &json!({"type": "query", "sql": sql}));
        let answer = &message["reply"]["answer"];
        Self {
            columns: serde_json::from_value(answer["columns"].clone()).unwrap_or_else(|_| panic!("{message}")),
            result: answer["result"].clone(),
            client,
        }
    }

    fn derive(&self, sql: &str) -> Vec<Vec<Json>> {
        let message = self
            .client
            .ask(3, &json!({"type": "derive", "result": self.result, "sql": sql}));
        let rows = serde_json::from_value(message["reply"]["rows"].clone());
        rows.unwrap_or_else(|_| panic!("{sql}\n{message}"))
    }

    fn draw(&self, chart: &str) -> Picture {
        let link: Link = format!("chart={chart}").parse().unwrap();
        let chart = Chart::resolve(&link.chart.unwrap(), &self.columns).unwrap();
        let probe = Probe::read(&chart, &self.derive(&chart.probe_sql()));
        let rows = self.derive(&chart.data_sql(&probe));
        assert!(rows.len() as u64 <= DERIVED_ROWS);
        chart.picture(&probe, true, &rows)
    }
}

fn draw(sql: &str, chart: &str) -> Picture {
    Case::new(sql).draw(chart)
}

fn table(picture: &Picture) -> Vec<String> {
    picture.table.rows.iter().map(|row| row.join(" | ")).collect()
}

/// Ten sales, two without a price.
const SALES: &str = "select * from (values
    ('b', date '2024-01-31', 1, cast(1.50 as decimal(10,2))), ('a', date '2024-01-31', 2, cast(2.25 as decimal(10,2))),
    ('a', date '2024-02-01', 3, null), ('c', date '2024-03-01', 4, cast(4.00 as decimal(10,2))),
    (null, date '2024-03-31', 5, cast(5.00 as decimal(10,2))), ('c', null, 6, cast(6.00 as decimal(10,2))),
    ('b', date '2024-12-31', 7, cast(7.00 as decimal(10,2))), ('a', date '2025-01-01', 8, null),
    ('', date '2025-01-01', 9, cast(0.01 as decimal(10,2))), ('a', date '2025-01-01', 10, cast(10.00 as decimal(10,2)))
    ) as t(shop, day, n, price)";

#[tokio::test(flavor = "multi_thread")]
async fn bars_are_sums_of_their_rows() {
    let sales = Case::new(SALES);
    let sums = sales.draw("bar;x=shop;y=price;agg=sum");
    assert_eq!(
        table(&sums),
        ["a | 12.25", "c | 10.00", "b | 8.50", "NULL | 5.00", "(empty) | 0.01"]
    );
    assert_eq!(
        sums.notes,
        ["2 rows without a value of “price” are left out of its sum."]
    );
    assert_eq!((sums.x.title.as_str(), sums.y.title.as_str()), ("shop", "Sum of price"));
    let counts = sales.draw("bar;x=shop");
    assert_eq!(table(&counts), ["a | 4", "b | 2", "c | 2", "(empty) | 1", "NULL | 1"]);
    assert_eq!((counts.notes.len(), counts.y.title.as_str()), (0, "Rows"));
    let averages = sales.draw("bar;x=shop;y=n,price;agg=avg");
    assert_eq!(averages.table.head, ["shop", "n", "price"]);
    assert_eq!(table(&averages)[0], "(empty) | 9 | 0.01");
    assert_eq!(table(&averages)[1], "a | 5.75 | 6.125");
    let distinct = sales.draw("bar;x=shop;y=day;agg=distinct");
    assert_eq!(table(&distinct), ["a | 3", "b | 2", "(empty) | 1", "c | 1", "NULL | 1"]);
    let medians = sales.draw("bar;x=shop;y=n;agg=median");
    assert_eq!(table(&medians)[1..3], ["a | 5.5", "c | 5"]);
    let greatest = sales.draw("bar;x=shop;y=price;agg=max");
    assert_eq!(table(&greatest)[0], "a | 10.00");
    let least = sales.draw("bar;x=shop;y=price;agg=min");
    assert_eq!(table(&least)[4], "(empty) | 0.01");
}

#[tokio::test(flavor = "multi_thread")]
async fn series_divide_bars() {
    let split = draw(SALES, "bar;x=day;by=shop;bins=12");
    assert_eq!(split.x.title, "day");
    assert_eq!(split.table.head, ["day", "a", "b", "(empty)", "c", "NULL"]);
    assert_eq!(table(&split)[0], "2024-01-31 | 1 | 1 | 0 | 0 | 0");
    assert_eq!(split.notes, ["1 row without a value of “day” is not shown."]);
    assert!(split.stacked);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_the_rows_is_kept_when_each_is_one_bar() {
    let sql = "select * from (values ('Mon', 2.5), ('Tue', 9.0), ('Wed', 1.0)) as t(day, hours)";
    let week = draw(sql, "auto");
    assert_eq!(
        table(&week),
        ["Mon | 2.5", "Tue | 9.0", "Wed | 1.0"].map(|row| row.replace(".0", ""))
    );
    assert_eq!(week.y.title, "hours");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_bar_of_its_own_shares_one() {
    let sql = "select 'k' || cast(value % 100 as string) as k, value % 100 as n from range(0, 1000)";
    let bars = draw(sql, "bar;x=k;y=n;agg=sum;bins=3");
    assert_eq!(
        table(&bars),
        ["k99 | 990", "k98 | 980", "k97 | 970", "the rest | 46560"]
    );
    assert!(
        bars.notes[0].starts_with("The 3 values of “k” with the greatest sum of n are shown"),
        "{:?}",
        bars.notes
    );
    let split = draw(sql, "bar;x=n;bins=4;by=k");
    assert_eq!(split.series.len(), 8);
    assert!(split.series[7].is_rest && split.series[7].name == "the rest");
    let rows: f64 = split
        .series
        .iter()
        .flat_map(|layer| &layer.data)
        .filter_map(Json::as_f64)
        .sum();
    assert!((rows - 1000.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_64_bits_and_decimals_are_exact() {
    let sql = "select 'x' as k, 9007199254740993 as n, cast('12345678901234567890.12' as decimal(22,2)) as d \
               union all select 'x', 9223372036854775807, cast('0.01' as decimal(22,2))";
    let sums = draw(sql, "bar;x=k;y=n,d;agg=sum");
    assert_eq!(table(&sums), ["x | 9232379236109516800 | 12345678901234567890.13"]);
    let ids = draw(sql, "bar;x=n");
    assert_eq!(table(&ids), ["9007199254740993 | 1", "9223372036854775807 | 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_finite_is_told_and_not_drawn() {
    let sql = "select * from (values (1.0, 'a'), (2.0, 'a'), (cast('NaN' as double), 'a'), (cast('Infinity' as double), 'a'), \
               (cast('-Infinity' as double), 'b'), (null, 'b')) as t(n, k)";
    let case = Case::new(sql);
    let sums = case.draw("bar;x=k;y=n;agg=sum");
    assert_eq!(table(&sums), ["a | 3", "b | –"]);
    assert_eq!(
        sums.notes,
        ["4 rows without a finite value of “n” are left out of its sum."]
    );
    let histogram = case.draw("histogram;x=n;bins=2");
    assert_eq!(table(&histogram), ["1.0 – 1.5 | 1", "1.5 – 2.0 | 0", "2.0 – 2.5 | 1"]);
    assert_eq!(histogram.notes, ["4 rows without a finite value of “n” are not shown."]);
    assert_eq!(histogram.x.edges, Some((1.0, 2.5)));
    let line = case.draw("line;x=n");
    assert_eq!(table(&line), ["1 | 1", "2 | 1"]);
    let boxes = case.draw("box;x=k;y=n");
    assert_eq!(table(&boxes), ["a | 2 | 1 | 1 | 1.25 | 1.5 | 1.75 | 2 | 2 | 0"]);
    assert_eq!(boxes.notes, ["4 rows without a finite value of “n” are not shown."]);
    let dots = case.draw("scatter;x=n;y=n");
    assert_eq!((table(&dots).len(), dots.notes.len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_go_through_every_time_or_through_stretches() {
    let few = draw(SALES, "line;x=day;y=n;agg=sum");
    assert_eq!(
        table(&few),
        [
            "2024-01-31 | 3",
            "2024-02-01 | 3",
            "2024-03-01 | 4",
            "2024-03-31 | 5",
            "2024-12-31 | 7",
            "2025-01-01 | 27"
        ]
    );
    assert_eq!(
        (few.x.scale, few.series[0].data[0].clone()),
        ("time", json!([1_706_659_200_000.0, 3.0]))
    );
    // Every minute of six days, from before 1970 on.
    let sql = "select arrow_cast((value - 4320) * 60000000, 'Timestamp(Microsecond, None)') as at from range(0, 8640)";
    let many = draw(sql, "line;x=at");
    assert_eq!(many.x.title, "at by 30 minutes");
    assert_eq!(many.table.total, 288);
    assert_eq!(table(&many)[0], "1969-12-29 00:00 | 30");
    assert!(many.table.rows.iter().all(|row| row[1] == "30"));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_every_unit_and_zone_fall_into_their_stretches() {
    let at = "arrow_cast('2024-02-29T23:59:59', 'Timestamp(Second, None)')";
    for (cast, title) in [
        ("Timestamp(Second, None)", "at"),
        ("Timestamp(Millisecond, Some(\"UTC\"))", "at (UTC)"),
        ("Timestamp(Nanosecond, None)", "at"),
    ] {
        let case = Case::new(&format!("select arrow_cast({at}, '{cast}') as at from range(0, 3)"));
        let bars = case.draw("bar;x=at");
        assert_eq!(
            (bars.x.title.as_str(), table(&bars)[0].as_str()),
            (title, "2024-02-29 23:59:59 | 3"),
            "{cast}"
        );
        assert_eq!(
            table(&case.draw("histogram;x=at")),
            ["2024-02-29 23:59:59 | 3"],
            "{cast}"
        );
    }
    // Midnight in another zone is the evening before in UTC.
    let zoned = format!("select arrow_cast({at}, 'Timestamp(Microsecond, Some(\"+02:00\"))') as at");
    assert_eq!(table(&draw(&zoned, "bar;x=at")), ["2024-02-29 21:59:59 | 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_end_of_time_is_no_overflow() {
    let case = Case::new("select arrow_cast(19723 + value * 29000, 'Date32') as day from range(0, 101)");
    let bars = case.draw("bar;x=day");
    assert!(
        bars.x.title.starts_with("day by ") && bars.x.title.ends_with("years"),
        "{}",
        bars.x.title
    );
    let rows: f64 = bars.series[0].data.iter().filter_map(Json::as_f64).sum();
    assert!((rows - 101.0).abs() < 0.5);
    let stamps = draw(
        "select arrow_cast(arrow_cast(19723 + value * 29000, 'Date32'), 'Timestamp(Microsecond, None)') as at from range(0, 101)",
        "bar;x=at",
    );
    assert_eq!(
        table(&stamps)[0].split(" | ").next(),
        table(&bars)[0].split(" | ").next()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn months_quarters_and_years_have_their_days() {
    let case = Case::new("select arrow_cast(18262 + value, 'Date32') as day from range(0, 1461)");
    let months = case.draw("bar;x=day;bins=50");
    assert_eq!(
        (months.x.title.as_str(), table(&months)[1].as_str()),
        ("day by month", "2020-02 | 29")
    );
    let quarters = case.draw("bar;x=day;bins=20");
    assert_eq!(
        (quarters.x.title.as_str(), table(&quarters)[0].as_str()),
        ("day by quarter", "2020-Q1 | 91")
    );
    let years = case.draw("histogram;x=day;bins=6");
    assert_eq!(table(&years), ["2020 | 366", "2021 | 365", "2022 | 365", "2023 | 365"]);
    let weeks = case.draw("bar;x=day;bins=300");
    assert_eq!(table(&weeks)[0..2], ["2019-12-30 | 5", "2020-01-06 | 7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn histograms_count_every_value_once() {
    let case = Case::new("select cast(value as double) / 10 as n, value % 2 = 0 as even from range(0, 100)");
    let tenths = case.draw("histogram;x=n;bins=10");
    assert_eq!(tenths.table.total, 10);
    assert!(
        tenths.table.rows.iter().all(|row| row[1] == "10"),
        "{:?}",
        table(&tenths)
    );
    let split = case.draw("histogram;x=n;bins=5;by=even");
    assert_eq!(table(&split)[0], "0 – 2 | 10 | 10");
    let whole = draw("select value as n from range(-50, 50)", "histogram;x=n;bins=4");
    assert_eq!(table(&whole), ["-50 – -1 | 50", "0 – 49 | 50"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn boxes_have_their_quartiles_and_whiskers() {
    // 1 to 9 and an outlier: quartiles 3.25, 5.5 and 7.75; beyond 14.5 is an outlier.
    let sql = "select case when value = 10 then 100 else value end as n, 'k' as k from range(1, 11)";
    let boxes = draw(sql, "box");
    assert_eq!(table(&boxes), ["k | 10 | 1 | 1 | 3.25 | 5.5 | 7.75 | 9 | 100 | 1"]);
    assert_eq!(boxes.series[0].data, [json!([1.0, 1.0, 3.25, 5.5, 7.75, 9.0, 100.0])]);
    let alone = draw("select value as n from range(1, 6)", "box");
    assert_eq!(table(&alone), ["n | 5 | 1 | 1 | 2 | 3 | 4 | 5 | 5 | 0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn heat_maps_have_a_cell_for_each_pair() {
    let heat = draw(SALES, "heat;x=shop;by=day");
    assert_eq!(heat.table.total, 8);
    assert_eq!(heat.x.labels, ["(empty)", "a", "b", "c", "NULL"].map(str::to_owned));
    assert_eq!(heat.y.labels.first().map(String::as_str), Some("2024-01-31"));
    assert_eq!(heat.notes, ["1 row without a value of “day” is not shown."]);
    let sums = draw(SALES, "heat;x=shop;y=price;agg=sum;by=n;bins=5");
    assert_eq!(sums.y.labels.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_points_some_are_drawn_by_a_rule() {
    let sql =
        "select value as a, value * 2 as b, case when value % 3 = 0 then null else value end as c from range(0, 12000)";
    let case = Case::new(sql);
    let dots = case.draw("scatter;x=a;y=b");
    assert_eq!(dots.table.total, 4000);
    assert_eq!(table(&dots)[1], "3 | 6");
    assert_eq!(
        dots.notes,
        ["4,000 of 12,000 points are shown: one row of 3, in the order of the result."]
    );
    let nulls = case.draw("scatter;x=a;y=c");
    assert_eq!(nulls.notes[0], "4,000 rows without a value on both axes are not shown.");
    assert_eq!(nulls.table.total, 4000);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_without_rows_or_with_one_are_drawn() {
    let none = Case::new("select 1 as n, 2.5 as f, 'x' as k, date '2024-01-01' as d from range(0, 0)");
    let one = Case::new("select 1 as n, 2.5 as f, 'x' as k, date '2024-01-01' as d");
    let empty = Case::new(
        "select cast(null as int) as n, cast(null as double) as f, cast(null as string) as k, cast(null as date) as d",
    );
    for kind in [
        "auto",
        "bar",
        "line",
        "area",
        "scatter",
        "histogram",
        "box",
        "heat",
        "bar;x=n",
        "line;x=f;y=n",
        "histogram;x=d",
    ] {
        assert_eq!(none.draw(kind).table.total, 0, "{kind}");
        assert_eq!(one.draw(kind).table.total, 1, "{kind}");
        let blank = empty.draw(kind);
        assert!(blank.table.total <= 1, "{kind}");
        assert!(blank.table.total == 1 || !blank.notes.is_empty(), "{kind} {blank:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_columns_are_labels() {
    let sql = "select x'ff' as b, true as t, time '12:30:00' as h, interval '1 day' as i, null as z, arrow_cast('u', 'Dictionary(Int32, Utf8)') as u";
    let case = Case::new(sql);
    for (name, label) in [("b", "ff"), ("t", "true"), ("h", "12:30:00"), ("z", "NULL"), ("u", "u")] {
        assert_eq!(table(&case.draw(&format!("bar;x={name}"))), [format!("{label} | 1")]);
    }
    assert_eq!(case.draw("bar;x=i").table.total, 1);
}
