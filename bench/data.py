"""Writes TPC-H: each table as one Parquet file, and lineitem as a Delta table of 16 files, too.

python bench/data.py FOLDER SCALE. The generator is DuckDB's, whose words the official answers that it comes with have.
"""

import json
import shutil
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake

from native.tpch import extension

FILES = 16
# As DuckDB itself would cut them.
GROUP_ROWS = 122_880
TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def main(folder, scale):
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    connection.load_extension(str(extension()))
    connection.execute(f"call dbgen(sf = {scale})")
    for name in TABLES:
        table = connection.execute(f"from {name}").to_arrow_table()
        pq.write_table(table, unfinished / f"{name}.parquet", row_group_size=GROUP_ROWS, write_page_index=True)
        if name == "lineitem":
            write_delta(table, unfinished / name)
    unfinished.rename(folder)


def write_delta(lineitem, delta):
    """As a nightly job would: one file a commit, and a checkpoint."""
    rows = -(-lineitem.num_rows // FILES)
    for file in range(FILES):
        write_deltalake(delta, lineitem.slice(file * rows, rows), mode="append", post_commithook_properties=NO_HOOKS)
    table = DeltaTable(delta)
    table.create_checkpoint()
    files = [str(Path(uri).relative_to(delta.resolve())) for uri in table.file_uris()]
    if len(files) != FILES:
        raise SystemExit(f"{len(files)} files instead of {FILES}")
    (delta.parent / "files.json").write_text(json.dumps(files))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
