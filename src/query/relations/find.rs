//! Finds what a statement names in FROM beyond the open tables.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{FunctionArg, ObjectName, TableFactor, TableFunctionArgs, Visit, Visitor};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::as_of::AsOfClause;
use super::functions::{self, LogFunction};

/// A relation that a statement names.
pub(super) struct Wanted<'a> {
    pub(super) place: Location,
    pub(super) name: String,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    /// The table of that name, at another version.
    Version(&'a AsOfClause),
    /// What a function of that name gives.
    Function(&'static LogFunction, Vec<FunctionArg>),
}

/// Finds them in a statement.
pub(super) struct Finder<'a> {
    pub(super) clauses: &'a [AsOfClause],
    pub(super) wanted: Vec<Wanted<'a>>,
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

fn arguments(factor: &TableFactor) -> Option<&TableFunctionArgs> {
    match factor {
        TableFactor::Table { args, .. } => args.as_ref(),
        _ => None,
    }
}
