//! A table's columns by the statistics that its log keeps a file.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, UInt64Type};

use super::bounds::{End, outermost};
use super::text;
use crate::error::Result;
use crate::protocol::inspect::{Bound, Certainty, ColumnFact, ColumnFacts, Figure};
use crate::query::known::is_exact;
use crate::query::shape::type_name;
use crate::table::{Format, Table};

/// Statistics, one a file and column, that are parsed: some seconds of work in a tab. Columns beyond tell less.
const MOST_STATISTICS: usize = 3_000_000;

/// What the log tells of every column of `table`.
pub(super) fn by_log(table: &Table) -> Result<ColumnFacts> {
    let most = MOST_STATISTICS / table.files.len().max(1);
    let fields = table.schema.fields().iter().enumerate();
    let columns = fields.map(|(place, field)| column(table, field, place < most));
    Ok(ColumnFacts {
        rows: table.files.total_records(),
        files: table.files.len() as u64,
        footers: 0,
        columns: columns.collect::<Result<_>>()?,
    })
}

fn column(table: &Table, field: &Field, wanted: bool) -> Result<ColumnFact> {
    let fact = ColumnFact {
        path: vec![field.name().clone()],
        type_name: type_name(field.data_type()),
        distinct: at_most_distinct(field.data_type()),
        ..ColumnFact::default()
    };
    let partition = table.partition_columns.iter().position(|name| name == field.name());
    match partition.and_then(|place| table.files.partition_column(place)) {
        Some(values) => of_partition(table, values, fact),
        None if wanted => of_statistics(table, field, fact),
        None => Ok(fact),
    }
}

/// What a type alone tells.
fn at_most_distinct(data_type: &DataType) -> Option<Figure> {
    let value = match data_type {
        DataType::Boolean => 2,
        _ => return None,
    };
    Some(Figure {
        value,
        certainty: Certainty::AtMost,
    })
}

/// A value of a partition column is that of all rows of a file: all is exact, as far as files are known to have rows.
fn of_partition(table: &Table, values: &ArrayRef, fact: ColumnFact) -> Result<ColumnFact> {
    let files = &table.files;
    let all_have_rows = (0..files.len()).all(|file| files.num_records(file).is_some_and(|rows| rows > 0));
    let nulls: Option<u64> = (0..files.len())
        .filter(|file| values.is_null(*file))
        .map(|file| files.num_records(file))
        .sum();
    let mut distinct = BTreeSet::new();
    for file in 0..values.len() {
        distinct.extend(text(values, file)?);
    }
    let certainty = if all_have_rows {
        Certainty::Exact
    } else {
        Certainty::AtMost
    };
    Ok(ColumnFact {
        nulls: nulls.map(|value| Figure {
            value,
            certainty: Certainty::Exact,
        }),
        min: outermost(values, End::Min, all_have_rows)?,
        max: outermost(values, End::Max, all_have_rows)?,
        distinct: Some(Figure {
            value: distinct.len() as u64,
            certainty,
        }),
        ..fact
    })
}

fn of_statistics(table: &Table, field: &Field, fact: ColumnFact) -> Result<ColumnFact> {
    let statistics = table.files.statistics();
    let name = field.name();
    let nulls = statistics.null_count(name);
    let tight = is_tight(table, name);
    let is_exact = tight && is_exact(field.data_type());
    let bound = |bounds: Option<ArrayRef>, end| -> Result<Option<Bound>> {
        match bounds {
            Some(bounds) if bound_all(table, &bounds, nulls.as_ref()) => outermost(&bounds, end, is_exact),
            _ => Ok(None),
        }
    };
    Ok(ColumnFact {
        min: bound(statistics.min(name), End::Min)?,
        max: bound(statistics.max(name), End::Max)?,
        nulls: nulls.as_ref().and_then(|nulls| total_nulls(nulls, tight)),
        ..fact
    })
}

/// Are bounds and counts those of the rows that are there? Deleted rows would count as well.
fn is_tight(table: &Table, column: &str) -> bool {
    let files = &table.files;
    if (0..files.len()).any(|file| files.deleted_count(file) > 0) {
        return false;
    }
    match files.statistics().tight(column) {
        Some(tight) => tight.null_count() == 0 && tight.true_count() == files.len(),
        None => table.format == Format::Parquet,
    }
}

/// Is every file without bounds one without values?
fn bound_all(table: &Table, bounds: &ArrayRef, nulls: Option<&ArrayRef>) -> bool {
    let nulls = nulls.and_then(|nulls| nulls.as_primitive_opt::<UInt64Type>());
    let has_none = |file: usize| {
        let held = table
            .files
            .num_records(file)
            .map(|rows| rows + table.files.deleted_count(file));
        let nulls = nulls
            .filter(|nulls| nulls.is_valid(file))
            .map(|nulls| nulls.value(file));
        held.is_some() && nulls == held || held == Some(0)
    };
    (0..bounds.len()).all(|file| bounds.is_valid(file) || has_none(file))
}

fn total_nulls(nulls: &ArrayRef, tight: bool) -> Option<Figure> {
    let nulls = nulls.as_primitive_opt::<UInt64Type>()?;
    let value = nulls.iter().flatten().try_fold(0_u64, u64::checked_add)?;
    let certainty = match (tight, nulls.null_count()) {
        (true, 0) => Certainty::Exact,
        (true, unknown) if unknown < nulls.len() => Certainty::AtLeast,
        (false, 0) => Certainty::Estimate,
        _ => return None,
    };
    Some(Figure { value, certainty })
}
