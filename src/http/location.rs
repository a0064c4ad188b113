//! A [`Location`]: an absolute http(s) URL, and its name inside the store.
//!
//! A query string belongs to the URL (pre-signed and SAS URLs carry their grant in it),
//! so it survives every step; it is left out where a URL is shown.

use std::fmt;

use object_store::path::Path;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::{Position, Url};

use crate::error::{Error, Kind, Result};
use crate::link::parse_url;

/// Stands in a [`Path`] for what a segment cannot hold: alone for an empty segment, and
/// for a slash inside a query. A URL without a fragment contains no `#`.
const STAND_IN: &str = "#";

/// What the URL parser would drop (controls) or read as a separator (the backslash).
const SWALLOWED: &AsciiSet = &CONTROLS.add(b'\\');

/// An absolute http(s) URL without fragment and without credentials. Query strings are
/// part of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location(Url);

impl Location {
    /// Reads an absolute URL; a fragment is never sent to a host and is dropped.
    ///
    /// # Errors
    /// `BadLink` unless it is absolute, http or https, and free of a user name and password.
    pub fn parse(text: &str) -> Result<Self> {
        let mut url = parse_url(text, None).map_err(|cause| bad(text, &format!("is not an absolute URL ({cause})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad(
                text,
                "is neither http nor https: give the https address under which the host serves it",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(
                text,
                "holds a user name or password, which a link must not: remove the part before @",
            ));
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The URL of what lies at `encoded` (already percent-encoded segments) below this one,
    /// read as a directory. Keeps the query.
    ///
    /// # Errors
    /// `BadLink` when `encoded` has a segment `.` or `..`, and so would leave this directory.
    pub fn child(&self, encoded: &str) -> Result<Self> {
        let directory = self.0.path().strip_suffix('/').unwrap_or(self.0.path());
        let below = utf8_percent_encode(encoded, SWALLOWED);
        let mut url = self.0.clone();
        url.set_path(&format!("{directory}/{below}"));
        let slashes = |path: &str| path.matches('/').count();
        if slashes(url.path()) != slashes(directory) + 1 + slashes(encoded) {
            return Err(bad(
                self.without_query(),
                &format!("has no file {encoded:?} below it: `.` and `..` are refused"),
            ));
        }
        Ok(Self(url))
    }

    /// The URL itself.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The URL's whole text, query and all.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL's text up to its query: what errors show, because a signature is a secret.
    #[must_use]
    pub fn without_query(&self) -> &str {
        &self.0[..Position::AfterPath]
    }

    /// Scheme, host and port: what CORS rules and connection limits are about.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0[..Position::AfterPort]
    }

    /// The last segment that is not empty, decoded; the host where the path has none.
    #[must_use]
    pub fn file_name(&self) -> String {
        let last = self.0.path().rsplit('/').find(|segment| !segment.is_empty());
        let name = last.or(self.0.host_str()).unwrap_or_default();
        percent_decode_str(name).decode_utf8_lossy().into_owned()
    }

    /// Its name inside the store: `https/host:port/segments?query`, from which
    /// [`Location::from_path`] gives the same URL back.
    #[must_use]
    pub fn path(&self) -> Path {
        let segments = self.0.path().strip_prefix('/').unwrap_or_default().split('/');
        let mut name = format!(
            "{}/{}",
            self.0.scheme(),
            &self.0[Position::BeforeHost..Position::AfterPort]
        );
        for segment in segments {
            name.push('/');
            name.push_str(if segment.is_empty() { STAND_IN } else { segment });
        }
        if let Some(query) = self.0.query() {
            name.push('?');
            name.push_str(&query.replace('/', STAND_IN));
        }
        // A parsed URL has no control characters and no dot segments, the only things that a
        // path refuses.
        Path::parse(&name).unwrap_or_else(|_| Path::from(name))
    }

    /// The URL whose [`Location::path`] this is.
    ///
    /// # Errors
    /// `BadLink` when no URL has this name.
    pub fn from_path(path: &Path) -> Result<Self> {
        let unknown = || bad(path.as_ref(), "is not the name of a URL in this store");
        let (scheme, rest) = path.as_ref().split_once('/').ok_or_else(unknown)?;
        let (authority, rest) = rest.split_once('/').ok_or_else(unknown)?;
        let (segments, query) = rest
            .split_once('?')
            .map_or((rest, None), |(path, query)| (path, Some(query)));
        let mut text = format!("{scheme}://{authority}");
        for segment in segments.split('/') {
            text.push('/');
            text.push_str(if segment == STAND_IN { "" } else { segment });
        }
        if let Some(query) = query {
            text.push('?');
            text.push_str(&query.replace(STAND_IN, "/"));
        }
        Self::parse(&text)
    }

    /// Is this `parent`, or does it lie below it read as a directory? Queries do not matter.
    #[must_use]
    pub fn is_under(&self, parent: &Self) -> bool {
        let directory = parent.without_query();
        let directory = directory.strip_suffix('/').unwrap_or(directory);
        let rest = self.without_query().strip_prefix(directory);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({})", self.without_query())
    }
}

/// The subject shows neither a password nor a query, which both may be secret.
fn bad(text: &str, what: &str) -> Error {
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    let shown = shown.rsplit('@').next().unwrap_or_default();
    Error::new(Kind::BadLink, shown, format!("The location {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Location {
        Location::parse(text).unwrap()
    }

    #[test]
    fn an_absolute_url_keeps_its_query_and_loses_its_fragment() {
        assert_eq!(
            at("https://host/lake/t?sig=a%2Fb&x#part").as_str(),
            "https://host/lake/t?sig=a%2Fb&x"
        );
        assert_eq!(at("http://[::1]:8080/t").as_str(), "http://[::1]:8080/t");
        assert_eq!(at("HTTPS://HOST:443").as_str(), "https://host/");
    }

    #[test]
    fn what_a_browser_cannot_or_must_not_read_is_refused() {
        for text in [
            "lake/trips",
            "/lake",
            "",
            "s3://bucket/key",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://",
        ] {
            assert_eq!(Location::parse(text).unwrap_err().kind, Kind::BadLink, "{text}");
        }
    }

    #[test]
    fn no_error_repeats_a_password_or_a_signature() {
        for text in [
            "https://me:hidden@host/t?sig=hidden",
            "s3://me:hidden@bucket/t?hidden#hidden",
        ] {
            let error = Location::parse(text).unwrap_err();
            assert_eq!(error.kind, Kind::BadLink);
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
        assert_eq!(
            format!("{:?}", at("https://host/t?sig=hidden")),
            "Location(https://host/t)"
        );
    }

    #[test]
    fn a_child_lies_below_with_and_without_a_slash_at_the_end() {
        for table in ["https://host/lake/t?sig=1", "https://host/lake/t/?sig=1"] {
            let child = at(table).child("day=2026-11-22/part%20%25.parquet").unwrap();
            assert_eq!(
                child.as_str(),
                "https://host/lake/t/day=2026-11-22/part%20%25.parquet?sig=1"
            );
        }
        assert_eq!(at("https://host").child("t").unwrap().as_str(), "https://host/t");
        assert_eq!(
            at("https://host/t").child("a//b").unwrap().as_str(),
            "https://host/t/a//b"
        );
    }

    #[test]
    fn a_child_is_only_ever_a_path() {
        let table = at("https://host/t");
        assert_eq!(table.child("a?b#c").unwrap().as_str(), "https://host/t/a%3Fb%23c");
        assert_eq!(table.child("a\\b\nc").unwrap().as_str(), "https://host/t/a%5Cb%0Ac");
        assert_eq!(table.child("//evil/x").unwrap().as_str(), "https://host/t///evil/x");
        assert_eq!(table.child("日=é").unwrap().as_str(), "https://host/t/%E6%97%A5=%C3%A9");
    }

    #[test]
    fn a_child_cannot_climb_out() {
        let table = at("https://host/lake/t");
        for path in [
            "..",
            "../other",
            "a/../../b",
            "%2e%2e/other",
            ".%2E/x",
            "./a",
            "a/..",
            "a\\..\\b/..",
        ] {
            let error = table.child(path).unwrap_err();
            assert_eq!(error.kind, Kind::BadLink, "{path}");
        }
        assert_eq!(
            table.child("a..b/...").unwrap().as_str(),
            "https://host/lake/t/a..b/..."
        );
    }

    #[test]
    fn the_file_name_is_decoded_and_never_empty() {
        assert_eq!(at("https://host/lake/my%20t%C3%A4ble/").file_name(), "my täble");
        assert_eq!(at("https://host/a%2Fb?x=/c").file_name(), "a/b");
        assert_eq!(at("https://host//").file_name(), "host");
    }

    #[test]
    fn every_url_comes_back_from_its_path() {
        for text in [
            "https://host/",
            "https://host/?",
            "https://host/?a/b",
            "https://host/a",
            "https://host/a/",
            "https://host/a//b///",
            "http://host:8080/a%2Fb/%2E%2Ea/c%20d",
            "http://[2001:db8::1]:9/a;b=c,d/e+f",
            "https://host/a?x=/y//z/&sig=q%2Bw%3D%3D?more",
            "https://host/%F0%9F%9A%80/x=%25?é=日",
            "https://xn--bcher-kva.example/a~b|c^d[e]/f'g\"h",
            "https://host/a/?.",
            "https://host/..a/.b/c..",
            "https://host/100%/x?prefix=..&y={}|\\^`[]",
        ] {
            let location = at(text);
            let path = location.path();
            assert_eq!(Location::from_path(&path).unwrap(), location, "{text} as {path}");
            assert_eq!(Path::parse(path.as_ref()).unwrap(), path, "{text}");
        }
    }

    #[test]
    fn a_path_reads_like_its_url() {
        assert_eq!(
            at("https://host:8443/lake/t/a%20b.parquet?sig=x/y").path().as_ref(),
            "https/host:8443/lake/t/a%20b.parquet?sig=x#y"
        );
    }

    #[test]
    fn a_path_that_names_no_url_is_refused() {
        for path in ["", "https", "https/host", "ftp/host/a", "lake/trips/part-0.parquet"] {
            assert_eq!(
                Location::from_path(&Path::from(path)).unwrap_err().kind,
                Kind::BadLink,
                "{path}"
            );
        }
    }

    #[test]
    fn under_means_the_same_directory_or_deeper() {
        let table = at("https://host/lake/t/?sig=1");
        for inside in [
            "https://host/lake/t",
            "https://host/lake/t/",
            "https://host/lake/t/a/b?sig=2",
        ] {
            assert!(at(inside).is_under(&table), "{inside}");
        }
        for outside in [
            "https://host/lake/tt",
            "https://host/lake",
            "https://other/lake/t/a",
            "http://host/lake/t",
        ] {
            assert!(!at(outside).is_under(&table), "{outside}");
        }
    }
}
