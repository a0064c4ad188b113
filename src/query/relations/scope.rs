//! Which tables of a statement a name without a table can mean: those in FROM beside it, else those around it.

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::find::{place, reference};
use super::row_fields::{Mention, is_metadata};

/// A table in FROM.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub(super) place: Location,
    /// Its own name.
    pub(super) name: String,
    /// What the statement calls it.
    pub(super) reference: String,
}

/// What a SELECT, or the clauses behind it, see.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) factors: Vec<Factor>,
    /// Is the whole of `_metadata` a column of the answer, or of a table made by the statement?
    pub(super) shadows: bool,
}

impl Frame {
    pub(super) fn of_select(select: &Select) -> Self {
        let (mut factors, mut shadows) = (vec![], false);
        collect(&select.from, &mut factors, &mut shadows);
        let aliased = select.projection.iter().any(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } => is_metadata(alias) && Mention::of(expr).is_none(),
            _ => false,
        });
        Self {
            factors,
            shadows: shadows || aliased,
        }
    }

    /// What the clauses of a query behind its SELECT see, above all ORDER BY: the columns of the answer first.
    pub(super) fn of_query(query: &Query) -> Self {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Self::default();
        };
        let mut frame = Self::of_select(select);
        frame.shadows |= select.projection.iter().any(exposes);
        frame
    }
}

/// Is it a column of the answer called `_metadata`?
fn exposes(item: &SelectItem) -> bool {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => is_metadata(alias),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => is_metadata(name),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().is_some_and(is_metadata),
        _ => false,
    }
}

fn collect(from: &[TableWithJoins], factors: &mut Vec<Factor>, shadows: &mut bool) {
    for tables in from {
        let joined = tables.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&tables.relation).chain(joined) {
            match factor {
                TableFactor::NestedJoin { table_with_joins, .. } => {
                    collect(std::slice::from_ref(table_with_joins), factors, shadows);
                }
                TableFactor::Derived { subquery, .. } => {
                    if let SetExpr::Select(select) = subquery.body.as_ref() {
                        *shadows |= select.projection.iter().any(exposes);
                    }
                }
                _ => factors.extend(place(factor).map(|(place, name)| Factor {
                    place,
                    name: name.to_owned(),
                    reference: reference(factor, name).to_owned(),
                })),
            }
        }
    }
}

/// What a name in FROM is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table that can be given fields of `_metadata`.
    Lake,
    /// A table with a column of its own that is called so.
    HasItsOwn,
    Other,
}

/// The tables that `mention` means, by the innermost frame that has one; none when it means something else.
pub(super) fn resolve(frames: &[Frame], mention: &Mention, kind: impl Fn(&Factor) -> Kind) -> Vec<Location> {
    for frame in frames.iter().rev() {
        if frame.shadows && !mention.is_qualified() {
            return vec![];
        }
        let meant = frame
            .factors
            .iter()
            .filter(|factor| mention.is_about(&factor.reference));
        let found: Vec<(&Factor, Kind)> = meant.map(|factor| (factor, kind(factor))).collect();
        if found.iter().any(|(_, kind)| *kind == Kind::HasItsOwn) || mention.is_qualified() && !found.is_empty() {
            let only = found
                .first()
                .filter(|(_, kind)| found.len() == 1 && *kind == Kind::Lake);
            return only.map(|(factor, _)| factor.place).into_iter().collect();
        }
        let lakes = found.iter().filter(|(_, kind)| *kind == Kind::Lake);
        let lakes: Vec<Location> = lakes.map(|(factor, _)| factor.place).collect();
        if !lakes.is_empty() {
            return lakes;
        }
    }
    vec![]
}
