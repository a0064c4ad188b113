//! From a log's state to a table that can be read.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray, UInt64Array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, SchemaRef};

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::protocol::Elsewhere;
use crate::table::delta::batch::{FileBatch, arrow_bug, partition_strings};
use crate::table::delta::deletions::Deletions;
use crate::table::delta::replay::State;
use crate::table::delta::stats::DeltaStatistics;
use crate::table::delta::{column_mapping, partition, paths, protocol, row_tracking, schema};
use crate::table::files::{DeletedRows, FileColumns, Places};
use crate::table::roots::{Roots, is_absolute};
use crate::table::{About, DataFiles, Format, Mapping, Table, Version};

/// The table at `root` whose log gives `state` at `version`.
///
/// # Errors
/// `Unsupported` with the names of what is not read, `Damaged` when metadata and files contradict each other.
pub fn table(root: &Location, elsewhere: &Arc<[Elsewhere]>, version: Version, state: State) -> Result<Table> {
    protocol::check(root, &state.protocol, &state.metadata)?;
    let schema = schema::parse(root, &state.metadata.schema_string)?;
    let row_tracking = row_tracking::of(&state);
    let mapping = column_mapping::parse(root, &state.metadata)?;
    let mapping = mapping.map(|mapping| Arc::new(row_tracking::with_columns(mapping, row_tracking.as_ref())));
    let partitions = partition_columns(root, &schema, &state.metadata.partition_columns)?;
    let roots = Roots::new(root, elsewhere)?;
    let files = data_files(&roots, &schema, mapping.as_ref(), &partitions, &state.files)?;
    Ok(Table {
        location: root.clone(),
        elsewhere: Arc::clone(elsewhere),
        format: Format::Delta,
        version: Some(version),
        about: About {
            id: state.metadata.id,
            name: state.metadata.name,
            created_millis: state.metadata.created_time,
            properties: state.metadata.configuration,
            protocol: Some((state.protocol.min_reader_version, state.protocol.min_writer_version)),
            removed_files: state.removed,
        },
        comment: state.metadata.description,
        note: protocol::note(&state.protocol),
        schema,
        features: protocol::features(&state.protocol),
        partition_columns: partitions.into_iter().map(|(name, _)| name).collect(),
        mapping,
        row_tracking,
        files: Arc::new(files),
    })
}

/// The partition columns with their types, in the order of the metadata.
fn partition_columns(root: &Location, schema: &SchemaRef, names: &[String]) -> Result<Vec<(String, DataType)>> {
    let column = |name: &String| {
        let field = schema.field_with_name(name).map_err(|_| {
            let detail = format!("the partition column {name:?} is not in the table's schema");
            Error::new(Kind::Damaged, root.without_query(), detail)
        })?;
        Ok((name.clone(), field.data_type().clone()))
    };
    names.iter().map(column).collect()
}

/// The files in `batches`, which are not those of `table`, but have its columns.
pub fn live_files(table: &Table, batches: &[FileBatch]) -> Result<DataFiles> {
    let partitions = partition_columns(&table.location, &table.schema, &table.partition_columns)?;
    data_files(
        &Roots::new(&table.location, &table.elsewhere)?,
        &table.schema,
        table.mapping.as_ref(),
        &partitions,
        batches,
    )
}

fn data_files(
    roots: &Roots,
    schema: &SchemaRef,
    mapping: Option<&Arc<Mapping>>,
    partitions: &[(String, DataType)],
    batches: &[FileBatch],
) -> Result<DataFiles> {
    let root = roots.root();
    let paths = places(roots, batches)?;
    // "Reader Requirements for Column Mapping": the log knows a partition column by its physical name.
    let values = partitions.iter().map(|(name, data_type)| {
        let physical_name = mapping.and_then(|mapping| mapping.physical_name(name)).unwrap_or(name);
        partition_values(root, batches, (name, physical_name), data_type)
    });
    let partition_values = values.collect::<Result<Vec<_>>>()?;
    let size_bytes: UInt64Array = batches.iter().flat_map(|batch| batch.size().iter()).collect();
    let modified_millis: Int64Array = batches.iter().flat_map(|batch| batch.modified().iter()).collect();
    let statistics = DeltaStatistics::new(Arc::clone(schema), mapping.cloned(), batches);
    let vectors: Vec<_> = batches.iter().map(FileBatch::deletion_vectors).collect::<Result<_>>()?;
    let deletions = Deletions::new(roots, &vectors)?;
    let num_records = live_records(root, statistics.num_records(), deletions.as_ref())?;
    let columns = FileColumns {
        size_bytes,
        modified_millis,
        num_records,
        partition_values,
    };
    let places = Places::OfMetadata {
        roots: roots.clone(),
        paths,
    };
    let files = DataFiles::new(places, columns, Arc::new(statistics))?;
    Ok(match deletions {
        Some(deletions) => files.with_deleted(Arc::new(deletions)),
        None => files,
    })
}

/// Rows that are left: the statistics' `numRecords` count those that a deletion vector deletes, too ("Per-file
/// Statistics").
fn live_records(root: &Location, stored: &UInt64Array, deletions: Option<&Deletions>) -> Result<UInt64Array> {
    let Some(deletions) = deletions else {
        return Ok(stored.clone());
    };
    let live = |(file, rows): (usize, Option<u64>)| {
        let Some(rows) = rows else { return Ok(None) };
        rows.checked_sub(deletions.count(file)).map(Some).ok_or_else(|| {
            let detail = "a deletion vector of the table deletes more rows than its file has";
            Error::new(Kind::Damaged, root.without_query(), detail)
        })
    };
    stored.iter().enumerate().map(live).collect()
}

/// Paths below the root, or absolute; a table with a file where nobody agreed to read is refused before any row.
fn places(roots: &Roots, batches: &[FileBatch]) -> Result<StringArray> {
    let all = || batches.iter().flat_map(|batch| batch.path().iter().flatten());
    if !batches.is_empty() && all().all(|path| !is_absolute(path) && !path.starts_with('.')) {
        let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.path() as &dyn Array).collect();
        let paths = concat(&arrays).map_err(|cause| arrow_bug(&cause))?;
        return Ok(paths.as_string().clone());
    }
    let paths: Vec<_> = all()
        .map(|path| paths::from_root(path, roots.root()))
        .collect::<Result<_>>()?;
    roots.check(paths.iter().map(AsRef::as_ref))?;
    Ok(StringArray::from_iter_values(paths))
}

fn partition_values(
    root: &Location,
    batches: &[FileBatch],
    (name, physical_name): (&str, &str),
    data_type: &DataType,
) -> Result<ArrayRef> {
    let parse = |batch: &FileBatch| {
        let strings = partition_strings(batch.partition_values(), physical_name)?;
        partition::parse(&strings, data_type).map_err(|value| {
            let detail = format!("the partition column {name:?} of type {data_type} has the value {value:?}");
            Error::new(Kind::Damaged, root.without_query(), detail)
        })
    };
    let columns: Vec<ArrayRef> = batches.iter().map(parse).collect::<Result<_>>()?;
    if columns.is_empty() {
        return Ok(arrow::array::new_empty_array(data_type));
    }
    let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
    concat(&columns).map_err(|cause| arrow_bug(&cause))
}
