//! Rows split into parts by a hash, for training data: the same in every run, on every machine, in every tool.
//!
//! The hash of a row is MD5 over the UTF-8 bytes of the seed, `:` and the row's key; its first 8
//! bytes, big-endian, are a number below 2^64, and the row belongs to the first part whose share
//! of the numbers reaches beyond it. The key is the text of the key columns as the grid shows it,
//! NULL as nothing, several joined by U+001F. In SQL the number is `substr(md5(seed || ':' || key), 1, 16)`.
//!
//! Strata are cut where their own keys, in the order of their numbers, reach the shares: that takes a survey of all rows.

use std::collections::HashMap;

use arrow::array::{RecordBatch, UInt64Builder};
use arrow::compute::take_record_batch;
use arrow::datatypes::SchemaRef;
use md5::{Digest, Md5};

use super::values::Values;
use crate::error::{Error, Kind, Result};
use crate::protocol::Split;

/// Stands between the texts of a key.
const BETWEEN: char = '\u{1f}';

/// Keys of strata that are remembered, at 8 bytes each.
const MOST_KEYS: usize = 32_000_000;

/// Splits batches of one schema.
pub struct Splitter {
    /// One past the last number of each part but the last.
    cuts: Vec<u64>,
    shares: Vec<u32>,
    seed: String,
    key: Vec<usize>,
    strata: Vec<usize>,
    /// The numbers of the keys of each stratum.
    surveyed: HashMap<String, Vec<u64>>,
    surveyed_keys: usize,
    /// The cuts of each stratum.
    settled: HashMap<String, Vec<u64>>,
}

impl Splitter {
    /// A splitter of rows of `schema`.
    ///
    /// # Errors
    /// `Sql` when a key column is not there, or no part has a share.
    pub fn new(schema: &SchemaRef, split: &Split) -> Result<Self> {
        let places = |names: &[String]| names.iter().map(|name| place(schema, name)).collect::<Result<Vec<_>>>();
        let key = places(&split.key)?;
        Ok(Self {
            cuts: cuts(&split.shares)?,
            shares: split.shares.clone(),
            strata: places(&split.strata)?,
            surveyed: HashMap::new(),
            surveyed_keys: 0,
            settled: HashMap::new(),
            seed: split.seed.clone(),
            key: if key.is_empty() {
                (0..schema.fields().len()).collect()
            } else {
                key
            },
        })
    }

    /// The rows of each part, in their order.
    ///
    /// # Errors
    /// `Unsupported` when a key has no text.
    pub fn split(&self, batch: &RecordBatch) -> Result<Vec<RecordBatch>> {
        let (key, strata) = (Texts::of(batch, &self.key)?, Texts::of(batch, &self.strata)?);
        let mut rows: Vec<UInt64Builder> = (0..=self.cuts.len()).map(|_| UInt64Builder::new()).collect();
        let (mut text, mut stratum) = (String::new(), String::new());
        for row in 0..batch.num_rows() {
            key.write(row, &mut text);
            strata.write(row, &mut stratum);
            let cuts = self.settled.get(&stratum).unwrap_or(&self.cuts);
            let number = number(&self.seed, &text);
            if let Some(rows) = rows.get_mut(cuts.partition_point(|cut| *cut <= number)) {
                rows.append_value(row as u64);
            }
        }
        let part = |rows: &mut UInt64Builder| {
            take_record_batch(batch, &rows.finish())
                .map_err(|cause| Error::new(Kind::Bug, "split", cause.to_string()).with_source(cause))
        };
        rows.iter_mut().map(part).collect()
    }

    /// Must all rows be surveyed before they are split?
    #[must_use]
    pub fn wants_survey(&self) -> bool {
        !self.strata.is_empty()
    }

    /// Takes note of the keys of the strata.
    ///
    /// # Errors
    /// `TooBig` when they are more than can be remembered, `Unsupported` when a key has no text.
    pub fn survey(&mut self, batch: &RecordBatch) -> Result<()> {
        let (key, strata) = (Texts::of(batch, &self.key)?, Texts::of(batch, &self.strata)?);
        let (mut text, mut stratum) = (String::new(), String::new());
        for row in 0..batch.num_rows() {
            key.write(row, &mut text);
            strata.write(row, &mut stratum);
            let number = number(&self.seed, &text);
            match self.surveyed.get_mut(&stratum) {
                Some(numbers) => numbers.push(number),
                None => drop(self.surveyed.insert(stratum.clone(), vec![number])),
            }
        }
        self.surveyed_keys += batch.num_rows();
        if self.surveyed_keys <= MOST_KEYS {
            return Ok(());
        }
        let detail =
            format!("Strata can be kept of at most {MOST_KEYS} rows. Split without strata, or save fewer rows.");
        Err(Error::new(Kind::TooBig, "split", detail))
    }

