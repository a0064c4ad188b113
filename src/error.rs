//! The one error of the crate: what was attempted, on what, and what to do next.
//!
//! A [`Kind`] is named for the reader's next step, not for the layer that failed.
//! The same three texts cross the worker boundary and reach JavaScript.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What a person can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Nothing lies at the URL: check it.
    NotFound,
    /// The host refused: get access, or a fresh signed URL.
    Denied,
    /// The browser could not read the answer: the network, CORS, or mixed content.
    Blocked,
    /// The host ignores byte ranges: serve the file from one that honors them.
    NoRanges,
    /// The file changed while it was read: open the table again.
    Changed,
    /// The table's files lie at another place: say where, or leave it.
    Elsewhere,
    /// Something lies there, but it is no table that Limn knows.
    NotATable,
    /// The table needs a feature that is not read yet; the feature is named.
    Unsupported,
    /// The bytes break their format's rules.
    Damaged,
    /// The statement is wrong, or would write.
    Sql,
    /// It does not fit a budget of memory or bytes: ask for less.
    TooBig,
    /// The person, or the page, stopped it.
    Cancelled,
    /// The link or the location cannot be understood.
    BadLink,
    /// The engine died; it is started again.
    Crashed,
    /// A part of the engine that few statements need could not be loaded.
    Incomplete,
    /// A mistake of ours.
    Bug,
}

/// Where in a statement an error lies: a half-open range of UTF-8 byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The same place in a text that has so many bytes more before it.
    #[must_use]
    pub fn behind(self, bytes: usize) -> Self {
        Self {
            start: self.start + bytes,
            end: self.end + bytes,
        }
    }
}

/// An error as a value. It clones and crosses the worker boundary; the cause stays on its side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Error {
    /// What the person can do next.
    pub kind: Kind,
    /// What it happened on: a URL, a table's name, a column, a statement.
    pub subject: String,
    /// What was attempted, what was seen, and what to do.
    pub detail: String,
    /// Where in the statement, when it is about SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// What is meant in the place of `span`, perhaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The cause, for logs and `source()`.
    #[serde(skip)]
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` about `subject`.
    pub fn new(kind: Kind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            detail: detail.into(),
            span: None,
            fix: None,
            source: None,
        }
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Marks the place in the statement.
    #[must_use]
    pub fn with_span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Proposes what to write in the place of the span.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The first [`Error`] in a chain of causes, if there is one: how an error of ours
    /// finds its way back out of `object_store`, `parquet` and `DataFusion`.
    #[must_use]
    pub fn find<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            if let Some(found) = error.downcast_ref::<Arc<Self>>() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|cause| cause.as_ref() as _)
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.subject, &self.detail, self.span) == (other.kind, &other.subject, &other.detail, other.span)
    }
}
