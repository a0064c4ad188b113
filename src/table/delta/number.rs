//! Numbers, days and times as the log spells them, parsed exactly or not at all.

use arrow::temporal_conversions::MICROSECONDS;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

/// A decimal's digits at `scale`, when `text` has at most `precision` of them and none is lost.
///
/// Takes a sign, a fraction and an exponent: what `BigDecimal` and JSON write.
pub fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut unscaled = String::with_capacity(whole.len() + fraction.len());
    unscaled.push_str(whole);
    unscaled.push_str(fraction);
    let shift = i32::from(scale)
        .checked_add(exponent)?
        .checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let value = shifted(unscaled.trim_start_matches('0'), shift)?;
    let fits = value < 10_i128.checked_pow(u32::from(precision))?;
    fits.then_some(if negative { -value } else { value })
}

/// `digits * 10^shift`, when that is whole.
fn shifted(digits: &str, shift: i32) -> Option<i128> {
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return Some(0);
    }
    let zeros = i32::try_from(digits.len() - kept.len()).ok()?.checked_add(shift)?;
    let zeros = u32::try_from(zeros).ok().filter(|zeros| *zeros <= 38)?;
    kept.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(zeros)?)
}

/// Days since 1970 of `2026-11-22`.
pub fn date(text: &str) -> Option<i32> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    day.num_days_from_ce()
        .checked_sub(NaiveDate::default().num_days_from_ce())
}

/// Microseconds since 1970 of a local time, `2026-11-22 10:11:12.123456` or with a `T`; finer digits are cut off.
pub fn local_micros(text: &str) -> Option<i64> {
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let time = formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    match time {
        Some(time) => Some(time.and_utc().timestamp_micros()),
        None => i64::from(date(text)?).checked_mul(86_400 * MICROSECONDS),
    }
}

/// Microseconds since 1970 of an instant with `Z` or an offset; finer digits are cut off.
pub fn instant_micros(text: &str) -> Option<i64> {
    let formats = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f %#z",
    ];
    let time = formats
        .iter()
        .find_map(|format| DateTime::parse_from_str(text, format).ok());
    time.map(|time| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_nothing() {
        for (text, precision, scale, expected) in [
            ("1.5", 5, 2, Some(150)),
            ("-1.50", 5, 1, Some(-15)),
            ("0", 1, 0, Some(0)),
            ("-0.00", 3, 2, Some(0)),
            ("1E+3", 10, 2, Some(100_000)),
            ("1.25e2", 5, 0, Some(125)),
            ("0E-18", 38, 18, Some(0)),
            (
                "12345678901234567890123456789012345678",
                38,
                0,
                Some(12_345_678_901_234_567_890_123_456_789_012_345_678),
            ),
            ("0.1234567890123456789", 38, 19, Some(1_234_567_890_123_456_789)),
            ("1.55", 5, 1, None),
            ("1000", 3, 0, None),
            ("", 3, 0, None),
            (".", 3, 0, None),
            ("1.2.3", 5, 2, None),
            ("NaN", 5, 2, None),
            ("1e999999999999", 5, 2, None),
            ("1e2147483647", 5, 2, None),
            ("1e-2147483648", 5, 2, None),
        ] {
            assert_eq!(decimal(text, precision, scale), expected, "{text}");
        }
    }

    #[test]
    fn times_with_and_without_a_zone_are_told_apart() {
        assert_eq!(date("1969-12-31"), Some(-1));
        assert_eq!(date("2021-02-30"), None);
        assert_eq!(local_micros("1970-01-01 00:00:01.5"), Some(1_500_000));
        assert_eq!(local_micros("1970-01-01T00:00:01"), Some(1_000_000));
        assert_eq!(local_micros("1970-01-02"), Some(86_400_000_000));
        assert_eq!(local_micros("1969-12-31 23:59:59.999999"), Some(-1));
        assert_eq!(local_micros("1970-01-01T00:00:01Z"), None);
        assert_eq!(instant_micros("1970-01-01T00:00:01.123456Z"), Some(1_123_456));
        assert_eq!(instant_micros("1970-01-01T01:00:01+01:00"), Some(1_000_000));
        assert_eq!(instant_micros("1969-12-31T16:00:01.000-08:00"), Some(1_000_000));
        assert_eq!(instant_micros("1970-01-01 00:00:00"), None);
    }
}
