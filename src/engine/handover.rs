//! Handing over to another engine, which takes this one's place: linear memory never shrinks, and what a large statement
//! took of it would be held for as long as the tab is open. The other engine gets the bytes that were read, with what they
//! are known by, so that it opens the same tables as they were; and the results under their numbers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Core;
use super::results::{SharedResult, lock};
use crate::error::Result;
use crate::http::Location;
use crate::protocol::{AsOf, Handed, Reply, Request, ResultId, Source, TableInfo};
use crate::runtime::{memory_bytes, sleep};
use crate::table::delta::LAST_CHECKPOINT;

mod taking;

/// What crosses at once: it is in memory three times for a moment.
const PART_BYTES: usize = 16 << 20;

/// What an object takes beside its bytes.
const OBJECT_BYTES: usize = 512;

/// With more bytes of results there is no handing over: they, too, would be held twice for a moment.
const RESULT_BYTES: u64 = 64 << 20;

/// As streams they may be larger, but not by much: each batch has its own copy of what it shares with others.
const STREAM_BYTES: usize = 128 << 20;

/// How often it is looked whether a file is still being written.
const WRITING: Duration = Duration::from_millis(20);

/// What is needed to hand over, and what was taken over.
#[derive(Debug, Default)]
pub(super) struct Handover {
    /// Where the open tables lie, by name.
    sources: Mutex<BTreeMap<String, Source>>,
    /// What has yet to be handed over.
    leaving: Mutex<VecDeque<Leaving>>,
    /// Results whose rows were taken over, until all that show them are there.
    rows: Mutex<BTreeMap<ResultId, SharedResult>>,
    /// Memory that the engine had when it began.
    first_bytes: AtomicU64,
    /// By how much it grew for statements since.
    grown_bytes: AtomicU64,
}

/// Something that is handed over when its turn comes.
#[derive(Debug)]
enum Leaving {
    Object(Location),
    Rows(ResultId, SharedResult),
    Result { handed: Handed, order: Option<Vec<u32>> },
    Other(Handed),
}

impl Handover {
    /// All that the engine takes now is needed.
    fn begin_with(&self, bytes: u64) {
        self.first_bytes.store(bytes, Ordering::Relaxed);
        self.grown_bytes.store(0, Ordering::Relaxed);
    }

    /// All that the engine takes now is needed.
    pub(super) fn begin(&self) {
        self.begin_with(memory_bytes());
    }

    /// As long as this lives, what the engine grows by is for `request`. What tables take is needed, and what is handed over
    /// is no statement.
    pub(super) fn growing(&self, request: &Request) -> Option<Growing<'_>> {
        let is_statement = !matches!(
            request,
            Request::Open { .. } | Request::Weigh | Request::HandOver { .. } | Request::TakeOver { .. }
        );
        if is_statement {
            // Whoever asks has this engine; nothing is held for another one.
            locked(&self.leaving).clear();
        }
        is_statement.then(|| Growing {
            grown_bytes: &self.grown_bytes,
            before_bytes: memory_bytes(),
        })
    }

    /// A table is open.
    pub(super) fn opened(&self, source: &Source, info: &TableInfo) {
        let source = Source {
            version: info.version.map(AsOf::Version),
            ..source.clone()
        };
        locked(&self.sources).insert(info.name.clone(), source);
    }

    /// A table is open no more.
    pub(super) fn closed(&self, name: &str) {
        locked(&self.sources).remove(name);
    }
}

/// Something for which the engine may grow.
pub(super) struct Growing<'a> {
    grown_bytes: &'a AtomicU64,
    before_bytes: u64,
}

impl Drop for Growing<'_> {
    fn drop(&mut self) {
        let grown = memory_bytes().saturating_sub(self.before_bytes);
        self.grown_bytes.fetch_add(grown, Ordering::Relaxed);
    }
}

