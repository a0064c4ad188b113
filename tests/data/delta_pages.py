"""A Delta table that is small, but of all that reading one can use, written by deltalake (delta-rs)."""

import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties

from delta_logs import append, fixture
from fixture import HERE


def write_all():
    """It is also what a new engine tries itself on (src/engine/warm.rs)."""
    path = "delta/paged"
    properties = WriterProperties(
        compression="SNAPPY", max_row_group_size=200, write_batch_size=50, data_page_row_count_limit=50
    )
    for version, (first, count) in enumerate([(0, 400), (400, 400), (800, 200)]):
        append(path, sales(first, count), writer_properties=properties)
        name_file(HERE / path, version)
        if version == 1:
            DeltaTable(HERE / path).create_checkpoint()
    fixture("paged", "Row groups of several pages with their indexes, bounds in a checkpoint and in a commit", sales(0, 1000))


def name_file(table, version):
    """Gives the one file that a commit added the commit's number for a name: a program that has it needs to know it."""
    commit = table / f"_delta_log/{version:020}.json"
    name = next(json.loads(line)["add"]["path"] for line in commit.read_text().splitlines() if '"add"' in line)
    (table / name).rename(table / f"part-{version}.parquet")
    commit.write_text(commit.read_text().replace(name, f"part-{version}.parquet"))


def sales(first, count):
    ids = range(first, first + count)
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "day": pa.array([dt.date(2026, 1, 1) + dt.timedelta(id_ % 90) for id_ in ids]),
            "kind": pa.array([("paint", "tube", "screw", None)[id_ % 4] for id_ in ids]),
            "note": pa.array([f"sale {id_ * 37 % 1000}" for id_ in ids]),
            "price": pa.array([Decimal(id_ * 37 % 1000) / 100 for id_ in ids], pa.decimal128(12, 2)),
            "weight": pa.array([id_ % 11 / 4 for id_ in ids], pa.float64()),
        }
    )
