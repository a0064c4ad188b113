//! Replies as those who asked read them, each by itself: a part of the program that asks for nothing else carries the
//! reading of nothing else. Their fields are those of [`Reply`](crate::protocol::Reply).

use js_sys::Array;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::bug;
use crate::error::Result;
use crate::protocol::inspect::Facts;
use crate::protocol::{
    Answer, Cell, Distribution, Found, Function, Plan, Preview, ResultId, Saved, Stats, TableInfo, Totals,
};

/// An answer: a reply's JSON, and the buffers beside it.
pub struct Answered {
    /// The reply, unread.
    pub reply: String,
    /// What lies beside it.
    pub buffers: Array,
}

impl Answered {
    /// The reply, as what was asked for.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.reply).map_err(|cause| {
            let begin: String = self.reply.chars().take(200).collect();
            bug(&format!(
                "The engine gave another answer than was asked for ({cause}): {begin}"
            ))
        })
    }
}

#[derive(Deserialize)]
pub struct Opened {
    pub table: TableInfo,
}

#[derive(Deserialize)]
pub struct Planned {
    pub plan: Plan,
}

#[derive(Deserialize)]
pub struct Previewed {
    pub preview: Preview,
}

#[derive(Deserialize)]
pub struct Inspected {
    pub facts: Facts,
    pub stats: Stats,
}

#[derive(Deserialize)]
pub struct Ready {
    pub answer: Answer,
}

#[derive(Deserialize)]
pub struct Rows {
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Deserialize)]
pub struct OneCell {
    pub text: Option<String>,
}

#[derive(Deserialize)]
pub struct TypedRows {
    pub rows: Vec<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
pub struct Arranged {
    pub result: ResultId,
    pub rows: u64,
}

#[derive(Deserialize)]
pub struct Summed {
    pub totals: Totals,
}

#[derive(Deserialize)]
pub struct Places {
    pub found: Found,
}

#[derive(Deserialize)]
pub struct Spread {
    pub distribution: Distribution,
}

#[derive(Deserialize)]
pub struct Kept {
    pub saved: Saved,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    pub size_bytes: u64,
}

#[derive(Deserialize)]
pub struct Functions {
    pub functions: Vec<Function>,
}
