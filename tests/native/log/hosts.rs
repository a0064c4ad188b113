//! What checkpoints hold, what hosts answer, and what is no table.

use futures::FutureExt;
use futures::future::BoxFuture;
use limn::error::Kind;
use limn::http::{TransportError, TransportRequest, TransportResponse};

use super::*;

#[tokio::test]
async fn statistics_of_a_checkpoint_may_be_columns() {
    let log = Log::with_commits(11);
    let add = |file: i64| {
        format!(
            r#"{{"add":{{"path":"{file}","partitionValues":{{}},"size":1,"modificationTime":1,"stats_parsed":{{"numRecords":{file},
            "minValues":{{"id":{},"name":"a{file}"}},"maxValues":{{"id":{},"name":"b{file}"}},"nullCount":{{"id":0,"name":{file}}}}}}}}}"#,
            file * 10,
            file * 10 + 9
        )
        .replace('\n', " ")
    };
    let lines: Vec<String> = checkpoint_lines(0..0).into_iter().chain((1..=5).map(add)).collect();
    log.checkpoint_in_groups(CHECKPOINT_10, &lines, true, 3);
    log.hint(r#"{"version":10,"size":8}"#);
    let table = log.open(None).await.unwrap();
    assert_eq!(table.files.total_records(), Some(15));
    assert_eq!(table.comment.as_deref(), Some("a table"));
    let statistics = table.files.statistics();
    let shown = |array: Option<arrow::array::ArrayRef>| -> Vec<String> {
        let array = array.unwrap();
        (0..array.len())
            .map(|row| arrow::util::display::array_value_to_string(&array, row).unwrap())
            .collect()
    };
    assert_eq!(shown(statistics.min("id")), ["10", "20", "30", "40", "50"]);
    assert_eq!(shown(statistics.max("id")), ["19", "29", "39", "49", "59"]);
    assert_eq!(shown(statistics.max("name"))[0], "b1\u{10FFFF}");
    assert_eq!(shown(statistics.null_count("name")), ["1", "2", "3", "4", "5"]);
    assert!(statistics.min("nothing").is_none());
}

/// Answers what is not there with a status, and everything when `all`.
#[derive(Debug)]
struct Refusing {
    host: LocalTransport,
    status: u16,
    all: bool,
}

impl Transport for Refusing {
    fn get(
        &self,
        request: TransportRequest,
    ) -> BoxFuture<'static, std::result::Result<TransportResponse, TransportError>> {
        let (answer, status, all) = (self.host.get(request), self.status, self.all);
        async move {
            let mut answer = answer.await?;
            if all || answer.status == 404 {
                answer.status = status;
            }
            Ok(answer)
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_host_that_forbids_what_is_absent_is_read() {
    let log = checkpointed();
    let host = Refusing {
        host: log.host.clone(),
        status: 403,
        all: false,
    };
    assert_eq!(
        state(&open_with(Arc::new(host), None).await.unwrap()),
        (15, checkpointed_files())
    );
    let host = Refusing {
        host: log.host.clone(),
        status: 403,
        all: true,
    };
    let error = open_with(Arc::new(host), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied, "{error}");
}

#[tokio::test]
async fn what_is_no_table_is_said_to_be_none() {
    let log = Log::new();
    let error = log.open(None).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotATable);
    for words in ["_delta_log/_last_checkpoint", "nothing lies at the URL itself"] {
        assert!(error.detail.contains(words), "{error}");
    }
    fs::remove_dir_all(log.directory.path().join("t")).unwrap();
    fs::write(log.directory.path().join("t"), "id,name\n").unwrap();
    let error = log.open(None).await.unwrap_err();
    assert!(error.detail.contains("no Parquet file"), "{error}");
    // A Parquet file needs no name to be told.
    write(
        &log.directory.path().join("t"),
        &[checkpoint_rows(&checkpoint_lines(1..4), false)],
        WriterProperties::default(),
    );
    assert_eq!(log.open(None).await.unwrap().format, table::Format::Parquet);
    let error = log.open(Some(AsOf::Version(1))).await.unwrap_err();
    assert_eq!(error.kind, Kind::BadLink);
}
