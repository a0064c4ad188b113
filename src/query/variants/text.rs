//! What a variant is that has nothing inside, in the words that columns of such types have.

use chrono::SecondsFormat;
use parquet::variant::Variant;

/// A variant without parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// JSON has a word for it: a number, `true`, `null`.
    Bare(String),
    /// JSON has none, and quotes it.
    Quoted(String),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// `variant` as one; `None` when it is an object or a list.
#[must_use]
pub fn scalar<'v>(variant: &Variant<'_, 'v>) -> Option<Scalar<'v>> {
    Some(match variant {
        Variant::Object(_) | Variant::List(_) => return None,
        Variant::Null => Scalar::Bare("null".to_owned()),
        Variant::BooleanTrue => Scalar::Bare("true".to_owned()),
        Variant::BooleanFalse => Scalar::Bare("false".to_owned()),
        Variant::Int8(value) => Scalar::Bare(value.to_string()),
        Variant::Int16(value) => Scalar::Bare(value.to_string()),
        Variant::Int32(value) => Scalar::Bare(value.to_string()),
        Variant::Int64(value) => Scalar::Bare(value.to_string()),
        Variant::Decimal4(value) => Scalar::Bare(value.to_string()),
        Variant::Decimal8(value) => Scalar::Bare(value.to_string()),
        Variant::Decimal16(value) => Scalar::Bare(value.to_string()),
        Variant::Float(value) => float(value.is_finite(), format!("{value:?}")),
        Variant::Double(value) => float(value.is_finite(), format!("{value:?}")),
        Variant::Date(date) => Scalar::Quoted(date.to_string()),
        Variant::TimestampMicros(time) | Variant::TimestampNanos(time) => {
            Scalar::Quoted(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        Variant::TimestampNtzMicros(time) | Variant::TimestampNtzNanos(time) => {
            Scalar::Quoted(time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
        }
        Variant::Time(time) => Scalar::Quoted(time.to_string()),
        Variant::Uuid(id) => Scalar::Quoted(id.to_string()),
        Variant::Binary(bytes) => Scalar::Bytes(bytes),
        Variant::String(text) => Scalar::Text(text),
        Variant::ShortString(text) => Scalar::Text(text.as_str()),
    })
}

fn float<'a>(is_finite: bool, text: String) -> Scalar<'a> {
    if is_finite {
        Scalar::Bare(text)
    } else {
        Scalar::Quoted(text.replace("inf", "Infinity"))
    }
}
