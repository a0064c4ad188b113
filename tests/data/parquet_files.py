"""Parquet files written by pyarrow and DuckDB: codecs, encodings, row groups, indexes, types, names, damage."""

import datetime as dt
import random
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from delta_logs import number_rows
from fixture import HERE, add

ARROW = "pyarrow 26.0.1"
DUCKDB = "duckdb 1.5.5"


def write_all():
    for write in (
        sorted_row_groups,
        bloom_filter,
        codecs,
        encodings,
        types,
        nested,
        nan,
        no_statistics,
        empty,
        many,
        hostile,
        changing,
        damaged,
    ):
        write()


def fixture(name, about, rows, writer=ARROW, options=None, **more):
    path = f"parquet/{name}.parquet"
    (HERE / path).parent.mkdir(exist_ok=True)
    pq.write_table(rows, HERE / path, **(options or {}))
    add(name, path, about, rows, writer=writer, **more)


def sorted_row_groups():
    count = 20_000
    rng = random.Random(1)
    rows = pa.table(
        {
            "id": pa.array(range(0, 2 * count, 2)),
            "name": pa.array([f"name {number:06}" for number in range(count)]),
            "group": pa.array([number // 1000 for number in range(count)], pa.int32()),
            "value": pa.array(
                [None if number % 11 == 0 else rng.randint(0, 999) for number in range(count)], pa.int16()
            ),
        }
    )
    fixture(
        "sorted-100-row-groups",
        "100 row groups of 200 rows sorted by id, name and group, with a page index and "
        "several pages a column chunk; only even ids",
        rows,
        options={
            "row_group_size": 200,
            "write_page_index": True,
            "data_page_size": 256,
            "write_batch_size": 40,
            "use_dictionary": False,
            "compression": "none",
            "store_schema": False,
            "column_encoding": {
                "id": "DELTA_BINARY_PACKED",
                "name": "DELTA_BYTE_ARRAY",
                "group": "DELTA_BINARY_PACKED",
                "value": "PLAIN",
            },
        },
        rowGroups=100,
    )


def bloom_filter():
    """DuckDB writes bloom filters for dictionary-encoded columns."""
    db = duckdb.connect()
    path = HERE / "parquet/bloom.parquet"
    db.execute(f"""copy (select 'k' || (i * 7919 % 1000) * 2 as key, i::int as id from range(8192) t(i))
        to '{path}' (format parquet, row_group_size 2048, compression zstd, dictionary_size_limit 4000,
        string_dictionary_page_size_limit 1000000)""")
    rows = db.sql(f"select * from '{path}'").to_arrow_table()
    offsets = db.sql(f"select count(bloom_filter_offset) from parquet_metadata('{path}')").fetchone()[0]
    if not offsets:
        raise SystemExit("bloom.parquet has no bloom filter")
    add(
        "bloom",
        "parquet/bloom.parquet",
        "Bloom filters over an unsorted key, of which only even numbers occur",
        rows,
        writer=DUCKDB,
        bloomFilters=offsets,
    )


def codecs():
    for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
        fixture(
            f"codec-{codec}",
            f"Compressed with {codec}",
            number_rows(0, 500),
            options={"compression": codec},
            lookup_columns=["id"],
        )


def encodings():
    rng = random.Random(2)
    rows = pa.table(
        {
            "delta": pa.array([rng.randint(-(2**40), 2**40) if number % 9 else None for number in range(1000)]),
            "split": pa.array([rng.gauss(0, 1) for _ in range(1000)]),
            "split_float": pa.array([number / 4 for number in range(1000)], pa.float32()),
            "length": pa.array(["x" * (number % 13) for number in range(1000)]),
            "prefix": pa.array([f"common prefix {number // 3}" if number % 5 else None for number in range(1000)]),
            "plain": pa.array([bytes([number % 256]) * 3 for number in range(1000)]),
            "boolean": pa.array([number % 3 == 0 for number in range(1000)]),
        }
    )
    options = {
        "use_dictionary": False,
        "column_encoding": {
            "delta": "DELTA_BINARY_PACKED",
            "split": "BYTE_STREAM_SPLIT",
            "split_float": "BYTE_STREAM_SPLIT",
            "length": "DELTA_LENGTH_BYTE_ARRAY",
            "prefix": "DELTA_BYTE_ARRAY",
            "plain": "PLAIN",
            "boolean": "RLE",
        },
    }
    fixture(
        "encodings",
        "Every encoding that pyarrow writes, in data pages of version 2",
        rows,
        options=options | {"data_page_version": "2.0", "version": "2.6"},
    )
    dictionary = pa.table(
        {"word": pa.array([("a", "b", None, "c")[number % 4] for number in range(1000)]).dictionary_encode()}
    )
    pq.write_table(dictionary, HERE / "parquet/dictionary.parquet", store_schema=False)
    add(
        "dictionary",
        "parquet/dictionary.parquet",
        "Dictionary pages",
        pa.table({"word": dictionary["word"].cast(pa.string())}),
        writer=ARROW,
    )


def types():
    noon = dt.datetime(2026, 11, 22, 12, 0, 0, 123456)
    columns = {
        "uint8": (pa.uint8(), [0, 255, None]),
        "uint16": (pa.uint16(), [0, 65535, None]),
        "uint32": (pa.uint32(), [0, 2**32 - 1, None]),
        "uint64": (pa.uint64(), [0, 2**64 - 1, None]),
        "int8": (pa.int8(), [-128, 127, None]),
        "int64": (pa.int64(), [-(2**63), 2**63 - 1, None]),
        "decimal_small": (pa.decimal128(4, 1), [Decimal("-999.9"), Decimal("0.1"), None]),
        "decimal_large": (pa.decimal128(38, 0), [Decimal(10**38 - 1), Decimal(-1), None]),
        "date": (pa.date32(), [dt.date(1, 1, 1), dt.date(9999, 12, 31), None]),
        "time_millis": (pa.time32("ms"), [dt.time(0, 0), dt.time(23, 59, 59, 999000), None]),
        "time_micros": (pa.time64("us"), [dt.time(0, 0), dt.time(23, 59, 59, 999999), None]),
        "at_millis": (pa.timestamp("ms"), [dt.datetime(1970, 1, 1), dt.datetime(2026, 1, 1, 0, 0, 0, 1000), None]),
        "at_micros": (pa.timestamp("us"), [noon, dt.datetime(1800, 1, 1), None]),
        "at_nanos": (pa.timestamp("ns"), [noon, dt.datetime(1800, 1, 1), None]),
        "instant": (
            pa.timestamp("us", tz="UTC"),
            [noon.replace(tzinfo=dt.UTC), dt.datetime(1, 1, 1, tzinfo=dt.UTC), None],
        ),
        "fixed": (pa.binary(4), [b"\x00\x01\x02\xff", b"abcd", None]),
        "text": (pa.string(), ["", "ü 日本 😀", None]),
    }
    rows = pa.table({name: pa.array(values, type_) for name, (type_, values) in columns.items()})
    fixture("types", "Types beyond Delta's: unsigned, times of day, other units of time, fixed-size binary", rows)
    int96 = pa.table({"at": pa.array([noon, None], pa.timestamp("ns"))})
    pq.write_table(int96, HERE / "parquet/int96.parquet", use_deprecated_int96_timestamps=True, store_schema=False)
    # Microseconds hold every year; nanoseconds would wrap beyond 2262.
    as_read = int96.cast(pa.schema([("at", pa.timestamp("us"))]))
    add(
        "int96",
        "parquet/int96.parquet",
        "Timestamps as INT96, as old Spark and Impala write them",
        as_read,
        writer=ARROW,
    )


def nested():
    deep = pa.struct(
        [pa.field("list", pa.list_(pa.list_(pa.int32()))), pa.field("inner", pa.struct([pa.field("s", pa.string())]))]
    )
    rows = pa.table(
        {
            "id": pa.array([1, 2, 3, 4]),
            "deep": pa.array(
                [
                    {"list": [[1, None], [], None], "inner": {"s": "x"}},
                    {"list": [], "inner": None},
                    None,
                    {"list": None, "inner": {"s": None}},
                ],
                deep,
            ),
            "map": pa.array(
                [[("a", [1.5])], [], None, [("b", None), ("c", [])]], pa.map_(pa.string(), pa.list_(pa.float64()))
            ),
        }
    )
    fixture("nested", "Lists of lists, structs in structs, maps of lists, with nulls and empties at every level", rows)


def nan():
    values = [
        1.0,
        2.0,
        float("nan"),
        3.0,
        float("nan"),
        float("nan"),
        None,
        float("inf"),
        -0.0,
        0.0,
        float("-inf"),
        -5.5,
    ]
    rows = pa.table({"id": pa.array(range(12)), "value": pa.array(values), "single": pa.array(values, pa.float32())})
    fixture(
        "nan-groups",
        "NaN, infinities and zeros in row groups of two",
        rows,
        options={"row_group_size": 2, "write_page_index": True},
    )


def no_statistics():
    fixture(
        "no-statistics",
        "No statistics at all: nothing may be pruned",
        number_rows(0, 300),
        options={"write_statistics": False, "row_group_size": 100},
    )


def empty():
    fixture("no-rows", "A schema and no rows", number_rows(0, 0))


def many():
    paths = []
    for part in range(4):
        paths.append(f"parquet/many/part-{part}.parquet")
        (HERE / paths[-1]).parent.mkdir(exist_ok=True)
        pq.write_table(
            number_rows(part * 100, 100), HERE / paths[-1], compression=("snappy", "zstd", "none", "gzip")[part]
        )
    add("many", paths, "Four files as one table, each with another codec", number_rows(0, 400), writer=ARROW)


def hostile():
    name = "<img src=x onerror=alert(1)>"
    rows = pa.table(
        {
            name: pa.array(["<script>alert(1)</script>", "'; drop table t; --", "\u202egnp.exe", None]),
            "a b": pa.array(["</td><td>", "javascript:alert(1)", '=HYPERLINK("http://x")', ""]),
            "select": pa.array([1, 2, 3, None]),
            'quo"te': pa.array(["x" * 5000, "line\nbreak", "nul\u0000", "\u200b"]),
        }
    )
    pq.write_table(rows, HERE / "parquet/hostile #1 & 100% ü.parquet")
    add(
        "hostile-file",
        "parquet/hostile #1 & 100% ü.parquet",
        "Markup in column names and cells, odd characters in the file's name",
        rows,
        writer=ARROW,
    )


def changing():
    """Tests serve one in place of another between two reads; `same-size` differs from `before` in the data alone."""
    options = {"use_dictionary": False, "compression": "none", "row_group_size": 200}
    for name, text in (("before", "before"), ("same-size", "after!"), ("after", "after, and longer")):
        rows = pa.table({"id": pa.array(range(800)), "text": pa.array([text] * 800)})
        fixture(f"change/{name}", f"A file that changes: {name}", rows, options=options)
    sizes = {
        name: (HERE / f"parquet/change/{name}.parquet").stat().st_size for name in ("before", "same-size", "after")
    }
    if sizes["before"] != sizes["same-size"] or sizes["before"] == sizes["after"]:
        raise SystemExit(f"sizes {sizes}")


def damaged():
    whole = (HERE / "parquet/codec-snappy.parquet").read_bytes()
    middle = len(whole) // 3
    flipped = whole[:middle] + bytes([byte ^ 0xFF for byte in whole[middle : middle + 16]]) + whole[middle + 16 :]
    cases = {
        "cut": (whole[:-20], "The end is missing"),
        "no-magic": (whole[:-4] + b"RAP1", "The closing magic is wrong"),
        "footer-too-long": (whole[:-8] + b"\xff\xff\xff\x7fPAR1", "The footer's length is greater than the file"),
        "flipped": (flipped, "Sixteen bytes of compressed data are flipped"),
        "nothing": (b"", "An empty file"),
        "tiny": (b"PAR1", "Four bytes"),
        "text": (b"id,text\n1,one\n" * 20, "Another format under a Parquet name"),
    }
    for name, (data, about) in cases.items():
        (HERE / f"parquet/damaged-{name}.parquet").write_bytes(data)
        add(f"damaged-{name}", f"parquet/damaged-{name}.parquet", about, writer=ARROW, errors=["Damaged", "NotATable"])
