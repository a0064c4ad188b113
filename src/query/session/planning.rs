//! What a statement would read, told before it runs.

use std::sync::Arc;

use super::{Session, physical};
use crate::error::Result;
use crate::http::Meter;
use crate::http::still::unless_still;
use crate::protocol::{self, Preview, Values};
use crate::query::scope::Scope;
use crate::query::{parameters, plan};

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
