//! The requests of the grid: what it sorts, filters and sums up.

use std::ops::Range;
use std::sync::Arc;

use futures::StreamExt;

use super::Core;
use super::results::lock;
use crate::error::{Error, Kind, Result};
use crate::protocol::{Cell, DERIVED_ROWS, Filter, Reply, Request, ResultId, SortKey};
use crate::query::arrange::distribution::{self, Spread};
use crate::query::arrange::{ResultRows, arrange, find, read_totals, totals};
use crate::query::{self, ResultSet};

impl Core {
    /// Does what is asked of all rows of a result, or of many.
    pub(super) async fn of_all_rows(&self, request: Request) -> Result<Reply> {
        match request {
            Request::Derive { result, sql } => self.derive(result, &sql).await,
            Request::Arrange { result, sort, filters } => self.arrange(result, &sort, &filters).await,
            Request::Totals {
                result,
                start,
                count,
                columns,
            } => self.totals(result, start..start.saturating_add(count), &columns).await,
            Request::Find { result, text, columns } => self.find(result, &text, &columns).await,
            Request::Spread {
                result,
                column,
                frequent,
            } => self.spread(result, column, frequent).await,
            _ => {
                let detail = "this request is answered at once, not by a task";
                Err(Error::new(Kind::Bug, "engine", detail))
            }
        }
    }

    /// A statement over a kept result; small by its bound, so that its rows cross at once.
    async fn derive(&self, result: ResultId, sql: &str) -> Result<Reply> {
        let rows = lock(&self.results.get(result)?).share();
        let mut batches = self.session.derive(&rows, sql).await?;
        let mut derived = ResultSet::new(batches.schema(), self.options.result_bytes);
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| query::sql_error(error, sql))?;
            if !derived.push(batch) || derived.rows() > DERIVED_ROWS {
                let detail =
                    format!("it gives more than the {DERIVED_ROWS} rows that are shown at once; aggregate or limit it");
                return Err(Error::new(Kind::TooBig, "derived rows", detail));
            }
        }
        Ok(Reply::Derived {
            columns: derived.columns(),
            rows: derived.values(0, u32::MAX)?,
        })
    }

    /// Keeps the rows of a result that pass, sorted, as another result.
    async fn arrange(&self, result: ResultId, sort: &[SortKey], filters: &[Filter]) -> Result<Reply> {
        let set = self.results.get(result)?;
        let rows = lock(&set).share();
        let pool = Arc::clone(&self.session.context().runtime_env().memory_pool);
        let order = arrange(&rows, sort, filters, &pool).await?;
        let arranged = lock(&set).arranged(order);
        let rows = arranged.rows();
        let (result, _) = self.results.insert(arranged);
        Ok(Reply::Arranged { result, rows })
    }

    /// What a block of cells comes to.
    async fn totals(&self, result: ResultId, rows: Range<u64>, columns: &[u32]) -> Result<Reply> {
        let all = lock(&self.results.get(result)?).share();
        let sql = totals(&all.schema, columns);
        let row = self
            .texts(&all.cut(rows), &sql)
            .await?
            .into_iter()
            .next()
            .unwrap_or_default();
        let row: Vec<_> = row.into_iter().map(|cell| cell.text).collect();
        Ok(Reply::Totals {
            totals: read_totals(&row),
        })
    }

    /// Where a text is in the shown cells.
    async fn find(&self, result: ResultId, text: &str, columns: &[u32]) -> Result<Reply> {
        let rows = lock(&self.results.get(result)?).share();
        let found = find(&rows, columns, text).await?;
        Ok(Reply::Found { found })
    }

    /// How a column's values are spread.
    async fn spread(&self, result: ResultId, column: u32, frequent: bool) -> Result<Reply> {
        let all = lock(&self.results.get(result)?).share();
        let spread = distribution::spread(&all.schema, column);
        let (rows, step) = distribution::sample(&all);
        let ends = self
            .texts(&rows, &distribution::ends_sql(&rows.schema, column, spread))
            .await?;
        let first = ends.into_iter().next().unwrap_or_default();
        let (mut distribution, ends) = distribution::read_ends(&first, step);
        if let Some((low, high)) = ends.filter(|(low, high)| low < high) {
            let sql = distribution::bars_sql(&rows.schema, column, low, high);
            distribution.bars = distribution::read_bars(&self.texts(&rows, &sql).await?);
        }
        if spread == Spread::Words || (frequent && spread == Spread::Line) {
            let sql = distribution::frequent_sql(column);
            distribution.frequent = distribution::read_frequent(self.texts(&rows, &sql).await?);
        }
        Ok(Reply::Spread { distribution })
    }

    /// The rows of a small statement over a result, as text.
    async fn texts(&self, rows: &ResultRows, sql: &str) -> Result<Vec<Vec<Cell>>> {
        let mut batches = self.session.derive(rows, sql).await?;
        let mut derived = ResultSet::new(batches.schema(), self.options.result_bytes);
        while let Some(batch) = batches.next().await {
            // What has no room is left out: these statements give a handful of rows.
            let _ = derived.push(batch.map_err(|error| query::sql_error(error, sql))?);
        }
        derived.window(0, u32::MAX, 0, 0)
    }
}
