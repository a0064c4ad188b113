//! One statement that reads: everything else is refused before it is planned.

use std::collections::VecDeque;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, dialect_from_str};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::Tokenizer;

use super::distinct_from::end_in_time;
use super::failure::sql_error;
use super::relations::{self, AsOfClause};
use crate::error::{Error, Kind, Result};

/// A statement and what was taken out of it for the parser.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Without its clauses.
    pub(super) statement: Statement,
    /// The versions that it asks for.
    pub(super) clauses: Vec<AsOfClause>,
}

/// Parses `sql`, which must be exactly one statement, in the dialect that the session is set to.
pub(super) fn parse(state: &SessionState, sql: &str) -> Result<Parsed> {
    let dialect = dialect_from_str(state.config_options().sql_parser.dialect);
    let (mut statements, clauses) =
        parse_all(dialect.as_deref().unwrap_or(&GenericDialect {}), sql).map_err(|error| sql_error(error, sql))?;
    match (statements.pop_front(), statements.len()) {
        (Some(mut statement), 0) => {
            // Nothing else needs the walk through the statement.
            if sql.to_ascii_lowercase().contains("distinct") {
                end_in_time(&mut statement);
            }
            Ok(Parsed { statement, clauses })
        }
        (None, _) => Err(Error::new(Kind::Sql, "SQL", "There is no statement.")),
        (_, more) => Err(Error::new(
            Kind::Sql,
            "SQL",
            format!("There are {} statements; one is run at a time.", more + 1),
        )),
    }
}

fn parse_all(dialect: &dyn Dialect, sql: &str) -> datafusion::error::Result<(VecDeque<Statement>, Vec<AsOfClause>)> {
    let failed = |error: ParserError| DataFusionError::SQL(Box::new(error), None);
    let tokens = Tokenizer::new(dialect, sql).tokenize_with_location();
    let tokens = tokens.map_err(|error| failed(error.into()))?;
    let (tokens, clauses) = relations::take(dialect, &tokens).map_err(failed)?;
    let mut parser = DFParserBuilder::new(tokens).with_dialect(dialect).build()?;
    Ok((parser.parse_statements()?, clauses))
}

/// Refuses whatever is not a query, or the description of one.
pub(super) fn refuse_writes(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Explain(explain) => refuse_writes(&explain.statement),
        Statement::Statement(statement) if reads(statement) => Ok(()),
        other => Err(only_reads(&other.to_string())),
    }
}

fn reads(statement: &ast::Statement) -> bool {
    use ast::Statement::{
        Explain, ExplainTable, Query, ShowColumns, ShowFunctions, ShowTables, ShowVariable, ShowVariables,
    };
    match statement {
        Query(_)
        | ExplainTable { .. }
        | ShowColumns { .. }
        | ShowTables { .. }
        | ShowFunctions { .. }
        | ShowVariable { .. }
        | ShowVariables { .. } => true,
        Explain { statement, .. } => reads(statement),
        _ => false,
    }
}

/// Refuses plans that would write, whatever the statement looked like (`SELECT INTO`).
pub(super) fn refuse_writing_plans(plan: &LogicalPlan) -> Result<()> {
    let mut writes = None;
    let visited = plan.apply_with_subqueries(|node| {
        let refused = matches!(
            node,
            LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_)
        );
        if refused {
            writes = Some(node.display().to_string());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_err(|error| sql_error(error, ""))?;
    match writes {
        Some(what) => Err(only_reads(&what)),
        None => Ok(()),
    }
}

fn only_reads(what: &str) -> Error {
    let first = what.split_whitespace().next().unwrap_or("statement").to_uppercase();
    Error::new(
        Kind::Sql,
        "SQL",
        format!("Limn only reads: {first} is not run. Ask with SELECT, EXPLAIN, DESCRIBE or SHOW."),
    )
}

/// The logical plan of `statement`.
pub(super) async fn plan(state: &SessionState, statement: Statement, sql: &str) -> Result<LogicalPlan> {
    state
        .statement_to_plan(statement)
        .await
        .map_err(|error| sql_error(error, sql))
}
