//! Code that is Python: a frame or table for each relation, then the statement as text.

use super::sql::Written;
use super::statement::{AsOf, Dialect, Relation, Statement};
use super::{Tool, source};

/// Spark.
pub(super) fn pyspark(statement: &Statement) -> Written {
    let mut code = String::from(
        "from pyspark.sql import SparkSession\n\n\
         spark = SparkSession.builder.getOrCreate()\n",
    );
    for relation in &statement.relations {
        let name = text(&relation.name);
        code.extend([format!("{}.createOrReplaceTempView({name})\n", spark_read(relation))]);
    }
    code.extend([format!(
        "\nresult = spark.sql({})\nresult.show()\n",
        block(&statement.write(Dialect::Spark))
    )]);
    (code, vec![])
}

fn spark_read(relation: &Relation) -> String {
    let places = relation
        .table
        .urls
        .iter()
        .map(|url| text(&source::place(Tool::PySpark, url)));
    let places = places.collect::<Vec<_>>().join(", ");
    if !relation.table.is_delta {
        return format!("spark.read.parquet({places})");
    }
    let version = match &relation.as_of {
        AsOf::Open(None) => String::new(),
        AsOf::Open(Some(version)) | AsOf::Version(version) => format!(".option(\"versionAsOf\", {version})"),
        AsOf::Timestamp(time) => format!(".option(\"timestampAsOf\", {})", text(time)),
    };
    format!("spark.read.format(\"delta\"){version}.load({places})")
}

/// Polars.
pub(super) fn polars(statement: &Statement) -> Written {
    let mut code = String::from("import polars as pl\n\ntables = pl.SQLContext()\n");
    for relation in &statement.relations {
        let name = text(&relation.name);
        code.extend([format!("tables.register({name}, {})\n", polars_scan(relation))]);
    }
    let sql = block(&statement.write(Dialect::Polars));
    code.extend([format!("\nresult = tables.execute({sql}, eager=True)\nprint(result)\n")]);
    (code, vec![])
}

fn polars_scan(relation: &Relation) -> String {
    let places = relation
        .table
        .urls
        .iter()
        .map(|url| text(&source::place(Tool::Polars, url)));
    if !relation.table.is_delta {
        let places: Vec<String> = places.collect();
        return format!("pl.scan_parquet([{}])", places.join(", "));
    }
    let place: String = places.take(1).collect();
    match &relation.as_of {
        AsOf::Open(None) => format!("pl.scan_delta({place})"),
        AsOf::Open(Some(version)) | AsOf::Version(version) => format!("pl.scan_delta({place}, version={version})"),
        AsOf::Timestamp(time) => format!("pl.scan_delta({place}, version={})", text(time)),
    }
}

/// delta-rs.
pub(super) fn delta_rs(statement: &Statement) -> Written {
    let mut code = String::from("from deltalake import DeltaTable, QueryBuilder\n\nquery = QueryBuilder()\n");
    let mut missing = vec![];
    for relation in &statement.relations {
        if relation.table.is_delta {
            code.push_str(&register(relation));
        } else {
            missing.push(format!(
                "{}: delta-rs opens Delta tables only, and this one is Parquet files.",
                relation.table.name
            ));
        }
    }
    let sql = block(&statement.write(Dialect::Standard));
    code.extend([format!("\nresult = query.execute({sql}).read_all()\nprint(result)\n")]);
    (code, missing)
}

fn register(relation: &Relation) -> String {
    let place = relation.table.urls.first().map(|url| source::place(Tool::DeltaRs, url));
    let (name, place) = (text(&relation.name), text(&place.unwrap_or_default()));
    match &relation.as_of {
        AsOf::Open(None) => format!("query.register({name}, DeltaTable({place}))\n"),
        AsOf::Open(Some(version)) | AsOf::Version(version) => {
            format!("query.register({name}, DeltaTable({place}, version={version}))\n")
        }
        AsOf::Timestamp(time) => format!(
            "table = DeltaTable({place})\ntable.load_as_version({})\nquery.register({name}, table)\n",
            text(time)
        ),
    }
}

/// A text in Python.
fn text(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            '\n' => written.push_str("\\n"),
            c if c.is_control() => written.extend([format!("\\u{:04x}", u32::from(c))]),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// A text of several lines in Python.
fn block(text: &str) -> String {
    format!(
        "\"\"\"\n{}\n\"\"\"",
        text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"")
    )
}
