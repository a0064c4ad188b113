//! [`Edges`]: the least and the greatest values of a column in files, row groups or pages, with how many rows have one.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Schema, UInt64Type};
use datafusion::common::Column as ColumnName;
use datafusion::error::Result;
use datafusion::physical_optimizer::pruning::PruningStatistics;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::parquet_column;
use parquet::file::metadata::ParquetMetaData;

use super::filter::RowGroupBounds;
use super::page_index::{PageIndex, load};
use super::source::LakeSource;
use super::top::Top;
use super::{Scan, outward};
use crate::table::parquet::arrow_schema;

/// Values of the table's type, NULL where they are unknown.
pub(super) struct Edges {
    pub(super) min: ArrayRef,
    pub(super) max: ArrayRef,
    /// Rows that are not NULL; 0 where that is unknown.
    pub(super) rows: Vec<u64>,
}

impl Edges {
    fn new(
        min: &ArrayRef,
        max: &ArrayRef,
        counts: Option<(&UInt64Array, &UInt64Array)>,
        wanted: &DataType,
    ) -> Option<Self> {
        let rows = (0..min.len()).map(|place| {
            let (rows, nulls) = counts?;
            let known = place < rows.len() && place < nulls.len() && rows.is_valid(place) && nulls.is_valid(place);
            known.then(|| rows.value(place).saturating_sub(nulls.value(place)))
        });
        Some(Self {
            rows: rows.map(Option::unwrap_or_default).collect(),
            min: cast(min, wanted).ok()?,
            max: cast(max, wanted).ok()?,
        })
    }
}

/// Counts of rows and of NULLs.
fn counts<'a>(rows: Option<&'a ArrayRef>, nulls: Option<&'a ArrayRef>) -> Option<(&'a UInt64Array, &'a UInt64Array)> {
    Some((
        rows?.as_primitive_opt::<UInt64Type>()?,
        nulls?.as_primitive_opt::<UInt64Type>()?,
    ))
}

fn data_type(scan: &Scan, column: &str) -> Option<DataType> {
    let field = scan.table_schema.file_schema().field_with_name(column).ok()?;
    Some(field.data_type().clone())
}

/// The edges of whole `files`, as the table's own metadata tells.
pub(super) fn of_files(scan: &Scan, column: &str, files: &[usize]) -> Option<Edges> {
    let statistics = scan.table.files.statistics();
    let live = files.iter().filter(|file| scan.table.files.deleted(**file).is_none());
    let places = live.map(|file| u32::try_from(*file).ok()).collect::<Option<Vec<_>>>()?;
    let places = UInt32Array::from(places);
    let of = |values: Option<ArrayRef>| take(&values?, &places, None).ok();
    let (rows, nulls) = (of(statistics.rows()), of(statistics.null_count(column)));
    let (min, max) = (of(statistics.min(column))?, of(statistics.max(column))?);
    Edges::new(
        &min,
        &max,
        counts(rows.as_ref(), nulls.as_ref()),
        &data_type(scan, column)?,
    )
}

/// The edges of a file's row groups, and of the pages of those that the others do not put behind; nothing when they say
/// nothing of live rows.
pub(super) async fn of_file(source: LakeSource, top: Top, place: usize) -> Result<Vec<Edges>> {
    let scan = &source.scan;
    let Some(wanted) = data_type(scan, top.column()) else {
        return Ok(vec![]);
    };
    if scan.table.files.deleted(place).is_some() {
        return Ok(vec![]);
    }
    let file = scan.describe(place).await.map_err(outward)?;
    let (path, size) = (&file.object_meta.location, file.object_meta.size);
    let store = scan.scope.store.as_ref();
    let footer = scan.scope.footers.get(store, path, size, scan.table.mapping.as_ref());
    let metadata = footer.await.map_err(outward)?;
    let schema = arrow_schema(path, &metadata).map_err(outward)?;
    let all: Vec<usize> = (0..metadata.num_row_groups()).collect();
    let Some(edges) = of_row_groups(&metadata, &schema, top.column(), &all, &wanted) else {
        return Ok(vec![]);
    };
    let near = top
        .least(std::slice::from_ref(&edges))
        .map(|least| top.not_behind(&edges, &least));
    let is_near = |row_group: &usize| near.as_ref().and_then(|near| near.get(*row_group)) != Some(&false);
    let (near, far): (Vec<usize>, Vec<usize>) = all.iter().partition(|row_group| is_near(row_group));
    let leaf = parquet_column(metadata.file_metadata().schema_descr(), &schema, top.column()).map(|(leaf, _)| leaf);
    let leaves: Vec<usize> = leaf.into_iter().collect();
    let Some(index) = load(store, (path, size), &metadata, &near, &leaves).await? else {
        return Ok(vec![edges]);
    };
    let Some(pages) = of_pages(&index, &schema, top.column(), &wanted) else {
        return Ok(vec![edges]);
    };
    let without_index = near
        .into_iter()
        .filter(|row_group| !index.row_groups.contains(row_group));
    let others: Vec<usize> = far.into_iter().chain(without_index).collect();
    let others = of_row_groups(&metadata, &schema, top.column(), &others, &wanted);
    Ok(others.into_iter().chain([pages]).collect())
}

fn of_row_groups(
    metadata: &ParquetMetaData,
    schema: &Schema,
    column: &str,
    row_groups: &[usize],
    wanted: &DataType,
) -> Option<Edges> {
    let bounds = RowGroupBounds {
        metadata,
        schema,
        row_groups,
    };
    let column = ColumnName::from_name(column);
    let (rows, nulls) = (bounds.row_counts(), bounds.null_counts(&column));
    let (min, max) = (bounds.min_values(&column)?, bounds.max_values(&column)?);
    Edges::new(&min, &max, counts(rows.as_ref(), nulls.as_ref()), wanted)
}

fn of_pages(index: &PageIndex, schema: &Schema, column: &str, wanted: &DataType) -> Option<Edges> {
    let (metadata, row_groups) = (&index.metadata, &index.row_groups);
    let (columns, offsets) = (metadata.column_index()?, metadata.offset_index()?);
    let parquet = metadata.file_metadata().schema_descr();
    let converter = StatisticsConverter::try_new(column, schema, parquet).ok()?;
    let min = converter.data_page_mins(columns, offsets, row_groups).ok()?;
    let max = converter.data_page_maxes(columns, offsets, row_groups).ok()?;
    let nulls = converter.data_page_null_counts(columns, offsets, row_groups).ok()?;
    let rows = converter
        .data_page_row_counts(offsets, metadata.row_groups(), row_groups)
        .ok()?;
    Edges::new(&min, &max, rows.as_ref().map(|rows| (rows, &nulls)), wanted)
}
