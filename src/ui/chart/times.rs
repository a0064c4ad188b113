//! Stretches of time that rows are brought together by, from a microsecond to centuries.
//!
//! Times are counted as whole numbers in the SQL, too: a date of the year 9999 overflows where engines count nanoseconds.

use chrono::{DateTime, Datelike as _, NaiveDate};

use super::field::{Field, Role, Units};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Lengths of a fixed number of microseconds, with their names.
const FIXED: [(i64, &str); 18] = [
    (1, "microsecond"),
    (1_000, "millisecond"),
    (10_000, "10 milliseconds"),
    (100_000, "tenth of a second"),
    (SECOND, "second"),
    (5 * SECOND, "5 seconds"),
    (15 * SECOND, "15 seconds"),
    (30 * SECOND, "30 seconds"),
    (60 * SECOND, "minute"),
    (300 * SECOND, "5 minutes"),
    (900 * SECOND, "15 minutes"),
    (1_800 * SECOND, "30 minutes"),
    (3_600 * SECOND, "hour"),
    (10_800 * SECOND, "3 hours"),
    (21_600 * SECOND, "6 hours"),
    (43_200 * SECOND, "12 hours"),
    (DAY, "day"),
    (7 * DAY, "week"),
];
/// 1970 began on a Thursday, weeks begin on Mondays.
const FIRST_MONDAY_DAYS: i64 = -3;

/// Stretches of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretches {
    units: Units,
    /// In units, or in months.
    length: i64,
    months: bool,
    /// Where one of them begins.
    origin: i64,
    /// What one is called.
    pub name: String,
}

impl Stretches {
    /// The shortest of which at most `most` cover `low` to `high`, both in `units`.
    #[must_use]
    pub fn covering(units: Units, low: i64, high: i64, most: u32) -> Self {
        let most = i128::from(most.max(1));
        let micros = |time: i64| match units {
            Units::Days => i128::from(time) * i128::from(DAY),
            Units::Micros => i128::from(time),
            Units::Nanos => i128::from(time) / 1000,
        };
        let range = micros(high) - micros(low);
        let least = if units == Units::Days { DAY } else { 1 };
        let fits = |length: i128| range / length + 1 < most || range == 0;
        let fixed = FIXED
            .into_iter()
            .find(|(length, _)| *length >= least && fits((*length).into()));
        match fixed {
            Some((length, name)) => Self::fixed(units, length, name),
            None => Self::of_months(units, |months| fits(i128::from(months) * 30 * i128::from(DAY))),
        }
    }

    fn fixed(units: Units, micros: i64, name: &str) -> Self {
        let per = |micros: i64| match units {
            Units::Days => micros / DAY,
            Units::Micros => micros,
            Units::Nanos => micros * 1000,
        };
        Self {
            units,
            length: per(micros),
            months: false,
            origin: if micros == 7 * DAY {
                per(FIRST_MONDAY_DAYS * DAY)
            } else {
                0
            },
            name: name.to_owned(),
        }
    }

    fn of_months(units: Units, fits: impl Fn(i64) -> bool) -> Self {
        let mut length = 1;
        let longer = [3, 12, 60, 120, 600, 1200]
            .into_iter()
            .chain((1..16).map(|zeros| 1200 * 10_i64.pow(zeros)));
        for longer in longer {
            if fits(length) {
                break;
            }
            length = longer;
        }
        let name = match length {
            1 => "month".to_owned(),
            3 => "quarter".to_owned(),
            12 => "year".to_owned(),
            months => format!("{} years", months / 12),
        };
        Self {
            units,
            length,
            months: true,
            origin: 0,
            name,
        }
    }

    /// The SQL of the beginning of a time's stretch: in units, or in months since the year 0.
    #[must_use]
    pub fn sql(&self, field: &Field) -> String {
        let time = if self.months {
            let moment = field.moment();
            format!(
                "(cast(date_part('year', {moment}) as bigint) * 12 + cast(date_part('month', {moment}) as bigint) - 1)"
            )
        } else {
            field.units()
        };
        let Self { length, origin, .. } = self;
        format!("({time} - ((({time} - ({origin})) % {length} + {length}) % {length}))")
    }

    /// The beginning of the next stretch.
    #[must_use]
    pub fn next(&self, start: i64) -> i64 {
        start.saturating_add(self.length)
    }

    /// A stretch in words.
    #[must_use]
    pub fn label(&self, start: i64) -> String {
        if !self.months {
            return moment_text(self.units, start);
        }
        let (year, month) = (start.div_euclid(12), start.rem_euclid(12));
        match self.length {
            1 => format!("{year:04}-{:02}", month + 1),
            3 => format!("{year:04}-Q{}", month / 3 + 1),
            12 => format!("{year:04}"),
            months => format!("{year:04} – {:04}", year + months / 12 - 1),
        }
    }

