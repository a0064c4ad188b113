//! The functions that SQL can call, with what `DataFusion` documents of them.

use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::Documentation;
use datafusion::prelude::SessionContext;

use crate::protocol::Function;

/// Every function of the session, aliases included, sorted by name and kind.
#[must_use]
pub fn functions(context: &SessionContext) -> Vec<Function> {
    let state = context.state();
    let mut functions = Vec::new();
    for (name, udf) in state.scalar_functions() {
        functions.push(function(name, "scalar", udf.documentation()));
    }
    for name in state.higher_order_function_names() {
        let udf = state.higher_order_function(&name).ok();
        functions.push(function(
            &name,
            "scalar",
            udf.as_ref().and_then(|udf| udf.documentation()),
        ));
    }
    for (name, udf) in state.aggregate_functions() {
        functions.push(function(name, "aggregate", udf.documentation()));
    }
    for (name, udf) in state.window_functions() {
        functions.push(function(name, "window", udf.documentation()));
    }
    for name in state.table_functions().keys() {
        functions.push(function(name, "table", None));
    }
    functions.extend(super::relations::described());
    functions.sort_by(|a, b| (&a.name, &a.kind).cmp(&(&b.name, &b.kind)));
    functions
}

fn function(name: &str, kind: &str, documentation: Option<&Documentation>) -> Function {
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Function {
        name: name.to_owned(),
        kind: kind.to_owned(),
        syntax: documentation.and_then(|doc| said(&doc.syntax_example)),
        description: documentation.and_then(|doc| said(&doc.description)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_every_kind_are_listed_with_their_documentation() {
        let functions = functions(&SessionContext::new());
        let find = |name: &str, kind: &str| functions.iter().find(|f| f.name == name && f.kind == kind).cloned();
        for (name, kind) in [("lower", "scalar"), ("count", "aggregate"), ("row_number", "window")] {
            let function = find(name, kind).unwrap();
            assert!(
                function.syntax.unwrap().starts_with(name) && function.description.is_some(),
                "{name}"
            );
        }
        assert!(find("generate_series", "table").is_some());
        assert_eq!(
            find("character_length", "scalar").unwrap().syntax,
            find("char_length", "scalar").unwrap().syntax
        );
    }

    #[test]
    fn functions_are_sorted_and_distinct() {
        let keys: Vec<_> = functions(&SessionContext::new())
            .into_iter()
            .map(|f| (f.name, f.kind))
            .collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
