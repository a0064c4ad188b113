//! How fast bytes come: measured by what was read, so that a promise can name seconds.

/// Below so much, setting up connections is what was measured.
const ENOUGH_BYTES: f64 = 100_000.0;
/// Below so much, the clock is too coarse.
const ENOUGH_MILLIS: f64 = 20.0;
/// Bytes after which what was measured before counts half: lines change, and with them hosts.
const HALF_LIFE_BYTES: f64 = 16_000_000.0;

/// What was read so far, and in how long.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bandwidth {
    bytes: f64,
    millis: f64,
}

impl Bandwidth {
    /// So much was read while something was on its way for so long.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn with(self, bytes: u64, millis: f64) -> Self {
        let bytes = bytes as f64;
        if millis.is_nan() || millis <= 0.0 || bytes <= 0.0 {
            return self;
        }
        let kept = 0.5_f64.powf(bytes / HALF_LIFE_BYTES);
        Self {
            bytes: self.bytes * kept + bytes,
            millis: self.millis * kept + millis,
        }
    }

    /// How long reading so much takes; `None` while that is unknown.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn millis(self, bytes: u64) -> Option<f64> {
        let is_known = self.bytes >= ENOUGH_BYTES && self.millis >= ENOUGH_MILLIS;
        is_known.then(|| bytes as f64 * self.millis / self.bytes)
    }

    /// That in words, when it is known and long enough to matter: `about 3 s`.
    #[must_use]
    pub fn words(self, bytes: u64) -> Option<String> {
        let seconds = self.millis(bytes).filter(|millis| *millis >= 500.0)? / 1000.0;
        Some(match seconds {
            _ if seconds < 9.5 => format!("about {} s", round(seconds)),
            _ if seconds < 90.0 => format!("about {} s", round(seconds / 5.0) * 5),
            _ => format!("about {} min", round(seconds / 60.0)),
        })
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn round(value: f64) -> u64 {
    value.round().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_before_enough_was_read() {
        let none = Bandwidth::default();
        assert_eq!(none.words(1 << 40), None);
        assert_eq!(none.with(99_999, 1000.0).millis(1), None);
        assert_eq!(none.with(1 << 20, 10.0).millis(1), None);
        assert_eq!(none.with(1 << 20, 0.0).with(1 << 20, f64::NAN), none);
    }

    #[test]
    fn seconds_follow_what_was_read() {
        let line = Bandwidth::default().with(1_000_000, 1000.0);
        assert_eq!(line.millis(2_000_000), Some(2000.0));
        assert_eq!(line.words(400_000), None);
        assert_eq!(line.words(600_000).as_deref(), Some("about 1 s"));
        assert_eq!(line.words(3_100_000).as_deref(), Some("about 3 s"));
        assert_eq!(line.words(33_000_000).as_deref(), Some("about 35 s"));
        assert_eq!(line.words(200_000_000).as_deref(), Some("about 3 min"));
        let faster = line.with(32_000_000, 3200.0).millis(10_000_000);
        assert!(faster.is_some_and(|millis| millis < 1200.0));
    }
}
