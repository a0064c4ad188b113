//! Statements over the rows of a kept result: what charts, headers and totals show is computed in the engine.
//!
//! Such a statement knows one table, [`RESULT`], whose columns are `c0`, `c1` and so on, by their place: their own names
//! may be the same, or anything.

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider,
};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::physical_plan::execute_stream;

use super::arrange::{ResultRows, ResultTable};
use super::session::{Session, physical};
use super::{sql_error, statement, variants};
use crate::error::{Error, Kind, Result};

/// What a statement over a result calls its rows.
pub const RESULT: &str = "result";

impl Session {
    /// Runs `sql` over the rows of a result.
    ///
    /// # Errors
    /// `Sql`, and `TooBig` when it needs more memory than there is.
    pub async fn derive(&self, rows: &ResultRows, sql: &str) -> Result<SendableRecordBatchStream> {
        let state = state_over(self.context().state(), rows).map_err(|error| sql_error(error, sql))?;
        let parsed = statement::parse(&state, sql)?;
        statement::refuse_writes(&parsed.statement)?;
        if !parsed.clauses.is_empty() {
            return Err(Error::new(Kind::Sql, "SQL", "The rows of a result have no versions."));
        }
        let logical = statement::plan(&state, parsed.statement, sql).await?;
        variants::refuse_comparisons(&logical).map_err(|error| sql_error(error, sql))?;
        statement::refuse_writing_plans(&logical)?;
        let physical = physical(&state, &logical, sql).await?;
        execute_stream(physical, state.task_ctx()).map_err(|error| sql_error(error, sql))
    }
}

/// `state` with the result as its only table.
fn state_over(state: SessionState, rows: &ResultRows) -> datafusion::error::Result<SessionState> {
    let tables = MemorySchemaProvider::new();
    tables.register_table(RESULT.to_owned(), Arc::new(ResultTable::new(rows.clone())))?;
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("public", Arc::new(tables))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog("datafusion".to_owned(), Arc::new(catalog));
    Ok(SessionStateBuilder::new_from_existing(state)
        .with_catalog_list(Arc::new(catalogs))
        .build())
}
