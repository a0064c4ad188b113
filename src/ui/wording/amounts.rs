//! Bytes, counts, durations and times in words, as the person writes numbers and reads clocks.

use std::cell::Cell;

use chrono::{DateTime, FixedOffset};

/// Writes a number with so many places behind the point.
type WriteNumber = fn(f64, usize) -> String;

thread_local! {
    /// How the person writes numbers, once that is known.
    static WRITE_NUMBER: Cell<Option<WriteNumber>> = const { Cell::new(None) };
}

/// Above this a float does not hold every whole number.
const EXACT: u64 = 1 << 53;

/// From here on numbers are written in this way.
pub fn write_numbers_by(write: WriteNumber) {
    WRITE_NUMBER.set(Some(write));
}

/// A number with so many places behind the point: `3.4`.
#[must_use]
pub fn decimal(value: f64, places: usize) -> String {
    match WRITE_NUMBER.get() {
        Some(write) => write(value, places),
        None => format!("{value:.places$}"),
    }
}

/// Bytes in decimal units, three digits at most: `3.4 MB`.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "B";
    for larger in UNITS {
        // What would round up to 1000 belongs to the next unit.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if value < 9.95 {
        format!("{} {unit}", decimal(value, 1))
    } else {
        format!("{} {unit}", decimal(value, 0))
    }
}

/// A count with its thousands apart: `1,234,567`.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn count(number: u64) -> String {
    if let Some(write) = WRITE_NUMBER.get().filter(|_| number < EXACT) {
        return write(number as f64, 0);
    }
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun, which takes an s: `1 file`, `2 files`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Milliseconds: `1,234 ms`.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn millis(time: f64) -> String {
    format!("{} ms", count(time.max(0.0).round() as u64))
}

/// A running time, to a tenth: `12.3 s`.
#[must_use]
pub fn seconds(millis: f64) -> String {
    format!("{} s", decimal(millis.max(0.0) / 1000.0, 1))
}

/// How long something took: `123 ms`, from ten seconds on `12.3 s`.
#[must_use]
pub fn duration(time: f64) -> String {
    if time < 10_000.0 { millis(time) } else { seconds(time) }
}

/// A time of commit, to the minute: in UTC, or so many minutes east of it.
#[must_use]
pub fn moment(millis: i64, offset: Option<i32>) -> Option<String> {
    let time = DateTime::from_timestamp_millis(millis)?;
    Some(match offset {
        None => time.format("%Y-%m-%d %H:%M UTC").to_string(),
        Some(minutes) => time
            .with_timezone(&FixedOffset::east_opt(minutes * 60)?)
            .format("%Y-%m-%d %H:%M %:z")
            .to_string(),
    })
}

/// An instant as the engine writes it (`2026-11-22T12:00:00.5Z`), as precise as it is, where the clock stands so many
/// minutes east of UTC; what is no instant stays as it is.
#[must_use]
pub fn instant(text: &str, offset: impl Fn(i64) -> Option<i32>) -> String {
    let moved = || {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        let minutes = offset(time.timestamp_millis())?;
        let there = time.with_timezone(&FixedOffset::east_opt(minutes * 60)?);
        // Its digits behind the point are the same everywhere.
        let (_, behind) = text.split_at_checked("2026-11-22T12:00:00".len())?;
        let fraction = behind.strip_suffix('Z')?;
        Some(format!(
            "{}{fraction}{}",
            there.format("%Y-%m-%dT%H:%M:%S"),
            there.format("%:z")
        ))
    };
    moved().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_or_three_digits() {
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_960, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (3_400_000, "3.4 MB"),
            (210_000_000, "210 MB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([counted(1, "file"), counted(0, "file")], ["1 file", "0 files"]);
        assert_eq!(
            [millis(1234.4), millis(-1.0), millis(f64::NAN)],
            ["1,234 ms", "0 ms", "0 ms"]
        );
        assert_eq!(seconds(1250.0), "1.2 s");
    }

    #[test]
    fn instants_keep_their_precision_wherever_they_are_read() {
        let there = |text: &str| instant(text, |_| Some(330));
        assert_eq!(there("2026-11-22T20:00:00Z"), "2026-11-23T01:30:00+05:30");
        assert_eq!(
            there("2026-11-22T20:00:00.000000001Z"),
            "2026-11-23T01:30:00.000000001+05:30"
        );
        for other in [
            "2026-11-22T20:00:00",
            "+12026-11-22T20:00:00Z",
            "-0001-01-01T00:00:00Z",
            "",
            "Z",
            "ü",
        ] {
            assert_eq!(there(other), other);
        }
        assert_eq!(instant("2026-11-22T20:00:00Z", |_| None), "2026-11-22T20:00:00Z");
    }

    #[test]
    fn numbers_are_written_as_the_person_does() {
        write_numbers_by(|value, places| format!("{value:.places$}").replace('.', ","));
        assert_eq!(
            [bytes(3_400_000), count(1234), seconds(1550.0)],
            ["3,4 MB", "1234", "1,6 s"]
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn times_are_in_utc() {
        assert_eq!(moment(1_795_340_999_000, None).as_deref(), Some("2026-11-22 09:49 UTC"));
        assert_eq!(
            moment(1_795_340_999_000, Some(-210)).as_deref(),
            Some("2026-11-22 06:19 -03:30")
        );
        assert_eq!(moment(i64::MAX, None), None);
        assert_eq!(moment(0, Some(i32::MAX / 60)), None);
    }
}
