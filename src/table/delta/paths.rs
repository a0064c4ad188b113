//! Paths of data files: one spelling for each, and which of them may be read.
//!
//! PROTOCOL.md, "Add File and Remove File": a path is a URI (RFC 2396), relative to the
//! table's root or absolute. Two spellings of one URI are one file (RFC 3986, section 6.2.2).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::roots::{is_absolute, scheme};

/// One spelling for all spellings of a path: the key of its file, and percent-encoded when relative.
#[must_use]
pub fn normal(raw: &str) -> Cow<'_, str> {
    if is_normal(raw) {
        return Cow::Borrowed(raw);
    }
    let absolute = raw
        .strip_prefix("file:")
        .filter(|path| path.starts_with('/'))
        .map_or(raw, |path| {
            // `file:/a`, `file:///a` and `/a` name the same file.
            path.strip_prefix("//")
                .filter(|path| path.starts_with('/'))
                .unwrap_or(path)
        });
    match scheme(absolute) {
        Some(_) => Cow::Owned(spell(absolute)),
        None => Cow::Owned(without_dots(&spell(absolute))),
    }
}

/// Is it spelled as [`normal`] spells it, at a glance? Most are.
pub fn is_normal(raw: &str) -> bool {
    // A dot, or a slash, right after a slash or at the beginning may have to go.
    let mut after_slash = true;
    raw.bytes().all(|byte| {
        let stays = is_plain(byte) && !(after_slash && matches!(byte, b'.' | b'/'));
        after_slash = byte == b'/';
        stays
    })
}

/// A normal path without the URL of `root`, when it begins with that: below the root, or absolute.
///
/// # Errors
/// `Unsupported` when it is relative and yet leads out of the table.
pub fn from_root<'a>(path: &'a str, root: &Location) -> Result<Cow<'a, str>> {
    if path == ".." || path.starts_with("../") {
        return Err(elsewhere(path, root));
    }
    Ok(Cow::Borrowed(below(path, root).unwrap_or(path)))
}

/// The path below `root` of a normal path; `None` when that is not below it.
pub fn below<'a>(path: &'a str, root: &Location) -> Option<&'a str> {
    if !is_absolute(path) {
        return (path != ".." && !path.starts_with("../")).then_some(path);
    }
    scheme(path)?;
    let mut base = root.url().clone();
    base.set_query(None);
    let base = format!("{}/", base.as_str().trim_end_matches('/'));
    let rest = path.strip_prefix(normal(&base).as_ref())?;
    let stays = !rest.is_empty() && !rest.split('/').any(|part| matches!(part, "." | ".."));
    stays.then_some(rest)
}

fn elsewhere(path: &str, root: &Location) -> Error {
    let detail = format!("the table has a data file above its own directory, which is not read: {path:?}");
    Error::new(Kind::Unsupported, root.without_query(), detail)
}

/// Bytes that stand for themselves and need no second look.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'=' | b'/' | b'+' | b'@' | b',')
}

/// Encodes what a URL's path cannot hold, decodes what needs no encoding, and spells escapes in capitals.
fn spell(path: &str) -> String {
    let mut spelled = String::with_capacity(path.len() + 16);
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        if let Some(escape) = rest.get(..3).filter(|escape| is_escape(escape)) {
            let byte = percent_decode_str(escape).next().unwrap_or(b'%');
            push_byte(&mut spelled, byte, is_unreserved(byte));
            rest = rest.get(3..).unwrap_or_default();
        } else {
            let mut utf8 = [0; 4];
            for byte in next.encode_utf8(&mut utf8).bytes() {
                push_byte(&mut spelled, byte, is_path_byte(byte));
            }
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    spelled
}

fn push_byte(spelled: &mut String, byte: u8, literal: bool) {
    if literal {
        spelled.push(char::from(byte));
    } else {
        spelled.push_str(percent_encoding::percent_encode_byte(byte));
    }
}

fn is_escape(text: &str) -> bool {
    text.starts_with('%') && text.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986, section 3.3, with the slash.
fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@/".contains(&byte)
}

/// RFC 3986, section 5.2.4, but keeping the `..` that lead out of the table, so that they are seen.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if kept.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                kept.pop();
            }
            part => kept.push(part),
        }
    }
    kept.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_file_are_one() {
        for (raw, expected) in [
            ("part=a/b.parquet", "part=a/b.parquet"),
            ("special p@#h", "special%20p@%23h"),
            ("special%20p@%23h", "special%20p@%23h"),
            ("bar%2Dbar", "bar-bar"),
            ("a%2fb", "a%2Fb"),
            ("_2=bar+%252521/x", "_2=bar+%252521/x"),
            ("100%/x", "100%25/x"),
            ("data=😈", "data=%F0%9F%98%88"),
            ("data=%f0%9f%98%88", "data=%F0%9F%98%88"),
            ("time=10:11:12/x", "time=10:11:12/x"),
            ("./a/../b", "b"),
            ("a?b", "a%3Fb"),
            ("/some/path", "/some/path"),
            ("file:/some/path", "/some/path"),
            ("file:///some/path", "/some/path"),
            ("file:///with%20space/p@%23h", "/with%20space/p@%23h"),
            ("s3://bucket/a b", "s3://bucket/a%20b"),
        ] {
            assert_eq!(normal(raw), expected, "{raw}");
            assert_eq!(normal(&normal(raw)), expected, "{raw}, twice");
        }
    }

    #[test]
    fn paths_are_below_the_root_or_absolute() {
        let root = Location::parse("http://lake.test/my%20table?sig=1").unwrap();
        assert_eq!(from_root("a/b.parquet", &root).unwrap(), "a/b.parquet");
        assert_eq!(from_root(&normal("http://lake.test/my%20table/a"), &root).unwrap(), "a");
        for path in [
            "/a",
            "file:/a",
            "s3://bucket/a",
            "http://lake.test/my%20table2/a",
            "http://evil.test/my%20table/a",
            "http://lake.test/my%20table/../a",
            "http://lake.test/my%20table/",
        ] {
            let normal = normal(path);
            assert_eq!(from_root(&normal, &root).unwrap(), normal, "{path}");
            assert_eq!(below(&normal, &root), None, "{path}");
        }
        for path in ["../a", "a/../../b", "%2e%2e/a", ".."] {
            assert_eq!(
                from_root(&normal(path), &root).unwrap_err().kind,
                Kind::Unsupported,
                "{path}"
            );
        }
    }
}
