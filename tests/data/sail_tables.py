"""Delta tables that pysail writes: features that deltalake does not write, and a second writer's habits."""

import datetime as dt
import json
import os
from decimal import Decimal

import pyarrow as pa
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

from delta_logs import number_rows
from fixture import HERE, add, add_answer

WRITER = "pysail 0.7.2"


def write_all():
    os.environ["TZ"] = "UTC"
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
    for write in (partitions, commit_timestamps, deletion_vectors, column_mapping, type_widening, v2_checkpoint, variants):
        write(lambda sql: spark.sql(sql).collect())
    spark.stop()
    server.stop()


def create(sql, name, columns, properties="", partitioned=""):
    sql(
        f"create table `{name}` ({columns}) using delta {partitioned} location '{HERE}/delta/{name}'"
        + (f" tblproperties ({properties})" if properties else "")
    )


def number_sql(name, first, count):
    """`number_rows` in SQL."""
    return (
        f"insert into `{name}` select id, case when id % 7 != 0 then concat('row ', id) end as text "
        f"from range({first}, {first + count})"
    )


def partitions(sql):
    create(
        sql,
        "sail-partitions",
        "id bigint, amount decimal(10, 2), day date, text string",
        partitioned="partitioned by (amount, day, text)",
    )
    sql("""insert into `sail-partitions` values (1, -12345678.00, date '1969-12-31', 'a b'),
        (2, 0.05, date '2026-02-28', '100%'), (3, null, null, null), (4, 0.00, date '9999-12-31', 'ü/#?&')""")
    rows = pa.table(
        {
            "id": pa.array([1, 2, 3, 4]),
            "amount": pa.array([Decimal("-12345678.00"), Decimal("0.05"), None, Decimal("0.00")], pa.decimal128(10, 2)),
            "day": pa.array([-1, 20512, None, 2932896], pa.int32()).cast(pa.date32()),
            "text": pa.array(["a b", "100%", None, "ü/#?&"]),
        }
    )
    add(
        "sail-partitions",
        "delta/sail-partitions",
        "Partitioned by decimal, date and text, by another writer",
        rows,
        writer=WRITER,
        version=1,
    )
    create(sql, "garbled-decimal", "id bigint, amount decimal(10, 2)", partitioned="partitioned by (amount)")
    sql("insert into `garbled-decimal` values (1, -0.05)")
    add(
        "garbled-decimal",
        "delta/garbled-decimal",
        "A fault of two writers: the partition value -0.05 is written 0.-5",
        writer=WRITER,
        errors=["Damaged"],
    )


def commit_timestamps(sql):
    create(sql, "commit-timestamps", "id bigint, text string", "'delta.enableInCommitTimestamps' = 'true'")
    for first in (0, 10, 20):
        sql(number_sql("commit-timestamps", first, 10))
    add(
        "commit-timestamps",
        "delta/commit-timestamps",
        "Commit times are in the commits, not the files' dates",
        number_rows(0, 30),
        writer=WRITER,
        version=3,
    )
    commit = (HERE / f"delta/commit-timestamps/_delta_log/{2:020}.json").read_text().splitlines()[0]
    at = dt.datetime.fromtimestamp(json.loads(commit)["commitInfo"]["inCommitTimestamp"] / 1000, dt.UTC)
    add(
        "commit-timestamps-then",
        "delta/commit-timestamps",
        "The same as of the time of version 2",
        number_rows(0, 20),
        writer=WRITER,
        version=2,
        as_of={"timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")},
    )


def deletion_vectors(sql):
    name = "deletion-vectors"
    create(sql, name, "id bigint, text string", "'delta.enableDeletionVectors' = 'true'")
    sql(number_sql(name, 0, 100))
    sql(f"delete from `{name}` where id % 10 = 3")
    rows = number_rows(0, 100)
    kept = rows.filter(pa.array([id_ % 10 != 3 for id_ in rows["id"].to_pylist()]))
    add(
        name,
        f"delta/{name}",
        "Ten rows are deleted by a deletion vector: to ignore it would show them",
        kept,
        writer=WRITER,
        version=2,
        wrong_in=["deltalake"],
    )


def column_mapping(sql):
    name = "sail-column-mapping"
    create(sql, name, "id bigint, `a b` string", "'delta.columnMapping.mode' = 'id'")
    sql(f"insert into `{name}` values (1, 'x'), (2, null)")
    rows = pa.table({"id": pa.array([1, 2]), "a b": pa.array(["x", None])})
    add(
        name,
        f"delta/{name}",
        "Column mapping by id, reader version 3",
        rows,
        writer=WRITER,
        version=1,
        wrong_in=["deltalake"],
    )


def type_widening(sql):
    name = "type-widening"
    create(sql, name, "id int", "'delta.enableTypeWidening' = 'true'")
    sql(f"insert into `{name}` values (1)")
    sql(f"alter table `{name}` alter column id type bigint")
    sql(f"insert into `{name}` values (5000000000)")
    add(
        name,
        f"delta/{name}",
        "A column was int and is bigint",
        pa.table({"id": pa.array([1, 5_000_000_000])}),
        writer=WRITER,
        version=3,
        wrong_in=["deltalake"],
    )


def v2_checkpoint(sql):
    name = "v2-checkpoint"
    create(sql, name, "id bigint, text string", "'delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '3'")
    for first in range(0, 50, 10):
        sql(number_sql(name, first, 10))
    for version in range(3):
        (HERE / f"delta/{name}/_delta_log/{version:020}.json").unlink()
    add(
        name,
        f"delta/{name}",
        "A V2 checkpoint with sidecars, and no commits before it",
        number_rows(0, 50),
        writer=WRITER,
        version=5,
        wrong_in=["deltalake"],
    )


VARIANTS = [
    '{"a": 1, "b": {"c": [1, "two", null, true]}, "z": -5}',
    '"text with \\\\"quotes\\\\" and ü"',
    "[]",
    "{}",
    "null",
    "12345678901",
    "0.5",
    '[{"a": 2}, {"a": "3"}]',
]


def variants(sql):
    create(sql, "variants", "id bigint, v variant")
    # Without NULLs, which this writer writes and then cannot read.
    rows = [f"({at}, parse_json('{json_}'))" for at, json_ in enumerate(VARIANTS)]
    sql(f"insert into `variants` values {', '.join(rows)}")
    answer = sql("select id, to_json(v) as v from `variants` order by id")
    add_answer(
        "variants",
        "delta/variants",
        "Variants: objects, lists and scalars",
        "select id, variant_to_json(v) as v from t",
        pa.table(
            {
                "id": pa.array([row.id for row in answer]),
                "v": pa.array([row.v for row in answer], pa.string()),
            }
        ),
        writer=WRITER,
        version=1,
    )
