//! What rows are compared by while they are sorted: arrow's row format, of which eight bytes are kept at hand.

use arrow::array::ArrayRef;
use arrow::compute::{SortOptions, cast};
use arrow::datatypes::{DECIMAL64_MAX_PRECISION, DataType, Schema};
use arrow::row::{RowConverter, Rows, SortField};

use super::rows::failed;
use super::sort::{Element, Lookup, bytes_at};
use crate::error::{Error, Kind, Result};
use crate::protocol::SortKey;
use crate::query::shape::type_name;
use crate::table::variant::is_variant;

/// The byte that arrow writes before a value of fixed width that is not NULL.
const VALUE: u8 = 1;

/// Whole keys, by the places of their rows.
#[derive(Debug, Default)]
pub struct Whole {
    rows: Vec<Rows>,
    /// The place of the first row of each of `rows`.
    starts: Vec<usize>,
}

impl Lookup for Whole {
    fn key(&self, place: u32) -> &[u8] {
        let place = place as usize;
        let part = self.starts.partition_point(|start| *start <= place).saturating_sub(1);
        let (Some(rows), Some(start)) = (self.rows.get(part), self.starts.get(part)) else {
            return &[];
        };
        rows.row(place - start).data()
    }
}

/// Keys as they are collected, batch by batch.
pub struct Keys {
    converter: RowConverter,
    narrow: Vec<Option<DataType>>,
    /// Do eight bytes say it all?
    exact: bool,
    elements: Vec<Element>,
    whole: Whole,
    /// Rows whose only key is NULL, and whether they come first.
    nulls: Vec<u32>,
    nulls_first: bool,
    count: usize,
}

/// Keys to be sorted.
pub struct Sorting {
    /// How they begin.
    pub elements: Vec<Element>,
    /// All of them; none when they are no longer than that.
    pub whole: Option<Whole>,
    nulls: Vec<u32>,
    nulls_first: bool,
}

impl Sorting {
    /// The places of all rows in their order, once the elements are sorted.
    pub fn places(&self) -> impl Iterator<Item = u32> + '_ {
        let values = self.elements.iter().map(|element| element.place);
        let (first, last): (&[u32], &[u32]) = if self.nulls_first {
            (&self.nulls, &[])
        } else {
            (&[], &self.nulls)
        };
        first.iter().copied().chain(values).chain(last.iter().copied())
    }
}

impl Keys {
    /// Keys of some columns, of `count` rows.
    ///
    /// # Errors
    /// `Unsupported` for a type that has no order.
    pub fn new(schema: &Schema, sort: &[SortKey], count: usize) -> Result<Self> {
        let mut fields = Vec::new();
        let mut narrow = Vec::new();
        for key in sort {
            let field = schema.fields().get(key.column as usize);
            let data_type = field.map_or(DataType::Null, |field| field.data_type().clone());
            let options = SortOptions::new(key.descending, key.nulls_first);
            let narrower = narrower(&data_type);
            let compared = narrower.clone().unwrap_or_else(|| data_type.clone());
            let sorted = SortField::new_with_options(compared, options);
            if is_variant(&data_type) || !RowConverter::supports_fields(std::slice::from_ref(&sorted)) {
                return Err(no_order(field.map_or("column", |field| field.name()), &data_type));
            }
            fields.push(sorted);
            narrow.push(narrower);
        }
        let exact = matches!((sort, schema_type(schema, sort)), ([_], Some(one)) if fits(&one));
        Ok(Self {
            converter: RowConverter::new(fields).map_err(failed)?,
            narrow,
            exact,
            elements: Vec::with_capacity(count),
            whole: Whole::default(),
            nulls: Vec::new(),
            nulls_first: sort.first().is_some_and(|key| key.nulls_first),
            count: 0,
        })
    }

    /// The keys of further rows. Gives the bytes that they take beside the elements.
    ///
    /// # Errors
    /// `Bug` when the columns are not those promised.
    pub fn push(&mut self, columns: Vec<ArrayRef>) -> Result<usize> {
        let columns = columns
            .into_iter()
            .zip(&self.narrow)
            .map(|(array, narrow)| match narrow {
                Some(narrow) => cast(&array, narrow).map_err(failed),
                None => Ok(array),
            });
        let rows = self
            .converter
            .convert_columns(&columns.collect::<Result<Vec<_>>>()?)
            .map_err(failed)?;
        let start = self.count;
        for (place, row) in (start..).zip(&rows) {
            let too_many =
                |cause| Error::new(Kind::TooBig, "rows", "There are too many rows to sort.").with_source(cause);
            self.add(u32::try_from(place).map_err(too_many)?, row.data());
        }
        self.count += rows.num_rows();
        if self.exact {
            return Ok(0);
        }
        let size = rows.size();
        self.whole.starts.push(start);
        self.whole.rows.push(rows);
        Ok(size)
    }

    fn add(&mut self, place: u32, key: &[u8]) {
        let prefix = match (self.exact, key.split_first()) {
            (true, Some((&VALUE, rest))) => bytes_at(rest, 0),
            (true, _) => return self.nulls.push(place),
            (false, _) => bytes_at(key, 0),
        };
        self.elements.push(Element { prefix, place });
    }

    /// What is to be sorted.
    #[must_use]
    pub fn finish(self) -> Sorting {
        Sorting {
            elements: self.elements,
            whole: (!self.exact).then_some(self.whole),
            nulls: self.nulls,
            nulls_first: self.nulls_first,
        }
    }
}

fn schema_type(schema: &Schema, sort: &[SortKey]) -> Option<DataType> {
    let field = schema.fields().get(sort.first()?.column as usize)?;
    Some(narrower(field.data_type()).unwrap_or_else(|| field.data_type().clone()))
}

/// Is a value of this type at most eight bytes wide, always?
fn fits(data_type: &DataType) -> bool {
    data_type.primitive_width().is_some_and(|width| width <= 8) && !matches!(data_type, DataType::Interval(_))
        || *data_type == DataType::Boolean
}

/// Decimals of up to eighteen digits fit eight bytes.
fn narrower(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Decimal128(precision, scale) if *precision <= DECIMAL64_MAX_PRECISION => {
            Some(DataType::Decimal64(*precision, *scale))
        }
        _ => None,
    }
}

fn no_order(name: &str, data_type: &DataType) -> Error {
    let detail = format!("Values of the type {} have no order to sort by.", type_name(data_type));
    Error::new(Kind::Unsupported, name, detail)
}
