//! Schemas of the log, right and wrong.

use super::*;

fn read(fields: &str) -> Result<SchemaRef> {
    let root = Location::parse("http://lake.test/t").unwrap();
    parse(&root, &format!(r#"{{"type":"struct","fields":[{fields}]}}"#))
}

fn one(data_type: &str) -> Result<DataType> {
    let schema = read(&format!(
        r#"{{"name":"a","type":{data_type},"nullable":true,"metadata":{{}}}}"#
    ))?;
    Ok(schema.field(0).data_type().clone())
}

#[test]
fn every_type_has_its_arrow_type() {
    for (delta, arrow) in [
        ("byte", DataType::Int8),
        ("short", DataType::Int16),
        ("integer", DataType::Int32),
        ("long", DataType::Int64),
        ("date", DataType::Date32),
        ("binary", DataType::Binary),
        ("decimal(38,18)", DataType::Decimal128(38, 18)),
        ("decimal(5, 2)", DataType::Decimal128(5, 2)),
        ("timestamp_ntz", DataType::Timestamp(TimeUnit::Microsecond, None)),
        (
            "timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ),
    ] {
        assert_eq!(one(&format!("{delta:?}")).unwrap(), arrow);
    }
}

#[test]
fn nested_types_keep_names_and_nullability() {
    let map = r#"{"type":"map","keyType":"string","valueContainsNull":false,"valueType":
        {"type":"array","containsNull":false,"elementType":
        {"type":"struct","fields":[{"name":"x","type":"long","nullable":false,"metadata":{}}]}}}"#;
    let DataType::Map(entries, _) = one(map).unwrap() else {
        panic!("no map")
    };
    let DataType::Struct(entries) = entries.data_type() else {
        panic!("no entries")
    };
    assert!(!entries[1].is_nullable());
    let DataType::List(element) = entries[1].data_type() else {
        panic!("no list")
    };
    assert!(!element.is_nullable());
    let DataType::Struct(fields) = element.data_type() else {
        panic!("no struct")
    };
    assert_eq!((fields[0].name().as_str(), fields[0].is_nullable()), ("x", false));
}

#[test]
fn comments_are_kept() {
    let schema = read(r#"{"name":"a","type":"long","nullable":false,"metadata":{"comment":"<b>"}}"#).unwrap();
    assert_eq!(
        schema.field(0).metadata().get(COMMENT_KEY).map(String::as_str),
        Some("<b>")
    );
}

#[test]
fn changes_of_a_type_are_kept_and_those_that_are_not_read_are_named() {
    let changed = |changes: &str| {
        read(&format!(
            r#"{{"name":"a","type":"long","nullable":true,"metadata":{{"delta.typeChanges":{changes}}}}}"#
        ))
    };
    let known = r#"[{"fromType":"short","toType":"integer","tableVersion":2},{"fromType":"integer","toType":"long"}]"#;
    let schema = changed(known).unwrap();
    assert!(schema.field(0).metadata().contains_key(widening::CHANGES_KEY));
    for (changes, kind) in [
        (r#"[{"fromType":"string","toType":"long"}]"#, Kind::Unsupported),
        (r#"[{"fromType":"long","toType":"integer"}]"#, Kind::Unsupported),
        (
            r#"[{"fromType":"integer","toType":"float","fieldPath":"element"}]"#,
            Kind::Unsupported,
        ),
        (r#"[{"fromType":"integer"}]"#, Kind::Damaged),
        ("7", Kind::Damaged),
    ] {
        let error = changed(changes).unwrap_err();
        assert_eq!(error.kind, kind, "{changes}");
        assert!(error.detail.contains(r#"column "a""#), "{error}");
    }
}

#[test]
fn void_columns_are_dropped_and_nested_ones_refused() {
    let void = r#"{"name":"v","type":"void","nullable":true,"metadata":{}}"#;
    assert!(read(void).unwrap().fields().is_empty());
    let refused = one(&format!(r#"{{"type":"struct","fields":[{void}]}}"#)).unwrap_err();
    assert_eq!(refused.kind, Kind::Unsupported);
    assert!(refused.detail.contains("void"), "{refused}");
}

#[test]
fn what_is_not_read_is_named_and_what_is_broken_is_damaged() {
    for (data_type, kind) in [
        (r#""geometry""#, Kind::Unsupported),
        (r#""geometry(OGC:CRS84)""#, Kind::Unsupported),
        (r#""decimal(39,0)""#, Kind::Unsupported),
        (r#"{"type":"udt","class":"x"}"#, Kind::Unsupported),
        ("7", Kind::Damaged),
        (r#"{"type":"struct"}"#, Kind::Damaged),
    ] {
        assert_eq!(one(data_type).unwrap_err().kind, kind, "{data_type}");
    }
    let deep = r#"{"type":"array","elementType":"#.repeat(100) + r#""long""# + &"}".repeat(100);
    assert_eq!(one(&deep).unwrap_err().kind, Kind::Unsupported);
    assert_eq!(
        one(&(r#"{"type":"array","elementType":"#.repeat(100_000)))
            .unwrap_err()
            .kind,
        Kind::Damaged
    );
}

#[test]
fn names_that_differ_in_case_only_are_refused() {
    let error = read(r#"{"name":"a","type":"long"},{"name":"A","type":"long"}"#).unwrap_err();
    assert_eq!(error.kind, Kind::Damaged);
}
