"""The 22 queries and their official answers as DuckDB's extension has them: python tpch.py OUT SCALE.

OUT gets {"queries": {"1": sql}, "answers": {"1": [[text]]}}; `answers` is empty for a scale that has none.
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_tpch


def main(out, scale):
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    connection.load_extension(str(extension()))
    queries = dict(connection.execute("select query_nr, query from tpch_queries()").fetchall())
    answers = connection.execute("select query_nr, answer from tpch_answers() where scale_factor = ?", [scale]).fetchall()
    out.write_text(json.dumps({"queries": queries, "answers": {number: parse(text) for number, text in answers}}))


def extension():
    return next(Path(duckdb_extension_tpch.__file__).parent.rglob("tpch.duckdb_extension"))


def parse(text):
    """Lines of cells with | between them, below a line of names."""
    return [line.split("|") for line in text.splitlines()[1:]]


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
