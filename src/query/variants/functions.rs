//! `variant_get`, `try_variant_get`, `variant_to_json` and `is_variant_null`, as Spark has them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, StringBuilder, StructArray, new_null_array};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{CastOptions, cast_with_options, is_not_null};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, TimeUnit};
use datafusion::common::{ScalarValue, exec_datafusion_err, exec_err, plan_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use parquet::variant::{GetOptions, Variant, VariantArrayBuilder, VariantPath, variant_get, variant_to_json};

use super::{Scalar, scalar};
use crate::query::values::Values;
use crate::table::delta::primitive_type;
use crate::table::variant::{assemble, checked, data_type, is_variant};

/// All of them.
pub fn all() -> Vec<ScalarUDF> {
    [
        What::Get { tries: false },
        What::Get { tries: true },
        What::Json,
        What::IsNull,
    ]
    .map(|what| ScalarUDF::from(Function::new(what)))
    .into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    /// A part of a variant. One that tries gives NULL where the part is not of the type, the other an error.
    Get {
        tries: bool,
    },
    Json,
    IsNull,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    what: What,
    signature: Signature,
    documentation: Documentation,
}

impl Function {
    fn new(what: What) -> Self {
        let (syntax, description) = match what {
            What::Get { tries: false } => (
                "variant_get(variant, path [, type])",
                "The part of a variant at a path such as '$.a.b[0]', in a type such as 'int'; NULL where there is none, \
                 an error where it is of another type.",
            ),
            What::Get { tries: true } => (
                "try_variant_get(variant, path [, type])",
                "Like variant_get, but NULL where the part is of another type.",
            ),
            What::Json => ("variant_to_json(variant)", "A variant as JSON text."),
            What::IsNull => (
                "is_variant_null(variant)",
                "Is it JSON's null, as opposed to SQL's NULL?",
            ),
        };
        let arguments = if matches!(what, What::Get { .. }) {
            vec![2, 3]
        } else {
            vec![1]
        };
        let signatures = arguments.into_iter().map(datafusion::logical_expr::TypeSignature::Any);
        let section = datafusion::logical_expr::DocSection::default();
        Self {
            what,
            signature: Signature::one_of(signatures.collect(), Volatility::Immutable),
            documentation: Documentation::builder(section, description, syntax).build(),
        }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.what {
            What::Get { tries: false } => "variant_get",
            What::Get { tries: true } => "try_variant_get",
            What::Json => "variant_to_json",
            What::IsNull => "is_variant_null",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        plan_err!("the type that {} gives depends on its arguments", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let first = args.arg_fields.first().map(|field| field.data_type());
        if !first.is_some_and(is_variant) {
            return plan_err!("{} is given what is no variant", self.name());
        }
        let given = match self.what {
            What::Get { .. } => match args.scalar_arguments.get(2) {
                Some(name) => wanted(name.and_then(text))?,
                None => data_type(),
            },
            What::Json => DataType::Utf8,
            What::IsNull => DataType::Boolean,
        };
        Ok(Arc::new(Field::new(self.name(), given, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = args.return_field.data_type().clone();
        let path = match args.args.get(1) {
            Some(ColumnarValue::Scalar(path)) => path.clone(),
            Some(ColumnarValue::Array(_)) => return exec_err!("the path of {} is a constant", self.name()),
            None => ScalarValue::Null,
        };
        let rows = args.number_rows;
        let Some(first) = args.args.into_iter().next() else {
            return exec_err!("{} is given nothing", self.name());
        };
        let variants = first.into_array(rows)?;
        let result = match self.what {
            What::Get { tries } => match text(&path) {
                Some(path) => get(&variants, path, &given, tries)?,
                None => new_null_array(&given, rows),
            },
            What::Json => json(&variants)?,
            What::IsNull => is_null(&variants)?,
        };
        Ok(ColumnarValue::Array(result))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

fn text(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}

/// A type by its name in Spark.
fn wanted(name: Option<&str>) -> Result<DataType> {
    let Some(name) = name else {
        return plan_err!("the type that variant_get gives is a constant, such as 'int'");
    };
    let name = name.trim().to_lowercase();
    // As SQL calls them where the log of a table does not.
    let in_log = match name.as_str() {
        "int" => "integer",
        "bigint" => "long",
        "smallint" => "short",
        "tinyint" => "byte",
        other => other,
    };
    primitive_type(in_log).ok_or_else(|| {
        plan_datafusion_err!("variant_get gives no {name}: string, int, double, timestamp and their like")
    })
}

fn get(variants: &ArrayRef, path: &str, given: &DataType, tries: bool) -> Result<ArrayRef> {
    let inner = path.strip_prefix('$').unwrap_or(path);
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    let parsed = if inner.is_empty() {
        VariantPath::default()
    } else {
        VariantPath::try_from(inner).map_err(|cause| exec_datafusion_err!("the path {path:?} is none: {cause}"))?
    };
    let parts = parts(variants, &parsed)?;
    if is_variant(given) {
        return Ok(parts);
    }
    let converted = convert(&parts, given)?;
    if !tries {
        let lost = (0..parts.len()).find(|row| converted.is_null(*row) && !is_null_at(parts.as_struct(), *row));
        if let Some(row) = lost {
            let value = Values::new(&parts).ok().and_then(|values| values.get(row).text());
            let value = value.unwrap_or_default();
            return exec_err!("at {path} is {value}, which is no {given}; try_variant_get gives NULL there");
        }
    }
    Ok(converted)
}

/// The variants at `path` in `variants`, NULL where there is nothing.
fn parts(variants: &ArrayRef, path: &VariantPath<'_>) -> Result<ArrayRef> {
    let mut found = VariantArrayBuilder::new(variants.len());
    for variant in each(variants.as_struct()) {
        match variant?.as_ref().and_then(|variant| variant.get_path(path)) {
            Some(part) => found.append_variant(part),
            None => found.append_null(),
        }
    }
    let found: ArrayRef = Arc::new(StructArray::from(found.build()));
    Ok(assemble(&found)?)
}

/// What is of another type is NULL.
fn convert(parts: &ArrayRef, given: &DataType) -> Result<ArrayRef> {
    if *given == DataType::Utf8 {
        return texts(parts);
    }
    let safe = CastOptions {
        safe: true,
        ..CastOptions::default()
    };
    let target = Arc::new(Field::new("part", given.clone(), true));
    let options = GetOptions::new()
        .with_as_type(Some(target))
        .with_cast_options(safe.clone());
    let direct = within_digits(&variant_get(parts, options)?);
    // What says the same in words counts, too: a text, or a time of another kind.
    let words = texts_of(parts, |variant| match scalar(variant) {
        Some(Scalar::Text(text)) => Some(text.to_owned()),
        Some(Scalar::Quoted(text)) => Some(text),
        _ => None,
    })?;
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    let by_way_of_time = match given {
        DataType::Date32 => cast_with_options(&cast_with_options(&words, &time, &safe)?, given, &safe)?,
        _ => new_null_array(given, parts.len()),
    };
    let from_words = first(&cast_with_options(&words, given, &safe)?, &by_way_of_time)?;
    first(&direct, &within_digits(&from_words))
}

/// The values of the one, where they are not NULL, else of the other.
fn first(one: &ArrayRef, other: &ArrayRef) -> Result<ArrayRef> {
    Ok(zip(&is_not_null(one)?, one, other)?)
}

/// Decimals with more digits than their type has are of another type.
fn within_digits(values: &ArrayRef) -> ArrayRef {
    match (values.data_type(), values.as_primitive_opt::<Decimal128Type>()) {
        (DataType::Decimal128(precision, _), Some(decimals)) => {
            let kept = decimals.null_if_overflow_precision(*precision);
            Arc::new(kept.with_data_type(values.data_type().clone()))
        }
        _ => Arc::clone(values),
    }
}

/// Each as text: a text is itself, what has parts is JSON.
fn texts(parts: &ArrayRef) -> Result<ArrayRef> {
    let mut texts = StringBuilder::new();
    let values = Values::new(parts).map_err(|error| exec_datafusion_err!("{error}"))?;
    for (row, variant) in each(parts.as_struct()).enumerate() {
        match variant?.as_ref().map(|variant| (variant.clone(), scalar(variant))) {
            None | Some((Variant::Null, _)) => texts.append_null(),
            Some((_, Some(Scalar::Text(text)))) => texts.append_value(text),
            Some((_, Some(Scalar::Bare(text) | Scalar::Quoted(text)))) => texts.append_value(text),
            Some(_) => texts.append_option(values.get(row).text()),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn texts_of(parts: &ArrayRef, text: impl Fn(&Variant<'_, '_>) -> Option<String>) -> Result<ArrayRef> {
    let mut texts = StringBuilder::new();
    for variant in each(parts.as_struct()) {
        texts.append_option(variant?.as_ref().and_then(&text));
    }
    Ok(Arc::new(texts.finish()))
}

fn json(variants: &ArrayRef) -> Result<ArrayRef> {
    Ok(Arc::new(variant_to_json(variants)?))
}

fn is_null(variants: &ArrayRef) -> Result<ArrayRef> {
    let mut answers = BooleanBuilder::new();
    for variant in each(variants.as_struct()) {
        answers.append_value(matches!(variant?, Some(Variant::Null)));
    }
    Ok(Arc::new(answers.finish()))
}

/// Is there nothing, or null?
fn is_null_at(variants: &StructArray, row: usize) -> bool {
    !matches!(at(variants, row), Ok(Some(variant)) if variant != Variant::Null)
}

fn each(variants: &StructArray) -> impl Iterator<Item = Result<Option<Variant<'_, '_>>>> {
    (0..variants.len()).map(|row| at(variants, row))
}

fn at(variants: &StructArray, row: usize) -> Result<Option<Variant<'_, '_>>> {
    if variants.is_null(row) {
        return Ok(None);
    }
    let (metadata, value) = (
        variants.column(0).as_binary::<i32>(),
        variants.column(1).as_binary::<i32>(),
    );
    Ok(Some(checked(metadata.value(row), value.value(row))?))
}
