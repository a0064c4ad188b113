//! Finds what a statement names in FROM beyond the open tables.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, ObjectName, Query, Select, TableFactor, TableFunctionArgs, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::as_of::AsOfClause;
use super::functions::{self, LogFunction};
use super::row_fields::{Mention, Mentions};
use super::scope::{Factor, Frame, Kind, resolve};
use crate::query::versions::Tables;

/// A relation that a statement names.
pub(super) struct Wanted<'a> {
    pub(super) place: Location,
    pub(super) name: String,
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
    pub(super) tables: &'a Tables<'a>,
    pub(super) wanted: Vec<Wanted<'a>>,
    pub(super) mentions: Mentions,
    /// What the expressions see that are visited now, the innermost last.
    frames: Vec<Frame>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(clauses: &'a [AsOfClause], tables: &'a Tables<'a>) -> Self {
        Self {
            clauses,
            tables,
            wanted: vec![],
            mentions: Mentions::default(),
            frames: vec![],
        }
    }

    fn kind(&self, factor: &Factor) -> Kind {
        if self.mentions.is_common_table(&factor.name) {
            return Kind::Other;
        }
        match self.tables.open.lake_table(&factor.name) {
            Some(table) if table.row_fields().is_empty() => Kind::HasItsOwn,
            Some(_) => Kind::Lake,
            None => Kind::Other,
        }
    }
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
                what,
            }));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Some(mention) = Mention::of(expr) {
            let meant = resolve(&self.frames, &mention, |factor| self.kind(factor));
            self.mentions.add(mention, meant);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.mentions.add_common_tables(query);
        self.frames.push(Frame::of_query(query));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.frames.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.frames.push(Frame::of_select(select));
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &Select) -> ControlFlow<()> {
        self.frames.pop();
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
    let (last, before) = parts.split_last()?;
    let last = last.as_ident()?;
    // Of another schema it is another table.
    let schema = before.last().and_then(|part| part.as_ident());
    if !before.is_empty() && !schema.is_some_and(|schema| schema.value.eq_ignore_ascii_case("public")) {
        return None;
    }
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
