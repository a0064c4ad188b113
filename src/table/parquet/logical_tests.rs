//! Names of a table in schemas of files.

use parquet::schema::parser::parse_message_type;

use super::*;

/// A column whose physical name tells its id.
fn known(logical_name: &str, id: i32, shape: Shape) -> MappedField {
    MappedField {
        logical_name: logical_name.to_owned(),
        physical_name: format!("p{id}"),
        id,
        shape,
    }
}

fn leaf(logical_name: &str, id: i32) -> MappedField {
    known(logical_name, id, Shape::Leaf)
}

/// The paths of the leaves of a file with `columns`, in the names of a table with `fields`.
fn paths(by: MatchBy, columns: &str, fields: Vec<MappedField>) -> Result<Vec<String>> {
    let file = parse_message_type(&format!("message m {{ {columns} }}")).unwrap();
    let file = SchemaDescriptor::new(Arc::new(file));
    let mapping = Mapping {
        by,
        fields,
        unmapped: vec![],
    };
    let schema = logical_schema(&Path::from("file"), &file, &mapping)?;
    assert_eq!(schema.num_columns(), file.num_columns());
    for (ours, theirs) in schema.columns().iter().zip(file.columns()) {
        assert_eq!(ours.max_def_level(), theirs.max_def_level());
        assert_eq!(ours.max_rep_level(), theirs.max_rep_level());
        assert_eq!(ours.physical_type(), theirs.physical_type());
        assert_eq!(ours.logical_type_ref(), theirs.logical_type_ref());
        assert_eq!(ours.converted_type(), theirs.converted_type());
        assert_eq!(ours.type_length(), theirs.type_length());
        assert_eq!(
            (ours.type_precision(), ours.type_scale()),
            (theirs.type_precision(), theirs.type_scale())
        );
        assert!(!ours.self_type().get_basic_info().has_id());
    }
    Ok(schema.columns().iter().map(|column| column.path().string()).collect())
}

fn by_name(columns: &str, fields: Vec<MappedField>) -> Vec<String> {
    paths(MatchBy::PhysicalName, columns, fields).unwrap()
}

fn by_id(columns: &str, fields: Vec<MappedField>) -> Vec<String> {
    paths(MatchBy::FieldId, columns, fields).unwrap()
}

#[test]
fn what_the_table_does_not_know_is_never_taken_for_what_it_knows() {
    // `a` was renamed to `b`; the file's `b` is another that was dropped, and so is `c`.
    let columns = "optional int64 p1; optional int64 b; optional binary c (STRING);";
    assert_eq!(
        by_name(columns, vec![leaf("b", 1)]),
        ["b", "(unknown 1)", "(unknown 2)"]
    );
    let fields = vec![leaf("(unknown 1)", 1), leaf("c", 7)];
    assert_eq!(by_name(columns, fields), ["(unknown 1)", "(unknown 1) ", "(unknown 2)"]);
}

#[test]
fn ids_count_and_names_do_not() {
    let columns = "optional int64 b = 1; optional int64 a = 2; optional int64 p3;";
    let fields = vec![leaf("a", 1), leaf("b", 2), leaf("c", 3)];
    assert_eq!(by_id(columns, fields.clone()), ["a", "b", "(unknown 2)"]);
    assert_eq!(by_name(columns, fields), ["(unknown 0)", "(unknown 1)", "c"]);
}

#[test]
fn every_type_stays_what_it_is() {
    let columns = "required boolean p1; required int32 p2 (DATE); optional int64 p3 (TIMESTAMP(MICROS,true)); \
        optional int64 p4 (TIMESTAMP(NANOS,false)); optional int32 p5 (DECIMAL(9,2)); optional int64 p6 (DECIMAL(18,3)); \
        optional fixed_len_byte_array(16) p7 (DECIMAL(38,10)); optional binary p8 (STRING); optional binary p9; \
        optional int96 p10; optional float p11; optional double p12; optional int32 p13 (INTEGER(8,true)); \
        optional fixed_len_byte_array(2) p14 (FLOAT16); optional fixed_len_byte_array(16) p15 (UUID);";
    let fields = (1..=15).map(|id| leaf(&format!("column {id}"), id)).collect();
    let expected: Vec<String> = (1..=15).map(|id| format!("column {id}")).collect();
    assert_eq!(by_name(columns, fields), expected);
}