impl Core {
    /// Bytes of the engine's memory that another one in its place would not need.
    pub(super) fn spare_bytes(&self) -> u64 {
        let (result_bytes, _) = self.results.bytes();
        // What statements made themselves cannot be handed over.
        if result_bytes > RESULT_BYTES || self.options.scratch {
            return 0;
        }
        let grown = self.handover.grown_bytes.load(Ordering::Relaxed);
        let more = self
            .beside_bytes()
            .saturating_sub(self.handover.first_bytes.load(Ordering::Relaxed));
        grown.min(more)
    }

    /// Bytes of the engine's memory that hold neither what was read nor results.
    fn beside_bytes(&self) -> u64 {
        let (_, result_bytes) = self.results.bytes();
        memory_bytes().saturating_sub(self.store.cached_bytes() + self.session.kept_bytes() + result_bytes)
    }

    /// The next part of what is handed over, from the beginning if it is the first.
    pub(super) async fn hand_over(&self, is_first: bool) -> Result<(Reply, Option<Vec<u8>>)> {
        if is_first {
            // It would be given up in the middle of a file.
            while self.store.is_storing() {
                sleep(WRITING).await;
            }
            *locked(&self.handover.leaving) = self.leaving();
        }
        let (mut handed, mut beside) = (vec![], vec![]);
        let mut part_bytes = 0;
        while part_bytes < PART_BYTES {
            let Some(leaving) = locked(&self.handover.leaving).pop_front() else {
                break;
            };
            let before = beside.len();
            handed.push(self.handed(leaving, &mut beside)?);
            part_bytes += OBJECT_BYTES + beside.len() - before;
        }
        let last = locked(&self.handover.leaving).is_empty();
        Ok((Reply::HandedOver { handed, last }, Some(beside)))
    }

    /// All that is handed over, in the order in which it can be taken.
    fn leaving(&self) -> VecDeque<Leaving> {
        // The name of the newest checkpoint is written anew all the time: who opens a table asks for it again.
        let known = self.store.known().into_iter();
        let objects = known
            .filter(|place| place.file_name() != LAST_CHECKPOINT)
            .map(Leaving::Object);
        let sources = locked(&self.handover.sources).clone().into_iter();
        let tables = sources.map(|(name, source)| Leaving::Other(Handed::Table { name, source }));
        let mut leaving: VecDeque<Leaving> = objects.chain(tables).collect();
        let (sets, last) = self.results.all();
        let mut with_rows: Vec<(ResultId, SharedResult)> = vec![];
        for (result, set) in sets {
            let is_same = |(_, other): &&(ResultId, SharedResult)| lock(&set).shows_rows_of(&lock(other));
            let rows_of = with_rows.iter().find(is_same).map(|(id, _)| *id);
            if rows_of.is_none() {
                with_rows.push((result, Arc::clone(&set)));
                leaving.push_back(Leaving::Rows(result, Arc::clone(&set)));
            }
            let order = lock(&set).order();
            let handed = Handed::Result {
                result,
                rows_of: rows_of.unwrap_or(result),
                order: order.as_ref().map(|rows| rows.len() as u64),
                complete: lock(&set).is_complete(),
            };
            leaving.push_back(Leaving::Result { handed, order });
        }
        leaving.push_back(Leaving::Other(Handed::LastResult { result: last }));
        leaving
    }

    /// What crosses of one thing; its bytes come behind those that lie `beside` already.
    fn handed(&self, leaving: Leaving, beside: &mut Vec<u8>) -> Result<Handed> {
        Ok(match leaving {
            Leaving::Object(location) => {
                let (handed, kept) = self.store.handed(&location);
                beside.extend(kept.iter().flatten());
                handed
            }
            Leaving::Rows(result, set) => {
                let kept = lock(&set).streams(STREAM_BYTES)?;
                beside.extend(kept.iter().flatten());
                let streams = kept.iter().map(|bytes| bytes.len() as u64).collect();
                Handed::Rows { result, streams }
            }
            Leaving::Result { handed, order } => {
                beside.extend(order.into_iter().flatten().flat_map(u32::to_le_bytes));
                handed
            }
            Leaving::Other(handed) => handed,
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
