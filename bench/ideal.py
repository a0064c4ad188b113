"""What a query has to read at least, found in the files' own footers and indexes: python ideal.py DATA, reads on stdin.

A read is {"name", "tables": [{"file" or "delta", "columns", "where": [[column, operator, value]], "top": [column, count]}]}.
Its answer is {"bytes", "regions", "files", "allowed", "joined", "rounds"}: the pages of the columns and row groups that can
hold an answer by their bounds, with the footers, the indexes and the log; `regions` lie more than 1 MB apart. `joined` are
the least bytes that bring all of it in as few requests as are allowed.
"""

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from footer import read_footer, read_struct

REGION_GAP = 1 << 20
REQUESTS_PER_FILE = 2
INT32, INT64, FIXED = 1, 2, 7
DECIMAL, DATE = 5, 6


def main(data):
    print(json.dumps([ideal(data, read) for read in json.load(sys.stdin)]))


def ideal(data, read):
    ranges, rounds = {}, 0
    for table in read["tables"]:
        found, waits = of_table(data, table)
        ranges |= found
        rounds = max(rounds, waits)
    regions = sum(len(merged(of_file, REGION_GAP)) for of_file in ranges.values())
    total = sum(end - start for of_file in ranges.values() for start, end in merged(of_file, 0))
    files = len(ranges)
    allowed = regions + REQUESTS_PER_FILE * files
    joined = total + sum(sorted(gaps(ranges))[: max(0, pieces(ranges) - allowed)])
    return {"bytes": total, "regions": regions, "files": files, "allowed": allowed, "joined": joined, "rounds": rounds}


def pieces(ranges):
    return sum(len(merged(of_file, 0)) for of_file in ranges.values())


def gaps(ranges):
    """Bytes that nobody wants between those that lie next to each other in a file."""
    neighbors = (zip(apart, apart[1:]) for apart in (merged(of_file, 0) for of_file in ranges.values()))
    return [after - end for pairs in neighbors for (_, end), (after, _) in pairs]


def of_table(data, table):
    """Ranges by file, and how many answers must be waited for one after another."""
    if "file" in table:
        # Where the file ends, which no log tells, and then its footer.
        files, ranges, rounds = [data / table["file"]], {}, 2
    else:
        log = data / table["delta"] / "_delta_log"
        ranges = {path: [(0, path.stat().st_size)] for path in log_files(log)}
        files, rounds = live(data, table["delta"]), 2
        if not table["columns"]:
            return ranges, rounds
    where = [*table.get("where", []), *at_the_top(files, table.get("top"))]
    for path in files:
        found, used_index = of_file(path, table["columns"], where)
        # The log has the bounds of whole files: one without an answer is not opened.
        if len(found) > 1 or "file" in table:
            ranges[path] = found
    indexes = any(of_file(path, table["columns"], where)[1] for path in files)
    data_rounds = 1 + indexes if table["columns"] else 0
    return ranges, rounds + data_rounds + ("delta" in table)


def log_files(log):
    last = log / "_last_checkpoint"
    version = json.loads(last.read_text())["version"]
    later = [path for path in log.glob("*.json") if path.stem.isdigit() and int(path.stem) > version]
    return [last, log / f"{version:020}.checkpoint.parquet", *later]


def live(data, delta):
    return [data / delta / name for name in json.loads((data / "files.json").read_text())]


def at_the_top(files, top):
    """Rows that can be among the greatest: not below the least of them."""
    if not top:
        return []
    column, count = top
    values = sorted((value for path in files for value in largest(path, column, count)), reverse=True)
    return [[column, ">=", str(values[count - 1])]]


def largest(path, column, count):
    values = pq.read_table(path, columns=[column])[column]
    return values.take(values_order(values)[:count]).to_pylist()


def values_order(values):
    import pyarrow.compute as pc

    return pc.sort_indices(values, sort_keys=[("", "descending")])