#[test]
fn fields_are_found_in_structs_lists_and_maps() {
    let inner = || Shape::Struct(vec![leaf("x", 2), leaf("y", 3)]);
    let group = "{ optional int64 y; optional int64 p3; optional int64 p2; }";
    let renamed = |before: &str| [".(unknown 0)", ".y", ".x"].map(|field| format!("{before}{field}"));
    let column = format!("optional group p1 {group}");
    assert_eq!(by_name(&column, vec![known("s", 1, inner())]), renamed("s"));

    let list = || vec![known("l", 1, Shape::List(Box::new(inner())))];
    let column =
        format!("optional group p1 (LIST) {{ repeated group bag {{ optional group array_element {group} }} }}");
    assert_eq!(by_name(&column, list()), renamed("l.list.array_element"));
    for legacy in ["array", "p1_tuple", "anything"] {
        let column = format!("optional group p1 (LIST) {{ repeated group {legacy} {group} }}");
        assert_eq!(by_name(&column, list()), renamed("l.array"));
    }
    let column = "optional group p1 (LIST) { repeated group p1_tuple { optional int64 p2; } }";
    assert_eq!(by_name(column, list()), ["l.array.x"]);
    let column = "optional group p1 (LIST) { repeated group list { optional group array { optional int64 p2; } } }";
    assert_eq!(by_name(column, list()), ["l.list.array.x"]);

    let map = || vec![known("m", 1, Shape::Map(Box::new(Shape::Leaf), Box::new(inner())))];
    let column = format!(
        "optional group p1 (MAP) {{ repeated group entries {{ required binary k (STRING); optional group v {group} }} }}"
    );
    let mut expected = vec!["m.entries.k".to_owned()];
    expected.extend(renamed("m.entries.v"));
    assert_eq!(by_name(&column, map()), expected);
}

#[test]
fn names_inside_of_what_has_no_fields_do_not_count() {
    let columns = "optional group p1 (LIST) { repeated int64 item; } \
        optional group p2 { required binary metadata; required binary value; }";
    let list = Shape::List(Box::new(Shape::Leaf));
    let fields = vec![known("l", 1, list), leaf("variant", 2)];
    assert_eq!(
        by_name(columns, fields),
        ["l.item", "variant.metadata", "variant.value"]
    );
}

#[test]
fn what_cannot_be_told_is_damage() {
    let record = |id| known("s", id, Shape::Struct(vec![leaf("x", 9)]));
    let list = |id| known("l", id, Shape::List(Box::new(Shape::Struct(vec![leaf("x", 9)]))));
    let map = |id| {
        known(
            "m",
            id,
            Shape::Map(Box::new(Shape::Leaf), Box::new(Shape::Struct(vec![leaf("x", 9)]))),
        )
    };
    for (by, columns, field, words) in [
        (
            MatchBy::FieldId,
            "optional int64 p1;",
            leaf("a", 1),
            "its columns have none",
        ),
        (
            MatchBy::FieldId,
            "optional group p1 = 1 { optional int64 x; }",
            record(1),
            "fields of \"s\" have none",
        ),
        (
            MatchBy::FieldId,
            "optional int64 a = 1; optional int64 b = 1;",
            leaf("a", 1),
            "\"a\" twice",
        ),
        (
            MatchBy::PhysicalName,
            "optional int64 p1;",
            record(1),
            "\"s\" of the table is a struct",
        ),
        (
            MatchBy::PhysicalName,
            "optional int64 p1;",
            list(1),
            "\"l\" of the table is a list",
        ),
        (
            MatchBy::PhysicalName,
            "optional group p1 { optional int64 p9; }",
            list(1),
            "is a list",
        ),
        (
            MatchBy::PhysicalName,
            "optional group p1 (LIST) { repeated int64 p9; }",
            list(1),
            "is a list",
        ),
        (
            MatchBy::PhysicalName,
            "optional group p1 (LIST) { repeated int64 p9; }",
            record(1),
            "is a struct",
        ),
        (
            MatchBy::PhysicalName,
            "optional group p1 { optional int64 p9; }",
            map(1),
            "is a map",
        ),
    ] {
        let error = paths(by, columns, vec![field]).unwrap_err();
        assert_eq!(error.kind, Kind::Damaged, "{columns}");
        assert!(error.detail.contains(words), "{columns}: {error}");
    }
}
