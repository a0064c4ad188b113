//! Rows split into parts by a hash, for training data: the same in every run, on every machine, in every tool.
//!
//! The hash of a row is MD5 over the UTF-8 bytes of the seed, `:` and the row's key; its first 8
//! bytes, big-endian, are a number below 2^64, and the row belongs to the first part whose share
//! of the numbers reaches beyond it. The key is the text of the key columns as the grid shows it,
//! NULL as nothing, several joined by U+001F. In SQL the number is `substr(md5(seed || ':' || key), 1, 16)`, which
//! compares as text as it does as a number.

use arrow::array::{RecordBatch, UInt64Builder};
use arrow::compute::take_record_batch;
use arrow::datatypes::SchemaRef;
use md5::{Digest, Md5};

use super::values::Values;
use crate::error::{Error, Kind, Result};
use crate::protocol::Split;

/// Stands between the texts of a key.
const BETWEEN: char = '\u{1f}';

/// Splits batches of one schema.
pub struct Splitter {
    /// One past the last number of each part but the last.
    cuts: Vec<u64>,
    seed: String,
    key: Vec<usize>,
}

impl Splitter {
    /// A splitter of rows of `schema`.
    ///
    /// # Errors
    /// `Sql` when a key column is not there, or no part has a share.
    pub fn new(schema: &SchemaRef, split: &Split) -> Result<Self> {
        let key = split
            .key
            .iter()
            .map(|name| place(schema, name))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            cuts: cuts(&split.shares)?,
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
        let columns = self.key.iter().filter_map(|at| batch.columns().get(*at));
        let columns = columns.map(|array| Values::new(array)).collect::<Result<Vec<_>>>()?;
        let mut rows: Vec<UInt64Builder> = (0..=self.cuts.len()).map(|_| UInt64Builder::new()).collect();
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            text.clear();
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    text.push(BETWEEN);
                }
                // Writing to a String fails for damaged variants only, which are then hashed as far as they go.
                let _ = column.get(row).write(&mut text);
            }
            if let Some(rows) = rows.get_mut(self.part(&text)) {
                rows.append_value(row as u64);
            }
        }
        let part = |rows: &mut UInt64Builder| {
            take_record_batch(batch, &rows.finish())
                .map_err(|cause| Error::new(Kind::Bug, "split", cause.to_string()).with_source(cause))
        };
        rows.iter_mut().map(part).collect()
    }

    /// The part of the rows with this key.
    fn part(&self, key: &str) -> usize {
        let number = number(&self.seed, key);
        self.cuts.partition_point(|cut| *cut <= number)
    }
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
