//! A statement as tokens: as much as is needed to find names, texts and clauses, and to put all of it back together.

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or a name without quotes.
    Word(String),
    /// A name in quotes, without them.
    Quoted(String),
    /// A text in quotes, without them.
    Text(String),
    /// A parameter, without its dollar sign.
    Parameter(String),
    /// Space and comments, as they stand.
    Space(String),
    /// Numbers and signs, as they stand.
    Other(String),
}

impl Token {
    /// Is it this word, in whatever case?
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }

    /// Is it this sign?
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Self::Other(text) if text == sign)
    }

    /// What it names, when it names something.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// The tokens of `sql`. What is never closed reaches to the end.
pub(super) fn lex(sql: &str) -> Vec<Token> {
    let mut tokens = vec![];
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, after) = next(rest, first);
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn next(rest: &str, first: char) -> (Token, &str) {
    match first {
        '\'' => quoted(rest, first, Token::Text),
        '"' | '`' => quoted(rest, first, Token::Quoted),
        _ if rest.starts_with("--") => space(rest, rest.find('\n').unwrap_or(rest.len())),
        _ if rest.starts_with("/*") => space(rest, rest.find("*/").map_or(rest.len(), |end| end + 2)),
        _ if first.is_whitespace() => space(rest, end_of(rest, char::is_whitespace)),
        _ if first.is_alphabetic() || first == '_' => {
            let (word, after) = rest.split_at(end_of(rest, |c| c.is_alphanumeric() || c == '_' || c == '$'));
            (Token::Word(word.to_owned()), after)
        }
        '$' if end_of(behind(rest, first), belongs_to_name) > 0 => {
            let behind = behind(rest, first);
            let (name, after) = behind.split_at(end_of(behind, belongs_to_name));
            (Token::Parameter(name.to_owned()), after)
        }
        _ if first.is_ascii_digit() => {
            let (number, after) = rest.split_at(end_of(rest, |c| c.is_ascii_alphanumeric() || c == '.'));
            (Token::Other(number.to_owned()), after)
        }
        _ => {
            let (sign, after) = rest.split_at(first.len_utf8());
            (Token::Other(sign.to_owned()), after)
        }
    }
}

fn behind(rest: &str, first: char) -> &str {
    rest.get(first.len_utf8()..).unwrap_or_default()
}

fn belongs_to_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn space(rest: &str, end: usize) -> (Token, &str) {
    let (space, after) = rest.split_at(end);
    (Token::Space(space.to_owned()), after)
}

fn end_of(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// A doubled quote inside stands for one.
fn quoted(rest: &str, quote: char, token: impl Fn(String) -> Token) -> (Token, &str) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return (token(text), rest.get(at + 1..).unwrap_or_default());
        }
    }
    (token(text), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_texts_and_the_rest_are_told_apart() {
        let tokens = lex("select \"a\"\"b\", 'it''s', 1.5e3 -- ü\n/* x */from `t`;");
        let expected = [
            Token::Word("select".into()),
            Token::Space(" ".into()),
            Token::Quoted("a\"b".into()),
            Token::Other(",".into()),
            Token::Space(" ".into()),
            Token::Text("it's".into()),
            Token::Other(",".into()),
            Token::Space(" ".into()),
            Token::Other("1.5e3".into()),
            Token::Space(" ".into()),
            Token::Space("-- ü".into()),
            Token::Space("\n".into()),
            Token::Space("/* x */".into()),
            Token::Word("from".into()),
            Token::Space(" ".into()),
            Token::Quoted("t".into()),
            Token::Other(";".into()),
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn parameters_are_names_behind_a_dollar_sign() {
        let tokens: Vec<Token> = lex("$from,a$b,$,$1");
        let expected = [
            Token::Parameter("from".into()),
            Token::Other(",".into()),
            Token::Word("a$b".into()),
            Token::Other(",".into()),
            Token::Other("$".into()),
            Token::Other(",".into()),
            Token::Parameter("1".into()),
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn what_is_never_closed_reaches_to_the_end() {
        for sql in ["'abc", "\"abc", "/* abc", "-- abc", "'", "é'é"] {
            assert!(!lex(sql).is_empty(), "{sql}");
        }
    }
}
