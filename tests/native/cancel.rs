//! Reading ahead while a row group decodes, and stopping all of it by dropping the rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use limn::http::{
    HttpStore, LocalTransport, Location, Meter, Transport, TransportError, TransportRequest, TransportResponse,
};
use limn::protocol::Options;
use limn::query::Session;
use limn::{runtime, table};
use parquet::file::properties::WriterProperties;

use crate::lake::write;

/// Answers the first requests and holds the rest, counting those that wait.
#[derive(Debug, Clone)]
struct Held {
    host: LocalTransport,
    free: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
}

struct Waits(Arc<AtomicUsize>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Held {
    fn get(&self, request: TransportRequest) -> BoxFuture<'static, Result<TransportResponse, TransportError>> {
        let held = self.clone();
        async move {
            let taken = held
                .free
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |free| free.checked_sub(1));
            if taken.is_err() {
                held.waiting.fetch_add(1, Ordering::SeqCst);
                let _waits = Waits(Arc::clone(&held.waiting));
                std::future::pending::<()>().await;
            }
            held.host.get(request).await
        }
        .boxed()
    }
}

async fn until(what: impl Fn() -> bool) -> bool {
    for _ in 0..500 {
        if what() {
            return true;
        }
        runtime::sleep(Duration::from_millis(2)).await;
    }
    false
}

#[tokio::test]
async fn next_row_groups_are_on_their_way_and_dropping_the_rows_stops_them() {
    let directory = tempfile::tempdir().unwrap();
    let noise: Vec<i64> = (0..2_160_000_i64)
        .map(|row| row.wrapping_mul(6_364_136_223_846_793_005))
        .collect();
    let rows = RecordBatch::try_from_iter(vec![("noise", Arc::new(Int64Array::from(noise)) as ArrayRef)]).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(270_000))
        .set_dictionary_enabled(false);
    write(&directory.path().join("a.parquet"), &[rows], properties.build());

    let host = LocalTransport::new("http://lake.test/", directory.path());
    let held = Held {
        host,
        free: Arc::new(AtomicUsize::new(usize::MAX)),
        waiting: Arc::default(),
    };
    let store = HttpStore::new(Arc::new(held.clone()), 64 << 20);
    let session = Session::new(Arc::clone(&store), &Options::default()).unwrap();
    let meter = Meter::default();
    let location = Location::parse("http://lake.test/a.parquet").unwrap();
    let table = table::open(&store.metered(&meter), &[location], None).await.unwrap();
    session.register("a", table).unwrap();

    held.free.store(1, Ordering::SeqCst);
    let meter = Meter::default();
    let mut running = session.query("select noise from a", &meter).await.unwrap();
    let first = running.batches.next().await.unwrap().unwrap();
    assert!(first.num_rows() > 0);
    assert!(
        until(|| held.waiting.load(Ordering::SeqCst) >= 5).await,
        "the next row groups were not asked for"
    );
    let asked = meter.costs().requests;
    drop(running);
    assert!(
        until(|| held.waiting.load(Ordering::SeqCst) == 0).await,
        "requests outlive their statement"
    );
    runtime::sleep(Duration::from_millis(20)).await;
    assert!(meter.costs().requests <= asked + 2, "requests were sent after the end");
}