    /// Cuts every stratum where its keys reach the shares, once all rows were surveyed.
    pub fn settle(&mut self) {
        for (stratum, mut numbers) in self.surveyed.drain() {
            numbers.sort_unstable();
            numbers.dedup();
            self.settled.insert(stratum, cuts_of(&numbers, &self.shares));
        }
    }
}

/// The texts of some columns of each row, as one.
struct Texts<'a>(Vec<Values<'a>>);

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch, places: &[usize]) -> Result<Self> {
        let columns = places.iter().filter_map(|at| batch.columns().get(*at));
        Ok(Self(columns.map(|array| Values::new(array)).collect::<Result<_>>()?))
    }

    fn write(&self, row: usize, text: &mut String) {
        text.clear();
        for (at, column) in self.0.iter().enumerate() {
            if at > 0 {
                text.push(BETWEEN);
            }
            // Writing to a String fails for damaged variants only, which are then hashed as far as they go.
            let _ = column.get(row).write(text);
        }
    }
}

/// One past the last number of each part but the last, for these numbers, which are sorted.
fn cuts_of(numbers: &[u64], shares: &[u32]) -> Vec<u64> {
    let total: u128 = shares.iter().map(|share| u128::from(*share)).sum::<u128>().max(1);
    let beyond = numbers.last().map_or(0, |last| last.saturating_add(1));
    let mut sum = 0;
    let mut cuts = vec![];
    for share in shares.iter().take(shares.len().saturating_sub(1)) {
        sum += u128::from(*share);
        let count = (2 * numbers.len() as u128 * sum + total) / (2 * total);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        cuts.push(numbers.get(count).copied().unwrap_or(beyond));
    }
    cuts
}

