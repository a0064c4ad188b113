//! Files in chunks: what is in them, at which versions, how fast, and that a stopped one never ends.

use serde_json::{Value, json};

use super::{Client, HOST};

/// A save from its request to its end: the bytes of each file, and the last message.
struct Taken {
    files: Vec<Vec<u8>>,
    chunks: usize,
    end: Value,
}

impl Client {
    /// Takes all chunks and acknowledges each.
    fn take(&self, ticket: u32) -> Taken {
        let mut taken = Taken {
            files: vec![],
            chunks: 0,
            end: Value::Null,
        };
        loop {
            let (message, buffer) = self.next();
            if message["ticket"] != ticket {
                continue;
            }
            if message["event"]["type"] == "chunk" {
                let (file, bytes) = (message["event"]["file"].as_u64().unwrap(), buffer.unwrap());
                assert_eq!(message["event"]["bytes"], bytes.len());
                taken
                    .files
                    .resize(taken.files.len().max(usize::try_from(file).unwrap() + 1), vec![]);
                taken.files[usize::try_from(file).unwrap()].extend(&bytes);
                taken.chunks += 1;
                self.send(
                    900,
                    &json!({"type": "acknowledge", "target": ticket, "bytes": bytes.len()}),
                );
            } else if message.get("event").is_none() {
                taken.end = message;
                return taken;
            }
        }
    }

    fn save(&self, rows: &Value, format: &str) -> Taken {
        self.send(50, &json!({"type": "save", "rows": rows, "format": format}));
        self.take(50)
    }

    fn open_as(&self, name: &str, path: &str) {
        let source = json!({"urls": [format!("{HOST}{path}")]});
        let opened = self.ask(2, &json!({"type": "open", "name": name, "source": source}));
        assert_eq!(opened["reply"]["type"], "opened", "{opened}");
    }
}

