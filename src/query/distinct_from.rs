//! Where `a IS [NOT] DISTINCT FROM b` ends.
//!
//! The parser takes all that follows `FROM` for the second value, so that `a is distinct from b or c` would compare `a`
//! with `b or c` (sqlparser 0.62). SQL:2016, 8.15, has it end before `AND` and `OR`; parentheses are kept by the parser,
//! which tells what was meant.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value, VisitMut, VisitorMut};

/// Ends each of them where it ends.
pub(super) fn end_in_time(statement: &mut Statement) {
    match statement {
        // Nothing breaks off the visit.
        Statement::Statement(statement) => drop(statement.visit(&mut Ender)),
        Statement::Explain(explain) => end_in_time(&mut explain.statement),
        _ => {}
    }
}

struct Ender;

impl VisitorMut for Ender {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if runs_on(expr) {
            let whole = std::mem::replace(expr, Expr::value(Value::Null));
            let mut pieces = Pieces::default();
            pieces.take(whole);
            *expr = pieces.joined();
        }
        ControlFlow::Continue(())
    }
}

/// Does one of them run on within this, outside of parentheses?
fn runs_on(expr: &Expr) -> bool {
    match expr {
        Expr::IsDistinctFrom(_, second) | Expr::IsNotDistinctFrom(_, second) => is_logical(second) || runs_on(second),
        Expr::BinaryOp { left, right, .. } if is_logical(expr) => runs_on(left) || runs_on(right),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => runs_on(expr),
        _ => false,
    }
}

fn is_logical(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::BinaryOp {
            op: BinaryOperator::And | BinaryOperator::Or,
            ..
        }
    )
}

/// The values between `AND` and `OR`, as they were written: each but the first with what stands before it.
#[derive(Default)]
struct Pieces {
    values: Vec<Expr>,
    operators: Vec<BinaryOperator>,
}

impl Pieces {
    fn take(&mut self, expr: Expr) {
        match expr {
            Expr::BinaryOp {
                left,
                op: op @ (BinaryOperator::And | BinaryOperator::Or),
                right,
            } => {
                self.take(*left);
                self.operators.push(op);
                self.take(*right);
            }
            Expr::IsDistinctFrom(first, second) => {
                self.take_first(*second, |second| Expr::IsDistinctFrom(first, Box::new(second)));
            }
            Expr::IsNotDistinctFrom(first, second) => {
                self.take_first(*second, |second| Expr::IsNotDistinctFrom(first, Box::new(second)));
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => self.take_first(*expr, |expr| Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: Box::new(expr),
            }),
            value => self.values.push(value),
        }
    }

    /// Takes what runs on; only its first value is a part of what began before.
    fn take_first(&mut self, rest: Expr, begun: impl FnOnce(Expr) -> Expr) {
        let place = self.values.len();
        self.take(rest);
        if place < self.values.len() {
            let first = self.values.remove(place);
            self.values.insert(place, begun(first));
        }
    }

    /// One expression of them: `AND` binds closer than `OR`, and both from the left.
    fn joined(self) -> Expr {
        let mut values = self.values.into_iter();
        let mut all = values.next();
        let mut before: Option<Expr> = None;
        for (op, value) in self.operators.into_iter().zip(values) {
            if op == BinaryOperator::And {
                all = Some(join(all, BinaryOperator::And, value));
            } else {
                before = or(before, all);
                all = Some(value);
            }
        }
        or(before, all).unwrap_or_else(|| Expr::value(Value::Null))
    }
}

fn join(left: Option<Expr>, op: BinaryOperator, right: Expr) -> Expr {
    match left {
        Some(left) => Expr::BinaryOp {
            left: Box::new(left),
            op,
            right: Box::new(right),
        },
        None => right,
    }
}

fn or(left: Option<Expr>, right: Option<Expr>) -> Option<Expr> {
    match right {
        Some(right) => Some(join(left, BinaryOperator::Or, right)),
        None => left,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn parsed(sql: &str) -> Statement {
        DFParser::parse_sql(&format!("select {sql}"))
            .unwrap()
            .pop_front()
            .unwrap()
    }

    /// With parentheses around everything that has parts.
    fn spelled(mut statement: Statement) -> String {
        struct Speller;
        impl VisitorMut for Speller {
            type Break = ();
            fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
                let has_parts = matches!(
                    expr,
                    Expr::BinaryOp { .. }
                        | Expr::UnaryOp { .. }
                        | Expr::IsDistinctFrom(..)
                        | Expr::IsNotDistinctFrom(..)
                );
                let whole = std::mem::replace(expr, Expr::value(Value::Null));
                *expr = match whole {
                    Expr::Nested(inner) => *inner,
                    whole if has_parts => Expr::Nested(Box::new(whole)),
                    whole => whole,
                };
                ControlFlow::Continue(())
            }
        }
        let Statement::Statement(inner) = &mut statement else {
            panic!("{statement}")
        };
        let _ = inner.visit(&mut Speller);
        statement.to_string()
    }

    fn ended(sql: &str) -> Statement {
        let mut statement = parsed(sql);
        end_in_time(&mut statement);
        statement
    }

    #[test]
    fn each_ends_before_and_and_or() {
        for (written, meant) in [
            ("a is distinct from b or c", "(a is distinct from b) or c"),
            ("a is not distinct from b and c", "(a is not distinct from b) and c"),
            (
                "x = 1 and a is distinct from b or c",
                "((x = 1) and (a is distinct from b)) or c",
            ),
            (
                "a is distinct from b or c and d or e",
                "((a is distinct from b) or (c and d)) or e",
            ),
            (
                "a is distinct from b and c is distinct from d or e",
                "((a is distinct from b) and (c is distinct from d)) or e",
            ),
            ("not a is distinct from b or c", "(not (a is distinct from b)) or c"),
            (
                "case when a is distinct from b + 1 or c then 1 end",
                "case when (a is distinct from (b + 1)) or c then 1 end",
            ),
            ("f(a is distinct from b and c)", "f((a is distinct from b) and c)"),
        ] {
            assert_eq!(spelled(ended(written)), spelled(parsed(meant)), "{written}");
        }
    }

    #[test]
    fn parentheses_say_what_is_meant() {
        for sql in [
            "a IS DISTINCT FROM (b OR c)",
            "a IS DISTINCT FROM b",
            "NOT (a OR b) AND c",
            "a OR b AND c",
        ] {
            assert_eq!(ended(sql).to_string(), format!("SELECT {sql}"));
        }
    }
}
