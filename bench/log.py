"""Writes a Delta table with a long log and next to no data, to measure opening and planning: python log.py FOLDER FILES.

A checkpoint of all files but 36, in parts of 300,000, and one commit after it, which adds those 36. Only they exist:
a scan of the last day really runs, and a plan of all files, which looks into the first 32 that it does not know yet,
finds them.
"""

import hashlib
import json
import shutil
import struct
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CHECKPOINT = 10
PART_FILES = 300_000
ROWS = 1_000
WRITTEN = 1_700_000_000_000
DAYS = [str(date(2024, 1, 1) + timedelta(days=day)) for day in range(1_000)]
# Files that exist, by day: the last ones.
REAL = [DAYS[-2]] * 32 + [DAYS[-1]] * 4
COLUMNS = {
    "id": ("long", pa.int64()),
    "customer": ("long", pa.int64()),
    "quantity": ("integer", pa.int32()),
    "amount": ("double", pa.float64()),
    "price": ("decimal(10,2)", pa.decimal128(10, 2)),
    "sold": ("timestamp", pa.timestamp("us", "UTC")),
    "city": ("string", pa.string()),
    "note": ("string", pa.string()),
}
NO_NULLS = ",".join(f'"{name}":0' for name in COLUMNS)
CITIES = ["Aachen", "Bergen", "Cadiz", "Dublin", "Espoo", "Faro", "Ghent", "Haarlem"]
TEXT_MAP = pa.map_(pa.string(), pa.string())
METADATA = pa.struct({
    "id": pa.string(),
    "format": pa.struct({"provider": pa.string(), "options": TEXT_MAP}),
    "schemaString": pa.string(),
    "partitionColumns": pa.list_(pa.string()),
    "configuration": TEXT_MAP,
    "createdTime": pa.int64(),
})
PROTOCOL = pa.struct({"minReaderVersion": pa.int32(), "minWriterVersion": pa.int32()})
ADD = {
    "path": pa.string(),
    "partitionValues": TEXT_MAP,
    "size": pa.int64(),
    "modificationTime": pa.int64(),
    "dataChange": pa.bool_(),
    "stats": pa.string(),
}
ACTIONS = pa.schema({"protocol": PROTOCOL, "metaData": METADATA, "add": pa.struct(ADD)})


def main(folder, files):
    del REAL[: max(0, len(REAL) - files)]
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    log = unfinished / "_delta_log"
    log.mkdir(parents=True)
    write_checkpoint(log, files - len(REAL))
    write_commit(unfinished, log, files - len(REAL))
    unfinished.rename(folder)


