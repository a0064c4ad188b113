"""Delta tables with something to replay, written by deltalake (delta-rs) for reader version 1."""

import datetime as dt
import json
import shutil
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, write_deltalake

from fixture import HERE, add

NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
WRITER = "deltalake 1.6.6"


def write_all():
    for write in (
        commits,
        after_checkpoint,
        multi_part,
        log_cleaned,
        schema_evolution,
        overwritten,
        change_feed,
        empty,
        column_mapping,
        damaged,
    ):
        write()


def append(path, table, **options):
    write_deltalake(HERE / path, table, mode="append", post_commithook_properties=NO_HOOKS, **options)


def fixture(name, about, rows, **options):
    """A table as it is now, whose rows are known."""
    table = DeltaTable(HERE / f"delta/{name}")
    in_order = rows.select([field.name for field in table.schema().fields]) if rows is not None else None
    add(name, f"delta/{name}", about, in_order, writer=WRITER, version=table.version(), **options)


def number_rows(first, count):
    ids = list(range(first, first + count))
    texts = [f"row {id_}" if id_ % 7 else None for id_ in ids]
    return pa.table({"id": pa.array(ids, pa.int64()), "text": pa.array(texts, pa.string())})


def change_in_many_ways(path, checkpoints):
    """Twenty-five commits: appends, two deletes, an update, a compaction."""
    for version in range(25):
        table = DeltaTable(HERE / path) if version else None
        if version in (7, 19):
            table.delete(f"id % 5 = {version % 5}", post_commithook_properties=NO_HOOKS)
        elif version == 12:
            table.update(predicate="id < 20", updates={"text": "'changed'"}, post_commithook_properties=NO_HOOKS)
        elif version == 17:
            table.optimize.compact(post_commithook_properties=NO_HOOKS)
        else:
            append(
                path,
                number_rows(version * 10, 10),
                commit_properties=CommitProperties(app_transactions=[Transaction("fixture", version)]),
            )
        if version in checkpoints:
            DeltaTable(HERE / path).create_checkpoint()


def rows_after(last):
    """The same in Python, as of a version."""
    rows = {}
    for version in range(last + 1):
        if version in (7, 19):
            rows = {id_: text for id_, text in rows.items() if id_ % 5 != version % 5}
        elif version == 12:
            rows = {id_: "changed" if id_ < 20 else text for id_, text in rows.items()}
        elif version != 17:
            rows |= {row["id"]: row["text"] for row in number_rows(version * 10, 10).to_pylist()}
    return pa.table({"id": pa.array(list(rows), pa.int64()), "text": pa.array(list(rows.values()), pa.string())})


def commits():
    change_in_many_ways("delta/commits", checkpoints=())
    fixture("commits", "25 commits without a checkpoint: appends, deletes, an update, a compaction", rows_after(24))
    for version in (0, 7, 12, 18):
        add(
            f"commits-v{version}",
            "delta/commits",
            f"The same as of version {version}",
            rows_after(version),
            writer=WRITER,
            version=version,
            as_of={"version": version},
        )
    change_in_many_ways("delta/commits-checkpoint", checkpoints=(10, 20))
    fixture("commits-checkpoint", "The same 25 commits with classic checkpoints at 10 and 20", rows_after(24))
    for version in (9, 10, 15, 20):
        add(
            f"commits-checkpoint-v{version}",
            "delta/commits-checkpoint",
            f"The same as of version {version}",
            rows_after(version),
            writer=WRITER,
            version=version,
            as_of={"version": version},
        )


def after_checkpoint():
    for version in range(16):
        append("delta/five-after-checkpoint", number_rows(version * 10, 10))
        if version == 10:
            DeltaTable(HERE / "delta/five-after-checkpoint").create_checkpoint()
    fixture(
        "five-after-checkpoint", "A checkpoint at version 10 and exactly five commits after it", number_rows(0, 160)
    )


def multi_part():
    """No writer that installs here writes several parts: a classic checkpoint of deltalake's is cut in three."""
    for version in range(11):
        append("delta/multi-part", number_rows(version * 10, 10))
    DeltaTable(HERE / "delta/multi-part").create_checkpoint()
    log = HERE / "delta/multi-part/_delta_log"
    whole = log / f"{10:020}.checkpoint.parquet"
    actions = pq.read_table(whole)
    for part in range(3):
        cut = actions.slice(part * 5, 5 if part < 2 else actions.num_rows)
        pq.write_table(cut, log / f"{10:020}.checkpoint.{part + 1:010}.{3:010}.parquet", store_schema=False)
    hint = json.loads((log / "_last_checkpoint").read_text())
    (log / "_last_checkpoint").write_text(json.dumps({"version": 10, "size": hint["size"], "parts": 3}))
    whole.unlink()
    for version in range(10):
        (log / f"{version:020}.json").unlink()
    append("delta/multi-part", number_rows(110, 10))
    fixture("multi-part", "A checkpoint in three parts, nothing before it, one commit after it", number_rows(0, 120))


def log_cleaned():
    for version in range(12):
        append("delta/log-cleaned", number_rows(version * 10, 10))
        if version == 10:
            DeltaTable(HERE / "delta/log-cleaned").create_checkpoint()
    log = HERE / "delta/log-cleaned/_delta_log"
    for version in range(10):
        (log / f"{version:020}.json").unlink()
    fixture(
        "log-cleaned", "The commits before the checkpoint are gone, as a cleaned log leaves it", number_rows(0, 120)
    )
    shutil.copytree(HERE / "delta/log-cleaned", HERE / "delta/no-hint")
    (HERE / "delta/no-hint/_delta_log/_last_checkpoint").unlink()
    add(
        "no-hint",
        "delta/no-hint",
        "The same without _last_checkpoint: only a listing finds the checkpoint",
        None,
        writer=WRITER,
        errors=["NotFound", "NotATable", "Damaged"],
    )


