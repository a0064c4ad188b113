//! [`Patience`]: how often and how soon a failed request is tried again.

use std::time::Duration;

/// How often and how soon to try again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Tries in all.
    pub tries: u32,
    /// Tries in all for a host that never answered: most often it lacks a CORS rule, which
    /// looks the same and does not pass.
    pub first_tries: u32,
    /// The pause after the first failure; it doubles with each.
    pub pause: Duration,
    /// The longest pause, also when the host asks for more.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let (pause, longest_pause) = (Duration::from_millis(200), Duration::from_secs(10));
        Self {
            tries: 4,
            first_tries: 2,
            pause,
            longest_pause,
        }
    }
}

impl Patience {
    /// The pause after so many failures. Six requests a host need no jitter to spread out.
    pub(super) fn pause(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let own = self
            .pause
            .saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
        own.max(asked.unwrap_or_default()).min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_heed_the_host_and_are_bounded() {
        let patience = Patience::default();
        let millis =
            |failures, asked: Option<u64>| patience.pause(failures, asked.map(Duration::from_secs)).as_millis();
        assert_eq!([1, 2, 3].map(|failures| millis(failures, None)), [200, 400, 800]);
        assert_eq!(millis(1, Some(3)), 3000);
        assert_eq!(millis(3, Some(0)), 800);
        assert_eq!(millis(1, Some(3600)), 10_000);
        assert_eq!(millis(4_000_000_000, None), 10_000);
    }
}
