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
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::TableFactor;
use datafusion::sql::sqlparser::tokenizer::Location;

mod as_of;
mod constant;
mod find;
mod functions;
mod load;
mod provider;
mod row_fields;
mod scope;

pub(super) use as_of::{AsOfClause, take};
pub(super) use functions::described;

use super::failure::offset;
use super::statement::Parsed;
use super::versions::Tables;
use crate::error::{Result, Span};
use find::{Finder, Wanted, What, place, visit};
use load::{Loader, Named, span, wrong};
use row_fields::{Given, Mentions};

/// The relations of one statement, by the place of their names.
#[derive(Debug, Default)]
pub(super) struct Relations {
    by_place: HashMap<Location, Relation>,
    /// Those with fields of `_metadata`.
    given: Given,
    mentions: Mentions,
}

/// What is scanned for a name.
#[derive(Debug)]
struct Relation {
    /// What it is, in full: two scans of one name would be the same to the optimizer, whatever they read.
    what: String,
    /// One or several tables of the same columns, the rows of which are those of the relation.
    tables: Vec<Arc<dyn TableProvider>>,
    /// Its columns, where they are not those of the tables.
    columns: Option<Vec<Expr>>,
}

impl Relations {
    /// Loads what `parsed`, which was written as `sql`, names.
    ///
    /// # Errors
    /// `Sql` with the place when a name or a value is wrong, and what opening a version may say.
    pub(super) async fn load(state: &SessionState, tables: &Tables<'_>, parsed: &Parsed, sql: &str) -> Result<Self> {
        let mut found = Finder::new(&parsed.clauses, tables);
        visit(&parsed.statement, &mut found);
        let Finder { wanted, mentions, .. } = found;
        check_clauses(&parsed.clauses, &wanted, sql)?;
        let mut relations = Self::default();
        for wanted in wanted {
            let loader = Loader {
                state,
                tables,
                name: &wanted.name,
                span: span(sql, wanted.place, &wanted.name),
            };
            let named = Named {
                place: wanted.place,
                mentions: &mentions,
            };
            let (relation, fields) = match wanted.what {
                What::Open => match loader.open_with_fields(&named)? {
                    Some(found) => found,
                    None => continue,
                },
                What::Version(clause) => loader.version(clause, &named).await?,
                What::Function(function, arguments) => (loader.call(function, &arguments).await?, None),
            };
            relations.by_place.insert(wanted.place, relation);
            relations.given.extend(fields.map(|fields| (wanted.place, fields)));
        }
        relations.mentions = mentions;
        Ok(relations)
    }

    /// Is there none?
    pub(super) fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }

    /// Puts what they are called in the place of what `statement`, which was written as `sql`, calls them.
    ///
    /// # Errors
    /// `Sql` with the place, when it asks them for what they do not have.
    pub(super) fn rewrite(&self, statement: &mut Statement, sql: &str) -> Result<()> {
        if self.given.is_empty() {
            return Ok(());
        }
        row_fields::rewrite(statement, &self.mentions, &self.given, sql)
    }
}

impl RelationPlanner for Relations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> datafusion::error::Result<RelationPlanning> {
        let found = place(&relation).and_then(|(place, _)| self.by_place.get(&place));
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
            let scan = LogicalPlanBuilder::scan(what, provider_as_source(Arc::clone(table)), None)?;
            match &self.columns {
                Some(columns) => scan.project(columns.iter().cloned()),
                None => Ok(scan),
            }
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
