//! Taking over what another engine hands over.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::locked;
use crate::engine::Core;
use crate::engine::results::lock;
use crate::error::{Error, Kind, Result};
use crate::http::{Location, Meter};
use crate::protocol::{Handed, Reply, ResultId, Source};
use crate::query::ResultSet;
use crate::query::arrange::{Order, Spilling};
use crate::table;

impl Core {
    /// Takes what another engine handed over; `spilling` is where the rows of large results go.
    pub(in crate::engine) async fn take_over(
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
            self.handover.begin_with(self.beside_bytes());
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
