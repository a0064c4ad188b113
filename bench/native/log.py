"""What delta-rs needs to open, list and plan the same table: python native/log.py FOLDER, statements as JSON on stdin.

A process a table, for its peak of memory. The engine's `explain` is the nearest to a plan that it has. Every step prints
all that is known by then: what was measured stays when a later step takes more memory than there is.
"""

import json
import resource
import sys
import time

from deltalake import DeltaTable, QueryBuilder, __version__


# Of 3,000,000 files it asks for more than a laptop has; without a bound the system would end other processes, too.
MOST_BYTES = 14 << 30


def main(folder, statements):
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    measured = {"version": __version__, "plans": {}}
    table, measured["open"] = timed(lambda: DeltaTable(folder))
    uris, measured["list"] = timed(table.file_uris)
    measured |= {"files": len(uris), "opened": peak_bytes()}
    query = QueryBuilder().register("t", table)
    for name, sql in statements.items():
        print(json.dumps(measured), flush=True)
        _, measured["plans"][name] = timed(lambda: query.execute(f"explain {sql}").read_all())
        measured["planned"] = peak_bytes()
    print(json.dumps(measured))


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - start) * 1000


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
