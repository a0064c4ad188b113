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

/// Strata: a column with more values than that is none, and each takes room.
const MOST_STRATA: usize = 100_000;

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
        let too_big = |detail: String| Err(Error::new(Kind::TooBig, "split", detail));
        if self.surveyed.len() > MOST_STRATA {
            return too_big(format!(
                "The strata column has more than {MOST_STRATA} values. Choose one with few, as a class or a label."
            ));
        }
        if self.surveyed_keys > MOST_KEYS {
            return too_big(format!(
                "Strata can be kept of at most {MOST_KEYS} rows. Split without strata, or save fewer rows."
            ));
        }
        Ok(())
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
mod tests;
