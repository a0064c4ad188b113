//! [`Hand`]: an engine that decodes for another one, and does nothing else.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::TryStreamExt;

use super::flow::{Flow, Flows};
use crate::error::Result;
use crate::protocol::{Answered, Order, Piece, Ticket};
use crate::query::decoding::{Build, Rows, broken};
use crate::query::ipc::{batch_of, stream_of};
use crate::runtime::{self, Task, now_millis, pause};

/// Bytes of rows that make a message worth sending.
const MESSAGE_BYTES: usize = 1 << 20;

/// Work without a pause, in milliseconds: another row group may be waited for more.
const STRETCH_MILLIS: f64 = 25.0;

/// Where its answers go, with the buffers beside them.
pub type Say = Box<dyn Fn(Answered, Vec<Vec<u8>>) + Send + Sync>;

/// Decodes what it is told to, several row groups side by side. Clones are the same.
#[derive(Clone)]
pub struct Hand(Arc<Shared>);

struct Shared {
    say: Say,
    flows: Flows,
    tasks: Mutex<HashMap<Ticket, Task<()>>>,
    /// Rows that fragments join with.
    builds: Mutex<HashMap<Ticket, Arc<Build>>>,
}

impl fmt::Debug for Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hand").finish_non_exhaustive()
    }
}

impl Hand {
    /// A hand that answers through `say`.
    #[must_use]
    pub fn new(say: Say) -> Self {
        Self(Arc::new(Shared {
            say,
            flows: Flows::default(),
            tasks: Mutex::default(),
            builds: Mutex::default(),
        }))
    }

    /// Takes an order and what travels beside it.
    pub fn take(&self, order: Order, buffers: Vec<Bytes>) {
        match order {
            Order::Decode {
                task,
                piece,
                window_bytes,
            } => self.begin(task, piece, buffers, window_bytes),
            Order::Build { build } => self.keep(build, buffers),
            Order::Forget { build } => drop(self.builds().remove(&build)),
            Order::Taken { task, bytes } => self.0.flows.acknowledge(task, bytes),
            Order::Drop { task } => drop(self.tasks().remove(&task)),
        }
    }

    /// Keeps rows to join with. What cannot be read is missed, and told, by who needs it.
    fn keep(&self, build: Ticket, buffers: Vec<Bytes>) {
        let rows = buffers.into_iter().next().map(batch_of);
        if let Some(Ok(rows)) = rows {
            self.builds().insert(build, Arc::new(Build::of_rows(rows)));
        }
    }

    /// The other sides of a fragment's joins.
    fn joined(&self, piece: &Piece) -> Result<Vec<Arc<Build>>> {
        let builds = self.builds();
        let build = |build| builds.get(build).cloned();
        let found = piece.builds.iter().map(build).collect::<Option<_>>();
        found.ok_or_else(|| broken(&"rows to join with are missing"))
    }

    fn begin(&self, task: Ticket, piece: Piece, buffers: Vec<Bytes>, window_bytes: u64) {
        let hand = self.clone();
        // The task is known before it runs, so that it can end by forgetting itself.
        let mut tasks = self.tasks();
        let work = runtime::spawn(async move {
            let flow = hand.0.flows.begin(task, window_bytes);
            let answered = match hand.decode(task, &piece, buffers, &flow).await {
                Ok(passed) => Answered::Done { task, passed },
                Err(error) => Answered::Failed { task, error },
            };
            (hand.0.say)(answered, vec![]);
            let finished = hand.tasks().remove(&task);
            // Dropped last: dropping the task aborts what runs here.
            drop(finished);
        });
        tasks.insert(task, work);
    }

    async fn decode(&self, task: Ticket, piece: &Piece, buffers: Vec<Bytes>, flow: &Flow<'_>) -> Result<Vec<u64>> {
        let Rows { mut rows, counts } = Rows::of(piece, buffers, &self.joined(piece)?)?;
        loop {
            flow.room().await;
            let began = now_millis();
            let (mut batches, mut bytes) = (vec![], 0);
            while bytes < MESSAGE_BYTES && now_millis() - began < STRETCH_MILLIS {
                let Some(batch) = rows.try_next().await? else {
                    break;
                };
                let batch = stream_of(&batch).map_err(|cause| broken(&cause))?;
                bytes += batch.len();
                batches.push(batch);
            }
            if batches.is_empty() {
                return Ok(counts.map(|counts| counts.told()).unwrap_or_default());
            }
            flow.sent(bytes as u64);
            let millis = now_millis() - began;
            (self.0.say)(Answered::Rows { task, millis }, batches);
            pause().await;
        }
    }

    fn builds(&self) -> MutexGuard<'_, HashMap<Ticket, Arc<Build>>> {
        self.0.builds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<Ticket, Task<()>>> {
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
