//! Bins of equal, round width: 1, 2 or 5 times a power of ten, and aligned to its multiples.
//!
//! A bin holds its lower edge and not its upper one. An edge is the float that is nearest to its decimal text, here and
//! in the SQL, so that 0.3 lies in the bin that begins at 0.3.

/// Bins that cover a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// 1, 2 or 5.
    mantissa: f64,
    /// A power of ten that multiplies, or divides when `divides`.
    power: f64,
    divides: bool,
    /// Digits behind the point of an edge.
    digits: usize,
    /// The first bin.
    pub first: i64,
    /// The last bin.
    pub last: i64,
    /// Are the values whole numbers?
    pub whole: bool,
}

impl Steps {
    /// About `about` bins from `low` to `high`, finite both; those of whole numbers are no narrower than 1.
    #[must_use]
    pub fn covering(low: f64, high: f64, about: u32, whole: bool) -> Self {
        let about = f64::from(about.max(1));
        // Edges that floats cannot tell apart would be no edges.
        let finest = low.abs().max(high.abs()) / 2_f64.powi(49);
        let range = high / about - low / about;
        let wanted = if range > 0.0 { range } else { 1.0 };
        let mut steps = Self::of_width(wanted.max(finest), whole);
        steps.first = steps.bin_of(low);
        steps.last = steps.bin_of(high).max(steps.first);
        steps
    }

    #[allow(clippy::cast_possible_truncation)]
    fn of_width(wanted: f64, whole: bool) -> Self {
        let least = if whole { 0 } else { -300 };
        // A float's logarithm is a small number.
        let mut exponent = (wanted.log10().floor() as i32).clamp(least, 307);
        let scale = 10_f64.powi(exponent);
        let mut mantissa = [1.0, 2.0, 5.0]
            .into_iter()
            .find(|mantissa| mantissa * scale >= wanted * (1.0 - 1e-9))
            .unwrap_or(10.0);
        if mantissa > 5.0 {
            mantissa = 1.0;
            exponent += 1;
        }
        Self {
            mantissa,
            power: 10_f64.powi(exponent.abs()),
            divides: exponent < 0,
            digits: usize::try_from(-exponent).unwrap_or(0),
            first: 0,
            last: 0,
            whole,
        }
    }

    /// The lower edge of a bin.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn edge(&self, bin: i64) -> f64 {
        let units = bin as f64 * self.mantissa;
        let edge = if self.divides {
            units / self.power
        } else {
            units * self.power
        };
        edge.clamp(f64::MIN, f64::MAX)
    }

    /// The bin of a value.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    fn bin_of(&self, value: f64) -> i64 {
        let bin = if self.divides {
            value * self.power / self.mantissa
        } else {
            value / (self.mantissa * self.power)
        };
        let bin = bin.floor() as i64;
        if self.edge(bin.saturating_add(1)) <= value {
            bin.saturating_add(1)
        } else if self.edge(bin) > value {
            bin - 1
        } else {
            bin
        }
    }

    /// The SQL of the bin of `value`, a float.
    #[must_use]
    pub fn sql(&self, value: &str) -> String {
        let (mantissa, power) = (literal(self.mantissa), literal(self.power));
        let bin = if self.divides {
            format!("floor({value} * {power} / {mantissa})")
        } else {
            format!("floor({value} / ({mantissa} * {power}))")
        };
        let sign = if self.divides { '/' } else { '*' };
        let edge = |bin: &str| format!("({bin} * {mantissa} {sign} {power})");
        let (above, at) = (edge(&format!("({bin} + 1)")), edge(&bin));
        format!(
            "cast(case when {above} <= {value} then {bin} + 1 when {at} > {value} then {bin} - 1 else {bin} end as bigint)"
        )
    }

    /// A bin in words.
    #[must_use]
    pub fn label(&self, bin: i64) -> String {
        let (from, to) = (self.edge(bin), self.edge(bin.saturating_add(1)));
        match self.whole {
            true if to - from <= 1.0 => self.text(from),
            true => format!("{} – {}", self.text(from), self.text(to - 1.0)),
            false => format!("{} – {}", self.text(from), self.text(to)),
        }
    }

    fn text(&self, edge: f64) -> String {
        if edge.abs() >= 1e15 || self.digits > 12 {
            format!("{edge:e}")
        } else {
            format!("{edge:.*}", self.digits)
        }
    }
}

/// A float that SQL reads back as the same float.
fn literal(number: f64) -> String {
    format!("cast('{number:e}' as double)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(steps: &Steps) -> Vec<String> {
        (steps.first..=steps.last).map(|bin| steps.label(bin)).collect()
    }

    #[test]
    fn widths_are_round() {
        assert_eq!(
            labels(&Steps::covering(0.0, 9.0, 5, true)),
            ["0 – 1", "2 – 3", "4 – 5", "6 – 7", "8 – 9"]
        );
        assert_eq!(labels(&Steps::covering(1.0, 3.0, 20, true)), ["1", "2", "3"]);
        assert_eq!(
            labels(&Steps::covering(0.1, 0.3, 2, false)),
            ["0.1 – 0.2", "0.2 – 0.3", "0.3 – 0.4"]
        );
        assert_eq!(
            labels(&Steps::covering(-0.07, 0.02, 2, false)),
            ["-0.10 – -0.05", "-0.05 – 0.00", "0.00 – 0.05"]
        );
        assert_eq!(labels(&Steps::covering(7.0, 7.0, 20, false)), ["7 – 8"]);
        assert_eq!(Steps::covering(0.0, 1_234_567.0, 20, false).label(3), "300000 – 400000");
    }

    #[test]
    fn an_edge_belongs_to_the_bin_above_it() {
        let steps = Steps::covering(0.0, 1.0, 10, false);
        for tenth in 0..=10_i32 {
            let value: f64 = format!("{}.{}", tenth / 10, tenth % 10).parse().unwrap();
            assert_eq!(steps.bin_of(value), i64::from(tenth), "{value}");
        }
    }

    #[test]
    fn odd_ranges_have_few_bins() {
        for (low, high) in [
            (f64::MIN, f64::MAX),
            (0.0, 0.0),
            (1e18, 1e18 + 256.0),
            (-5e-324, 5e-324),
            (1e300, 1.000_000_000_1e300),
            (-9.2e18, 9.2e18),
        ] {
            let steps = Steps::covering(low, high, 20, false);
            assert!(
                (1..=45).contains(&(steps.last - steps.first + 1)),
                "{low} {high} {steps:?}"
            );
            assert!(
                steps.edge(steps.first) <= low && steps.edge(steps.last) <= high,
                "{steps:?}"
            );
        }
    }
}
