//! [`Session`]: the open tables under their names, and statements over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::error::DataFusionError;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;

use super::catalog::OpenTables;
use super::crew::Crew;
use super::early::with_scans_begun;
use super::failure::sql_error;
use super::footers::Footers;
use super::parameters;
use super::provider::LakeTable;
use super::rules::{Planner, rules};
use super::scope::Scope;
use super::setting::{config, pin, runtime, with_functions};
use super::texts::without_views;
use super::variants;
use super::versions::{Tables, Versions};
use crate::error::{Error, Kind, Result};
use crate::http::{HttpStore, Meter};
use crate::protocol::{self, AsOf, Options, Values};
use crate::table::Table;

mod physical;
mod planning;
mod running;

pub(super) use physical::physical;
pub use running::Running;

/// Where the open tables are.
pub(super) const CATALOG: &str = "datafusion";
pub(super) const SCHEMA: &str = "public";

/// Open tables and statements over them.
pub struct Session {
    context: SessionContext,
    tables: Arc<OpenTables>,
    versions: Versions,
    store: Arc<HttpStore>,
    footers: Arc<Footers>,
    crew: Option<Crew>,
    scratch: bool,
}

impl Session {
    /// A session without tables that reads through `store`, within the budgets of `options`.
    ///
    /// # Errors
    /// `Bug` when DataFusion refuses its configuration.
    pub fn new(store: Arc<HttpStore>, options: &Options) -> Result<Self> {
        let tables = Arc::new(OpenTables::default());
        let runtime = runtime(options.memory_bytes).map_err(misconfigured)?;
        let state = with_functions(SessionStateBuilder::new())
            .with_config(config())
            .with_runtime_env(runtime)
            .with_query_planner(Arc::new(Planner))
            .with_physical_optimizer_rules(rules())
            .build();
        let context = SessionContext::new_with_state(state);
        for function in variants::functions() {
            context.register_udf(function);
        }
        context.register_catalog(CATALOG, catalog(&tables)?);
        Ok(Self {
            context,
            tables,
            versions: Versions::default(),
            store,
            footers: Arc::default(),
            crew: None,
            scratch: options.scratch,
        })
    }

    /// The same, with hands that decode for it.
    #[must_use]
    pub fn with_crew(self, crew: Crew) -> Self {
        Self {
            crew: Some(crew),
            ..self
        }
    }

    /// Gives `table` the SQL name `name`, in the place of what had it before.
    ///
    /// # Errors
    /// `BadLink` when the name is empty.
    pub fn register(&self, name: &str, table: Table) -> Result<()> {
        if name.is_empty() {
            return Err(Error::new(Kind::BadLink, "table", "a table needs a name"));
        }
        self.footers.clear();
        self.versions.clear();
        self.tables.put(name, Arc::new(LakeTable::new(name, table)));
        Ok(())
    }

