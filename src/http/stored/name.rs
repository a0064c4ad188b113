//! The names of stored segments, which tell all that is known of them, and the keys of objects.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use md5::{Digest, Md5};

use crate::http::Location;
use crate::http::identity::Identity;

/// A host's clock counts seconds: an object that changed a moment ago may change again without a sign of it.
const SETTLED_SECONDS: i64 = 60;

/// An object as it was at some time: a hash of its URL, which may hold a secret, and of what it was known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(u128);

impl ObjectKey {
    /// The key of what is known of an object; `None` when that does not tell for sure that bytes read at different times
    /// belong together.
    #[must_use]
    pub fn of(location: &Location, identity: &Identity, now: DateTime<Utc>) -> Option<Self> {
        let known_by = known_by(identity, now)?;
        let mut hash = Md5::new();
        for part in [location.as_str(), &known_by] {
            // With its length before it, no text can pass for the end of another.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Some(Self(u128::from_be_bytes(hash.finalize().into())))
    }
}

/// What a table's log says of a file that never changes, else the host's strong tag, else its time and size.
fn known_by(identity: &Identity, now: DateTime<Utc>) -> Option<String> {
    if let Some(vouched) = &identity.vouched {
        return Some(format!("log {vouched}"));
    }
    let size = identity.size?;
    if let Some(tag) = identity.e_tag.as_ref().filter(|tag| !tag.starts_with("W/")) {
        return Some(format!("tag {size} {tag}"));
    }
    let time = identity.last_modified.as_ref()?;
    let age = now.signed_duration_since(identity.modified()).num_seconds();
    (identity.modified() > DateTime::UNIX_EPOCH && age > SETTLED_SECONDS).then(|| format!("time {size} {time}"))
}

/// Some bytes of an object, as the name of their file tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// When it was written, in minutes since 1970; first, so that the oldest are the least.
    pub minute: u64,
    /// Of which object.
    pub object: ObjectKey,
    /// The offset of its first byte.
    pub start: u64,
    /// How many bytes it has.
    pub length: u64,
    /// Their CRC 32.
    pub checksum: u32,
    /// What the host said of the object then, in short; 0 when it said nothing.
    pub mark: u32,
}

impl Segment {
    /// The segment of `bytes`, which begin at `start`.
    pub fn of(object: ObjectKey, mark: u32, start: u64, bytes: &Bytes, now: DateTime<Utc>) -> Self {
        Self {
            minute: u64::try_from(now.timestamp() / 60).unwrap_or_default(),
            object,
            start,
            length: bytes.len() as u64,
            checksum: crc32fast::hash(bytes),
            mark,
        }
    }

    /// Where its bytes lie in the object.
    pub fn range(&self) -> Range<u64> {
        self.start..self.start.saturating_add(self.length)
    }

    /// Are these its bytes?
    pub fn is(&self, bytes: &Bytes) -> bool {
        bytes.len() as u64 == self.length && crc32fast::hash(bytes) == self.checksum
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            minute,
            object: ObjectKey(object),
            start,
            length,
            checksum,
            mark,
        } = self;
        write!(f, "{object:032x}-{start:x}-{length:x}-{checksum:x}-{mark:x}-{minute:x}")
    }
}

impl FromStr for Segment {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = name.split('-').collect();
        let [object, start, length, checksum, mark, minute] = parts.as_slice() else {
            return Err(());
        };
        let number = |digits: &str| u64::from_str_radix(digits, 16).map_err(drop);
        let segment = Self {
            minute: number(minute)?,
            object: ObjectKey(u128::from_str_radix(object, 16).map_err(drop)?),
            start: number(start)?,
            length: number(length)?,
            checksum: u32::from_str_radix(checksum, 16).map_err(drop)?,
            mark: u32::from_str_radix(mark, 16).map_err(drop)?,
        };
        // Only one spelling: another name could not be found again to be removed.
        if segment.to_string() == name {
            Ok(segment)
        } else {
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Location {
        Location::parse(url).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn identity(size: Option<u64>, e_tag: Option<&str>, last_modified: Option<&str>) -> Identity {
        Identity {
            size,
            e_tag: e_tag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
            ..Identity::default()
        }
    }

    fn key(identity: &Identity) -> Option<ObjectKey> {
        ObjectKey::of(&at("http://lake.test/a"), identity, now())
    }

    #[test]
    fn an_object_that_cannot_be_told_from_its_next_version_has_no_key() {
        let old = "Sun, 22 Nov 2026 08:00:00 GMT";
        for unsure in [
            identity(None, Some("\"a\""), Some(old)),
            identity(Some(1), None, None),
            identity(Some(1), Some("W/\"a\""), None),
            identity(Some(1), None, Some("yesterday")),
            identity(Some(1), None, Some("Mon, 23 Nov 2026 11:59:30 GMT")),
            identity(Some(1), None, Some("Tue, 24 Nov 2026 08:00:00 GMT")),
        ] {
            assert_eq!(key(&unsure), None, "{unsure:?}");
        }
        assert!(key(&identity(Some(1), Some("W/\"a\""), Some(old))).is_some());
    }

    #[test]
    fn each_of_what_it_is_known_by_makes_another_key() {
        let old = "Sun, 22 Nov 2026 08:00:00 GMT";
        let vouched = |text: &str| Identity {
            vouched: Some(text.to_owned()),
            ..Identity::default()
        };
        let keys = [
            key(&identity(Some(1), Some("\"a\""), Some(old))),
            key(&identity(Some(2), Some("\"a\""), Some(old))),
            key(&identity(Some(1), Some("\"b\""), Some(old))),
            key(&identity(Some(1), None, Some(old))),
            key(&identity(Some(1), None, Some("Sun, 22 Nov 2026 08:00:01 GMT"))),
            key(&vouched("1 2")),
            key(&vouched("1 3")),
            ObjectKey::of(&at("http://lake.test/b"), &vouched("1 2"), now()),
            ObjectKey::of(&at("http://lake.test/a?sig=1"), &vouched("1 2"), now()),
        ];
        let different: std::collections::HashSet<_> = keys.iter().flatten().collect();
        assert_eq!(different.len(), keys.len());
        // What the log says decides, whatever the host has told meanwhile.
        let told = Identity {
            vouched: Some("1 2".to_owned()),
            ..identity(Some(1), Some("\"a\""), Some(old))
        };
        assert_eq!(key(&told), keys[5]);
    }

    #[test]
    fn a_name_is_read_as_it_was_written_and_nothing_else_is() {
        let object = key(&identity(Some(1), Some("\"a\""), None)).unwrap();
        let bytes = Bytes::from_static(b"some bytes");
        let segment = Segment::of(object, 7, 1 << 33, &bytes, now());
        let name = segment.to_string();
        assert_eq!(name.parse(), Ok(segment));
        assert!(segment.is(&bytes) && !segment.is(&Bytes::from_static(b"some bytfs")));
        assert!(!segment.is(&bytes.slice(1..)));
        let padded = name.replacen("-200000000-", "-0200000000-", 1);
        assert_ne!(padded, name);
        for wrong in [
            "",
            "a",
            "..",
            "x-1-2-3-4-5",
            padded.as_str(),
            &name.to_uppercase(),
            &format!("{name}-1"),
        ] {
            assert_eq!(wrong.parse::<Segment>(), Err(()), "{wrong}");
        }
    }
}
