//! [`Body`]: what is expected of the bytes of an answer, and what it means when they end. Pure.

/// A body that is worth reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The offset of its first byte in the object.
    pub start: u64,
    /// Its length, as the host declares it.
    pub declared: Option<u64>,
    /// Where it ends early when it is longer than this.
    pub at_most: u64,
    /// The size of the whole object, when it is known.
    pub size: Option<u64>,
    /// Does it end where the object ends?
    pub to_the_end: bool,
}

/// What a body that has ended gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All that was asked; the object's size, when it is known.
    Complete(Option<u64>),
    /// Less than asked, which is right only if the object has this size.
    EndsAt(u64),
    /// Less than the host promised: so many bytes of so many.
    Short(u64, u64),
}

impl Body {
    /// Judges a body of `count` bytes.
    pub fn ending(&self, count: u64) -> Ending {
        let end = self.start.saturating_add(count);
        match self.declared {
            Some(declared) if count < declared => Ending::Short(count, declared),
            _ if self.to_the_end => Ending::Complete(Some(end)),
            _ if count == self.at_most => Ending::Complete(self.size),
            _ => match self.size {
                Some(size) if size == end => Ending::Complete(self.size),
                Some(_) => Ending::Short(count, self.at_most),
                None => Ending::EndsAt(end),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(declared: Option<u64>, size: Option<u64>) -> Body {
        Body {
            start: 10,
            declared,
            at_most: 20,
            size,
            to_the_end: false,
        }
    }

    #[test]
    fn a_part_is_complete_or_short_or_ends_with_its_object() {
        assert_eq!(part(Some(20), None).ending(20), Ending::Complete(None));
        assert_eq!(part(None, Some(99)).ending(20), Ending::Complete(Some(99)));
        assert_eq!(part(Some(20), Some(99)).ending(19), Ending::Short(19, 20));
        assert_eq!(part(Some(5), Some(15)).ending(5), Ending::Complete(Some(15)));
        assert_eq!(part(None, Some(99)).ending(5), Ending::Short(5, 20));
        assert_eq!(part(Some(5), None).ending(5), Ending::EndsAt(15));
    }

    #[test]
    fn a_whole_tells_the_size_and_must_reach_what_was_declared() {
        let whole = |declared| Body {
            start: 0,
            declared,
            at_most: 1000,
            size: None,
            to_the_end: true,
        };
        assert_eq!(whole(None).ending(7), Ending::Complete(Some(7)));
        assert_eq!(whole(Some(7)).ending(7), Ending::Complete(Some(7)));
        assert_eq!(whole(Some(7)).ending(30), Ending::Complete(Some(30)));
        assert_eq!(whole(Some(7)).ending(6), Ending::Short(6, 7));
    }
}
