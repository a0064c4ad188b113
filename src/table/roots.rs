//! Where the paths in a table's metadata lead: below the table, or to places that the person agreed to.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::protocol::Elsewhere;

/// The root of a table, and other places of its files.
#[derive(Debug, Clone)]
pub struct Roots {
    root: Location,
    /// Beginnings of paths, each up to a slash, and what lies there.
    elsewhere: Arc<[(String, Location)]>,
}

impl Roots {
    /// The root, and what the person agreed to read beside it.
    ///
    /// # Errors
    /// `BadLink` when one of those is no URL that can be read.
    pub fn new(root: &Location, elsewhere: &[Elsewhere]) -> Result<Self> {
        let agreed = |place: &Elsewhere| {
            let prefix = format!("{}/", place.prefix.trim_end_matches('/'));
            Ok((prefix, Location::parse(&place.url)?))
        };
        Ok(Self {
            root: root.clone(),
            elsewhere: elsewhere.iter().map(agreed).collect::<Result<_>>()?,
        })
    }

    /// The table's root.
    #[must_use]
    pub fn root(&self) -> &Location {
        &self.root
    }

    /// The URL of what is at `path`, which is below the root or absolute, and percent-encoded.
    ///
    /// # Errors
    /// `Elsewhere` when it is at a place that nobody agreed to.
    pub fn locate(&self, path: &str) -> Result<Location> {
        if !is_absolute(path) {
            return self.root.child(path);
        }
        // The longest beginning says most.
        let places = self
            .elsewhere
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()));
        if let Some((prefix, place)) = places.max_by_key(|(prefix, _)| prefix.len()) {
            return place.child(path.strip_prefix(prefix.as_str()).unwrap_or_default());
        }
        // What the host of the table serves, the table's owner may send the tab to.
        match Location::parse(path) {
            Ok(location) if location.origin() == self.root.origin() => Ok(location),
            _ => Err(self.not_agreed(directory(path))),
        }
    }

    /// Refuses the first path that leads where nobody agreed to, naming what all of that place have in common.
    ///
    /// # Errors
    /// `Elsewhere`, with that as the subject.
    pub fn check<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Result<()> {
        let mut common: Option<&str> = None;
        let mut count = 0_u64;
        for path in paths.filter(|path| is_absolute(path) && self.locate(path).is_err()) {
            let known = *common.get_or_insert(directory(path));
            if authority(path) == authority(known) {
                common = Some(shared(known, path));
                count += 1;
            }
        }
        match common {
            None => Ok(()),
            Some(prefix) => {
                let mut refused = self.not_agreed(prefix);
                refused.detail = format!("{count} of {}", refused.detail);
                Err(refused)
            }
        }
    }

    fn not_agreed(&self, prefix: &str) -> Error {
        let detail = format!(
            "the files of {} lie outside of it, as those of a shallow clone do. Say where that can be read over HTTP, if \
             you trust the table to send this tab there.",
            self.root.without_query()
        );
        Error::new(Kind::Elsewhere, prefix, detail)
    }
}

/// Is it no path below a root: a URI, or a path from the root of a file system?
#[must_use]
pub fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || scheme(path).is_some()
}

/// RFC 3986, section 3.1.
#[must_use]
pub fn scheme(path: &str) -> Option<&str> {
    let (scheme, _) = path.split_once(':')?;
    let mut bytes = scheme.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let continues = bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'));
    (starts && continues).then_some(scheme)
}

/// A path up to its last slash.
fn directory(path: &str) -> &str {
    let end = path.rfind('/').map_or(path.len(), |slash| slash + 1);
    path.get(..end).unwrap_or(path)
}

/// Scheme and host, or bucket: beyond that, directories of one place.
fn authority(path: &str) -> &str {
    let Some((scheme, rest)) = path.split_once("://") else {
        return "";
    };
    let host = rest.split('/').next().unwrap_or_default();
    path.get(..scheme.len() + 3 + host.len()).unwrap_or(path)
}

/// The directories that both begin with.
fn shared<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    directory(one.get(..same).unwrap_or(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(agreed: &[(&str, &str)]) -> Roots {
        let agreed: Vec<_> = agreed
            .iter()
            .map(|(prefix, url)| Elsewhere {
                prefix: (*prefix).to_owned(),
                url: (*url).to_owned(),
            })
            .collect();
        Roots::new(&Location::parse("https://lake.test/clone?sig=1").unwrap(), &agreed).unwrap()
    }

    #[test]
    fn paths_lead_below_the_root_or_where_the_person_agreed() {
        let roots = roots(&[
            ("s3://bucket/orig/", "https://cdn.test/a"),
            ("s3://bucket/orig/day=1", "https://cdn.test/b?sig=2"),
            ("/data", "https://files.test"),
        ]);
        for (path, url) in [
            ("day=1/x.parquet", "https://lake.test/clone/day=1/x.parquet?sig=1"),
            ("s3://bucket/orig/x", "https://cdn.test/a/x"),
            ("s3://bucket/orig/day=1/x", "https://cdn.test/b/x?sig=2"),
            ("s3://bucket/orig/day=10/x", "https://cdn.test/a/day=10/x"),
            ("/data/a%20b", "https://files.test/a%20b"),
            ("https://lake.test/orig/x", "https://lake.test/orig/x"),
        ] {
            assert_eq!(roots.locate(path).unwrap().as_str(), url);
        }
        for path in [
            "s3://bucket/original/x",
            "s3://other/x",
            "https://evil.test/x",
            "/database/x",
            "http://lake.test/x",
        ] {
            assert_eq!(roots.locate(path).unwrap_err().kind, Kind::Elsewhere, "{path}");
        }
        assert!(roots.locate("s3://bucket/orig/../x").is_err());
    }

    #[test]
    fn what_is_asked_for_is_what_the_files_of_a_place_have_in_common() {
        let roots = roots(&[("s3://known", "https://cdn.test")]);
        let asked = |paths: &[&str]| roots.check(paths.iter().copied()).map_err(|error| error.subject);
        assert_eq!(asked(&["a", "s3://known/x", "https://lake.test/y"]), Ok(()));
        assert_eq!(
            asked(&["a", "s3://b/t/day=1/x", "s3://b/t/day=2/y"]),
            Err("s3://b/t/".to_owned())
        );
        assert_eq!(
            asked(&["s3://b/t/x", "s3://b2/t/x", "s3://b/t2/x"]),
            Err("s3://b/".to_owned())
        );
        assert_eq!(asked(&["/data/t/x", "/data/t/y"]), Err("/data/t/".to_owned()));
        let detail = roots
            .check(["s3://b/x", "s3://b/y", "z"].into_iter())
            .unwrap_err()
            .detail;
        assert!(
            detail.starts_with("2 of the files of https://lake.test/clone lie outside"),
            "{detail}"
        );
    }
}
