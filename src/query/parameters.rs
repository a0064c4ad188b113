//! The parameters of a statement: `$name` in its text, bound as typed values, never written into it.

use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::DataType;
use datafusion::common::ParamValues;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::scalar::ScalarValue;

use super::failure::{find_word, sql_error};
use super::shape::{shape, type_name};
use crate::error::{Error, Kind, Result};
use crate::protocol::{Parameter, Values};

/// What a value is when nothing tells its type.
const UNTOLD: DataType = DataType::Utf8;

type Types = BTreeMap<String, Option<DataType>>;

/// The parameters of a plan, sorted by name.
pub(super) fn parameters(plan: &LogicalPlan, sql: &str) -> Result<Vec<Parameter>> {
    let types = types(plan).map_err(|error| sql_error(error, sql))?;
    let described = types.into_iter().map(|(name, data_type)| {
        let data_type = data_type.unwrap_or(UNTOLD);
        Parameter {
            name,
            type_name: type_name(&data_type),
            shape: shape(&data_type),
        }
    });
    Ok(described.collect())
}

/// The plan with `values` in the places of its parameters.
///
/// # Errors
/// `Sql`, naming the parameter that has no value, or one that is not of its type.
pub(super) fn bind(plan: LogicalPlan, values: &Values, sql: &str) -> Result<LogicalPlan> {
    let types = types(&plan).map_err(|error| sql_error(error, sql))?;
    if types.is_empty() {
        return Ok(plan);
    }
    let mut bound = HashMap::new();
    for (name, data_type) in types {
        let value = value(&name, &data_type.unwrap_or(UNTOLD), values).map_err(|error| placed(error, &name, sql))?;
        bound.insert(name, value);
    }
    plan.with_param_values(ParamValues::from(bound))
        .map_err(|error| sql_error(error, sql))
}

/// The type of each parameter, as far as the plan tells it where it is used first.
fn types(plan: &LogicalPlan) -> datafusion::error::Result<Types> {
    let mut found = Types::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            let counts = [&limit.skip, &limit.fetch].into_iter().flatten();
            counts.for_each(|count| note(&mut found, count, Some(&DataType::Int64)));
        }
        node.apply_expressions(|expression| {
            expression.apply(|expression| {
                match expression {
                    Expr::Cast(cast) => note(&mut found, &cast.expr, Some(cast.field.data_type())),
                    Expr::TryCast(cast) => note(&mut found, &cast.expr, Some(cast.field.data_type())),
                    other => note(&mut found, other, None),
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}

fn note(found: &mut Types, expression: &Expr, wanted: Option<&DataType>) {
    let Expr::Placeholder(Placeholder { id, field }) = expression else {
        return;
    };
    let told = field.as_ref().map(|field| field.data_type());
    let name = id.trim_start_matches('$').to_owned();
    let known = found.entry(name).or_default();
    if known.is_none() {
        *known = told.or(wanted).filter(|told| **told != DataType::Null).cloned();
    }
}

fn value(name: &str, data_type: &DataType, values: &Values) -> Result<ScalarValue> {
    let missing = || {
        wrong(format!(
            "The parameter ${name} has no value. Give it one, of the type {}.",
            type_name(data_type)
        ))
    };
    let Some(text) = values.get(name).ok_or_else(missing)? else {
        return ScalarValue::try_from(data_type).map_err(|error| unfit(name, "NULL", data_type, error));
    };
    let is_text = matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let trimmed = if is_text { text.as_str() } else { text.trim() };
    if trimmed.is_empty() && !is_text {
        return Err(missing());
    }
    let value = ScalarValue::try_from_string(trimmed.to_owned(), data_type);
    match value {
        Ok(value) if !value.is_null() => Ok(value),
        Ok(_) => Err(wrong(mismatch(name, text, data_type))),
        Err(error) => Err(unfit(name, text, data_type, error)),
    }
}

fn mismatch(name: &str, text: &str, data_type: &DataType) -> String {
    let shown: String = text.chars().take(80).collect();
    let example = match data_type {
        DataType::Date32 | DataType::Date64 => ", such as 2026-11-22",
        DataType::Timestamp(_, None) => ", such as 2026-11-22 10:00:00",
        DataType::Timestamp(_, Some(_)) => ", such as 2026-11-22T10:00:00Z",
        DataType::Boolean => ", which is true or false",
        _ => "",
    };
    format!(
        "The parameter ${name} is given {shown:?}, which is no value of the type {}{example}.",
        type_name(data_type)
    )
}

fn unfit(name: &str, text: &str, data_type: &DataType, cause: DataFusionError) -> Error {
    wrong(mismatch(name, text, data_type)).with_source(cause)
}

fn wrong(detail: String) -> Error {
    Error::new(Kind::Sql, "SQL", detail)
}

fn placed(error: Error, name: &str, sql: &str) -> Error {
    match find_word(sql, &format!("${name}")) {
        Some(span) => error.with_span(span),
        None => error,
    }
}
