//! Values that a statement gives beside tables' names: they must be known before it is planned.

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, SecondsFormat, Utc};
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::scalar::ScalarValue;
use datafusion::sql::sqlparser::ast;

/// The value of an expression without columns.
pub(super) fn value(state: &SessionState, expression: &ast::Expr) -> Result<ScalarValue> {
    let written = ast::ExprWithAlias {
        expr: expression.clone(),
        alias: None,
    };
    let nothing = DFSchema::empty();
    let logical = state.create_logical_expr_from_sql_expr(written, &nothing)?;
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(nothing.clone()))
        .with_config_options(Arc::clone(state.config_options()))
        .with_query_execution_start_time(state.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(context);
    let Expr::Literal(value, _) = simplifier.simplify(simplifier.coerce(logical, &nothing)?)? else {
        return plan_err!("its value is not known before the statement runs");
    };
    Ok(value)
}

/// A version's number.
pub(super) fn version(value: &ScalarValue) -> Option<u64> {
    match value.cast_to(&DataType::UInt64) {
        Ok(ScalarValue::UInt64(version)) if value.data_type().is_integer() => version,
        _ => None,
    }
}

/// A text.
pub(super) fn text(value: &ScalarValue) -> Option<String> {
    value.try_as_str().flatten().map(ToOwned::to_owned)
}

/// A time as RFC 3339; a text without a zone is in UTC.
pub(super) fn time(value: &ScalarValue) -> Option<String> {
    let data_type = value.data_type();
    if !(data_type.is_temporal() || text(value).is_some()) {
        return None;
    }
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let ScalarValue::TimestampMicrosecond(Some(micros), _) = value.cast_to(&utc).ok()? else {
        return None;
    };
    let time = DateTime::<Utc>::from_timestamp_micros(micros)?;
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_whole_and_times_have_a_zone() {
        assert_eq!(version(&ScalarValue::Int64(Some(12))), Some(12));
        assert_eq!(version(&ScalarValue::Int64(Some(-1))), None);
        assert_eq!(version(&ScalarValue::from("12")), None);
        assert_eq!(version(&ScalarValue::Float64(Some(12.5))), None);
        let spelled = |text: &str| time(&ScalarValue::from(text));
        let ten = Some("2026-11-22T10:00:00Z".to_owned());
        assert_eq!(spelled("2026-11-22 10:00:00"), ten);
        assert_eq!(spelled("2026-11-22T10:00:00Z"), ten);
        assert_eq!(spelled("2026-11-22T11:00:00+01:00"), ten);
        assert_eq!(spelled("2026-11-22"), Some("2026-11-22T00:00:00Z".to_owned()));
        assert_eq!(spelled("yesterday"), None);
        assert_eq!(time(&ScalarValue::Int64(Some(5))), None);
    }
}
