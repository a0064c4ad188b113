//! `FOR VERSION AS OF 12` and `FOR TIMESTAMP AS OF '...'` behind a table's name, with or without `FOR`.
//!
//! The parser knows these clauses in a few dialects only, and the planner passes over them in silence. They are taken
//! out of the tokens before either sees them, and found again by the place of the name that they follow.

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Word};

/// One clause.
#[derive(Debug, Clone)]
pub(in crate::query) struct AsOfClause {
    /// Where the name before it begins.
    pub(in crate::query) table: Location,
    /// What it names a version by.
    pub(in crate::query) by: By,
    /// Which one.
    pub(in crate::query) value: Expr,
}

/// What a version is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) enum By {
    /// Its number.
    Version,
    /// A time at which it was the latest.
    Timestamp,
}

/// The tokens without the clauses, and the clauses.
pub(in crate::query) fn take(
    dialect: &dyn Dialect,
    tokens: &[TokenWithSpan],
) -> Result<(Vec<TokenWithSpan>, Vec<AsOfClause>), ParserError> {
    let (mut kept, mut clauses) = (Vec::with_capacity(tokens.len()), vec![]);
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let name = kept.iter().rev().find(|token| !is_space(token)).and_then(name_at);
        let (Some(table), Some((by, value))) = (name, clause(rest)) else {
            kept.push(first.clone());
            rest = after;
            continue;
        };
        let mut parser = Parser::new(dialect).with_tokens_with_locations(value.to_vec());
        let expression = parser.parse_expr()?;
        clauses.push(AsOfClause {
            table,
            by,
            value: expression,
        });
        rest = value.get(parser.index()..).unwrap_or_default();
    }
    Ok((kept, clauses))
}

/// Where a token begins that may name a table: not a word after which `version` or `timestamp` is a column.
fn name_at(token: &TokenWithSpan) -> Option<Location> {
    let Token::Word(word) = &token.token else { return None };
    let is_name = word.quote_style.is_some()
        || !matches!(
            word.keyword,
            Keyword::SELECT | Keyword::DISTINCT | Keyword::ALL | Keyword::BY | Keyword::FROM | Keyword::JOIN
        );
    is_name.then_some(token.span.start)
}

/// What the clause at the start of `tokens` names a version by, and the tokens from its value on.
fn clause(tokens: &[TokenWithSpan]) -> Option<(By, &[TokenWithSpan])> {
    let tokens = after_word(tokens, &["FOR"]).unwrap_or(tokens);
    let (by, tokens) = match after_word(tokens, &["VERSION", "SYSTEM_VERSION"]) {
        Some(tokens) => (By::Version, tokens),
        None => (By::Timestamp, after_word(tokens, &["TIMESTAMP", "SYSTEM_TIME"])?),
    };
    let tokens = after_word(after_word(tokens, &["AS"])?, &["OF"])?;
    Some((by, tokens))
}

/// What follows when the first token that is no space is one of `words`.
fn after_word<'a>(tokens: &'a [TokenWithSpan], words: &[&str]) -> Option<&'a [TokenWithSpan]> {
    let at = tokens.iter().position(|token| !is_space(token))?;
    let Token::Word(Word {
        value,
        quote_style: None,
        ..
    }) = &tokens.get(at)?.token
    else {
        return None;
    };
    let found = words.iter().any(|word| value.eq_ignore_ascii_case(word));
    found.then(|| tokens.get(at + 1..).unwrap_or_default())
}

fn is_space(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_))
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    fn taken(sql: &str) -> (String, Vec<(u64, By, String)>) {
        let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location().unwrap();
        let (kept, clauses) = take(&GenericDialect, &tokens).unwrap();
        let kept: String = kept.iter().map(|token| token.token.to_string()).collect();
        let clauses = clauses
            .into_iter()
            .map(|clause| (clause.table.column, clause.by, clause.value.to_string()));
        (kept.split_whitespace().collect::<Vec<_>>().join(" "), clauses.collect())
    }

    #[test]
    fn clauses_are_taken_out_and_know_the_name_before_them() {
        let (kept, clauses) =
            taken("select * from a for version as of 12 x join s.\"b c\" TIMESTAMP AS OF '2026-01-01' on true");
        assert_eq!(kept, "select * from a x join s.\"b c\" on true");
        assert_eq!(
            clauses,
            [
                (15, By::Version, "12".to_owned()),
                (47, By::Timestamp, "'2026-01-01'".to_owned())
            ]
        );
    }

    #[test]
    fn a_value_may_be_an_expression_and_a_comment_may_stand_between() {
        let (kept, clauses) = taken("from t FOR /* then */ SYSTEM_TIME\nAS OF now() - interval '1 day' where x");
        assert_eq!(kept, "from t where x");
        assert_eq!(clauses, [(6, By::Timestamp, "now() - INTERVAL '1 day'".to_owned())]);
    }

    #[test]
    fn columns_of_these_names_stay_columns() {
        for sql in [
            "select version as of from t",
            "select distinct timestamp as of from t",
            "select version, timestamp from t order by version",
            "select \"version\" as \"of\" from t for",
        ] {
            let (kept, clauses) = taken(sql);
            assert_eq!((kept.as_str(), clauses.len()), (sql, 0));
        }
    }
}
