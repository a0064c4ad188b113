//! What the footers of a table's files add: bytes, encodings, codecs, and how many values differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use super::chunks::{codec, distinct_estimate, encodings};
use crate::error::{Error, Kind, Result};
use crate::http::HttpStore;
use crate::protocol::inspect::{Certainty, ColumnFact, ColumnFacts, Figure};
use crate::query::footers::Footers;
use crate::table::Table;

/// Footers that are on their way at once: as many connections as a browser opens to a host.
const AT_ONCE: usize = 6;

/// Where footers come from.
pub(super) struct Source {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) host: Arc<HttpStore>,
    pub(super) footers: Arc<Footers>,
    pub(super) table: Arc<Table>,
}

impl Source {
    /// A file's footer in the table's names.
    pub(super) async fn footer(&self, file: usize) -> Result<Arc<ParquetMetaData>> {
        let (path, size) = self.place(file)?;
        let mapping = self.table.mapping.as_ref();
        self.footers.get(self.store.as_ref(), &path, size, mapping).await
    }

    /// Where a file lies and how large it is.
    pub(super) fn place(&self, file: usize) -> Result<(object_store::path::Path, u64)> {
        let location = self.table.files.location(file)?;
        let unknown = || Error::new(Kind::Unsupported, location.without_query(), "its size is not known");
        let size = self.table.files.size_bytes(file).ok_or_else(unknown)?;
        if let Some(vouched) = self.table.vouched(file) {
            self.host.vouch(&location, vouched);
        }
        Ok((location.path(), size))
    }
}

/// Adds what the footers of all files tell.
pub(super) async fn add(source: &Source, facts: ColumnFacts) -> Result<ColumnFacts> {
    let mut totals = Totals::default();
    let footers = (0..source.table.files.len()).map(|file| source.footer(file));
    let mut footers = stream::iter(footers).buffer_unordered(AT_ONCE);
    while let Some(footer) = footers.try_next().await? {
        totals.add(&footer);
    }
    Ok(totals.merged(facts))
}

/// Sums over the footers, by the names of a column down to its values.
#[derive(Default)]
struct Totals {
    files: u64,
    columns: BTreeMap<Vec<String>, Total>,
}

#[derive(Default)]
struct Total {
    size_bytes: u64,
    raw_bytes: u64,
    nulls: Option<u64>,
    distinct: u64,
    encodings: BTreeMap<String, usize>,
    codecs: BTreeMap<String, usize>,
    chunks: usize,
}

impl Totals {
    fn add(&mut self, footer: &ParquetMetaData) {
        self.files += 1;
        for chunk in footer.row_groups().iter().flat_map(RowGroupMetaData::columns) {
            let path = chunk.column_path().parts().to_vec();
            self.columns.entry(path).or_default().add(chunk);
        }
    }

    /// The columns with what was summed up, each followed by its parts when it is nested.
    fn merged(mut self, facts: ColumnFacts) -> ColumnFacts {
        let mut columns = vec![];
        for column in facts.columns {
            let whole = self.columns.remove(&column.path);
            let parts: Vec<_> = self
                .columns
                .iter()
                .filter(|(path, _)| path.first() == column.path.first())
                .map(|(path, total)| total.part(path))
                .collect();
            let sum = |bytes: fn(&ColumnFact) -> Option<u64>| {
                (!parts.is_empty()).then(|| parts.iter().filter_map(bytes).sum())
            };
            let (size_bytes, raw_bytes) = (sum(|part| part.size_bytes), sum(|part| part.raw_bytes));
            columns.push(match whole {
                Some(whole) => whole.added_to(column),
                None => ColumnFact {
                    size_bytes,
                    raw_bytes,
                    ..column
                },
            });
            columns.extend(parts);
        }
        ColumnFacts {
            footers: self.files,
            columns,
            ..facts
        }
    }
}

impl Total {
    fn add(&mut self, chunk: &ColumnChunkMetaData) {
        let bytes = |count: i64| u64::try_from(count).unwrap_or(0);
        self.size_bytes += bytes(chunk.compressed_size());
        self.raw_bytes += bytes(chunk.uncompressed_size());
        self.distinct = self.distinct.max(distinct_estimate(chunk).unwrap_or(0));
        let nulls = chunk.statistics().and_then(Statistics::null_count_opt);
        self.nulls = match self.chunks {
            0 => nulls,
            _ => self.nulls.zip(nulls).map(|(sum, nulls)| sum + nulls),
        };
        self.chunks += 1;
        *self.codecs.entry(codec(chunk)).or_default() += 1;
        for encoding in encodings(chunk) {
            *self.encodings.entry(encoding).or_default() += 1;
        }
    }

    fn part(&self, path: &[String]) -> ColumnFact {
        let fact = ColumnFact {
            path: path.to_vec(),
            ..ColumnFact::default()
        };
        self.added_to(fact)
    }

    fn added_to(&self, fact: ColumnFact) -> ColumnFact {
        let estimate = |value: u64| Figure {
            value,
            certainty: Certainty::Estimate,
        };
        let distinct = (self.distinct > 0).then(|| estimate(self.distinct));
        ColumnFact {
            size_bytes: Some(self.size_bytes),
            raw_bytes: Some(self.raw_bytes),
            // Rows that are deleted are counted by footers.
            nulls: fact.nulls.or_else(|| self.nulls.map(estimate)),
            distinct: fact.distinct.or(distinct),
            encodings: by_frequency(&self.encodings),
            codecs: by_frequency(&self.codecs),
            ..fact
        }
    }
}

fn by_frequency(counts: &BTreeMap<String, usize>) -> Vec<String> {
    let mut names: Vec<_> = counts.iter().collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    names.into_iter().map(|(name, _)| name.clone()).collect()
}
