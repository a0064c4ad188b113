"""Delta tables with values that are easy to get wrong, written by deltalake (delta-rs) for reader version 1."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties

from delta_logs import WRITER, append, fixture, number_rows
from fixture import HERE, add

UTC_MICROS = pa.timestamp("us", tz="UTC")


def write_all():
    for write in (
        all_types,
        partition_types,
        partition_text,
        timestamp_ntz,
        nan,
        long_text,
        forty_columns,
        microseconds,
        odd_directory,
        hostile,
    ):
        write()


def instant(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def all_types():
    point = pa.struct([pa.field("x", pa.float64()), pa.field("tags", pa.list_(pa.string()))])
    columns = {
        "id": (pa.int64(), [1, 2, 3, 4]),
        "boolean": (pa.bool_(), [True, False, None, True]),
        "byte": (pa.int8(), [-128, 127, None, 0]),
        "short": (pa.int16(), [-32768, 32767, None, 0]),
        "integer": (pa.int32(), [-(2**31), 2**31 - 1, None, 0]),
        "long": (pa.int64(), [-(2**63), 2**63 - 1, None, 2**53 + 1]),
        "float": (pa.float32(), [-1.5, 3.4e38, None, 0.1]),
        "double": (pa.float64(), [-1.5, 1.7e308, None, 0.1]),
        "decimal_5_2": (pa.decimal128(5, 2), [Decimal("-999.99"), Decimal("999.99"), None, Decimal("0.01")]),
        "decimal_18_4": (pa.decimal128(18, 4), [Decimal("-12345678901234.5678"), Decimal("0.0001"), None, Decimal(0)]),
        "decimal_38_10": (
            pa.decimal128(38, 10),
            [Decimal("-1234567890123456789012345678.0123456789"), Decimal("1E-10"), None, Decimal(0)],
        ),
        "string": (pa.string(), ["", "ü 日本 😀", None, 'a\tb\n"c"']),
        "binary": (pa.binary(), [b"", b"\x00\xff", None, b"abc"]),
        "date": (pa.date32(), [dt.date(1582, 10, 15), dt.date(9999, 12, 31), None, dt.date(1970, 1, 1)]),
        "timestamp": (
            UTC_MICROS,
            [
                instant("1900-01-01T00:00:00.000001"),
                instant("2200-12-31T23:59:59.999999"),
                None,
                instant("2026-11-22T12:00:00"),
            ],
        ),
        "struct": (point, [{"x": 1.0, "tags": ["a", None]}, {"x": None, "tags": []}, None, {"x": -0.5, "tags": None}]),
        "list": (pa.list_(pa.int32()), [[1, None, 3], [], None, [4]]),
        "list_of_struct": (pa.list_(point), [[{"x": 1.0, "tags": ["b"]}, None], [], None, [{"x": None, "tags": None}]]),
        "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1), ("b", None)], [], None, [("", 2**60)]]),
    }
    rows = pa.table({name: pa.array(values, type_) for name, (type_, values) in columns.items()})
    append("delta/all-types", rows.slice(0, 2))
    append("delta/all-types", rows.slice(2, 2))
    fixture("all-types", "Every type, with nulls, extremes and empty values, in two files", rows)


def partition_types():
    """One column a type, two values and a null each; what the log holds is text."""
    columns = {
        "boolean": (pa.bool_(), [True, False, None]),
        "byte": (pa.int8(), [-128, 127, None]),
        "short": (pa.int16(), [-32768, 32767, None]),
        "integer": (pa.int32(), [-(2**31), 2**31 - 1, None]),
        "long": (pa.int64(), [-(2**63), 2**63 - 1, None]),
        "float": (pa.float32(), [1.5, -0.25, None]),
        "double": (pa.float64(), [-0.1, 1e20, None]),
        "decimal": (pa.decimal128(10, 2), [Decimal("-12345678.00"), Decimal("0.05"), None]),
        "decimal_38": (
            pa.decimal128(38, 10),
            [Decimal("1234567890123456789012345678.0123456789"), Decimal("1E-10"), None],
        ),
        "date": (pa.date32(), [dt.date(1969, 12, 31), dt.date(2026, 2, 28), None]),
        "timestamp": (UTC_MICROS, [instant("1969-12-31T23:59:59.999999"), instant("2026-01-02T03:04:05"), None]),
        "string": (pa.string(), ["a", "B c", None]),
    }
    rows = pa.table(
        {"id": pa.array([1, 2, 3]), **{name: pa.array(values, type_) for name, (type_, values) in columns.items()}}
    )
    append("delta/partition-types", rows, partition_by=list(columns))
    fixture("partition-types", "Partitioned by a column of every primitive type but binary, with nulls", rows)
    binary = pa.table({"id": pa.array([1, 2, 3]), "binary": pa.array([b"\x00\xff", b"ab", None])})
    append("delta/partition-binary", binary, partition_by=["binary"])
    fixture(
        "partition-binary",
        "Partitioned by binary, which the log holds as \\u escapes",
        binary,
        wrong_in=["deltalake", "duckdb"],
    )
    special = pa.table({"id": pa.array([1, 2, 3]), "double": pa.array([float("inf"), float("-inf"), float("nan")])})
    append("delta/partition-not-finite", special, partition_by=["double"])
    fixture(
        "partition-not-finite", "Partitioned by a double that is infinite or not a number, written inf and NaN", special
    )


def partition_text():
    texts = [
        " ",
        "a b",
        "100%",
        "a/b",
        "a%2Fb",
        "%",
        "ü",
        "u\u0308",
        "日本",
        "😀",
        "#?&",
        "a=b",
        "a:b",
        'it\'s "q"',
        "+",
        "a\\b",
        "tab\there",
        "*<>|",
        "x;y,z",
        "[1]{2}~^`",
        "<img src=x onerror=alert(1)>",
        "null",
        "0",
    ]
    rows = pa.table({"id": pa.array(range(len(texts))), "text": pa.array(texts)})
    append("delta/partition-text", rows, partition_by=["text"])
    fixture(
        "partition-text",
        "Partition values that need escaping in paths, once in the directory's name and once more in the log",
        rows,
    )
    both = pa.table({"id": pa.array([1, 2, 3]), "text": pa.array(["", None, "x"])})
    append("delta/partition-empty", both, partition_by=["text"])
    as_read = both.set_column(1, "text", pa.array([None, None, "x"]))
    fixture("partition-empty", "An empty partition value is NULL by the protocol", as_read)


def timestamp_ntz():
    local = [dt.datetime(2026, 3, 29, 2, 30), dt.datetime(1969, 12, 31, 23, 59, 59, 999999), None]
    rows = pa.table(
        {
            "id": pa.array([1, 2, 3]),
            "at": pa.array(local, pa.timestamp("us")),
            "day": pa.array(local, pa.timestamp("us")),
        }
    )
    append("delta/timestamp-ntz", rows, partition_by=["day"])
    fixture(
        "timestamp-ntz",
        "Times without a zone, as a column and as a partition; needs the feature timestampNtz",
        rows,
        features=["timestampNtz"],
    )


def nan():
    values = [[1.0, 2.0], [float("nan"), 3.0], [float("nan"), float("nan")], [None, float("inf")], [-0.0, 0.0]]
    for index, value in enumerate(values):
        append(
            "delta/nan",
            pa.table(
                {
                    "id": pa.array([2 * index, 2 * index + 1]),
                    "value": pa.array(value, pa.float64()),
                    "single": pa.array(value, pa.float32()),
                }
            ),
        )
    flat = [item for value in values for item in value]
    rows = pa.table(
        {"id": pa.array(range(10)), "value": pa.array(flat, pa.float64()), "single": pa.array(flat, pa.float32())}
    )
    fixture("nan", "Floats with NaN, infinity, -0.0: statistics must not hide them", rows)


def long_text():
    """Statistics keep a prefix: the greatest one must be read as an upper bound that was cut and raised."""
    stem = "prefix " * 12
    texts = [[stem + "a", stem + "b"], [stem + "y", stem + "z"], ["\U0010ffff" * 40, "é" * 60], ["", None]]
    for index, pair in enumerate(texts):
        append(
            "delta/long-text",
            pa.table({"id": pa.array([2 * index, 2 * index + 1]), "text": pa.array(pair)}),
            writer_properties=WriterProperties(statistics_truncate_length=16),
        )
    rows = pa.table({"id": pa.array(range(8)), "text": pa.array([text for pair in texts for text in pair])})
    fixture("long-text", "Texts longer than the statistics keep", rows)


def forty_columns():
    def rows(first):
        return pa.table({f"c{column:02}": pa.array([first + column, first + column + 1]) for column in range(40)})

    append("delta/forty-columns", rows(0))
    append("delta/forty-columns", rows(1000))
    fixture(
        "forty-columns",
        "The log has statistics of the first 32 columns only",
        pa.concat_tables([rows(0), rows(1000)]),
        lookup_columns=["c00", "c31", "c32", "c39"],
    )


def microseconds():
    """Statistics of timestamps are cut to milliseconds: the last rows lie beyond the maximum that is written."""
    at = [instant("2026-01-01T00:00:00.000001"), instant("2026-01-01T00:00:00.999999")]
    later = [instant("2026-01-01T00:00:01.000500"), instant("2026-01-01T00:00:01.000999")]
    for pair in (at, later):
        append("delta/microseconds", pa.table({"at": pa.array(pair, UTC_MICROS)}))
    fixture(
        "microseconds", "Timestamps that differ below a millisecond", pa.table({"at": pa.array(at + later, UTC_MICROS)})
    )


def odd_directory():
    path = "delta/odd 100% #1 & +ü 'dir'"
    append(path, number_rows(0, 10), partition_by=["text"])
    DeltaTable(HERE / path).create_checkpoint()
    add(
        "odd-directory",
        path,
        "A table in a directory whose name must be escaped in a URL",
        number_rows(0, 10),
        writer=WRITER,
        version=0,
        wrong_in=["duckdb"],
    )


def hostile():
    names = [
        "<img src=x onerror=alert(1)>",
        "a b",
        'quo"te',
        "select",
        "back`tick",
        "dot.ted",
        "a,b;c",
        "ü",
        "\u202eevil",
        "",
    ]
    cells = [
        "<script>alert(1)</script>",
        "'; drop table t; --",
        "</td><td>",
        "javascript:alert(1)",
        "=1+1",
        "\u0000x",
        None,
        "",
    ]
    rows = pa.table({name: pa.array(cells[index % 2 :] + cells[: index % 2]) for index, name in enumerate(names[:-1])})
    fields = [
        pa.field(field.name, field.type, metadata={"comment": "<b onclick=alert(1)>comment</b>"})
        for field in rows.schema
    ]
    append("delta/hostile", rows.cast(pa.schema(fields)), name="<i>name</i>", description="<script>alert(1)</script>")
    fixture("hostile", "Column names, cells and comments with markup, quotes, SQL and control characters", rows)