fn number(seed: &str, key: &str) -> u64 {
    let mut hash = Md5::new();
    for text in [seed, ":", key] {
        hash.update(text.as_bytes());
    }
    hash.finalize()
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn cuts(shares: &[u32]) -> Result<Vec<u64>> {
    let total: u128 = shares.iter().map(|share| u128::from(*share)).sum();
    if total == 0 {
        return Err(Error::new(
            Kind::Sql,
            "split",
            "No part has a share: at least one must be above 0.",
        ));
    }
    let sums = shares.iter().scan(0_u128, |sum, share| {
        *sum += u128::from(*share);
        Some(*sum)
    });
    let cut = |sum: u128| u64::try_from((sum << 64) / total).unwrap_or(u64::MAX);
    Ok(sums.take(shares.len().saturating_sub(1)).map(cut).collect())
}

fn place(schema: &SchemaRef, name: &str) -> Result<usize> {
    let found = schema.fields().iter().position(|field| field.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let detail = format!(
            "The rows have no column “{name}” to split by. They have: {}.",
            names.join(", ")
        );
        Error::new(Kind::Sql, "split", detail)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn split(shares: &[u32], seed: &str, key: &[&str]) -> Split {
        Split {
            shares: shares.to_vec(),
            seed: seed.to_owned(),
            key: key.iter().map(|name| (*name).to_owned()).collect(),
            strata: vec![],
        }
    }

    fn rows() -> RecordBatch {
        let ids: ArrayRef = Arc::new(
            (0..10_000)
                .map(|n| (n % 97 != 0).then_some(n / 2))
                .collect::<Int64Array>(),
        );
        let texts: ArrayRef = Arc::new((0..10_000).map(|n| Some(format!("t{n}"))).collect::<StringArray>());
        RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("text", texts, true)]).unwrap()
    }

    /// The numbers are those of other implementations of MD5, of "1:", "1:42" and "seed:ü" + U+001F + "x".
    #[test]
    fn the_hash_is_fixed_for_ever() {
        assert_eq!(number("1", ""), NUMBERS[0]);
        assert_eq!(number("1", "42"), NUMBERS[1]);
        assert_eq!(number("seed", "ü\u{1f}x"), NUMBERS[2]);
    }

    const NUMBERS: [u64; 3] = [0x3afc_dbfe_b6ec_fbdd, 0xa15a_53f9_499e_a498, 0x63ea_2fa4_1383_77b1];

    #[test]
    fn parts_are_cut_where_their_shares_end() {
        assert_eq!(cuts(&[1, 1]).unwrap(), [1 << 63]);
        assert_eq!(
            cuts(&[80, 10, 10]).unwrap(),
            [0xcccc_cccc_cccc_cccc, 0xe666_6666_6666_6666]
        );
        assert_eq!(cuts(&[0, 1, 0]).unwrap(), [0, u64::MAX]);
        assert_eq!(cuts(&[0, 0]).unwrap_err().kind, Kind::Sql);
    }

    #[test]
    fn equal_keys_stay_together_and_shares_hold() {
        let splitter = Splitter::new(&rows().schema(), &split(&[80, 10, 10], "1", &["id"])).unwrap();
        let parts = splitter.split(&rows()).unwrap();
        let counts: Vec<usize> = parts.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(counts.iter().sum::<usize>(), 10_000);
        assert!(
            (7_800..8_200).contains(&counts[0]) && counts[1] > 850 && counts[2] > 850,
            "{counts:?}"
        );
        let ids = |part: &RecordBatch| -> std::collections::BTreeSet<Option<i64>> {
            part.column(0).as_primitive::<Int64Type>().iter().collect()
        };
        assert!(ids(&parts[0]).is_disjoint(&ids(&parts[1])) && ids(&parts[1]).is_disjoint(&ids(&parts[2])));
        let pieces = [rows().slice(0, 3), rows().slice(3, 9_997)].map(|piece| splitter.split(&piece).unwrap());
        assert_eq!(pieces[0][0].num_rows() + pieces[1][0].num_rows(), counts[0]);
    }

    #[test]
    fn in_every_stratum_the_shares_hold_to_the_key() {
        let ids: ArrayRef = Arc::new((0..1_000).collect::<Int64Array>());
        // One stratum in a hundred, one in ten, and the rest.
        let class = |n: i64| match n {
            n if n % 100 == 0 => Some("rare"),
            n if n % 10 == 1 => None,
            _ => Some("common"),
        };
        let classes: ArrayRef = Arc::new((0..1_000).map(class).collect::<StringArray>());
        let rows = RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("class", classes, true)]).unwrap();
        let mut wanted = split(&[80, 10, 10], "1", &["id"]);
        wanted.strata = vec!["class".to_owned()];
        let splitter = |pieces: &[RecordBatch]| {
            let mut splitter = Splitter::new(&rows.schema(), &wanted).unwrap();
            assert!(splitter.wants_survey());
            for piece in pieces {
                splitter.survey(piece).unwrap();
            }
            splitter.settle();
            splitter.split(&rows).unwrap()
        };
        let parts = splitter(std::slice::from_ref(&rows));
        let count = |part: &RecordBatch, class: Option<&str>| {
            part.column(1)
                .as_string::<i32>()
                .iter()
                .filter(|one| *one == class)
                .count()
        };
        let counts = [Some("rare"), None, Some("common")].map(|class| [0, 1, 2].map(|at| count(&parts[at], class)));
        assert_eq!(counts, [[8, 1, 1], [80, 10, 10], [712, 89, 89]]);
        // In which order rows come, and how often a key, is no matter.
        let again = splitter(&[rows.slice(500, 500), rows.slice(0, 600)]);
        assert_eq!(parts, again);
    }

    #[test]
    fn another_seed_splits_otherwise_and_no_key_is_the_whole_row() {
        let count = |seed: &str, key: &[&str]| {
            let splitter = Splitter::new(&rows().schema(), &split(&[1, 1], seed, key)).unwrap();
            splitter.split(&rows()).unwrap()[0].clone()
        };
        assert_ne!(count("1", &["id"]), count("2", &["id"]));
        assert_eq!(count("1", &[]), count("1", &["id", "text"]));
        let missing = Splitter::new(&rows().schema(), &split(&[1], "1", &["ID"]));
        assert!(missing.is_err_and(|error| error.detail.contains("They have: id, text.")));
    }
}