    /// Forgets the table called `name`.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub fn deregister(&self, name: &str) -> Result<()> {
        let missing = || Error::new(Kind::NotFound, name, "no table of this name is open");
        self.versions.clear();
        self.tables.remove(name).map(|_| ()).ok_or_else(missing)
    }

    /// Starts `sql`; everything it causes is counted on `meter`.
    ///
    /// # Errors
    /// `Sql`, `TooBig`, and what reading may say.
    pub async fn query(&self, sql: &str, meter: &Meter) -> Result<Running> {
        self.query_with(sql, &Values::new(), meter).await
    }

    /// Starts `sql` with `values` in the places of its parameters.
    ///
    /// # Errors
    /// As [`query`](Self::query), and `Sql` for a value that is missing or of another type.
    pub async fn query_with(&self, sql: &str, values: &Values, meter: &Meter) -> Result<Running> {
        self.query_at(sql, values, &BTreeMap::new(), meter).await
    }

    /// Starts `sql` as [`query_with`](Self::query_with) does, over open tables at the versions that `versions` names.
    ///
    /// # Errors
    /// Those of `query_with`, `NotFound` when a table is not open any more or a version is gone.
    pub async fn query_at(
        &self,
        sql: &str,
        values: &Values,
        versions: &BTreeMap<String, u64>,
        meter: &Meter,
    ) -> Result<Running> {
        let scope = self.scope(meter);
        let mut state = self.state(&scope);
        let tables = self.pinned(&scope, versions).await?;
        if !Arc::ptr_eq(&tables, &self.tables) {
            state = over(state, &tables)?;
        }
        let logical = self.logical(&mut state, &tables, &scope, sql).await?;
        // What a statement of a scratch session prepares, or explains, has its values later.
        let logical = if self.scratch && values.is_empty() {
            logical
        } else {
            parameters::bind(logical, values, sql)?
        };
        let mut plan = None;
        let batches = if self.scratch && is_command(&logical) {
            let frame = self
                .context
                .execute_logical_plan(logical)
                .await
                .map_err(|error| sql_error(error, sql))?;
            self.pin();
            frame.execute_stream().await.map_err(|error| sql_error(error, sql))?
        } else {
            let physical = physical(&state, &logical, sql).await?;
            plan = Some(Arc::clone(&physical));
            let rows = execute_stream(Arc::clone(&physical), state.task_ctx());
            let begun = rows.and_then(|rows| with_scans_begun(rows, &physical));
            begun.map_err(|error| sql_error(error, sql))?
        };
        let batches = without_views(batches);
        Ok(Running {
            schema: batches.schema(),
            batches,
            counts: scope.counts.clone(),
            versions: scope.versions(),
            plan,
        })
    }

    /// The functions that statements may call.
    #[must_use]
    pub fn functions(&self) -> Vec<protocol::Function> {
        super::functions(&self.context)
    }

    /// Bytes of what statements read, parsed, that is kept for the next ones.
    #[must_use]
    pub fn kept_bytes(&self) -> u64 {
        (self.footers.bytes() + self.versions.bytes()) as u64
    }

    /// DataFusion's context, for its functions and for tests of the SQL engine.
    #[must_use]
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// The open tables.
    pub(super) fn tables(&self) -> &OpenTables {
        &self.tables
    }

    /// What reads for them.
    pub(crate) fn store(&self) -> &Arc<HttpStore> {
        &self.store
    }

    /// The footers that were read.
    pub(super) fn footers(&self) -> &Arc<Footers> {
        &self.footers
    }

    fn scope(&self, meter: &Meter) -> Arc<Scope> {
        let scope = Scope::new(Arc::clone(&self.store), meter, Arc::clone(&self.footers));
        Arc::new(scope.with_crew(self.crew.clone()))
    }

    /// The session's state for one statement.
    fn state(&self, scope: &Arc<Scope>) -> SessionState {
        let mut state = self.context.state();
        state.config_mut().set_extension(Arc::clone(scope));
        state.mark_start_execution();
        state
    }

    /// The open tables, those that `versions` names at these versions.
    async fn pinned(&self, scope: &Scope, versions: &BTreeMap<String, u64>) -> Result<Arc<OpenTables>> {
        let tables = Tables {
            open: &self.tables,
            versions: &self.versions,
            store: &scope.store,
        };
        let mut pinned = None;
        for (name, version) in versions {
            let missing = || Error::new(Kind::NotFound, name, "The table that was read is not open any more.");
            let open = self.tables.lake_table(name).ok_or_else(missing)?;
            let table = tables.at(&open, &AsOf::Version(*version)).await?;
            if !Arc::ptr_eq(&table, &open) {
                let pinned = pinned.get_or_insert_with(|| self.tables.copied());
                pinned.put(name, Arc::new(LakeTable::latest(name, table)));
            }
        }
        Ok(pinned.map_or_else(|| Arc::clone(&self.tables), Arc::new))
    }

    /// A statement may have set what would start tasks.
    fn pin(&self) {
        let state = self.context.state_ref();
        let mut state = state.write();
        pin(state.config_mut());
    }
}

/// The catalog of `tables`.
fn catalog(tables: &Arc<OpenTables>) -> Result<Arc<dyn CatalogProvider>> {
    let catalog = MemoryCatalogProvider::new();
    catalog
        .register_schema(SCHEMA, Arc::clone(tables) as _)
        .map_err(misconfigured)?;
    Ok(Arc::new(catalog))
}

/// The state with these tables in the place of those of its session.
fn over(state: SessionState, tables: &Arc<OpenTables>) -> Result<SessionState> {
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), catalog(tables)?);
    let builder = SessionStateBuilder::new_from_existing(state);
    Ok(builder.with_catalog_list(Arc::new(catalogs)).build())
}

fn misconfigured(cause: DataFusionError) -> Error {
    Error::new(Kind::Bug, "session", cause.to_string()).with_source(cause)
}

fn is_command(plan: &LogicalPlan) -> bool {
    matches!(
        plan,
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_)
    )
}
