//! `_metadata.file_name` and its like: fields that a statement may name of every row of a lake's table.
//!
//! A table has no such column, so that `SELECT *` does not show it. Where a statement names one, its tables are given
//! columns for the fields that it names, and the names in the statement become those of the columns.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Expr, Ident, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement as Parsed,
    TableFactor, TableWithJoins, VisitMut, VisitorMut, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Location;

use super::find::{place, reference};
use super::load::{span, wrong};
use crate::error::{Error, Result};
use crate::table::row_fields::METADATA;
use crate::table::{RowField, Table};

/// What a statement says of `_metadata`.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// Each with the places of the tables that it means.
    found: Vec<(Mention, Vec<Location>)>,
    /// Names that mean something else than an open table.
    common_tables: HashSet<String>,
}

/// `_metadata`, or a field of it.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// The table whose it is, where that is said.
    qualifier: Option<Ident>,
    metadata: Ident,
    /// Which field; without, all of them as a structure.
    field: Option<Ident>,
}

impl Mention {
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        let parts = match expr {
            Expr::Identifier(only) => std::slice::from_ref(only),
            Expr::CompoundIdentifier(parts) => parts.as_slice(),
            _ => return None,
        };
        let at = parts.iter().position(is_metadata)?;
        (at + 2 >= parts.len()).then(|| Self {
            qualifier: at.checked_sub(1).and_then(|before| parts.get(before)).cloned(),
            metadata: parts[at].clone(),
            field: parts.get(at + 1).cloned(),
        })
    }

    pub(super) fn is_qualified(&self) -> bool {
        self.qualifier.is_some()
    }

    pub(super) fn is_about(&self, reference: &str) -> bool {
        let is_it = |name: &Ident| name.value.eq_ignore_ascii_case(reference);
        self.qualifier.as_ref().is_none_or(is_it)
    }

    fn picks(&self, field: RowField) -> bool {
        let is_it = |name: &Ident| name.value.eq_ignore_ascii_case(field.name());
        self.field.as_ref().is_none_or(is_it)
    }
}

pub(super) fn is_metadata(name: &Ident) -> bool {
    match name.quote_style {
        Some(_) => name.value == METADATA,
        None => name.value.eq_ignore_ascii_case(METADATA),
    }
}

impl Mentions {
    pub(super) fn add(&mut self, mention: Mention, meant: Vec<Location>) {
        self.found.push((mention, meant));
    }

    pub(super) fn add_common_tables(&mut self, query: &Query) {
        let names = query.with.iter().flat_map(|with| &with.cte_tables);
        self.common_tables
            .extend(names.map(|table| table.alias.name.value.to_lowercase()));
    }

    pub(super) fn is_common_table(&self, name: &str) -> bool {
        self.common_tables.contains(&name.to_lowercase())
    }

    fn of_table(&self, place: Location) -> impl Iterator<Item = &Mention> {
        let means = self.found.iter().filter(move |(_, meant)| meant.contains(&place));
        means.map(|(mention, _)| mention)
    }

    /// The fields of `table`, the name of which is at `place`, that it names; `None` when it does not speak of them.
    pub(super) fn fields(&self, place: Location, table: &Table) -> Option<Fields> {
        let known = table.row_fields();
        if known.is_empty() || self.of_table(place).next().is_none() {
            return None;
        }
        let is_named = |field: &&RowField| self.of_table(place).any(|mention| mention.picks(**field));
        Some(Fields {
            given: known.iter().filter(is_named).copied().collect(),
            known,
        })
    }

    /// Does the statement speak of the table whose name is at `place`?
    pub(super) fn may_mean(&self, place: Location) -> bool {
        self.of_table(place).next().is_some()
    }

    /// The places of the tables that the same words meant.
    fn meant(&self, mention: &Mention) -> &[Location] {
        let at = mention.metadata.span.start;
        let same = self.found.iter().find(|(known, _)| known.metadata.span.start == at);
        same.map_or(&[], |(_, meant)| meant)
    }
}

/// The fields of one table.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// Those that the table is given as columns.
    pub(super) given: Vec<RowField>,
    /// All that there are.
    known: Vec<RowField>,
}

/// The tables of a statement that were given fields, by the places of their names.
pub(super) type Given = BTreeMap<Location, Fields>;

/// Puts the names of columns in the place of what `statement`, written as `sql`, says of `_metadata`, and keeps the
/// columns out of its wildcards.
///
/// # Errors
/// `Sql` with the place, when a field does not exist or a wildcard would show columns of several tables.
pub(super) fn rewrite(statement: &mut Statement, mentions: &Mentions, given: &Given, sql: &str) -> Result<()> {
    let mut rewriter = Rewriter { mentions, given, sql };
    match rewrite_in(statement, &mut rewriter) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

fn rewrite_in(statement: &mut Statement, rewriter: &mut Rewriter<'_>) -> ControlFlow<Error> {
    match statement {
        Statement::Statement(statement) => Parsed::visit(statement, rewriter),
        Statement::Explain(explain) => rewrite_in(&mut explain.statement, rewriter),
        _ => ControlFlow::Continue(()),
    }
}

struct Rewriter<'a> {
    mentions: &'a Mentions,
    given: &'a Given,
    sql: &'a str,
}

