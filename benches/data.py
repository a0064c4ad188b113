"""Writes TPC-H lineitem twice: `lineitem.parquet` with its writer's row groups, and a Delta table of 16 files.

python benches/data.py FOLDER SCALE; tpchgen-cli is on PATH.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake

FILES = 16
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def main(folder, scale):
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    parquet = unfinished / "lineitem.parquet"
    generate = ["tpchgen-cli", "parquet", "-s", scale, "--tables=lineitem", f"--output-dir={unfinished}"]
    subprocess.run(generate, check=True)
    write_delta(parquet, unfinished / "lineitem")
    unfinished.rename(folder)


def write_delta(parquet, delta):
    """As a nightly job would: one file a commit, and a checkpoint."""
    lineitem = pq.read_table(parquet)
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
