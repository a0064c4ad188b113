//! Loads one relation that a statement names.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::Column;
use datafusion::execution::SessionState;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::Expr as LogicalExpr;
use datafusion::scalar::ScalarValue;
use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::as_of::{AsOfClause, By};
use super::functions::{Call, LogFunction};
use super::provider::LogRows;
use super::row_fields::{Fields, Mentions};
use super::{Relation, constant};
use crate::error::{Error, Kind, Result, Span};
use crate::protocol::AsOf;
use crate::query::failure::{offset, sql_error};
use crate::query::provider::LakeTable;
use crate::query::versions::Tables;
use crate::table::{RowField, Table};

/// Loads one relation.
pub(super) struct Loader<'a> {
    pub(super) state: &'a SessionState,
    pub(super) tables: &'a Tables<'a>,
    pub(super) name: &'a str,
    pub(super) span: Option<Span>,
}

/// Tables that are read under the name of the one that they come from.
fn providers(name: &str, tables: Vec<Table>) -> Vec<Arc<dyn TableProvider>> {
    let provider = |table| Arc::new(LakeTable::at_version(name, Arc::new(table))) as Arc<dyn TableProvider>;
    tables.into_iter().map(provider).collect()
}

/// What the rest of the statement says of a relation.
pub(super) struct Named<'a> {
    /// Where its name is.
    pub(super) place: Location,
    pub(super) mentions: &'a Mentions,
}

impl Loader<'_> {
    /// The open table with the fields of `_metadata` that the statement names; `None` when there is nothing to add.
    pub(super) fn open_with_fields(&self, named: &Named<'_>) -> Result<Option<(Relation, Option<Fields>)>> {
        if !named.mentions.may_mean(named.place) {
            return Ok(None);
        }
        let Some(open) = self.tables.open.lake_table(self.name) else {
            return Ok(None);
        };
        let scanned = Scanned::of(open, named)?;
        let table = Arc::new(LakeTable::latest(self.name, Arc::clone(&scanned.table)));
        Ok(Some(scanned.relation(self.name, table)))
    }

    pub(super) async fn version(&self, clause: &AsOfClause, named: &Named<'_>) -> Result<(Relation, Option<Fields>)> {
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
        let table = self.tables.at(&open, &as_of).await;
        let scanned = Scanned::of(table.map_err(|error| self.at_its_place(error))?, named)?;
        let table = Arc::new(LakeTable::at_version(self.name, Arc::clone(&scanned.table)));
        Ok(scanned.relation(&format!("{} as of {value}", self.name), table))
    }

    pub(super) async fn call(&self, function: &'static LogFunction, arguments: &[FunctionArg]) -> Result<Relation> {
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
        let bound = |value: &ScalarValue| {
            let version = constant::version(value).map(AsOf::Version);
            version.or_else(|| constant::time(value).map(AsOf::Timestamp))
        };
        let bounds: Option<Vec<AsOf>> = versions.iter().map(bound).collect();
        let call = bounds.and_then(|bounds| function.call(&bounds)).ok_or_else(usage)?;
        let open = self.open(&name)?;
        let tables = match &call {
            Call::Log(query) => vec![Arc::new(LogRows::new(open, query.clone())) as Arc<dyn TableProvider>],
            Call::Between(from, to) => {
                let sides = open.rows_between(self.tables.store, *from, *to).await;
                let sides = sides.map_err(|error| self.at_its_place(error))?;
                providers(&name, sides)
            }
            Call::Changes(from, to) => {
                let changes = self.changes(&name, &open, from, to.as_ref()).await;
                changes.map_err(|error| self.at_its_place(error))?
            }
        };
        Ok(Relation {
            what: format!("{}({name}) {call:?}", function.name),
            tables,
            columns: None,
        })
    }

    async fn changes(
        &self,
        name: &str,
        open: &Arc<Table>,
        from: &AsOf,
        to: Option<&AsOf>,
    ) -> Result<Vec<Arc<dyn TableProvider>>> {
        let end = match to {
            Some(to) => self.tables.at(open, to).await?,
            None => Arc::clone(open),
        };
        let from = match from {
            AsOf::Version(version) => *version,
            AsOf::Timestamp(time) => open.first_since(self.tables.store, time).await?,
        };
        Ok(providers(name, end.changes(self.tables.store, from).await?))
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

/// A table with the fields that a statement names.
struct Scanned {
    table: Arc<Table>,
    /// The columns of the relation, where they are not those of the table.
    columns: Option<Vec<LogicalExpr>>,
    fields: Option<Fields>,
}

impl Scanned {
    fn of(table: Arc<Table>, named: &Named<'_>) -> Result<Self> {
        let fields = named.mentions.fields(named.place, &table);
        let given = fields.as_ref().map_or(&[][..], |fields| &fields.given);
        if given.is_empty() {
            let columns = None;
            return Ok(Self { table, columns, fields });
        }
        let own = table.schema.fields().iter().map(|field| column(field.name()));
        let columns = own.chain(given.iter().map(|field| value(&table, *field))).collect();
        Ok(Self {
            table: Arc::new(table.with_row_fields(given)?),
            columns: Some(columns),
            fields,
        })
    }

    fn relation(self, what: &str, table: Arc<LakeTable>) -> (Relation, Option<Fields>) {
        let relation = Relation {
            what: match &self.columns {
                Some(_) => format!("{what} with {:?}", self.fields),
                None => what.to_owned(),
            },
            tables: vec![table],
            columns: self.columns,
        };
        (relation, self.fields)
    }
}

fn column(name: &str) -> LogicalExpr {
    LogicalExpr::Column(Column::new_unqualified(name))
}

/// A field by the columns that its table was given.
fn value(table: &Table, field: RowField) -> LogicalExpr {
    let Some((kept, parts)) = field.parts(table) else {
        return column(&field.column());
    };
    let parts = parts.iter().map(|part| column(&part.column()));
    let told = parts.reduce(|sum, part| sum + part);
    let all = std::iter::once(column(kept)).chain(told).collect();
    coalesce(all).alias(field.column())
}

pub(super) fn span(sql: &str, place: Location, name: &str) -> Option<Span> {
    let start = offset(sql, place.line, place.column)?;
    let end = start + name.len();
    sql.get(start..end).map(|_| Span { start, end })
}

pub(super) fn wrong(detail: String, span: Option<Span>) -> Error {
    let error = Error::new(Kind::Sql, "SQL", detail);
    match span {
        Some(span) => error.with_span(span),
        None => error,
    }
}
