"""Runs the code of tests/snippets/golden in the tools that are installed and compares their rows with Limn's.

Needs what pip calls duckdb, duckdb-extension-delta, polars and deltalake; a tool that is missing is said to be skipped.
Each text stands in its own namespace; its URLs are replaced by the folder of the tests' tables.
"""

import contextlib
import glob
import importlib
import io
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LAKE = os.path.join(os.path.dirname(HERE), "data", "delta") + "/"


def cell(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {cell(field)}" for name, field in value.items()) + "}"
    return "" if value is None else "true" if value is True else "false" if value is False else str(value)


def lines(rows):
    return ["|".join(cell(value).strip() for value in row) for row in rows]


def duckdb_rows(text):
    import duckdb

    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    if "LOAD delta;" in text:
        package = os.path.dirname(importlib.import_module("duckdb_extension_delta").__file__)
        (extension,) = glob.glob(f"{package}/**/delta.duckdb_extension", recursive=True)
        text = text.replace("INSTALL delta;\nLOAD delta;\n", f"LOAD '{extension}';\n")
    return lines(connection.execute(text).fetchall())


def polars_rows(text):
    return lines(namespace(text)["result"].rows())


def delta_rs_rows(text):
    import pyarrow

    table = pyarrow.table(namespace(text)["result"])
    return lines(zip(*(column.to_pylist() for column in table.columns))) if table.num_columns else []


def namespace(text):
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "snippet", "exec"), names)
    return names


TOOLS = [
    ("duckdb.sql", duckdb_rows, ["duckdb", "duckdb_extension_delta"]),
    ("duckdb-files.sql", duckdb_rows, ["duckdb"]),
    ("polars.py", polars_rows, ["polars", "deltalake"]),
    ("delta-rs.py", delta_rs_rows, ["deltalake", "pyarrow"]),
]


def missing(packages):
    found = []
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError:
            found.append(package)
    return found


def main():
    with open(os.path.join(HERE, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    counts = {"same": 0, "refused": 0, "different": 0, "skipped": 0}
    for ending, run, packages in TOOLS:
        lacking = missing(packages)
        if lacking:
            counts["skipped"] += len(cases)
            print(f"skipped {ending}: not installed: {', '.join(lacking)}")
            continue
        for case in cases:
            verdict, words = compare(case, ending, run)
            counts[verdict] += 1
            print(f"{verdict} {case['name']}.{ending}{words}")
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["different"] else 0


def compare(case, ending, run):
    with open(os.path.join(HERE, "golden", f"{case['name']}.{ending}"), encoding="utf-8") as file:
        text = file.read()
    # The code itself says that it is not whole.
    refused = [line for line in text.splitlines() if "Not translated: " in line]
    try:
        rows = run(text.replace("http://lake.test/", LAKE))
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        if ending in case.get("cannot", {}) and case["cannot"][ending] in reason:
            return "refused", f" by the tool itself: {reason}"
        return ("refused", f": {refused[0]}") if refused else ("different", f": {type(error).__name__}: {reason}")
    if rows == case["rows"]:
        return "same", ""
    return "different", f": {rows[:3]} instead of {case['rows'][:3]}"


if __name__ == "__main__":
    sys.exit(main())
