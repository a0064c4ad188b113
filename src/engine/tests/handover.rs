//! An engine takes the place of another one.

use serde_json::{Value, json};

use super::{Client, HOST};

/// Everything that `from` holds, given to an engine that has just started on the same host.
fn successor(from: &Client) -> Client {
    let to = from.beside();
    let (mut is_first, mut is_last) = (true, false);
    while !is_last {
        from.send(90, &json!({"type": "handOver", "first": is_first}));
        let (message, buffer) = from.last(90);
        let reply = &message["reply"];
        assert_eq!(reply["type"], "handedOver", "{message}");
        is_last = reply["last"].as_bool().unwrap();
        let take = json!({"type": "takeOver", "handed": reply["handed"], "last": is_last});
        let envelope = json!({"ticket": 91, "request": take}).to_string();
        to.engine.receive_with(&envelope, buffer.unwrap().into());
        assert_eq!(to.last(91).0["reply"]["type"], "done");
        is_first = false;
    }
    to
}

fn query(client: &Client, sql: &str) -> Value {
    client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"].clone()
}

fn shown(client: &Client, result: &Value) -> Value {
    let rows = json!({"type": "rows", "result": result, "start": 0, "count": 10_000});
    client.ask(4, &rows)["reply"]["rows"].clone()
}

fn arrange(client: &Client, result: &Value, descending: bool) -> Value {
    let sort = json!([{"column": 0, "descending": descending}]);
    let arrange = json!({"type": "arrange", "result": result, "sort": sort, "filters": []});
    client.ask(5, &arrange)["reply"]["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_keep_their_numbers_their_rows_and_their_order() {
    let old = Client::started_over("tests/data/delta");
    old.open("all-types");
    old.open("partition-types");
    let all = query(&old, "select * from \"all-types\"")["result"].clone();
    let sql = "select value as n, arrow_cast('w' || (value % 3), 'Dictionary(Int8, Utf8)') as w, [value, null] as l \
        from generate_series(1, 30000)";
    let numbers = query(&old, sql)["result"].clone();
    let sorted = arrange(&old, &numbers, true);
    let parted = query(&old, "select * from \"partition-types\"")["result"].clone();
    let alone = arrange(&old, &parted, false);
    old.ask(6, &json!({"type": "drop", "result": parted}));
    let none = query(&old, "select 1 as one where false")["result"].clone();

    let new = successor(&old);
    for result in [&all, &numbers, &sorted, &alone, &none] {
        let rows = shown(&old, result);
        assert!(rows.is_array(), "{result}");
        assert_eq!(shown(&new, result), rows, "{result}");
    }
    assert!(shown(&new, &parted).is_null());
    let totals = json!({"type": "totals", "result": sorted, "start": 0, "count": 10, "columns": [0]});
    assert_eq!(new.ask(7, &totals)["reply"]["totals"]["sum"], "299955");
    // What is shown of the same rows shares them in the new engine as well, also where those as they were kept are gone.
    let bytes = |client: &Client| client.engine.core().unwrap().results.bytes().0;
    assert!(bytes(&new) < bytes(&old) * 3 / 2, "{} of {}", bytes(&new), bytes(&old));
    let all_rows = bytes(&old);
    old.ask(6, &json!({"type": "drop", "result": numbers}));
    assert_eq!(bytes(&old), all_rows);
    let next = query(&old, "select 1")["result"].clone();
    assert_eq!(query(&new, "select 1")["result"], next);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_not_asked_again() {
    let old = Client::started();
    old.open("cameras");
    let sql = "select lens, count(*) as n from cameras group by lens order by lens";
    let answer = shown(&old, &query(&old, sql)["result"]);
    let old_asked = old.transport.requests().len();
    let new = successor(&old);
    // There may be another by now.
    let asked = new.transport.requests().split_off(old_asked);
    let checkpoint = (format!("{HOST}cameras/_delta_log/_last_checkpoint"), None);
    assert_eq!(asked, [checkpoint]);
    new.transport.clear();
    assert_eq!(shown(&new, &query(&new, sql)["result"]), answer);
    assert_eq!(new.transport.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_stays_at_the_version_that_was_open() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("t/_delta_log");
    std::fs::create_dir_all(&log).unwrap();
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta/commits");
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    };
    copy(&fixture, &directory.path().join("t"));
    copy(&fixture.join("_delta_log"), &log);
    let mut commits: Vec<_> = std::fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    commits.retain(|path| path.extension().is_some_and(|end| end == "json"));
    commits.sort();
    let last = commits.pop().unwrap();
    let commit = std::fs::read(&last).unwrap();
    std::fs::remove_file(&last).unwrap();

    let old = Client::serving(directory.path()).start();
    let before = old.open("t")["reply"]["table"]["version"].clone();
    let count = shown(&old, &query(&old, "select count(*) from t")["result"]);
    std::fs::write(&last, commit).unwrap();
    let new = successor(&old);
    let answer = query(&new, "select count(*) from t");
    assert_eq!(answer["versions"]["t"], before);
    assert_eq!(shown(&new, &answer["result"]), count);
    // Who opens it again has what is there now.
    let now = new.open("t")["reply"]["table"]["version"].clone();
    assert_eq!(now.as_u64(), before.as_u64().map(|version| version + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_closed_is_not_handed_over() {
    let old = Client::started();
    old.open("cameras");
    old.ask(3, &json!({"type": "close", "name": "cameras"}));
    let new = successor(&old);
    let wrong = new.ask(3, &json!({"type": "query", "sql": "select * from cameras"}));
    assert_eq!(wrong["error"]["kind"], "Sql");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_whole_is_refused() {
    let old = Client::started();
    query(&old, "select 1");
    old.send(90, &json!({"type": "handOver", "first": true}));
    let (message, buffer) = old.last(90);
    let new = old.beside();
    let take = json!({"type": "takeOver", "handed": message["reply"]["handed"], "last": true});
    let mut cut = buffer.unwrap();
    cut.pop();
    let envelope = json!({"ticket": 91, "request": take}).to_string();
    new.engine.receive_with(&envelope, cut.into());
    assert_eq!(new.last(91).0["error"]["kind"], "Bug");
}
