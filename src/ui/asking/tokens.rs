//! The tokens of SQL as the engine's dialect has them: enough to tell where a statement ends and what is a parameter,
//! while it is being typed. What is not closed reaches to the end of the text.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Blanks and line ends.
    Blank,
    /// `-- to the end of the line`, or `/* nested */`.
    Comment,
    /// A literal text, also between dollars.
    Text,
    /// A name in quotes.
    Quoted,
    /// A keyword or a name.
    Word,
    /// A number.
    Number,
    /// `$name`.
    Parameter,
    /// Any other character.
    Sign,
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range<usize>,
}

impl Token {
    /// Its text.
    #[must_use]
    pub fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Does it mean nothing to the engine?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(self.kind, Kind::Blank | Kind::Comment)
    }
}

/// All tokens of a text, in order and without gaps.
#[must_use]
pub fn tokens(sql: &str) -> Vec<Token> {
    let mut found = vec![];
    let mut start = 0;
    while let Some(rest) = sql.get(start..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        let end = start + length.max(1);
        found.push(Token {
            kind,
            range: start..end,
        });
        start = end;
    }
    found
}

fn next(rest: &str) -> (Kind, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        _ if first.is_whitespace() => (Kind::Blank, while_true(rest, char::is_whitespace)),
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Kind::Comment, nested_comment(rest)),
        '\'' => (Kind::Text, closed_by(rest, 0, '\'', false)),
        '"' | '`' => (Kind::Quoted, closed_by(rest, 0, first, false)),
        'e' | 'E' if rest.get(1..2) == Some("'") => (Kind::Text, closed_by(rest, 1, '\'', true)),
        '$' => dollar(rest),
        _ if first.is_ascii_digit() => (Kind::Number, while_true(rest, |c| is_part(c) || c == '.')),
        _ if is_start(first) => (Kind::Word, while_true(rest, is_part)),
        _ => (Kind::Sign, first.len_utf8()),
    }
}

fn while_true(rest: &str, wanted: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !wanted(c)).unwrap_or(rest.len())
}

/// The length of what opens with the mark at `open`; the mark twice is a mark of the text.
fn closed_by(rest: &str, open: usize, mark: char, backslash: bool) -> usize {
    let mut letters = rest.char_indices().skip(open + 1).peekable();
    while let Some((at, letter)) = letters.next() {
        if backslash && letter == '\\' {
            letters.next();
        } else if letter == mark && letters.next_if(|(_, next)| *next == mark).is_none() {
            return at + mark.len_utf8();
        }
    }
    rest.len()
}

fn nested_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(left) = rest.get(at..).filter(|left| !left.is_empty()) {
        if left.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if left.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += left.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// `$name`, or a text between `$$` or `$tag$`.
fn dollar(rest: &str) -> (Kind, usize) {
    let after = rest.get(1..).unwrap_or_default();
    let name = while_true(after, |c| c.is_alphanumeric() || c == '_');
    if !after.get(name..).is_some_and(|after| after.starts_with('$')) {
        let kind = if name > 0 { Kind::Parameter } else { Kind::Sign };
        return (kind, 1 + name);
    }
    let mark = rest.get(..name + 2).unwrap_or_default();
    let body = rest.get(mark.len()..).unwrap_or_default();
    let end = body.find(mark).map_or(rest.len(), |at| at + 2 * mark.len());
    (Kind::Text, end)
}

fn is_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '#' | '@')
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '@' | '$' | '#' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(sql: &str) -> Vec<(Kind, &str)> {
        let all = tokens(sql);
        assert_eq!(all.iter().map(|token| token.text(sql)).collect::<String>(), sql);
        all.iter()
            .filter(|token| token.kind != Kind::Blank)
            .map(|token| (token.kind, token.text(sql)))
            .collect()
    }

    #[test]
    fn every_way_to_hide_a_semicolon_is_one_token() {
        for (sql, kind) in [
            ("'a;''b'", Kind::Text),
            ("e'a\\';b'", Kind::Text),
            ("$$a;'b$$", Kind::Text),
            ("$x$a;$$;$x$", Kind::Text),
            ("\"a;\"\"b\"", Kind::Quoted),
            ("`a;b`", Kind::Quoted),
            ("-- a;b", Kind::Comment),
            ("/* a; /* b; */ c; */", Kind::Comment),
            ("'open;", Kind::Text),
            ("/* open; /* x */", Kind::Comment),
            ("\"öpen;", Kind::Quoted),
            ("$a$open;", Kind::Text),
        ] {
            assert_eq!(spoken(sql), [(kind, sql)]);
        }
    }

    #[test]
    fn words_numbers_and_parameters() {
        assert_eq!(
            spoken("ä1>=$from and x.y=1.5e3--c\n"),
            [
                (Kind::Word, "ä1"),
                (Kind::Sign, ">"),
                (Kind::Sign, "="),
                (Kind::Parameter, "$from"),
                (Kind::Word, "and"),
                (Kind::Word, "x"),
                (Kind::Sign, "."),
                (Kind::Word, "y"),
                (Kind::Sign, "="),
                (Kind::Number, "1.5e3"),
                (Kind::Comment, "--c"),
            ]
        );
        assert_eq!(spoken("$ a$1"), [(Kind::Sign, "$"), (Kind::Word, "a$1")]);
    }
}