#[cfg(feature = "ui")]
#[tokio::test(flavor = "multi_thread")]
async fn a_split_is_what_its_sql_says() {
    let client = Client::started();
    let parts = crate::ui::save::Parts {
        seed: "it's".into(),
        key: "Id".into(),
        ..Default::default()
    };
    let sql = r#"select nullif(value % 1000, 7) as "Id", value as n from generate_series(1, 20000)"#;
    let split = serde_json::to_value(parts.split().unwrap()).unwrap();
    client.send(
        50,
        &json!({"type": "save", "rows": statement(sql), "format": "csv", "split": split}),
    );
    let taken = client.take(50);
    assert_eq!(taken.files.len(), 3);
    let expression = parts.expression().unwrap();
    let mut rows = 0;
    for (part, file) in crate::ui::save::PARTS.iter().zip(&taken.files) {
        let same = format!("select * from ({sql}) where {expression} = '{part}'");
        let whole = client.save(&statement(&same), "csv");
        assert!(whole.files[0] == *file, "{part}");
        rows += whole.end["reply"]["saved"]["files"][0]["rows"].as_u64().unwrap();
    }
    assert_eq!(rows, 20_000);
    let mut missing = split.clone();
    missing["key"] = json!(["id"]);
    client.send(
        51,
        &json!({"type": "save", "rows": statement(sql), "format": "csv", "split": missing}),
    );
    assert!(
        client.take(51).end["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("no column “id”")
    );
}

fn statement(sql: &str) -> Value {
    json!({"statement": {"sql": sql}})
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_of_a_statement_arrive_whatever_a_result_may_keep() {
    let client = Client::new();
    let started = client.ask(1, &json!({"type": "start", "options": {"resultBytes": 1000}}));
    assert_eq!(started["reply"]["type"], "started");
    let sql = "select value as n from generate_series(1, 300000)";
    let answer = client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"].clone();
    assert_eq!(answer["complete"], false);

    let cut = client.save(&json!({"result": answer["result"]}), "csv");
    assert_eq!((cut.chunks, &cut.end["error"]["kind"]), (0, &json!("TooBig")));

    let taken = client.save(&statement(sql), "csv");
    let text = String::from_utf8(taken.files.concat()).unwrap();
    let lines: Vec<String> = (1..=300_000).map(|n| format!("{n}\r\n")).collect();
    let expected = format!("n\r\n{}", lines.concat());
    assert!(text == expected, "{} bytes", text.len());
    assert!(taken.chunks > 1);
    let saved = &taken.end["reply"]["saved"];
    assert_eq!(saved["files"], json!([{"rows": 300_000, "bytes": expected.len()}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_result_is_saved_without_running_again() {
    let client = Client::started();
    client.open("cameras");
    let sql = "select camera_id, interval '1 day' as period from cameras order by 1";
    let answer = client.ask(3, &json!({"type": "query", "sql": sql}))["reply"]["answer"].clone();
    client.ask(4, &json!({"type": "close", "name": "cameras"}));
    let taken = client.save(&json!({"result": answer["result"]}), "parquet");
    let saved = &taken.end["reply"]["saved"];
    assert_eq!(saved["files"][0]["rows"], answer["rows"]);
    assert_eq!(saved["stats"]["requests"], 0);
    assert_eq!(
        saved["notes"],
        json!(["period is written as text: Parquet has no type for interval."])
    );
    assert!(taken.files[0].starts_with(b"PAR1") && taken.files[0].ends_with(b"PAR1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_versions_that_were_shown_are_read_again() {
    let client = Client::started_over("tests/data");
    client.open_as("t", "delta/commits");
    let sql = "select count(*) as n, (select count(*) from T for version as of 1) as one from t";
    let at = |version: u64| {
        let rows = json!({"statement": {"sql": sql, "versions": {"t": version}}});
        let taken = client.save(&rows, "csv");
        let text = String::from_utf8(taken.files.concat()).unwrap();
        (text, taken.end["reply"]["saved"]["versions"]["t"].clone())
    };
    assert_eq!(at(0), ("n,one\r\n10,20\r\n".to_owned(), json!(0)));
    assert_eq!(at(24), ("n,one\r\n164,20\r\n".to_owned(), json!(24)));
    let open = client.save(&statement("select count(*) as n from t"), "csv");
    assert_eq!(open.end["reply"]["saved"]["versions"]["t"], 24);

    let gone = client.save(&json!({"statement": {"sql": sql, "versions": {"t": 99}}}), "csv");
    assert_eq!((gone.files.len(), &gone.end["error"]["kind"]), (0, &json!("NotFound")));
    let closed = client.save(&json!({"statement": {"sql": "select 1", "versions": {"u": 1}}}), "csv");
    assert_eq!(closed.end["error"]["subject"], "u");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_holds_the_statement_up_and_a_cancel_ends_it() {
    let client = Client::started();
    let endless = "select value as i, repeat('x', 1000) as x from generate_series(1, 1000000000)";
    client.send(
        3,
        &json!({"type": "save", "rows": statement(endless), "format": "ndjson"}),
    );
    let mut sent = 0;
    // Nothing is acknowledged: chunks cease, progress goes on or not.
    while let Ok((message, buffer)) = client.messages.recv_timeout(std::time::Duration::from_secs(3)) {
        assert!(message.get("event").is_some(), "{message}");
        sent += buffer.map_or(0, |bytes| bytes.len());
        if sent >= 8 << 20 && message["event"]["type"] != "chunk" {
            break;
        }
    }
    assert!((8 << 20..24 << 20).contains(&sent), "{sent}");
    client.send(4, &json!({"type": "cancel", "target": 3}));
    assert_eq!(client.last(3).0["error"]["kind"], "Cancelled");
    assert_eq!(client.last(4).0["reply"]["type"], "done");
    let late = client.ask(5, &json!({"type": "acknowledge", "target": 3, "bytes": sent}));
    assert_eq!(late["reply"]["type"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_fails_midway_is_an_error_and_no_file() {
    let client = Client::started();
    let sql = "select 10 / (50000 - value) as n from generate_series(1, 100000)";
    let taken = client.save(&statement(sql), "csv");
    assert!(
        taken.end.get("reply").is_none() && taken.end.get("error").is_some(),
        "{}",
        taken.end
    );
}
