"""Native DuckDB with one thread over Parquet files: python duckdb_peer.py TABLES, a JSON object of name and path."""

import json
import sys

import duckdb
from peer import serve


def main(tables):
    connection = duckdb.connect(config={"threads": 1})
    for name, path in tables.items():
        connection.execute(f"create view {name} as from read_parquet('{path}')")
    serve(lambda sql: connection.execute(sql).fetchall(), version=duckdb.__version__)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
