//! The protocol from outside: envelopes in, messages out, over a directory served as a host would.

use serde_json::json;

mod client;
mod handover;
mod save;

pub(crate) use client::Client;
use client::{HOST, PATIENCE};

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_opened_queried_and_read_in_windows() {
    let client = Client::started();
    let table = &client.open("cameras")["reply"]["table"];
    assert_eq!((&table["name"], &table["format"]), (&json!("cameras"), &json!("delta")));
    assert!(table["stats"]["requests"].as_u64().unwrap() > 0);

    let sql = "select camera_id, lens from cameras order by camera_id";
    let answer = client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"].clone();
    assert_eq!(answer["complete"], true);
    assert_eq!(answer["rows"], table["rows"]);
    let operators = answer["operators"].as_array().unwrap();
    assert!(operators[0]["name"].as_str().unwrap().contains("Sort"), "{operators:?}");
    let scan = operators.last().unwrap();
    assert_eq!(
        (scan["name"].as_str(), &scan["rows"]),
        (Some("DataSourceExec"), &answer["rows"])
    );
    let fetched = answer["fetched"].as_array().unwrap();
    let requests: usize = fetched
        .iter()
        .map(|file| file["ranges"].as_array().unwrap().len())
        .sum();
    assert_eq!(requests as u64, answer["stats"]["requests"].as_u64().unwrap());
    assert!(
        fetched.iter().all(|file| file["sizeBytes"].as_u64() > Some(0)),
        "{fetched:?}"
    );
    assert_eq!(answer["versions"]["cameras"], table["version"]);
    let rows = client.ask(
        4,
        &json!({"type": "rows", "result": answer["result"], "start": 1, "count": 2}),
    );
    assert_eq!(rows["reply"]["rows"].as_array().unwrap().len(), 2);

    client.send(
        5,
        &json!({"type": "export", "result": answer["result"], "format": "csv"}),
    );
    let (reply, buffer) = client.last(5);
    let csv = String::from_utf8(buffer.unwrap()).unwrap();
    assert_eq!(reply["reply"]["sizeBytes"], csv.len());
    assert!(csv.starts_with("camera_id,lens"), "{csv}");

    client.ask(6, &json!({"type": "drop", "result": answer["result"]}));
    let gone = client.ask(
        7,
        &json!({"type": "rows", "result": answer["result"], "start": 0, "count": 1}),
    );
    assert_eq!(gone["error"]["kind"], "NotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_over_a_result_reads_its_rows_and_nothing_else() {
    let client = Client::started();
    client.open("cameras");
    // Two columns of one name, as a join gives them.
    let sql = "select * from (values (1, 'x'), (2, null), (2, 'y')) as a(n, n2)";
    let answer = client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"].clone();
    let derive = |sql: &str| client.ask(4, &json!({"type": "derive", "result": answer["result"], "sql": sql}));
    let totals = derive("select c0, count(c1) as n from result group by c0 order by c0 desc");
    assert_eq!(totals["reply"]["rows"], json!([["2", "1"], ["1", "1"]]));
    assert_eq!(totals["reply"]["columns"][1]["name"], "n");
    for refused in [
        "select * from cameras",
        "drop table result",
        "select * from result for version as of 1",
        "select no_such from result",
    ] {
        assert_eq!(derive(refused)["error"]["kind"], "Sql", "{refused}");
    }
    let many = derive("select unnest(range(0, 60000)) from result limit 60000");
    assert_eq!(many["error"]["kind"], "TooBig");
    client.ask(5, &json!({"type": "drop", "result": answer["result"]}));
    assert_eq!(derive("select 1 from result")["error"]["kind"], "NotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_arranged_searched_and_summed_up_in_the_order_that_is_shown() {
    let client = Client::started();
    let sql =
        "select value as n, case when value % 2 = 0 then 'even' end as t, x'00ff' as b from generate_series(1, 10)";
    let base = client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"]["result"].clone();
    let filter = json!({"column": 0, "test": {"kind": "compare", "is": "greater", "value": "3"}});
    let sort = json!([{"column": 1, "descending": false}, {"column": 0, "descending": true}]);
    let arrange = json!({"type": "arrange", "result": base, "sort": sort, "filters": [filter]});
    let arranged = client.ask(4, &arrange)["reply"].clone();
    assert_eq!((&arranged["type"], &arranged["rows"]), (&json!("arranged"), &json!(7)));
    let shown = &arranged["result"];
    let rows = client.ask(
        5,
        &json!({"type": "rows", "result": shown, "start": 3, "count": 9, "columns": [0, 9]}),
    );
    assert_eq!(rows["reply"]["rows"].to_string().matches("\"text\"").count(), 4);
    assert_eq!(rows["reply"]["rows"][1][0]["text"], "9");
    assert_eq!(
        client.ask(5, &json!({"type": "cell", "result": shown, "row": 0, "column": 0}))["reply"]["text"],
        "10"
    );
    let derived = client.ask(
        5,
        &json!({"type": "derive", "result": shown, "sql": "select min(c0), count(*) from result"}),
    );
    assert_eq!(derived["reply"]["rows"], json!([["4", "7"]]));
    let totals = json!({"type": "totals", "result": shown, "start": 0, "count": 3, "columns": [0]});
    let expected =
        json!({"cells": 3, "nulls": 0, "distinct": 3, "sum": "24", "average": "8.0", "least": "6", "most": "10"});
    assert_eq!(client.ask(5, &totals)["reply"]["totals"], expected);
    let both = client.ask(
        5,
        &json!({"type": "totals", "result": base, "start": 2, "count": 5, "columns": [0, 1]}),
    );
    assert_eq!(
        (&both["reply"]["totals"]["cells"], &both["reply"]["totals"]["nulls"]),
        (&json!(10), &json!(3))
    );
    let found = client.ask(
        5,
        &json!({"type": "find", "result": shown, "text": "EVE", "columns": [1, 0]}),
    );
    assert_eq!(
        found["reply"]["found"],
        json!({"cells": 4, "places": [[0, 1], [1, 1], [2, 1], [3, 1]]})
    );
    client.send(5, &json!({"type": "bytes", "result": shown, "row": 0, "column": 2}));
    assert_eq!(client.last(5).1, Some(vec![0, 255]));
    let exported = client.ask(5, &json!({"type": "export", "result": shown, "format": "csv"}));
    assert_eq!(exported["error"]["kind"], "Bug");
    client.ask(6, &json!({"type": "drop", "result": base}));
    assert_eq!(
        client.ask(5, &totals)["reply"]["totals"]["sum"],
        "24",
        "what is arranged lives on by itself"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn how_values_are_spread_is_counted() {
    let client = Client::started();
    let sql = "select value as n, cast(value * 0.5 as double) as f, case when value % 4 > 0 then 'w' || (value % 4) end as t, \
        date '2026-01-01' + cast(value as int) as d from generate_series(1, 48)";
    let result = client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"]["result"].clone();
    let spread = |column: u32| {
        let ask = json!({"type": "spread", "result": result, "column": column});
        client.ask(4, &ask)["reply"]["distribution"].clone()
    };
    let numbers = spread(0);
    assert_eq!(
        (&numbers["rows"], &numbers["low"], &numbers["high"]),
        (&json!(48), &json!("1"), &json!("48"))
    );
    let bars: Vec<u64> = serde_json::from_value(numbers["bars"].clone()).unwrap();
    assert_eq!((bars.len(), bars.iter().sum::<u64>()), (24, 48));
    assert_eq!(spread(1)["bars"], numbers["bars"]);
    let words = spread(2);
    assert_eq!(words["nulls"], 12);
    assert_eq!(words["frequent"][0], json!({"value": "w1", "cut": false, "count": 12}));
    assert_eq!(spread(3)["low"], "2026-01-02");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_come_before_the_answer() {
    let client = Client::started();
    client.send(3, &json!({"type": "query", "sql": "select 1 as one"}));
    let (first, _) = client.messages.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first["event"]["columns"][0]["name"], "one");
    assert_eq!(client.last(3).0["reply"]["answer"]["rows"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_answers_the_ticket_and_keeps_nothing() {
    let client = Client::started();
    let endless =
        "with recursive n as (select 1 as i union all select i + 1 from n where i > 0) select count(*) from n";
    client.send(3, &json!({"type": "query", "sql": endless}));
    let (columns, _) = client.messages.recv_timeout(PATIENCE).unwrap();
    client.send(4, &json!({"type": "cancel", "target": 3}));
    assert_eq!(client.last(3).0["error"]["kind"], "Cancelled");
    assert_eq!(client.last(4).0["reply"]["type"], "done");
    client.send(
        5,
        &json!({"type": "rows", "result": columns["event"]["result"], "start": 0, "count": 1}),
    );
    let gone = client.last(5).0;
    assert!(
        gone["error"]["kind"] == "NotFound" || gone["reply"]["rows"] == json!([]),
        "{gone}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_query_leaves_the_tables() {
    let client = Client::started();
    client.open("cameras");
    let wrong = client.ask(3, &json!({"type": "query", "sql": "select nothing from cameras"}));
    assert_eq!(wrong["error"]["kind"], "Sql");
    let missing = client.open("no-such-table");
    assert_eq!(missing["error"]["kind"], "NotATable");
    let right = client.ask(4, &json!({"type": "query", "sql": "select count(*) from cameras"}));
    assert_eq!(right["reply"]["answer"]["rows"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_answered() {
    let client = Client::new();
    let early = client.ask(1, &json!({"type": "functions"}));
    assert_eq!(early["error"]["kind"], "Bug");
    let strange = client.ask(2, &json!({"type": "conquer"}));
    assert_eq!(strange["error"]["kind"], "Bug");
}
