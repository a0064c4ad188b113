//! What a statement names in FROM beyond the open tables: a table at another version, and tables about a table.
//!
//! They are found in the parsed statement, loaded, and then handed to the planner, which asks for them by the place of
//! their name in the statement.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{TableReference, plan_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::TableFactor;
use datafusion::sql::sqlparser::tokenizer::Location;

mod as_of;
mod constant;
mod find;
mod functions;
mod load;
mod provider;

pub(super) use as_of::{AsOfClause, take};
pub(super) use functions::described;

use super::failure::offset;
use super::statement::Parsed;
use super::versions::Tables;
use crate::error::{Result, Span};
use find::{Finder, Wanted, What, place, visit};
use load::{Loader, span, wrong};

/// The relations of one statement, by the place of their names.
#[derive(Debug, Default)]
pub(super) struct Relations(HashMap<Location, Relation>);

/// What is scanned for a name.
#[derive(Debug)]
struct Relation {
    /// What it is, in full: two scans of one name would be the same to the optimizer, whatever they read.
    what: String,
    /// One or several tables of the same columns, the rows of which are those of the relation.
    tables: Vec<Arc<dyn TableProvider>>,
}

impl Relations {
    /// Loads what `parsed`, which was written as `sql`, names.
    ///
    /// # Errors
    /// `Sql` with the place when a name or a value is wrong, and what opening a version may say.
    pub(super) async fn load(state: &SessionState, tables: &Tables<'_>, parsed: &Parsed, sql: &str) -> Result<Self> {
        let mut found = Finder {
            clauses: &parsed.clauses,
            wanted: vec![],
        };
        visit(&parsed.statement, &mut found);
        let wanted = found.wanted;
        check_clauses(&parsed.clauses, &wanted, sql)?;
        let mut relations = Self::default();
        for wanted in wanted {
            let loader = Loader {
                state,
                tables,
                name: &wanted.name,
                span: span(sql, wanted.place, &wanted.name),
            };
            let provider = match wanted.what {
                What::Version(clause) => loader.version(clause).await?,
                What::Function(function, arguments) => loader.call(function, &arguments).await?,
            };
            relations.0.insert(wanted.place, provider);
        }
        Ok(relations)
    }

    /// Is there none?
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl RelationPlanner for Relations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> datafusion::error::Result<RelationPlanning> {
        let found = place(&relation).and_then(|(place, _)| self.0.get(&place));
        let (Some(found), TableFactor::Table { name, alias, args, .. }) = (found, &relation) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let mut reference = context.object_name_to_table_reference(name.clone())?;
        if args.is_some() {
            reference = TableReference::bare(reference.table());
        }
        let planned = PlannedRelation::new(found.plan(reference)?, alias.clone());
        Ok(RelationPlanning::Planned(Box::new(planned)))
    }
}

impl Relation {
    /// Its rows, in columns of a table called `name`.
    fn plan(&self, name: TableReference) -> datafusion::error::Result<LogicalPlan> {
        let scan = |(part, table): (usize, &Arc<dyn TableProvider>)| {
            let what = TableReference::bare(format!("{}#{part}", self.what));
            LogicalPlanBuilder::scan(what, provider_as_source(Arc::clone(table)), None)
        };
        let mut scans = self.tables.iter().enumerate().map(scan);
        let Some(first) = scans.next() else {
            return plan_err!("{name} has no rows");
        };
        let all = scans.try_fold(first?, |all, next| all.union(next?.build()?))?;
        all.alias(name)?.build()
    }
}

/// A clause that follows no table's name must not be lost.
fn check_clauses(clauses: &[AsOfClause], wanted: &[Wanted<'_>], sql: &str) -> Result<()> {
    let is_lost = |clause: &&AsOfClause| !wanted.iter().any(|wanted| wanted.place == clause.table);
    match clauses.iter().find(is_lost) {
        None => Ok(()),
        Some(clause) => {
            let detail = "VERSION AS OF and TIMESTAMP AS OF follow the name of a table in FROM.";
            let start = offset(sql, clause.table.line, clause.table.column);
            let span = start.map(|start| Span { start, end: start + 1 });
            Err(wrong(detail.to_owned(), span))
        }
    }
}
