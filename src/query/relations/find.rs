//! Finds what a statement names in FROM beyond the open tables.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, ObjectName, Query, TableFactor, TableFunctionArgs, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::as_of::AsOfClause;
use super::functions::{self, LogFunction};
use super::row_fields::Mentions;

/// A relation that a statement names.
pub(super) struct Wanted<'a> {
    pub(super) place: Location,
    pub(super) name: String,
    /// What the rest of the statement calls it.
    pub(super) reference: String,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    /// The table of that name, if it is open.
    Open,
    /// The table of that name, at another version.
    Version(&'a AsOfClause),
    /// What a function of that name gives.
    Function(&'static LogFunction, Vec<FunctionArg>),
}

/// Finds them in a statement.
pub(super) struct Finder<'a> {
    pub(super) clauses: &'a [AsOfClause],
    pub(super) wanted: Vec<Wanted<'a>>,
    pub(super) mentions: Mentions,
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
                (None, None) => Some(What::Open),
                _ => None,
            };
            self.wanted.extend(what.map(|what| Wanted {
                place,
                name: name.to_owned(),
                reference: reference(factor, name).to_owned(),
                what,
            }));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.mentions.add(expr);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.mentions.add_common_tables(query);
        ControlFlow::Continue(())
    }
}

pub(super) fn visit(statement: &Statement, finder: &mut Finder<'_>) {
    match statement {
        Statement::Statement(statement) => {
            let _: ControlFlow<()> = statement.visit(finder);
        }
        Statement::Explain(explain) => visit(&explain.statement, finder),
        _ => {}
    }
}

/// Where the name of a table or of a function in FROM begins, and its last part.
pub(super) fn place(factor: &TableFactor) -> Option<(Location, &str)> {
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

/// What the rest of the statement calls the table of that name.
pub(super) fn reference<'a>(factor: &'a TableFactor, name: &'a str) -> &'a str {
    match factor {
        TableFactor::Table { alias: Some(alias), .. } => &alias.name.value,
        _ => name,
    }
}

fn arguments(factor: &TableFactor) -> Option<&TableFunctionArgs> {
    match factor {
        TableFactor::Table { args, .. } => args.as_ref(),
        _ => None,
    }
}
