//! What a statement reads, and itself with names and texts that can be written in any dialect.

use super::lex::{Token, lex};
use super::{Bound, Opened, Tool};
use crate::link::quoted;

/// A statement over relations.
#[derive(Debug)]
pub(super) struct Statement {
    tokens: Vec<Token>,
    /// What it reads, each under its name in the statement.
    pub(super) relations: Vec<Relation>,
    /// What cannot be translated.
    pub(super) missing: Vec<String>,
    values: Vec<Bound>,
}

/// A table at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    /// What the statement calls it.
    pub(super) name: String,
    pub(super) table: Opened,
    pub(super) as_of: AsOf,
}

/// Which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AsOf {
    /// That which is pinned, or the latest.
    Open(Option<u64>),
    Version(u64),
    Timestamp(String),
}

/// How names and texts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Standard,
    /// Backticks, and backslashes that escape.
    Spark,
    /// Names without quotes keep their case, where here they are folded.
    Polars,
}

impl Dialect {
    /// A name in quotes.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::Standard | Self::Polars => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A text in quotes.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::Standard | Self::Polars => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

impl Statement {
    /// Reads `sql`, which may name `tables`, and parameters that have `values`.
    pub(super) fn read(sql: &str, tables: &[Opened], values: &[Bound], tool: Tool) -> Self {
        let mut reader = Reader {
            tokens: lex(sql.trim().trim_end_matches(';').trim_end()),
            at: 0,
            tables,
            tool,
            read: Self {
                tokens: vec![],
                relations: vec![],
                missing: vec![],
                values: values.to_vec(),
            },
        };
        while reader.step() {}
        reader.read
    }

    /// The statement in `dialect`, with the values of its parameters in their places.
    pub(super) fn write(&self, dialect: Dialect) -> String {
        let token = |token: &Token| match token {
            Token::Word(word) if dialect == Dialect::Polars => word.to_lowercase(),
            Token::Word(word) => word.clone(),
            Token::Quoted(name) => dialect.name(name),
            Token::Text(text) => dialect.text(text),
            Token::Parameter(name) => match self.values.iter().find(|value| value.is_of(name)) {
                Some(value) => value.literal(dialect),
                None => format!("${name}"),
            },
            Token::Space(text) | Token::Other(text) => text.clone(),
        };
        self.tokens.iter().map(token).collect()
    }
}

/// Words that may follow a table's name and are no other name for it.
const AFTER_TABLE: &str = "anti cross except fetch for full group having inner intersect join lateral left limit natural \
    offset on order outer qualify right semi tablesample union using where window";

/// Functions that all of the tools have under these names.
const COMMON: &str = "abs and as avg cast coalesce count dense_rank exists extract filter first_value in last_value lower max min \
    not nullif or over power rank round row_number sqrt substr substring sum trim upper values";

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    tables: &'a [Opened],
    tool: Tool,
    read: Statement,
}

