//! What the browser keeps beyond the tab.

use super::replies::Stored;
use super::{Abandoned, Client};
use crate::error::Result;
use crate::protocol::Request;

impl Client {
    /// How many bytes are kept.
    pub async fn stored_bytes(&self) -> Result<u64> {
        let Stored { size_bytes } = self.ask(Request::Stored, Abandoned::Ignore).await?.read()?;
        Ok(size_bytes)
    }

    /// Removes them all, and tells what is left.
    pub async fn clear_stored(&self) -> Result<u64> {
        let Stored { size_bytes } = self.ask(Request::ClearStored, Abandoned::Ignore).await?.read()?;
        Ok(size_bytes)
    }
}
