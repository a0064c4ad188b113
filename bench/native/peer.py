"""The loop of a native peer: a JSON request a line on stdin, its answer on stdout.

{"sql": ..., "rows": true} is answered by {"millis", "rows"} with every cell as text, or by {"error"}.
"""

import json
import sys
import time


def serve(run, **about):
    """`run` takes a statement and gives an iterable of tuples, all work done."""
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(run, json.loads(line))), flush=True)


def answer(run, request):
    try:
        start = time.perf_counter()
        rows = run(request["sql"])
        millis = (time.perf_counter() - start) * 1000
    except Exception as error:
        return {"error": str(error).splitlines()[0]}
    return {"millis": millis, "rows": [[str(cell) for cell in row] for row in rows]}