impl VisitorMut for Rewriter<'_> {
    type Break = Error;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        let tables = given_tables(&select.from, self.given);
        if tables.len() > 1 && select.from.iter().any(is_natural) {
            let detail = format!("A NATURAL JOIN of tables of which {METADATA} is asked: name the columns with USING.");
            return ControlFlow::Break(wrong(detail, None));
        }
        for item in &mut select.projection {
            if let Err(error) = self.item(item, &tables) {
                return ControlFlow::Break(error);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match Mention::of(expr).map(|mention| self.column(&mention)) {
            Some(Ok(Some(column))) => *expr = column,
            Some(Err(error)) => return ControlFlow::Break(error),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter<'_> {
    /// A column of the answer: called as the field, and not among those of a wildcard.
    fn item(&self, item: &mut SelectItem, tables: &[(String, Fields)]) -> Result<()> {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let Some(mention) = Mention::of(expr) else {
                    return Ok(());
                };
                if self.about(&mention).next().is_some() {
                    let alias = mention.field.unwrap_or(mention.metadata);
                    let alias = Ident::with_quote('"', alias.value.to_lowercase());
                    *item = SelectItem::ExprWithAlias {
                        expr: expr.clone(),
                        alias,
                    };
                }
            }
            SelectItem::Wildcard(options) => match tables {
                [] => {}
                [(_, fields)] => exclude(options, &fields.given),
                [(first, _), ..] => {
                    let detail = format!(
                        "SELECT * over several tables, of which {METADATA} is asked for: name the tables, as in {first}.*"
                    );
                    return Err(wrong(detail, None));
                }
            },
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                let name = name.0.last().and_then(|part| part.as_ident());
                let is_it = |table: &&(String, _)| name.is_some_and(|name| name.value.eq_ignore_ascii_case(&table.0));
                if let Some((_, fields)) = tables.iter().find(is_it) {
                    exclude(options, &fields.given);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The fields of the tables that may be meant.
    fn about(&self, mention: &Mention) -> impl Iterator<Item = &Fields> {
        let meant = self.mentions.meant(mention).iter();
        meant.filter_map(|place| self.given.get(place))
    }

    /// What stands for a mention; `None` when no table is meant that has such fields.
    fn column(&self, mention: &Mention) -> Result<Option<Expr>> {
        let known: BTreeSet<RowField> = self
            .about(mention)
            .flat_map(|fields| fields.known.iter().copied())
            .collect();
        let (Some(name), false) = (&mention.field, known.is_empty()) else {
            return (!known.is_empty()).then(|| structure(mention, &known)).transpose();
        };
        let names = || known.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
        let field = known.iter().find(|field| mention.picks(**field)).ok_or_else(|| {
            let detail = format!("{METADATA} has no field {name} here. It has {}.", names());
            wrong(detail, span(self.sql, name.span.start, &name.value))
        })?;
        Ok(Some(column(mention, *field)))
    }
}

fn column(mention: &Mention, field: RowField) -> Expr {
    let mut name = Ident::with_quote('"', field.column());
    name.span = mention.metadata.span;
    match &mention.qualifier {
        None => Expr::Identifier(name),
        Some(qualifier) => Expr::CompoundIdentifier(vec![qualifier.clone(), name]),
    }
}

fn structure(mention: &Mention, fields: &BTreeSet<RowField>) -> Result<Expr> {
    let pairs: Vec<String> = fields
        .iter()
        .map(|field| format!("'{}', {}", field.name(), column(mention, *field)))
        .collect();
    let call = format!("named_struct({})", pairs.join(", "));
    Parser::new(&GenericDialect {})
        .try_with_sql(&call)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|error| wrong(format!("{METADATA}: {error}"), None))
}

fn exclude(options: &mut WildcardAdditionalOptions, fields: &[RowField]) {
    let mut names = fields.iter().map(|field| Ident::with_quote('"', field.column()));
    if let Some(except) = &mut options.opt_except {
        except.additional_elements.extend(names);
    } else if let Some(first_element) = names.next() {
        options.opt_except = Some(ExceptSelectItem {
            first_element,
            additional_elements: names.collect(),
        });
    }
}

/// Would it join by every name that both sides have?
fn is_natural(tables: &TableWithJoins) -> bool {
    tables.joins.iter().any(|join| {
        let operator = format!("{join}");
        operator.trim_start().to_uppercase().starts_with("NATURAL")
    })
}

/// The tables among `from` that were given fields, by their names in the statement.
fn given_tables(from: &[TableWithJoins], given: &Given) -> Vec<(String, Fields)> {
    let mut found = vec![];
    for tables in from {
        let joined = tables.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&tables.relation).chain(joined) {
            if let TableFactor::NestedJoin { table_with_joins, .. } = factor {
                found.extend(given_tables(std::slice::from_ref(table_with_joins), given));
            } else if let Some((place, name)) = place(factor)
                && let Some(fields) = given.get(&place)
            {
                found.push((reference(factor, name).to_owned(), fields.clone()));
            }
        }
    }
    found
}