    /// Milliseconds since 1970 of a beginning.
    #[must_use]
    pub fn millis(&self, start: i64) -> f64 {
        if !self.months {
            return millis(self.units, start);
        }
        let month = u32::try_from(start.rem_euclid(12) + 1).unwrap_or(1);
        let day = i32::try_from(start.div_euclid(12))
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, month, 1));
        day.map_or(0.0, |day| {
            millis(Units::Days, i64::from(day.num_days_from_ce()) - DAYS_TO_1970)
        })
    }
}

/// From the first day of the year 1 to the first of 1970, as chrono counts.
const DAYS_TO_1970: i64 = 719_163;

/// Milliseconds since 1970.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn millis(units: Units, time: i64) -> f64 {
    match units {
        Units::Days => time as f64 * 86_400_000.0,
        Units::Micros => time as f64 / 1e3,
        Units::Nanos => time as f64 / 1e6,
    }
}

/// A time in words, as precise as it is; what no calendar reaches is its count.
#[must_use]
pub fn moment_text(units: Units, time: i64) -> String {
    let moment = match units {
        Units::Days => time
            .checked_mul(86_400)
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        Units::Micros => DateTime::from_timestamp_micros(time),
        Units::Nanos => Some(DateTime::from_timestamp_nanos(time)),
    };
    let format = if units == Units::Days {
        "%Y-%m-%d"
    } else {
        "%Y-%m-%d %H:%M:%S%.f"
    };
    moment.map_or_else(|| time.to_string(), |moment| moment.format(format).to_string())
}

/// Midnights and full minutes need not be told when all times are such.
pub fn shorten(labels: &mut [String]) {
    for tail in [":00", " 00:00"] {
        if !labels.iter().all(|label| label.len() > 12 && label.ends_with(tail)) {
            return;
        }
        for label in labels.iter_mut() {
            label.truncate(label.len() - tail.len());
        }
    }
}

/// The units of a field that is a time.
#[must_use]
pub fn units(field: &Field) -> Units {
    match field.role {
        Role::Time(units) => units,
        _ => Units::Micros,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str, most: u32) -> Stretches {
        let day = |text: &str| i64::from(text.parse::<NaiveDate>().unwrap().num_days_from_ce()) - DAYS_TO_1970;
        Stretches::covering(Units::Days, day(from), day(to), most)
    }

    #[test]
    fn the_shortest_that_are_few_enough() {
        assert_eq!(days("2024-01-01", "2024-01-31", 60).name, "day");
        assert_eq!(days("2024-01-01", "2024-12-31", 60).name, "week");
        assert_eq!(days("2020-01-01", "2024-01-01", 60).name, "month");
        assert_eq!(
            days("0001-01-01", "9999-12-31", 60).name,
            "500 years".replace("500", "1000")
        );
        let micros = |range: i64| Stretches::covering(Units::Micros, 0, range, 60).name;
        assert_eq!(micros(0), "microsecond");
        assert_eq!(micros(59 * 60 * SECOND), "5 minutes");
        assert_eq!(micros(40 * 3_600 * SECOND), "hour");
        assert_eq!(
            Stretches::covering(Units::Micros, i64::MIN, i64::MAX, 2).name,
            "1000000 years"
        );
    }

    #[test]
    fn stretches_have_names_and_places() {
        let months = days("2020-01-01", "2024-01-01", 60);
        let start = 2024 * 12 + 1;
        assert_eq!(
            (months.label(start).as_str(), months.next(start)),
            ("2024-02", start + 1)
        );
        assert!((months.millis(start) - 1_706_745_600_000.0).abs() < 0.5);
        let weeks = days("2024-01-01", "2024-12-31", 60);
        assert_eq!(weeks.label(19_723), "2024-01-01");
        assert!((weeks.millis(19_723) - 1_704_067_200_000.0).abs() < 0.5);
    }

    #[test]
    fn midnights_are_left_out_when_all_are() {
        let mut labels = vec!["2024-01-01 00:00:00".to_owned(), "2024-01-02 00:00:00".to_owned()];
        shorten(&mut labels);
        assert_eq!(labels, ["2024-01-01", "2024-01-02"]);
        let mut labels = vec!["2024-01-01 00:00:00".to_owned(), "2024-01-02 12:30:00".to_owned()];
        shorten(&mut labels);
        assert_eq!(labels, ["2024-01-01 00:00", "2024-01-02 12:30"]);
    }

    #[test]
    fn what_no_calendar_reaches_is_a_number() {
        assert_eq!(moment_text(Units::Micros, i64::MAX), i64::MAX.to_string());
        assert_eq!(moment_text(Units::Days, -1), "1969-12-31");
    }
}
