//! The rows of a kept result as the grid asks for them: seen, arranged, found, summed up.

use js_sys::ArrayBuffer;
use wasm_bindgen::JsCast as _;

use super::replies::{Arranged, OneCell, Places, Rows, Spread, Summed};
use super::{Abandoned, Client, bug};
use crate::error::Result;
use crate::protocol::{Cell, Distribution, Filter, Found, Request, ResultId, SortKey, Totals};

/// Which cells.
#[derive(Debug, Clone)]
pub struct Window {
    /// Of which result.
    pub result: ResultId,
    /// First row.
    pub start: u64,
    /// How many rows at most.
    pub count: u32,
    /// Which columns; at least one.
    pub columns: Vec<u32>,
}

impl Client {
    /// A window of a result as text.
    pub async fn rows(&self, window: Window) -> Result<Vec<Vec<Cell>>> {
        let Window {
            result,
            start,
            count,
            columns,
        } = window;
        let request = Request::Rows {
            result,
            start,
            count,
            first_column: 0,
            column_count: 0,
            columns,
        };
        let Rows { rows } = self.ask(request, Abandoned::Ignore).await?.read()?;
        Ok(rows)
    }

    /// One whole value; `None` for NULL.
    pub async fn cell(&self, result: ResultId, row: u64, column: u32) -> Result<Option<String>> {
        let OneCell { text } = self
            .ask(Request::Cell { result, row, column }, Abandoned::Ignore)
            .await?
            .read()?;
        Ok(text)
    }

    /// The rows of a result that pass, sorted: the result under which they are kept, and how many they are.
    pub async fn arrange(&self, result: ResultId, sort: Vec<SortKey>, filters: Vec<Filter>) -> Result<(ResultId, u64)> {
        let request = Request::Arrange { result, sort, filters };
        let Arranged { result, rows } = self.ask(request, Abandoned::Ask).await?.read()?;
        Ok((result, rows))
    }

    /// What a block of cells comes to.
    pub async fn totals(&self, result: ResultId, start: u64, count: u64, columns: Vec<u32>) -> Result<Totals> {
        let request = Request::Totals {
            result,
            start,
            count,
            columns,
        };
        let Summed { totals } = self.ask(request, Abandoned::Ask).await?.read()?;
        Ok(totals)
    }

    /// Where a text is in the shown cells.
    pub async fn find(&self, result: ResultId, text: String, columns: Vec<u32>) -> Result<Found> {
        let request = Request::Find { result, text, columns };
        let Places { found } = self.ask(request, Abandoned::Ask).await?.read()?;
        Ok(found)
    }

    /// How a column's values are spread.
    pub async fn spread(&self, result: ResultId, column: u32, frequent: bool) -> Result<Distribution> {
        let request = Request::Spread {
            result,
            column,
            frequent,
        };
        let Spread { distribution } = self.ask(request, Abandoned::Ask).await?.read()?;
        Ok(distribution)
    }

    /// The bytes of one binary value.
    pub async fn bytes(&self, result: ResultId, row: u64, column: u32) -> Result<ArrayBuffer> {
        let answered = self
            .ask(Request::Bytes { result, row, column }, Abandoned::Ignore)
            .await?;
        let buffer = answered.buffers.get(0).dyn_into();
        buffer.map_err(|_| bug("The engine gave no bytes."))
    }
}
