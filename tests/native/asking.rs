//! What the page asks while a statement is being written: its parameters, what it would read, what was meant.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use limn::error::{Error, Kind};
use limn::http::Meter;
use limn::protocol::{Preview, Values};
use limn::query::sql_error;
use parquet::file::properties::WriterProperties;

use crate::lake::{Lake, lines};

async fn lake() -> Lake {
    let lake = Lake::new();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new((0..10).collect::<Int64Array>())),
        ("day", Arc::new(Date32Array::from_iter_values(20_000..20_010))),
        (
            "City",
            Arc::new(StringArray::from_iter_values((0..10).map(|n| format!("c{n}")))),
        ),
        (
            "ok",
            Arc::new((0..10).map(|n| Some(n % 2 == 0)).collect::<BooleanArray>()),
        ),
        (
            "price",
            Arc::new(Float64Array::from_iter_values((0..10).map(f64::from))),
        ),
        ("at", Arc::new(TimestampMicrosecondArray::from_iter_values(0..10))),
    ];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    lake.write("t.parquet", &[rows], WriterProperties::default());
    lake.open("trips", &["t.parquet"]).await.unwrap();
    lake
}

fn values(pairs: &[(&str, &str)]) -> Values {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), Some((*value).to_owned()));
    pairs.iter().map(pair).collect()
}

async fn ask(lake: &Lake, sql: &str, given: &Values) -> Result<Vec<String>, Error> {
    use futures::TryStreamExt as _;
    let running = lake.session.query_with(sql, given, &Meter::default()).await?;
    let batches: Vec<RecordBatch> = running
        .batches
        .try_collect()
        .await
        .map_err(|error| sql_error(error, sql))?;
    Ok(lines(&batches))
}

async fn preview(lake: &Lake, sql: &str) -> Preview {
    lake.session.preview(sql, &Values::new()).await
}

#[tokio::test]
async fn parameters_are_told_with_their_types() {
    let lake = lake().await;
    let sql = "select $free, cast($cast as date) from trips where id in ($id, 3) and day between $from and $to \
        and \"City\" like $city and ok = $ok and price < $price and at >= $at limit $limit offset $skip";
    let preview = preview(&lake, sql).await;
    let types: Vec<String> = preview
        .parameters
        .iter()
        .map(|parameter| format!("{} {}", parameter.name, parameter.type_name))
        .collect();
    assert_eq!(
        types,
        [
            "at timestamp_ntz",
            "cast date",
            "city string",
            "free string",
            "from date",
            "id bigint",
            "limit bigint",
            "ok boolean",
            "price double",
            "skip bigint",
            "to date"
        ]
    );
    assert_eq!(
        preview.problem.unwrap().detail,
        "The parameter $at has no value. Give it one, of the type timestamp_ntz."
    );
}

#[tokio::test]
async fn values_are_bound_and_never_become_sql() {
    let lake = lake().await;
    let sql = "select id from trips where day >= $from and \"City\" <> $city order by id limit $n";
    let given = values(&[
        ("from", " 2024-10-08 "),
        ("city", "c6' or 'a' = 'a"),
        ("n", "2"),
        ("unused", "x"),
    ]);
    assert_eq!(ask(&lake, sql, &given).await.unwrap(), ["4", "5"]);
    let given = values(&[("city", "c6")]);
    let counted = ask(
        &lake,
        "select count(*), $city from trips where \"City\" = $city",
        &given,
    )
    .await;
    assert_eq!(counted.unwrap(), ["1|c6"]);
    let null: Values = [("x".to_owned(), None)].into();
    assert_eq!(
        ask(&lake, "select count(*) from trips where id = $x", &null)
            .await
            .unwrap(),
        ["0"]
    );
    let (given, meter) = (values(&[("1", "99")]), Meter::default());
    let plan = lake
        .session
        .plan_with("select id from trips where id > $1", &given, &meter);
    assert_eq!(plan.await.unwrap().scans[0].row_groups_kept, 0);
}

#[tokio::test]
async fn a_value_that_is_missing_or_of_another_type_is_named() {
    let lake = lake().await;
    for (sql, given, detail) in [
        (
            "select $a",
            &[][..],
            "The parameter $a has no value. Give it one, of the type string.",
        ),
        (
            "select 1 from trips where id = $id",
            &[("id", " ")],
            "The parameter $id has no value. Give it one, of the type bigint.",
        ),
        (
            "select 1 from trips where id = $id",
            &[("id", "1; drop")],
            "The parameter $id is given \"1; drop\", which is no value of the type bigint.",
        ),
        (
            "select 1 from trips where day = $day",
            &[("day", "yesterday")],
            "The parameter $day is given \"yesterday\", which is no value of the type date, such as 2026-11-22.",
        ),
        (
            "select 1 from trips where ok = $ok",
            &[("ok", "maybe")],
            "The parameter $ok is given \"maybe\", which is no value of the type boolean, which is true or false.",
        ),
    ] {
        let error = ask(&lake, sql, &values(given)).await.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (Kind::Sql, detail));
        let span = error.span.unwrap();
        assert!(sql[span.start..span.end].starts_with('$'), "{sql}");
    }
}

