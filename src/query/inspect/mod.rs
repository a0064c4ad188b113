//! What metadata tells of a table: what it is, its columns, how its rows lie in files. No data is fetched for it.

mod bounds;
mod chunks;
mod columns;
mod files;
mod footers;
mod layout;
mod overlap;
mod overview;
mod regions;

use std::sync::Arc;

use arrow::array::ArrayRef;

use super::session::Session;
use super::values::Values;
use crate::error::{Error, Kind, Result};
use crate::http::Meter;
use crate::protocol::inspect::{Facts, Inspection, Versions};

impl Session {
    /// What metadata tells of the table called `name`; everything that it causes is counted on `meter`.
    ///
    /// # Errors
    /// `NotFound` when no such table is open, or has no such file, and what reading footers may say.
    pub async fn inspect(&self, name: &str, what: &Inspection, meter: &Meter) -> Result<Facts> {
        let missing = || Error::new(Kind::NotFound, name, "no table of this name is open");
        let table = self.tables().lake_table(name).ok_or_else(missing)?;
        let source = footers::Source {
            store: self.store().metered(meter),
            host: Arc::clone(self.store()),
            footers: Arc::clone(self.footers()),
            table: Arc::clone(&table),
        };
        Ok(match what {
            Inspection::Overview => Facts::Overview(overview::of(&table)),
            Inspection::Versions => Facts::Versions(Versions {
                range: table.versions(&source.store).await?,
            }),
            Inspection::Columns { footers: false } => Facts::Columns(columns::by_log(&table)?),
            Inspection::Columns { footers: true } => {
                Facts::Columns(footers::add(&source, columns::by_log(&table)?).await?)
            }
            Inspection::Files => Facts::Files(files::of(&table)?),
            Inspection::Layout { path, row_group } => Facts::Layout(layout::of(&source, path, *row_group).await?),
        })
    }
}

/// One value of `array` as it is shown; `None` for NULL.
fn text(array: &ArrayRef, row: usize) -> Result<Option<String>> {
    Ok(Values::new(array)?.get(row).text())
}
