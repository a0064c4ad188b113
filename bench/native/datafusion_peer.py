"""Native DataFusion with one thread over Parquet files: python datafusion_peer.py TABLES, a JSON object of name and path."""

import json
import sys

import datafusion
import pyarrow as pa
from datafusion import SessionConfig, SessionContext
from peer import serve


def main(tables):
    context = SessionContext(SessionConfig().with_target_partitions(1))
    for name, path in tables.items():
        context.register_parquet(name, path)
    serve(lambda sql: run(context, sql), version=datafusion.__version__)


def run(context, sql):
    """The last of several statements answers."""
    frame = context.sql(sql)
    table = pa.Table.from_batches(frame.collect(), schema=frame.schema())
    return list(zip(*(column.to_pylist() for column in table.columns)))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
