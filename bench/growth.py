"""Writes tables that differ in one thing alone: python bench/growth.py FOLDER KIND SIZE [LINEITEM].

rows: lineitem repeated to SIZE times 6,000,000 rows, keys going on; columns, groups: a Parquet file of that many columns
or row groups; files: a Delta table (log.py) of that many files. LINEITEM is a Parquet file of scale 0.1.
"""

import sys
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import log

GROUP_ROWS = 122_880
ROWS_OF_ONE = 6_000_000
KEYS = 600_000
NARROW_ROWS = 1_000_000
WIDE_ROWS = 20_000


def main(folder, kind, size, lineitem=None):
    if kind == "files":
        return log.main(folder / f"{kind}-{size}", int(size))
    unfinished = folder / f"{kind}-{size}.unfinished"
    folder.mkdir(parents=True, exist_ok=True)
    {"rows": rows, "columns": columns, "groups": groups}[kind](unfinished, float(size), lineitem)
    unfinished.rename(folder / f"{kind}-{size}.parquet")


def rows(path, factor, lineitem):
    table = pq.read_table(lineitem)
    left = round(factor * ROWS_OF_ONE)
    with pq.ParquetWriter(path, table.schema, write_page_index=True) as writer:
        for time in range(-(-left // table.num_rows)):
            part = shifted(table, time * KEYS).slice(0, left)
            writer.write_table(part, row_group_size=GROUP_ROWS)
            left -= part.num_rows


def shifted(table, by):
    keys = pc.add(table["l_orderkey"], pa.scalar(by, table["l_orderkey"].type))
    return table.set_column(0, table.schema.field(0), keys.cast(table.schema.field(0).type))


def columns(path, count, _):
    names = [f"c{number}" for number in range(int(count))]
    pq.write_table(pa.table({name: values(WIDE_ROWS, number) for number, name in enumerate(names)}), path, write_page_index=True)


def groups(path, count, _):
    table = pa.table({"c0": values(NARROW_ROWS, 0), "c1": values(NARROW_ROWS, 1), "c2": values(NARROW_ROWS, 2)})
    pq.write_table(table, path, row_group_size=NARROW_ROWS // int(count), write_page_index=True)


def values(rows, seed):
    """Numbers that do not compress; those of seed 0 are in order."""
    if seed == 0:
        return pa.array(range(rows), pa.int64())
    return pa.Array.from_buffers(pa.int32(), rows, [None, pa.py_buffer(Random(seed).randbytes(4 * rows))])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