#[tokio::test]
async fn a_preview_sends_no_request() {
    let lake = lake().await;
    lake.host.clear();
    let known = preview(&lake, "select id from trips where id < 5").await;
    let plan = known.plan.unwrap();
    assert_eq!((plan.estimate, plan.scans[0].files_kept), (false, 1));
    assert_eq!(known.problem, None);
    let broken = preview(&lake, "select from where").await;
    assert!(broken.plan.is_none() && broken.problem.is_some_and(|problem| problem.span.is_some()));
    let unread = preview(&lake, "select * from trips for version as of 3").await;
    assert!(unread.plan.is_none());
    assert_eq!(lake.host.requests(), []);
}

#[tokio::test]
async fn what_was_meant_is_said_at_its_place() {
    let lake = lake().await;
    for (sql, marked, fix, detail) in [
        (
            "select prise from trips",
            "prise",
            Some("price"),
            "No column prise. Did you mean price?",
        ),
        (
            "select t.citty from trips t",
            "citty",
            Some("\"City\""),
            "No column citty in t. Did you mean \"City\"?",
        ),
        (
            "select city from trips",
            "city",
            Some("\"City\""),
            "No column city. Did you mean \"City\"?",
        ),
        (
            "select nothing from trips",
            "nothing",
            None,
            "No column nothing. The columns: id, day, \"City\", ok, price, at.",
        ),
        (
            "select 1 from tirps",
            "tirps",
            Some("trips"),
            "No table tirps is open. Did you mean trips?",
        ),
        (
            "select 1 from x",
            "x",
            None,
            "No table x is open. The open tables: trips.",
        ),
        (
            "select medain(id) from trips",
            "medain",
            Some("median"),
            "No function medain. Did you mean median?",
        ),
    ] {
        let error = ask(&lake, sql, &Values::new()).await.unwrap_err();
        assert_eq!((error.detail.as_str(), error.fix.as_deref()), (detail, fix));
        let place = error.span.map(|span| &sql[span.start..span.end]);
        assert_eq!(place, Some(marked), "{sql}");
    }
}

/// The page splits a text as the engine would.
#[test]
fn statements_end_where_the_engine_sees_their_end() {
    for sql in [
        "select ';', \";\", `;` ; select $$;$$, $a$ ; $a$, e'\\';' ; -- ;\nselect /* ; /* ; */ ; */ $x; a$b",
        "select 'a''b;' ; select 'ü;' ; select 1.5e3;",
    ] {
        let dialect = GenericDialect {};
        let theirs = Tokenizer::new(&dialect, sql).tokenize_with_location().unwrap();
        let theirs = theirs.iter().filter(|token| token.token == Token::SemiColon);
        let places: Vec<(u64, u64)> = theirs
            .map(|token| (token.span.start.line, token.span.start.column))
            .collect();
        let ours = limn::ui::asking::tokens::tokens(sql).into_iter();
        let ours = ours.filter(|token| token.text(sql) == ";").map(|token| {
            let before = &sql[..token.range.start];
            let line = before.matches('\n').count() as u64 + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
            (line, column)
        });
        assert_eq!(ours.collect::<Vec<_>>(), places, "{sql}");
    }
}

/// Laid out, a statement means the same.
#[tokio::test]
async fn laying_out_keeps_the_plan() {
    let lake = lake().await;
    for sql in [
        "with a as (select id,\"City\" , row_number()over(partition by ok order by price desc) as r from trips) select max(coalesce(a.id,-1)) as \"Most  of\", '--  x' as t from a left join (select id,day from trips where day between date '2024-10-05' and date '2024-10-08' and ok) b on a.id=b.id where r<= 3 and (a.\"City\" like 'c%' or a.id in (select id from trips)) /* why */ group by \"City\" having count(*)>0 order by 1 limit 5 -- end",
        "select case when id>3 then 'a  b' else $$c  d$$ end, id - -1, cast(price as int) from trips union all select 'x',1,2",
    ] {
        let text = limn::ui::asking::layout::laid_out(sql);
        assert_ne!(text, sql);
        let plan = |sql: String| {
            let lake = &lake;
            async move { lake.plan(&sql).await.unwrap().0.text }
        };
        assert_eq!(plan(text.clone()).await, plan(sql.to_owned()).await, "{text}");
    }
}