def write_checkpoint(log, files):
    parts = max(1, -(-files // PART_FILES))
    with Pool() as pool:
        size = sum(pool.starmap(write_part, [(log, files, part, parts) for part in range(parts)], chunksize=1))
    hint = {"version": CHECKPOINT, "size": files + 2, "sizeInBytes": size, "numOfAddFiles": files}
    if parts > 1:
        hint["parts"] = parts
    (log / "_last_checkpoint").write_text(json.dumps(hint))


def write_part(log, files, part, parts):
    name = f".{part + 1:010}.{parts:010}" if parts > 1 else ""
    file = log / f"{CHECKPOINT:020}.checkpoint{name}.parquet"
    actions = of_files(range(part * PART_FILES, min((part + 1) * PART_FILES, files)))
    if part == 0:
        actions = pa.concat_tables([of_table(), actions]).combine_chunks()
    pq.write_table(actions, file)
    return file.stat().st_size


def of_table():
    fields = [("day", "date"), *((name, kind) for name, (kind, _) in COLUMNS.items())]
    schema = {"type": "struct", "fields": [{"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in fields]}
    metadata = {
        "id": "5f3c1f0e-0d5b-4a53-9d0a-6d9c31d1b001",
        "format": {"provider": "parquet", "options": []},
        "schemaString": json.dumps(schema),
        "partitionColumns": ["day"],
        "configuration": [],
        "createdTime": WRITTEN,
    }
    protocol = {"minReaderVersion": 1, "minWriterVersion": 2}
    return pa.Table.from_pylist([{"protocol": protocol}, {"metaData": metadata}], ACTIONS)


def of_files(numbers):
    days = [DAYS[number % (len(DAYS) - 2)] for number in numbers]
    columns = [
        [path(number, day) for number, day in zip(numbers, days)],
        [[("day", day)] for day in days],
        [(64 << 20) + number % 1_000_003 for number in numbers],
        [WRITTEN + number for number in numbers],
        [True] * len(numbers),
        [statistics(number) for number in numbers],
    ]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, ADD.values())]
    add = pa.StructArray.from_arrays(arrays, fields=list(ACTIONS.field("add").type))
    rows = len(numbers)
    return pa.Table.from_arrays([pa.nulls(rows, PROTOCOL), pa.nulls(rows, METADATA), add], schema=ACTIONS)


def write_commit(root, log, first):
    lines = [{"commitInfo": {"timestamp": WRITTEN, "operation": "WRITE"}}]
    for number, day in enumerate(REAL, first):
        file = root / path(number, day)
        file.parent.mkdir(exist_ok=True)
        pq.write_table(rows(number), file)
        add = (path(number, day), {"day": day}, file.stat().st_size, WRITTEN, True, statistics(number))
        lines.append({"add": dict(zip(ADD, add))})
    (log / f"{CHECKPOINT + 1:020}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


def path(number, day):
    unique = digest(number).hex()
    groups = "-".join((unique[:8], unique[8:12], unique[12:16], unique[16:20], unique[20:32]))
    return f"day={day}/part-{number % 200:05}-{groups}.c000.snappy.parquet"


def statistics(number):
    """Rows of a file go up by one in each column: its bounds are those of the first row and of the last."""
    first, last = (",".join(spelled(number, row)) for row in (0, ROWS - 1))
    return f'{{"numRecords":{ROWS},"minValues":{{{first}}},"maxValues":{{{last}}},"nullCount":{{{NO_NULLS}}}}}'


def spelled(number, row):
    identity, customer, quantity, amount, cents, second, city = values(number, row)
    return (
        f'"id":{identity}', f'"customer":{customer}', f'"quantity":{quantity}', f'"amount":{amount}',
        f'"price":{cents / 100:.2f}', f'"sold":"{datetime.fromtimestamp(second, timezone.utc):%Y-%m-%dT%H:%M:%S.000Z}"',
        f'"city":"{CITIES[city]}"', f'"note":"order {customer:08} of {CITIES[city]}"',
    )


def rows(number):
    """What `statistics` tells of, as data."""
    identity, customer, quantity, amount, cents, second, city = zip(*(values(number, row) for row in range(ROWS)))
    cities = [CITIES[each] for each in city]
    prices = [Decimal(each) / 100 for each in cents]
    times = [datetime.fromtimestamp(each, timezone.utc) for each in second]
    notes = [f"order {each:08} of {name}" for each, name in zip(customer, cities)]
    columns = (identity, customer, quantity, amount, prices, times, cities, notes)
    return pa.table({name: pa.array(each, kind) for each, (name, (_, kind)) in zip(columns, COLUMNS.items())})


def values(number, row):
    """`id` goes on from file to file; in the other columns the files overlap."""
    customer, quantity, cents, second = struct.unpack_from("<4I", digest(number), 16)
    return (
        number * ROWS + row, customer % 1_000_000 + row, quantity % 100 + row, quantity % 10_000 + row + 0.5,
        cents % 10_000_000 + row, 1_700_000_000 + second % 80_000_000 + row, min(second % 4 + row, 7),
    )


@lru_cache(maxsize=1)
def digest(number):
    """Bytes that look like chance and are always the same."""
    return hashlib.blake2b(number.to_bytes(8, "little"), digest_size=32).digest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
