//! What a statement names in FROM beyond the open tables: a table at another version, and tables about a table.
//!
//! They are found in the parsed statement, loaded, and then handed to the planner, which asks for them by the place of
//! their name in the statement.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{TableReference, plan_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::scalar::ScalarValue;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, ObjectName, TableFactor, TableFunctionArgs, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

mod as_of;
mod constant;
mod functions;
mod provider;

pub(super) use as_of::{AsOfClause, take};
pub(super) use functions::described;

use super::failure::{offset, sql_error};
use super::provider::LakeTable;
use super::statement::Parsed;
use super::versions::Tables;
use crate::error::{Error, Kind, Result, Span};
use crate::protocol::AsOf;
use crate::table::Table;
use as_of::By;
use functions::{Call, LogFunction};
use provider::LogRows;

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

/// A relation that a statement names.
struct Wanted<'a> {
    place: Location,
    name: String,
    what: What<'a>,
}

enum What<'a> {
    /// The table of that name, at another version.
    Version(&'a AsOfClause),
    /// What a function of that name gives.
    Function(&'static LogFunction, Vec<FunctionArg>),
}

/// Finds them in a statement.
struct Finder<'a> {
    clauses: &'a [AsOfClause],
    wanted: Vec<Wanted<'a>>,
}

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let Some((place, name)) = place(factor) {
            let clause = self.clauses.iter().find(|clause| clause.table == place);
            let what = match (arguments(factor), clause) {
                (Some(arguments), None) => {
                    functions::find(name).map(|known| What::Function(known, arguments.args.clone()))
                }
                (None, Some(clause)) => Some(What::Version(clause)),
                _ => None,
            };
            self.wanted.extend(what.map(|what| Wanted {
                place,
                name: name.to_owned(),
                what,
            }));
        }
        ControlFlow::Continue(())
    }
}

fn visit(statement: &Statement, finder: &mut Finder<'_>) {
    match statement {
        Statement::Statement(statement) => {
            let _: ControlFlow<()> = statement.visit(finder);
        }
        Statement::Explain(explain) => visit(&explain.statement, finder),
        _ => {}
    }
}

/// Where the name of a table or of a function in FROM begins, and its last part.
fn place(factor: &TableFactor) -> Option<(Location, &str)> {
    let TableFactor::Table {
        name: ObjectName(parts),
        ..
    } = factor
    else {
        return None;
    };
    let last = parts.last()?.as_ident()?;
    Some((last.span.start, &last.value))
}

fn arguments(factor: &TableFactor) -> Option<&TableFunctionArgs> {
    match factor {
        TableFactor::Table { args, .. } => args.as_ref(),
        _ => None,
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

/// Loads one relation.
struct Loader<'a> {
    state: &'a SessionState,
    tables: &'a Tables<'a>,
    name: &'a str,
    span: Option<Span>,
}

impl Loader<'_> {
    async fn version(&self, clause: &AsOfClause) -> Result<Relation> {
        let value = self.constant(&clause.value)?;
        let as_of = match clause.by {
            By::Version => constant::version(&value).map(AsOf::Version),
            By::Timestamp => constant::time(&value).map(AsOf::Timestamp),
        };
        let expected = match clause.by {
            By::Version => "a version's number, such as 12",
            By::Timestamp => "a time, such as '2026-11-22 10:00:00' (UTC, or with its zone)",
        };
        let as_of = as_of.ok_or_else(|| self.wrong(&format!("AS OF is given {value} and not {expected}.")))?;
        let open = self.open(self.name)?;
        let table = self.tables.at(self.name, &open, &as_of).await;
        let table = table.map_err(|error| self.at_its_place(error))?;
        Ok(Relation {
            what: format!("{} as of {value}", self.name),
            tables: vec![Arc::new(LakeTable::at_version(self.name, table))],
        })
    }

    async fn call(&self, function: &'static LogFunction, arguments: &[FunctionArg]) -> Result<Relation> {
        let usage = || self.wrong(&format!("It is called as {}.", function.syntax()));
        let mut values = vec![];
        for argument in arguments {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument else {
                return Err(usage());
            };
            values.push(self.constant(expression)?);
        }
        let (first, versions) = values.split_first().ok_or_else(usage)?;
        let name = constant::text(first).ok_or_else(usage)?;
        let versions: Option<Vec<u64>> = versions.iter().map(constant::version).collect();
        let call = versions
            .and_then(|versions| function.call(&versions))
            .ok_or_else(usage)?;
        let open = self.open(&name)?;
        let tables = match &call {
            Call::Log(query) => vec![Arc::new(LogRows::new(open, query.clone())) as Arc<dyn TableProvider>],
            Call::Changes(from, to) => {
                let changes = self.changes(&name, &open, *from, *to).await;
                changes.map_err(|error| self.at_its_place(error))?
            }
        };
        Ok(Relation {
            what: format!("{}({name}) {call:?}", function.name),
            tables,
        })
    }

    async fn changes(
        &self,
        name: &str,
        open: &Arc<Table>,
        from: u64,
        to: Option<u64>,
    ) -> Result<Vec<Arc<dyn TableProvider>>> {
        let end = match to {
            Some(to) => self.tables.at(name, open, &AsOf::Version(to)).await?,
            None => Arc::clone(open),
        };
        let changes = end.changes(self.tables.store, from).await?.into_iter();
        let provider = |table| Arc::new(LakeTable::at_version(name, Arc::new(table))) as Arc<dyn TableProvider>;
        Ok(changes.map(provider).collect())
    }

    fn constant(&self, expression: &Expr) -> Result<ScalarValue> {
        constant::value(self.state, expression).map_err(|cause| {
            let detail = sql_error(cause, "").detail;
            self.wrong(&format!("{expression} must be a constant here: {detail}"))
        })
    }

    fn open(&self, name: &str) -> Result<Arc<Table>> {
        let missing = || self.wrong(&format!("No table called {name:?} is open."));
        self.tables.open.lake_table(name).ok_or_else(missing)
    }

    fn wrong(&self, detail: &str) -> Error {
        wrong(format!("{}: {detail}", self.name), self.span)
    }

    /// Opening tells what, where and why; the statement adds which of its tables that was.
    fn at_its_place(&self, error: Error) -> Error {
        match self.span {
            Some(span) => error.with_span(span),
            None => error,
        }
    }
}

fn span(sql: &str, place: Location, name: &str) -> Option<Span> {
    let start = offset(sql, place.line, place.column)?;
    let end = start + name.len();
    sql.get(start..end).map(|_| Span { start, end })
}

fn wrong(detail: String, span: Option<Span>) -> Error {
    let error = Error::new(Kind::Sql, "SQL", detail);
    match span {
        Some(span) => error.with_span(span),
        None => error,
    }
}
