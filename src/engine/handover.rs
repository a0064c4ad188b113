//! Handing over to another engine, which takes this one's place: linear memory never shrinks, and what a large statement
//! took of it would be held for as long as the tab is open. The other engine gets the bytes that were read, with what they
//! are known by, so that it opens the same tables as they were; and the results under their numbers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::Core;
use super::results::{SharedResult, lock};
use crate::error::{Error, Kind, Result};
use crate::http::{Location, Meter};
use crate::protocol::{AsOf, Handed, Reply, ResultId, Source, TableInfo};
use crate::query::ResultSet;
use crate::query::arrange::{Order, Spilling};
use crate::runtime::{memory_bytes, sleep};
use crate::table;

/// What crosses at once: it is in memory three times for a moment.
const PART_BYTES: usize = 16 << 20;

/// What an object takes beside its bytes.
const OBJECT_BYTES: usize = 512;

/// With more bytes of results there is no handing over: they, too, would be held twice for a moment.
const RESULT_BYTES: u64 = 64 << 20;

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
    /// Memory that another engine would need as well, beside its cache and its results.
    needed_bytes: AtomicU64,
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
    pub(super) fn begin(&self) {
        self.needed_bytes.store(memory_bytes(), Ordering::Relaxed);
    }

    /// A table is open, for which the engine grew from `before_bytes`.
    pub(super) fn opened(&self, source: &Source, info: &TableInfo, before_bytes: u64) {
        let source = Source {
            version: info.version.map(AsOf::Version),
            ..source.clone()
        };
        locked(&self.sources).insert(info.name.clone(), source);
        let grown = memory_bytes().saturating_sub(before_bytes);
        self.needed_bytes.fetch_add(grown, Ordering::Relaxed);
    }

    /// A table is open no more.
    pub(super) fn closed(&self, name: &str) {
        locked(&self.sources).remove(name);
    }
}

impl Core {
    /// Bytes of the engine's memory that another one in its place would not need.
    pub(super) fn spare_bytes(&self) -> u64 {
        let (result_bytes, _) = self.results.bytes();
        if result_bytes > RESULT_BYTES {
            return 0;
        }
        self.beside_bytes()
            .saturating_sub(self.handover.needed_bytes.load(Ordering::Relaxed))
    }

    /// Bytes of the engine's memory that hold neither what was read nor results.
    fn beside_bytes(&self) -> u64 {
        let (_, result_bytes) = self.results.bytes();
        memory_bytes().saturating_sub(self.store.cached_bytes() + result_bytes)
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
        let objects = self.store.known().into_iter().map(Leaving::Object);
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
                let kept = lock(&set).streams()?;
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

    /// Takes what another engine handed over; `spilling` is where the rows of large results go.
    pub(super) async fn take_over(
        &self,
        handed: Vec<Handed>,
        is_last: bool,
        beside: Bytes,
        spilling: Option<Spilling>,
    ) -> Result<Reply> {
        let mut beside = Beside(beside);
        for one in handed {
            match one {
                Handed::Object { url, known, segments } => {
                    self.store.adopt(&url, &known, &segments, |bytes| beside.next(bytes))?;
                }
                Handed::Table { name, source } => self.open_as_it_was(&name, &source).await?,
                Handed::Rows { result, streams } => {
                    let streams = streams.into_iter().map(|bytes| beside.next(bytes));
                    let streams = streams.collect::<Result<Vec<_>>>()?;
                    let set = ResultSet::of_streams(&streams, self.options.result_bytes, spilling.clone())?;
                    locked(&self.handover.rows).insert(result, Arc::new(Mutex::new(set)));
                }
                Handed::Result {
                    result,
                    rows_of,
                    order,
                    complete,
                } => {
                    let rows = order.map(|rows| beside.next(rows.saturating_mul(4))).transpose()?;
                    self.adopt(result, rows_of, rows.as_deref(), complete)?;
                }
                Handed::LastResult { result } => self.results.count_from(result),
            }
        }
        if is_last {
            locked(&self.handover.rows).clear();
            self.handover.needed_bytes.store(self.beside_bytes(), Ordering::Relaxed);
        }
        Ok(Reply::Done)
    }

    /// Opens a table at the version that was open, of the bytes that were read as far as they are here: unlike one that a
    /// person opens it is not read anew.
    async fn open_as_it_was(&self, name: &str, source: &Source) -> Result<()> {
        let urls = source.urls.iter().map(|url| Location::parse(url));
        let urls = urls.collect::<Result<Vec<_>>>()?;
        let store = self.store.metered(&Meter::default());
        let elsewhere = source.elsewhere.as_slice().into();
        let table = table::open_with(&store, &urls, source.version.as_ref(), &elsewhere).await?;
        self.session.register(name, table)?;
        locked(&self.handover.sources).insert(name.to_owned(), source.clone());
        Ok(())
    }

    /// Keeps a result that shows those rows that were taken over for `rows_of`, in the order of the row numbers `order`.
    fn adopt(&self, result: ResultId, rows_of: ResultId, order: Option<&[u8]>, is_complete: bool) -> Result<()> {
        let set = locked(&self.handover.rows).get(&rows_of).cloned().ok_or_else(broken)?;
        if is_complete {
            lock(&set).complete();
        }
        let shown = match order {
            None => set,
            Some(order) => {
                let rows = order.as_chunks().0.iter().map(|row| u32::from_le_bytes(*row));
                let pool = &self.session.context().runtime_env().memory_pool;
                let order = Order::within(rows.collect(), pool)?;
                let arranged = lock(&set).arranged(order);
                Arc::new(Mutex::new(arranged))
            }
        };
        self.results.adopt(result, shown);
        Ok(())
    }
}

/// What lies beside a message, from its beginning on.
struct Beside(Bytes);

impl Beside {
    fn next(&mut self, bytes: u64) -> Result<Bytes> {
        let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= self.0.len());
        Ok(self.0.split_to(bytes.ok_or_else(broken)?))
    }
}

fn broken() -> Error {
    Error::new(Kind::Bug, "engine", "what another engine handed over is not whole")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
