//! One table of a link, as it was typed, and what the engine is asked to open for it.

use super::location;
use crate::error::{Error, Kind, Result};
use crate::protocol::{AsOf, Elsewhere, Source};

/// One table of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLink {
    /// The SQL name; any text that is not empty.
    pub name: String,
    /// As typed: absolute, or relative to the page. Several are the Parquet files of one table.
    pub urls: Vec<String>,
    /// As typed: a number or an RFC 3339 time. The latest when absent.
    pub version: Option<String>,
    /// Where files of the table may be read that are not below it, as typed.
    pub elsewhere: Vec<Elsewhere>,
}

impl TableLink {
    /// What the engine is asked to open, with relative URLs resolved against the page's URL.
    ///
    /// `BadLink` when a URL is not readable over HTTP, carries credentials, or the version is neither a number nor a time.
    pub fn source(&self, page: &str) -> Result<Source> {
        let urls = self
            .urls
            .iter()
            .map(|typed| location::resolve(page, typed))
            .collect::<Result<Vec<_>>>()?;
        Ok(Source {
            urls,
            version: self.as_of()?,
            elsewhere: vec![],
        })
    }

    /// Where files of it may be read that are not below it, as far as that is `agreed`.
    ///
    /// # Errors
    /// `BadLink` when a URL is not readable over HTTP, or carries credentials.
    pub fn places(&self, page: &str, agreed: impl Fn(&Elsewhere) -> bool) -> Result<Vec<Elsewhere>> {
        let places = self.elsewhere.iter().filter(|place| agreed(place));
        let resolved = places.map(|place| {
            Ok(Elsewhere {
                prefix: place.prefix.clone(),
                url: location::resolve(page, &place.url)?,
            })
        });
        resolved.collect()
    }

    /// Every URL in it.
    pub(super) fn urls_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.urls
            .iter_mut()
            .chain(self.elsewhere.iter_mut().map(|place| &mut place.url))
    }

    /// Every URL in it.
    pub(super) fn all_urls(&self) -> impl Iterator<Item = &String> {
        self.urls.iter().chain(self.elsewhere.iter().map(|place| &place.url))
    }

    /// The version as a value. `BadLink` when it is neither a number nor an RFC 3339 time.
    pub fn as_of(&self) -> Result<Option<AsOf>> {
        let Some(typed) = self.version.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) else {
            return Ok(None);
        };
        if typed.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(number) = typed.parse()
        {
            return Ok(Some(AsOf::Version(number)));
        }
        if chrono::DateTime::parse_from_rfc3339(typed).is_ok() {
            return Ok(Some(AsOf::Timestamp(typed.to_owned())));
        }
        let detail = format!(
            "The version “{typed}” is neither a number such as 12 nor a time such as 2026-11-22T09:30:00Z. Correct v.{} in the link.",
            self.name
        );
        Err(Error::new(Kind::BadLink, &self.name, detail))
    }
}