def schema_evolution():
    path = "delta/schema-evolution"
    inner = pa.struct([pa.field("a", pa.int32())])
    wider = pa.struct([pa.field("a", pa.int32()), pa.field("b", pa.string())])
    first = pa.table({"id": pa.array([1, 2]), "nested": pa.array([{"a": 1}, None], inner)})
    second = pa.table(
        {
            "id": pa.array([3, 4]),
            "nested": pa.array([{"a": 3}, {"a": None}], inner),
            "added": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
        }
    )
    third = pa.table(
        {
            "id": pa.array([5]),
            "nested": pa.array([{"a": 5, "b": "five"}], wider),
            "added": pa.array([Decimal("5.00")], pa.decimal128(9, 2)),
            "Late": pa.array(["last"]),
        }
    )
    append(path, first)
    append(path, second, schema_mode="merge")
    append(path, third, schema_mode="merge")
    append(path, pa.table({"id": pa.array([6])}), schema_mode="merge")
    rows = pa.table(
        {
            "id": pa.array([1, 2, 3, 4, 5, 6]),
            "nested": pa.array(
                [{"a": 1, "b": None}, None, {"a": 3, "b": None}, {"a": None, "b": None}, {"a": 5, "b": "five"}, None],
                wider,
            ),
            "added": pa.array([None, None, Decimal("1.50"), None, Decimal("5.00"), None], pa.decimal128(9, 2)),
            "Late": pa.array([None, None, None, None, "last", None]),
        }
    )
    fixture("schema-evolution", "Columns and a nested field were added later; older files lack them", rows)
    add(
        "schema-evolution-v0",
        path,
        "The same before any column was added",
        first,
        writer=WRITER,
        version=0,
        as_of={"version": 0},
    )


def overwritten():
    path = "delta/overwritten"
    old = pa.table({"id": pa.array([1, 2, 3]), "value": pa.array(["a", "b", "c"])})
    new = pa.table({"value": pa.array([1.5, None]), "other": pa.array([dt.date(2026, 1, 1), None])})
    append(path, old)
    write_deltalake(HERE / path, new, mode="overwrite", schema_mode="overwrite", post_commithook_properties=NO_HOOKS)
    fixture("overwritten", "Overwritten with another schema: a column changed its type, one went, one came", new)
    add(
        "overwritten-v0",
        path,
        "The same before it was overwritten",
        old,
        writer=WRITER,
        version=0,
        as_of={"version": 0},
    )


def change_feed():
    path = "delta/change-feed"
    append(path, number_rows(0, 20), configuration={"delta.enableChangeDataFeed": "true"})
    DeltaTable(HERE / path).update(
        predicate="id = 3", updates={"text": "'changed'"}, post_commithook_properties=NO_HOOKS
    )
    DeltaTable(HERE / path).delete("id = 4", post_commithook_properties=NO_HOOKS)
    rows = [
        row | ({"text": "changed"} if row["id"] == 3 else {})
        for row in number_rows(0, 20).to_pylist()
        if row["id"] != 4
    ]
    fixture(
        "change-feed",
        "With a change feed, whose files are no part of the table",
        pa.Table.from_pylist(rows, number_rows(0, 1).schema),
    )


def empty():
    DeltaTable.create(HERE / "delta/empty", number_rows(0, 1).schema, post_commithook_properties=NO_HOOKS)
    fixture("empty", "Created, never filled", number_rows(0, 0))
    append("delta/emptied", number_rows(0, 5))
    DeltaTable(HERE / "delta/emptied").delete(post_commithook_properties=NO_HOOKS)
    fixture("emptied", "Filled, then all rows deleted", number_rows(0, 0))


def column_mapping():
    path = "delta/column-mapping"
    append(
        path,
        number_rows(0, 10),
        configuration={
            "delta.columnMapping.mode": "name",
            "delta.minReaderVersion": "2",
            "delta.minWriterVersion": "5",
        },
    )
    fixture(
        "column-mapping",
        "Column mapping by name, reader version 2",
        number_rows(0, 10),
        wrong_in=["deltalake"],
    )


def damaged():
    """What must never look like a table."""

    def broken(name, about, errors=None, **more):
        shutil.copytree(HERE / "delta/five-after-checkpoint", HERE / f"delta/{name}")
        more = more or {"errors": errors}
        add(name, f"delta/{name}", about, writer=WRITER, **more)
        return HERE / f"delta/{name}/_delta_log"

    log = broken("damaged-json", "A commit after the checkpoint is cut in the middle of a line", ["Damaged"])
    commit = log / f"{13:020}.json"
    commit.write_bytes(commit.read_bytes()[:-40])
    log = broken("damaged-checkpoint", "The checkpoint is cut", ["Damaged"])
    checkpoint = log / f"{10:020}.checkpoint.parquet"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-9])
    log = broken("missing-file", "A live file is gone: rows must not be missing in silence", ["NotFound"])
    sorted(log.parent.glob("*.parquet"))[0].unlink()
    log = broken("unknown-feature", "Needs a reader feature that nobody knows", refused="x-from-tomorrow")
    commit = log / f"{15:020}.json"
    protocol = {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": ["x-from-tomorrow"],
            "writerFeatures": ["x-from-tomorrow"],
        }
    }
    commit.write_text(json.dumps(protocol) + "\n" + commit.read_text())
