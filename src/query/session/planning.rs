//! What a statement means, and what it would read, told before it runs.

use std::sync::Arc;

use datafusion::catalog::SchemaProvider as _;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;

use super::{Session, physical};
use crate::error::Result;
use crate::http::Meter;
use crate::http::still::unless_still;
use crate::protocol::{self, Preview, Values};
use crate::query::catalog::OpenTables;
use crate::query::failure::sql_error;
use crate::query::relations::Relations;
use crate::query::scope::Scope;
use crate::query::versions::Tables;
use crate::query::{nearest, parameters, plan, statement, variants};

impl Session {
    /// What `sql` would read. Footers are read through `meter`, no data.
    ///
    /// # Errors
    /// `Sql`, and what opening footers may say.
    pub async fn plan(&self, sql: &str, meter: &Meter) -> Result<protocol::Plan> {
        self.plan_with(sql, &Values::new(), meter).await
    }

    /// What `sql` would read with `values` in the places of its parameters.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and `Sql` for a value that is missing or of another type.
    pub async fn plan_with(&self, sql: &str, values: &Values, meter: &Meter) -> Result<protocol::Plan> {
        let scope = self.scope(meter);
        let mut state = self.state(&scope);
        let logical = self.logical(&mut state, &self.tables, &scope, sql).await?;
        let logical = parameters::bind(logical, values, sql)?;
        let physical = physical(&state, &logical, sql).await?;
        plan::describe(&physical).await
    }

    /// What can be said of `sql` without a request: what is wrong with it is a part of the answer.
    pub async fn preview(&self, sql: &str, values: &Values) -> Preview {
        let mut preview = Preview::default();
        match unless_still(self.fill(&mut preview, sql, values).await) {
            Ok(plan) => preview.plan = plan,
            Err(error) => preview.problem = Some(error),
        }
        preview
    }

    /// What `sql` means over the tables that are `open`.
    pub(super) async fn logical(
        &self,
        state: &mut SessionState,
        open: &OpenTables,
        scope: &Scope,
        sql: &str,
    ) -> Result<LogicalPlan> {
        let outcome = self.logical_or_not(state, open, scope, sql).await;
        if self.scratch {
            return outcome;
        }
        outcome.map_err(|error| nearest::explained(error, state, &open.table_names(), sql))
    }

    async fn logical_or_not(
        &self,
        state: &mut SessionState,
        open: &OpenTables,
        scope: &Scope,
        sql: &str,
    ) -> Result<LogicalPlan> {
        let mut parsed = statement::parse(state, sql)?;
        if !self.scratch {
            statement::refuse_writes(&parsed.statement)?;
        }
        let tables = Tables {
            open,
            versions: &self.versions,
            store: &scope.store,
        };
        let relations = Relations::load(state, &tables, &parsed, sql).await?;
        if !relations.is_empty() {
            relations.rewrite(&mut parsed.statement, sql)?;
            state
                .register_relation_planner(Arc::new(relations))
                .map_err(|error| sql_error(error, sql))?;
        }
        let logical = statement::plan(state, parsed.statement, sql).await?;
        variants::refuse_comparisons(&logical).map_err(|error| sql_error(error, sql))?;
        if !self.scratch {
            statement::refuse_writing_plans(&logical)?;
        }
        Ok(logical)
    }

    async fn fill(&self, preview: &mut Preview, sql: &str, values: &Values) -> Result<protocol::Plan> {
        let scope = Arc::new(Scope::still(Arc::clone(&self.store), Arc::clone(&self.footers)));
        let mut state = self.state(&scope);
        let logical = self.logical(&mut state, &self.tables, &scope, sql).await?;
        preview.parameters = parameters::parameters(&logical, sql)?;
        let logical = parameters::bind(logical, values, sql)?;
        let physical = physical(&state, &logical, sql).await?;
        plan::describe(&physical).await
    }
}