def of_file(path, columns, where):
    """Ranges of one file, its footer the first, and whether its page indexes help."""
    metadata, start, size = read_footer(path)
    leaves = {leaf[4].decode(): leaf for leaf in metadata[2][1:]}
    tests = [(column, operator, physical(leaves[column], value)) for column, operator, value in where]
    ranges, used_index = [(start, size)], False
    for group in metadata[4]:
        chunks = {chunk[3][3][0].decode(): chunk for chunk in group[1]}
        if not all(might_hold(operator, value, *bounds(chunks[column][3].get(12), leaves[column])) for column, operator, value in tests):
            continue
        whole = [span(chunks[column][3]) for column in columns]
        paged = of_pages(path, chunks, leaves, columns, tests, group[3]) if tests and columns else None
        if paged is not None and length(paged) < length(whole):
            used_index, whole = True, paged
        ranges += whole
    return ranges, used_index


def of_pages(path, chunks, leaves, columns, tests, rows):
    """The pages that can hold an answer and the indexes that say so; None without indexes."""
    named = {column for column, _, _ in tests}
    if not all(5 in chunks[column] for column in {*columns, *named}) or not all(7 in chunks[column] for column in named):
        return None
    pages = {column: locations(path, chunks[column], rows) for column in {*columns, *named}}
    kept = [(0, rows)]
    for column, operator, value in tests:
        index = read_struct(path, chunks[column][6], chunks[column][7])
        ends = zip(pages[column], index[1], index[2], index[3])
        can = [page[2:] for page, null, low, high in ends if not null and might_hold(operator, value, *both(low, high, leaves[column]))]
        kept = intersect(kept, can)
    ranges = [(chunks[column][6], chunks[column][6] + chunks[column][7]) for column in named]
    ranges += [(chunks[column][4], chunks[column][4] + chunks[column][5]) for column in pages]
    for column in columns:
        wanted = [page for page in pages[column] if any(page[2] < end and start < page[3] for start, end in kept)]
        ranges += [page[:2] for page in wanted]
        first, _ = span(chunks[column][3])
        if wanted and pages[column][0][0] > first:
            ranges.append((first, pages[column][0][0]))
    return ranges


def locations(path, chunk, rows):
    """Of each page: start, end, first row, row after the last."""
    pages = read_struct(path, chunk[4], chunk[5])[1]
    ends = [page[3] for page in pages[1:]] + [rows]
    return [(page[1], page[1] + page[2], page[3], end) for page, end in zip(pages, ends)]


def span(meta):
    start = min(offset for offset in (meta.get(11), meta[9]) if offset)
    return start, start + meta[7]


def bounds(statistics, leaf):
    if not statistics or 5 not in statistics or 6 not in statistics:
        return None, None
    return both(statistics[6], statistics[5], leaf)


def both(low, high, leaf):
    return decode(low, leaf), decode(high, leaf)


def decode(raw, leaf):
    if leaf[1] in (INT32, INT64):
        return int.from_bytes(raw, "little", signed=True)
    if leaf[1] == FIXED and leaf.get(6) == DECIMAL:
        return int.from_bytes(raw, "big", signed=True)
    return raw


def physical(leaf, value):
    if leaf.get(6) == DATE:
        return (date.fromisoformat(value) - date(1970, 1, 1)).days
    if leaf.get(6) == DECIMAL:
        return int(Decimal(value).scaleb(leaf[7]))
    return int(value) if leaf[1] in (INT32, INT64) else value.encode()


def might_hold(operator, value, low, high):
    if low is None:
        return True
    return {"<": low < value, "<=": low <= value, ">": high > value, ">=": high >= value, "=": low <= value <= high}[operator]


def intersect(left, right):
    both = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return [(start, end) for start, end in both if start < end]


def merged(ranges, gap):
    out = []
    for start, end in sorted(ranges):
        if out and start - out[-1][1] <= gap:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def length(ranges):
    return sum(end - start for start, end in merged(ranges, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
