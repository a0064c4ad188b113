//! What opening a table costs, in requests and in round trips.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Either, select};
use limn::http::{LocalTransport, Transport, TransportError, TransportRequest, TransportResponse};

use super::*;

/// Lets requests through in rounds: those that wait when nothing else can go on.
#[derive(Debug, Clone)]
struct Rounds {
    host: LocalTransport,
    waiting: Arc<Mutex<Vec<oneshot::Sender<()>>>>,
    count: Arc<AtomicU64>,
}

impl Transport for Rounds {
    fn get(
        &self,
        request: TransportRequest,
    ) -> BoxFuture<'static, std::result::Result<TransportResponse, TransportError>> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap().push(sender);
        let host = self.host.clone();
        async move {
            let _ = receiver.await;
            host.get(request).await
        }
        .boxed()
    }
}

impl Rounds {
    async fn conduct(self) {
        loop {
            for _ in 0..500 {
                tokio::task::yield_now().await;
            }
            let waiting: Vec<_> = self.waiting.lock().unwrap().drain(..).collect();
            if !waiting.is_empty() {
                self.count.fetch_add(1, Ordering::Relaxed);
            }
            for sender in waiting {
                let _ = sender.send(());
            }
        }
    }
}

pub async fn rounds(log: &Log) -> u64 {
    log.host.clear();
    let rounds = Rounds {
        host: log.host.clone(),
        waiting: Arc::default(),
        count: Arc::default(),
    };
    let opening = Box::pin(open_with(Arc::new(rounds.clone()), None));
    let Either::Left((opened, _)) = select(opening, Box::pin(rounds.clone().conduct())).await else {
        unreachable!()
    };
    opened.unwrap();
    rounds.count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_checkpoint_and_five_commits_cost_ten_requests_in_three_round_trips() {
    let log = checkpointed();
    assert_eq!(state(&log.open(None).await.unwrap()), (15, checkpointed_files()));
    let mut asked = log.asked();
    asked.sort_unstable();
    let mut expected: Vec<String> = (10..=17).map(|version| format!("{version:020}.json")).collect();
    expected.extend([
        "00000000000000000010.checkpoint.parquet".to_owned(),
        "_last_checkpoint".to_owned(),
    ]);
    expected.sort_unstable();
    assert_eq!(asked, expected);
    assert_eq!(rounds(&log).await, 3);
}

/// `add` actions whose tags make a checkpoint large; their column is not needed.
pub fn large_adds() -> impl Iterator<Item = String> {
    let noise = |file: u64| {
        let mut state = file;
        let mut digits = String::new();
        for _ in 0..40 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            digits.push_str(&state.to_string());
        }
        digits
    };
    let file = move |file: u64| {
        let tags = noise(file);
        format!(
            r#"{{"add":{{"path":"{file:05}","partitionValues":{{}},"size":1,"modificationTime":1,"tags":"{tags}"}}}}"#
        )
    };
    (0..4000).map(file)
}

#[tokio::test]
async fn a_large_checkpoint_is_read_by_range_and_column() {
    let log = Log::with_commits(6);
    let lines: Vec<String> = checkpoint_lines(0..0).into_iter().chain(large_adds()).collect();
    let size = log.checkpoint("00000000000000000000.checkpoint", &lines);
    assert!(size > 1 << 20, "{size}");
    log.hint(&format!(r#"{{"version":0,"size":4003,"sizeInBytes":{size}}}"#));
    let table = log.open(None).await.unwrap();
    assert_eq!((table.version.unwrap().number, table.files.len()), (5, 4005));
    let requests = log.host.requests();
    let of_checkpoint: Vec<_> = requests.iter().filter(|(url, _)| url.ends_with(".parquet")).collect();
    let bytes: u64 = of_checkpoint
        .iter()
        .map(|(_, range)| range.as_ref().map_or(size, |range| range.end - range.start))
        .sum();
    assert!(bytes < size / 3, "{bytes} of {size} bytes: {of_checkpoint:?}");
    assert!(requests.len() <= 12, "{requests:?}");
    assert!(rounds(&log).await <= 4);
    // A size that is wrong either way costs requests, not the table.
    for lie in [size - 1, size + 1, 2 << 20, 100 << 20, 1, 0] {
        log.hint(&format!(r#"{{"version":0,"size":4003,"sizeInBytes":{lie}}}"#));
        assert_eq!(log.open(None).await.unwrap().files.len(), 4005, "{lie}");
    }
}

#[tokio::test]
async fn the_latest_version_tells_its_time() {
    let log = checkpointed();
    set_time(&log, 15, 5000);
    assert_eq!(
        log.open(None).await.unwrap().version.unwrap().timestamp_millis,
        Some(5_000_000)
    );
    // The checkpoint's own commit is asked for beside it, which tells the time when none follows.
    log.forget_commits(11..16);
    set_time(&log, 10, 4000);
    assert_eq!(
        log.open(None).await.unwrap().version.unwrap().timestamp_millis,
        Some(4_000_000)
    );
    assert_eq!(log.asked().len(), 6);
    assert_eq!(rounds(&log).await, 2);
}
