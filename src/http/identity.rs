//! [`Identity`]: by what an object is known again, so that a change between two reads is
//! found out. Decoded footers must never meet the bytes of another file.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::Location;
pub use crate::protocol::Identity;

/// Objects that are known at once. At some 300 bytes each they take 20 MB; beyond, the
/// half not seen for longest is forgotten together with its bytes.
pub const OBJECTS: usize = 64 * 1024;

impl Identity {
    /// A short form of what the host says of it: a sign of a change, where there are two that differ.
    #[must_use]
    pub fn mark(&self) -> Option<u32> {
        let strong = self.e_tag.as_ref().filter(|tag| !tag.starts_with("W/"));
        let said = strong.or(self.last_modified.as_ref())?;
        Some(crc32fast::hash(said.as_bytes()))
    }

    /// What shows that `seen` is another object, in words; `None` when nothing does.
    #[must_use]
    pub fn difference(&self, seen: &Self) -> Option<String> {
        let size = differ("size", self.size.as_ref(), seen.size.as_ref());
        let (was, is) = (self.e_tag.as_deref().map(opaque), seen.e_tag.as_deref().map(opaque));
        // A strong tag that is the same means the same bytes, whatever a replica's clock says.
        let same = self.e_tag.as_ref().is_some_and(|tag| !tag.starts_with("W/")) && self.e_tag == seen.e_tag;
        let time = || {
            differ(
                "Last-Modified",
                self.last_modified.as_ref(),
                seen.last_modified.as_ref(),
            )
        };
        let recalled = self.recalled.zip(seen.mark()).filter(|(was, is)| was != is);
        let recalled =
            recalled.map(|_| "what is kept of it in the browser had another ETag or Last-Modified".to_owned());
        size.or(recalled)
            .or_else(|| differ("ETag", was.as_ref(), is.as_ref()))
            .or_else(|| if same { None } else { time() })
    }

    /// Adds what `seen` knows and this does not.
    pub fn learn(&mut self, seen: &Self) {
        self.size = self.size.or(seen.size);
        self.e_tag = self.e_tag.take().or_else(|| seen.e_tag.clone());
        self.last_modified = self.last_modified.take().or_else(|| seen.last_modified.clone());
        self.recalled = self.recalled.take().or(seen.recalled);
        self.vouched = self.vouched.take().or_else(|| seen.vouched.clone());
    }

    /// Last-Modified as a time; 1970 when it is not known.
    #[must_use]
    pub fn modified(&self) -> DateTime<Utc> {
        let parsed = self
            .last_modified
            .as_deref()
            .and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        parsed.map_or(DateTime::UNIX_EPOCH, |time| time.with_timezone(&Utc))
    }
}

fn differ<T: PartialEq + std::fmt::Display>(what: &str, was: Option<&T>, is: Option<&T>) -> Option<String> {
    let (was, is) = was.zip(is)?;
    (was != is).then(|| format!("{what} was {was} and is now {is}"))
}

/// A tag without its weakness (RFC 9110, 8.8.3.2: the weak comparison).
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The identities of the objects seen lately, in two generations: when the young are too
/// many, they become the old, and the old are forgotten unless seen since.
#[derive(Debug)]
pub struct Identities {
    room: usize,
    young: HashMap<Location, Identity>,
    old: HashMap<Location, Identity>,
}

impl Identities {
    /// None yet; at most `room` at once.
    pub fn new(room: usize) -> Self {
        Self {
            room,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// What is known of an object.
    pub fn get(&self, location: &Location) -> Option<&Identity> {
        self.young.get(location).or_else(|| self.old.get(location))
    }

    /// The identity to compare and complete; and the objects forgotten to make room.
    pub fn entry(&mut self, location: &Location) -> (&mut Identity, Vec<Location>) {
        let known = self.old.remove(location);
        let mut forgotten = Vec::new();
        if self.young.len() >= self.room / 2 && !self.young.contains_key(location) {
            let old = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            forgotten = old.into_keys().collect();
        }
        let identity = self
            .young
            .entry(location.clone())
            .or_insert_with(|| known.unwrap_or_default());
        (identity, forgotten)
    }

    /// All objects that are known.
    pub fn locations(&self) -> impl Iterator<Item = &Location> {
        self.old.keys().chain(self.young.keys())
    }

    /// Forgets the objects at and below `under`.
    pub fn forget(&mut self, under: &Location) {
        self.young.retain(|location, _| !location.is_under(under));
        self.old.retain(|location, _| !location.is_under(under));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(size: Option<u64>, e_tag: Option<&str>, last_modified: Option<&str>) -> Identity {
        Identity {
            size,
            e_tag: e_tag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
            ..Identity::default()
        }
    }

    #[test]
    fn a_difference_names_what_was_and_what_is() {
        let was = identity(Some(10), Some("\"a\""), Some("Mon"));
        let differs = |is: Identity| was.difference(&is);
        assert_eq!(differs(was.clone()), None);
        assert_eq!(
            differs(identity(Some(11), Some("\"a\""), None)).unwrap(),
            "size was 10 and is now 11"
        );
        assert_eq!(
            differs(identity(None, Some("\"b\""), None)).unwrap(),
            "ETag was \"a\" and is now \"b\""
        );
        assert_eq!(
            differs(identity(None, None, Some("Tue"))).unwrap(),
            "Last-Modified was Mon and is now Tue"
        );
    }

    #[test]
    fn what_one_of_the_two_does_not_say_is_no_difference() {
        assert_eq!(
            identity(Some(1), None, None).difference(&identity(None, Some("x"), Some("y"))),
            None
        );
    }

    #[test]
    fn tags_compare_weakly_and_a_strong_one_outweighs_the_time() {
        let weak = identity(None, Some("W/\"a\""), Some("Mon"));
        let strong = identity(None, Some("\"a\""), Some("Mon"));
        let later = |e_tag| identity(None, Some(e_tag), Some("Tue"));
        assert_eq!(weak.difference(&strong), None);
        assert_eq!(strong.difference(&later("\"a\"")), None);
        assert!(weak.difference(&later("W/\"a\"")).unwrap().starts_with("Last-Modified"));
    }

    #[test]
    fn learning_fills_gaps_and_overwrites_nothing() {
        let mut known = identity(Some(1), None, Some("Mon"));
        known.learn(&identity(Some(2), Some("t"), Some("Tue")));
        assert_eq!(known, identity(Some(1), Some("t"), Some("Mon")));
    }

    #[test]
    fn the_time_is_read_or_is_1970() {
        let time = identity(None, None, Some("Sun, 22 Nov 2026 08:00:00 GMT")).modified();
        assert_eq!(time.to_rfc3339(), "2026-11-22T08:00:00+00:00");
        assert_eq!(identity(None, None, Some("yesterday")).modified(), DateTime::UNIX_EPOCH);
    }

    #[test]
    fn identities_are_bounded_and_those_in_use_stay() {
        let mut all = Identities::new(100);
        let at = |number: usize| Location::parse(&format!("http://lake.test/{number}")).unwrap();
        all.entry(&at(0)).0.size = Some(7);
        let mut forgotten = 0;
        for number in 1..300 {
            forgotten += all.entry(&at(number)).1.len();
            all.entry(&at(0));
        }
        assert_eq!(all.get(&at(0)).and_then(|identity| identity.size), Some(7));
        assert!(all.young.len() + all.old.len() <= 100);
        assert_eq!(forgotten + all.young.len() + all.old.len(), 300);
    }
}
