"""The list of fixtures: where each lies, what it must give, and the proof that other readers agree."""

import datetime as dt
import glob
import json
import math
import shutil
import sysconfig
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

HOME = Path(__file__).parent
# Some writers put a table's location into its log: one that is nobody's.
HERE = Path("/tmp/limn-fixtures")
FOLDERS = ("delta", "parquet", "expected")
ENTRIES = []
README = """\
# Fixtures

Small tables and files written by real writers through `make.py`, and the rows that each must give
(`expected/`). `manifest.json` says for each where it lies, how many rows it has, which feature it is
refused for, which kinds of error are right, and, under `lookups`, how many rows a predicate keeps.
While it writes them, the script reads every fixture back with DuckDB (and deltalake) and stops when
one of them disagrees with the rows that were put in; `wrongIn` names the readers known to be wrong.
This table is written by the script.

"""


def start_over():
    shutil.rmtree(HERE, ignore_errors=True)
    for folder in FOLDERS:
        (HERE / folder).mkdir(parents=True)


def finish():
    """Puts what was written in the place of what was there."""
    for folder in FOLDERS:
        shutil.rmtree(HOME / folder, ignore_errors=True)
        shutil.move(HERE / folder, HOME / folder)
    write_manifest()
    write_readme()


def add(name, path, about, rows=None, *, writer, version=None, as_of=None, wrong_in=(), lookup_columns=None, **more):
    """Lists a fixture. `rows` are those that were put in: a reader that does not give them back,
    and is not listed in `wrong_in`, stops the script."""
    format_ = "delta" if str(path).startswith("delta/") else "parquet"
    entry = {"name": name, "format": format_, "path": path, "writer": writer, "about": about}
    if version is not None:
        entry["version"] = version
    if as_of is not None:
        entry["asOf"] = as_of
    if rows is not None:
        (HERE / "expected" / f"{name}.parquet").parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, HERE / "expected" / f"{name}.parquet", compression="zstd", store_schema=True)
        entry |= {"rows": rows.num_rows, "expected": f"expected/{name}.parquet"}
        check(entry, rows, wrong_in)
        if as_of is None:
            entry["lookups"] = lookups(rows.select(lookup_columns or rows.column_names))
    if wrong_in:
        entry["wrongIn"] = list(wrong_in)
    ENTRIES.append(entry | more)


def add_answer(name, path, about, statement, rows, *, writer, version):
    """Lists a fixture by the answer to a statement, for types that other readers do not have. `rows` are those that the
    writer answered."""
    pq.write_table(rows, HERE / "expected" / f"{name}.parquet", compression="zstd", store_schema=True)
    ENTRIES.append(
        {"name": name, "format": "delta", "path": path, "writer": writer, "about": about, "version": version}
        | {"rows": rows.num_rows, "statement": statement, "expected": f"expected/{name}.parquet"}
    )


def write_manifest():
    lines = ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in ENTRIES)
    (HOME / "manifest.json").write_text(f'{{"fixtures": [\n{lines}\n]}}\n')


def write_readme():
    lines = ["| fixture | writer | rows | what it is for |", "|---|---|---:|---|"]
    for entry in ENTRIES:
        end = entry.get("refused") or "/".join(entry.get("errors", ()))
        outcome = f"refused: {end}" if end else entry["rows"]
        lines.append(f"| `{entry['name']}` | {entry['writer']} | {outcome} | {entry['about']} |")
    (HOME / "README.md").write_text(README + "\n".join(lines) + "\n")


# Two readers that share no code with ours.


def check(entry, rows, wrong_in):
    readers = {"duckdb": read_duckdb} | ({"deltalake": read_deltalake} if entry["format"] == "delta" else {})
    for reader, read in readers.items():
        problem = difference(rows, lambda read=read: read(entry, rows))
        if bool(problem) != (reader in wrong_in):
            raise SystemExit(f"{entry['name']}: {reader}: {problem or 'is listed as wrong, but is right'}")


def difference(rows, read):
    try:
        seen = read()
    except Exception as error:  # whatever a foreign reader throws is a difference
        return f"{type(error).__name__}: {error}"
    want, got = canonical(rows), canonical(seen)
    if want != got:
        pairs = [pair for pair in zip(want, got) if pair[0] != pair[1]]
        return f"{len(want)} rows against {len(got)}, first difference {pairs[:1]}"
    return None


def canonical(table):
    return sorted(repr([plain(value) for value in row.values()]) for row in table.to_pylist())


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, float):
        return repr(value)
    return value


def read_deltalake(entry, rows):
    table = DeltaTable(HERE / entry["path"], version=entry["version"])
    return table.to_pyarrow_table().select(rows.column_names)


def read_duckdb(entry, rows):
    extension = glob.glob(f"{sysconfig.get_paths()['purelib']}/**/delta.duckdb_extension", recursive=True)[0]
    db = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    db.execute(f"load '{extension}'")
    columns = ", ".join(quoted(name) for name in rows.column_names)
    if entry["format"] == "delta":
        source = f"delta_scan('{escaped(str(HERE / entry['path']))}', version => {entry['version']})"
    else:
        paths = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
        files = ", ".join(f"'{escaped(str(HERE / path))}'" for path in paths)
        source = f"read_parquet([{files}], hive_partitioning => false)"
    return db.sql(f"select {columns} from {source}").to_arrow_table()


# Statements of which the answers are known: pruning that drops a row is found out by them.


def lookups(rows):
    """Predicates and how many rows they keep: for each plain column its least, greatest and middle value, and NULL."""
    found = {}
    for name, column in zip(rows.column_names, rows.columns):
        values = [value for value in column.to_pylist() if value is not None]
        if not values or isinstance(values[0], (bytes, dict, list)):
            continue
        known = sorted({value for value in values if value == value})
        middle = known[len(known) // 2]
        for value in (known[0], middle, known[-1]):
            if text := literal(value, column.type):
                found[f"{quoted(name)} = {text}"] = sum(item == value for item in values)
        if not isinstance(middle, float) and (text := literal(middle, column.type)):
            found[f"{quoted(name)} > {text}"] = sum(item > middle for item in values)
        found[f"{quoted(name)} is null"] = len(column) - len(values)
    return found


def literal(value, type_):
    """SQL for a value, or None where a comparison would not be portable."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return f"'{escaped(value)}'"
        case Decimal():
            return f"cast('{value:f}' as decimal({type_.precision}, {type_.scale}))"
        # A comparison with text goes through nanoseconds, which end there.
        case dt.datetime() if 1678 <= value.year <= 2261:
            return "'" + value.isoformat(timespec="microseconds").replace("+00:00", "Z") + "'"
        case dt.date() if not isinstance(value, dt.datetime):
            return f"date '{value}'"
        case float() if math.isfinite(value) and value != 0:
            return repr(value) if type_ == pa.float64() else None
    return None


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def escaped(text):
    return text.replace("'", "''")