impl Reader<'_> {
    /// Takes the next token; false at the end.
    fn step(&mut self) -> bool {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return false;
        };
        self.at += 1;
        self.miss(&token);
        let table = token.name().and_then(|name| self.table(name)).cloned();
        match table {
            Some(table) if self.is_relation() => self.take_relation(&table),
            _ => self.read.tokens.push(token),
        }
        true
    }

    fn table(&self, name: &str) -> Option<&Opened> {
        let exact = self.tables.iter().find(|table| table.name == name);
        exact.or_else(|| {
            self.tables
                .iter()
                .find(|table| table.name.to_lowercase() == name.to_lowercase())
        })
    }

    /// Does the name that was just passed stand where a table stands?
    fn is_relation(&self) -> bool {
        let before = self
            .read
            .tokens
            .iter()
            .rev()
            .find(|token| !matches!(token, Token::Space(_)));
        let begins = before.is_some_and(|token| token.is_word("from") || token.is_word("join") || token.is_sign(","));
        begins || self.after(self.at).is_some_and(|(_, token)| token.is_sign(".")) || self.clause().is_some()
    }

    fn take_relation(&mut self, table: &Opened) {
        let is_qualifier = self.after(self.at).is_some_and(|(_, token)| token.is_sign("."));
        let open = AsOf::Open(table.version);
        match self.clause() {
            Some((end, Some(as_of))) => {
                self.at = end;
                let name = self.relation(table, as_of);
                self.read.tokens.push(Token::Quoted(name));
                if !self.has_alias() {
                    let alias = Token::Quoted(table.name.clone());
                    self.read.tokens.extend([Token::Word(" as ".to_owned()), alias]);
                }
                return;
            }
            Some((_, None)) => self.note("AS OF with an expression: write a version's number or a time instead."),
            None => {}
        }
        if is_qualifier {
            self.read.tokens.push(Token::Quoted(self.called(table)));
        } else {
            let name = self.relation(table, open);
            self.read.tokens.push(Token::Quoted(name));
        }
    }

    /// The name of a table at a version in the statement.
    fn relation(&mut self, table: &Opened, as_of: AsOf) -> String {
        let own = self.called(table);
        let name = match &as_of {
            AsOf::Open(_) => own,
            AsOf::Version(version) => format!("{own}_v{version}"),
            AsOf::Timestamp(time) => {
                let plain: String = time.chars().filter(char::is_ascii_alphanumeric).collect();
                format!("{own}_at_{}", plain.to_lowercase())
            }
        };
        let relation = Relation {
            name: name.clone(),
            table: table.clone(),
            as_of,
        };
        if !self.read.relations.contains(&relation) {
            self.read.relations.push(relation);
        }
        name
    }

    /// delta-rs registers tables by plain names only.
    fn called(&self, table: &Opened) -> String {
        if self.tool != Tool::DeltaRs || quoted(&table.name) == table.name {
            return table.name.clone();
        }
        crate::link::table_name(std::slice::from_ref(&table.name), |name| {
            self.tables.iter().any(|table| table.name == name)
        })
    }

    /// The first token at or behind `at` that is not space, and its place.
    fn after(&self, at: usize) -> Option<(usize, &Token)> {
        let rest = self.tokens.iter().enumerate().skip(at);
        rest.into_iter().find(|(_, token)| !matches!(token, Token::Space(_)))
    }

    /// The place behind these words, if they come next.
    fn words(&self, mut at: usize, words: &[&str]) -> Option<usize> {
        for word in words {
            let (place, token) = self.after(at)?;
            at = token.is_word(word).then_some(place + 1)?;
        }
        Some(at)
    }

    /// The place behind a clause that comes next, and what it asks for when that is a constant.
    fn clause(&self) -> Option<(usize, Option<AsOf>)> {
        let at = self.words(self.at, &["for"]).unwrap_or(self.at);
        let by_version = self
            .words(at, &["version"])
            .or_else(|| self.words(at, &["system_version"]));
        let by_time = self
            .words(at, &["timestamp"])
            .or_else(|| self.words(at, &["system_time"]));
        let value = self.words(by_version.or(by_time)?, &["as", "of"])?;
        let (place, token) = self.after(value)?;
        let as_of = match token {
            Token::Other(number) if by_version.is_some() => number.parse().ok().map(AsOf::Version),
            Token::Text(time) if by_version.is_none() => Some(AsOf::Timestamp(time.clone())),
            _ => None,
        };
        let goes_on = |sign: &str| self.after(place + 1).is_some_and(|(_, token)| token.is_sign(sign));
        let is_whole = !["+", "-", "*", "/", "|", ":"].into_iter().any(goes_on);
        Some((place + 1, as_of.filter(|_| is_whole)))
    }

    /// Does another name for the relation come next?
    fn has_alias(&self) -> bool {
        match self.after(self.at) {
            Some((_, Token::Word(word))) => !AFTER_TABLE
                .split_whitespace()
                .any(|other| word.eq_ignore_ascii_case(other)),
            Some((_, Token::Quoted(_))) => true,
            _ => false,
        }
    }

    fn note(&mut self, missing: &str) {
        if !self.read.missing.iter().any(|known| known == missing) {
            self.read.missing.push(missing.to_owned());
        }
    }

    /// Notes what `token`, which was just passed, has no counterpart for.
    fn miss(&mut self, token: &Token) {
        if let Token::Parameter(name) = token
            && !self.read.values.iter().any(|value| value.is_of(name))
        {
            self.note(&format!("${name} has no value: write one in its place."));
        }
        let Token::Word(word) = token else { return };
        let word = word.to_lowercase();
        let next = self.after(self.at).map(|(_, next)| next.clone());
        let before = |sign| next.as_ref().is_some_and(|next| next.is_sign(sign));
        if word == "_metadata" && before(".") {
            self.note("_metadata: this tool does not tell the files of rows under these names. Leave it out.");
        } else if before("(") && (word.starts_with("limn_") || word == "table_changes") {
            self.note(&instead(&word, self.tool));
        } else if before("(") && !COMMON.split_whitespace().any(|known| known == word) {
            self.note(&format!(
                "{word}(…) is copied as it stands; the tool may call it otherwise."
            ));
        }
    }
}

fn instead(function: &str, tool: Tool) -> String {
    let from_python = matches!(tool, Tool::Polars | Tool::DeltaRs);
    let found = match (function, tool) {
        ("limn_history", Tool::SparkSql) => "DESCRIBE HISTORY gives the like.",
        ("limn_history", Tool::PySpark) => "DeltaTable.forPath(spark, url).history() gives the like.",
        ("limn_history", _) if from_python => "DeltaTable(url).history() gives the like.",
        ("limn_files", _) if from_python => "DeltaTable(url).get_add_actions() gives the like.",
        ("limn_protocol", Tool::SparkSql | Tool::PySpark) => "DESCRIBE DETAIL gives the like.",
        ("limn_protocol", _) if from_python => "DeltaTable(url).protocol() gives the like.",
        ("table_changes", Tool::SparkSql | Tool::PySpark) => "the option readChangeFeed of spark.read gives the like.",
        ("table_changes", _) if from_python => "DeltaTable(url).load_cdf(starting_version=…) gives the like.",
        _ => "",
    };
    format!("{function}(…) has no counterpart in this tool's SQL. {found}")
        .trim_end()
        .to_owned()
}
