# /// script
# requires-python = ">=3.11"
# dependencies = ["deltalake==1.6.6", "pyarrow==26.0.1"]
# ///
"""Writes the sample lake: twelve weeks of a factory's inspection line, as four Delta tables.

    python3 -m venv /tmp/lake && /tmp/lake/bin/pip install deltalake==1.6.6 pyarrow==26.0.1
    /tmp/lake/bin/python www/lake/make.py

The rows depend on SEED alone; file names and commit times are the writer's. What is hidden in the data:
- Model 3 replaced model 2 on 28 September: fewer false alarms everywhere.
- Camera B2 got another lens on 13 October. Its images are less sharp since, and good parts look scratched to it.
- Batch NG-0731 of the supplier Nordguss, in use since 27 October, is porous. All cameras find it, and people agree.
"""

import json
import random
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from deltalake import ColumnProperties, DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake

SEED = 20260907
HERE = Path(__file__).parent
FIRST_WEEK = date(2026, 8, 31)
WEEKS = 12
PARTS_PER_LINE_AND_DAY = 500
LINES = ("A", "B", "C")
LENS_CHANGE = datetime(2026, 10, 13, 4, 40, tzinfo=UTC)
MODEL_3 = datetime(2026, 9, 28, 4, 0, tzinfo=UTC)
SHARPNESS_SINCE_WEEK = 4
SECOND_OPINION_SINCE_WEEK = 7
CHECKPOINT_AFTER_WEEK = 9
BAD_BATCH = "NG-0731"
BAD_BATCH_SINCE = datetime(2026, 10, 27, 4, 0, tzinfo=UTC)
TABLES = ("parts", "cameras", "inspections", "labels")
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
UTC_MICROS = pa.timestamp("us", tz="UTC")


# The query that a visitor reads first: a join of three tables, a partition that prunes, a window function.
FIRST_QUERY = """\
-- Which camera began to see scratches that are not there, and since when?
--
-- Three Delta tables on a plain web server are joined in this tab; no database runs anywhere.
-- The line above the answer says what it cost: requests, bytes, files.

with seen as (
  select i.week,
         i.camera_id,
         i.sharpness,
         i.verdict = 'defect'                      as flagged,
         i.verdict = 'defect' and l.label = 'good' as false_alarm
  from inspections i
  -- People looked at every flagged image, but only at a sample of the others: hence the left join.
  left join labels l on l.inspection_id = i.inspection_id
  -- `week` is the partition column, so files of earlier weeks are not even opened.
  where i.week >= date '2026-09-28'
),

weekly as (
  select camera_id,
         week,
         count(*)                                                             as images,
         100.0 * count(*) filter (where flagged) / count(*)                   as flagged,
         100.0 * count(*) filter (where false_alarm)
           / nullif(count(*) filter (where flagged), 0)                       as false_alarms,
         avg(sharpness)                                                       as sharpness
  from seen
  group by camera_id, week
)

select w.camera_id                  as camera,
       w.week,
       w.images,
       round(w.flagged, 2)          as flagged_percent,
       round(w.false_alarms, 1)     as false_alarm_percent,
       -- Against the camera's own first week: a camera is its own best yardstick.
       round(w.false_alarms - first_value(w.false_alarms)
         over (partition by w.camera_id order by w.week), 1) as drift,
       round(w.sharpness, 3)        as sharpness,
       c.lens,
       c.lens_since
from weekly w
join cameras c on c.camera_id = w.camera_id
order by drift desc, camera, week

-- Then try:
--   * `where i.camera_id = 'B2'` beside the week: files are sorted by camera, so most row groups are skipped.
--   * `v.cameras=0` in the link: the same table before the lens was changed.
--   * all cameras flag more since 26 October. Join `parts` on part_id, group by batch, and see why.
"""


def field(name, type_, comment, nullable=True):
    return pa.field(name, type_, nullable, metadata={"comment": comment})


PARTS = pa.schema(
    [
        field("part_id", pa.int64(), "Counts up over all lines", False),
        field("line", pa.string(), "Production line A, B or C; partition column", False),
        field("serial", pa.string(), "What is engraved on the part", False),
        field("supplier", pa.string(), "Who cast the blank"),
        field("batch", pa.string(), "The supplier's batch of blanks"),
        field("produced_at", UTC_MICROS, "When the part left the mill", False),
        field("weight_g", pa.decimal128(7, 3), "Weight in grams"),
        field(
            "size_mm",
            pa.struct(
                [
                    pa.field("length", pa.decimal128(5, 2)),
                    pa.field("width", pa.decimal128(5, 2)),
                    pa.field("height", pa.decimal128(5, 2)),
                ]
            ),
            "Measured by the mill",
        ),
        field("operations", pa.list_(pa.string()), "What was done to it, in order"),
        field("scrap_cost_eur", pa.decimal128(6, 2), "What throwing it away costs"),
        field("note", pa.string(), "The operator's words: empty when the field was left blank, NULL when not asked"),
    ]
)

CAMERAS = pa.schema(
    [
        field("camera_id", pa.string(), "Line and station, like B2", False),
        field("line", pa.string(), "Production line", False),
        field("station", pa.string(), "What it looks at"),
        field("lens", pa.string(), "The lens that is mounted now"),
        field("lens_since", UTC_MICROS, "When that lens was mounted"),
        field("resolution", pa.struct([pa.field("width", pa.int32()), pa.field("height", pa.int32())]), "In pixels"),
        field("exposure_micros", pa.int32(), "Exposure time in microseconds"),
        field("installed_on", pa.date32(), "First day of use"),
        field("price_eur", pa.decimal128(9, 2), "NULL for the rented ones"),
    ]
)

BOX = pa.struct([pa.field(name, pa.int16()) for name in ("x", "y", "width", "height")])
INSPECTIONS = pa.schema(
    [
        field("inspection_id", pa.int64(), "Counts up with time", False),
        field("part_id", pa.int64(), "The part in the image", False),
        field("camera_id", pa.string(), "Who took the image; files are sorted by it", False),
        field("week", pa.date32(), "Monday of the week; partition column", False),
        field("taken_at", UTC_MICROS, "When the image was taken", False),
        field("model", pa.string(), "The model that judged it"),
        field("verdict", pa.string(), "pass or defect"),
        field("defect", pa.string(), "scratch, dent, pore or burr; NULL when it passed"),
        field("score", pa.float32(), "How sure the model is of a defect, 0 to 1"),
        field("box", BOX, "Where in the image; NULL when it passed"),
    ]
)
SHARPNESS = field("sharpness", pa.float32(), "Reported by camera firmware 5 since 28 September; NULL before")

LABELS = pa.schema(
    [
        field("inspection_id", pa.int64(), "The image that a person looked at", False),
        field("label", pa.string(), "good, scratch, dent, pore or burr", False),
        field("labeler", pa.string(), "Who looked"),
        field("labeled_at", UTC_MICROS, "When"),
        field("seconds", pa.float64(), "How long it took"),
        field("tags", pa.list_(pa.string()), "Free words; an empty list when there are none"),
    ]
)
SECOND_OPINION = field("second_opinion", pa.string(), "Another person's label, asked for since 19 October")

DEFECTS = ("scratch", "dent", "pore", "burr")
NOTES = (
    None,
    None,
    None,
    None,
    None,
    None,
    "",
    "",
    "rework",
    "tool changed",
    "Kühlmittel nachgefüllt",
    "restarted after break",
)
SUPPLIERS = (("Nordguss", "NG"), ("Alumet", "AL"), ("Castelli & Figli", "CF"))
LABELERS = ("Aylin", "Jonas", "Mirela", "Søren")


def write(name, description, rows, schema, **options):
    table = pa.Table.from_pylist(rows, schema)
    write_deltalake(
        HERE / name, table, name=name, description=description, post_commithook_properties=NO_HOOKS, **options
    )


def packed(*columns, rows_per_group):
    """Zstandard, small sorted row groups, and deltas for the columns that count up."""
    deltas = ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED", statistics_enabled="PAGE")
    return WriterProperties(
        compression="ZSTD",
        compression_level=9,
        max_row_group_size=rows_per_group,
        data_page_row_count_limit=rows_per_group // 2,
        write_batch_size=256,
        default_column_properties=ColumnProperties(statistics_enabled="PAGE"),
        column_properties={column: deltas for column in columns},
    )


def monday(week):
    return FIRST_WEEK + timedelta(weeks=week)


def shift_start(week, day):
    at = monday(week) + timedelta(days=day)
    return datetime(at.year, at.month, at.day, 4, tzinfo=UTC)


def produce(rng, week, next_part):
    """One week's parts, in the order of time."""
    parts = []
    for day in range(5):
        for number in range(PARTS_PER_LINE_AND_DAY):
            for line in LINES:
                at = shift_start(week, day) + timedelta(seconds=110 * number)
                parts.append(make_part(rng, line, at, next_part + len(parts)))
    return parts


def make_part(rng, line, at, part_id):
    supplier, prefix = SUPPLIERS[rng.choices((0, 1, 2), (5, 3, 2))[0]]
    bad = prefix == "NG" and at >= BAD_BATCH_SINCE and rng.random() < 0.7
    batch = BAD_BATCH if bad else f"{prefix}-{600 + (at.date() - FIRST_WEEK).days // 4:04}"
    size = [Decimal(rng.randint(-9, 9) + nominal).scaleb(-2) for nominal in (12000, 8000, 4550)]
    return {
        "part_id": part_id,
        "line": line,
        "serial": f"{line}{at:%y%j}-{part_id:06}",
        "supplier": supplier if rng.random() > 0.004 else None,
        "batch": batch,
        "produced_at": at + timedelta(milliseconds=rng.randint(0, 99_999)),
        "weight_g": Decimal(rng.randint(410_000, 418_000) - 5_000 * bad).quantize(Decimal(10)).scaleb(-3),
        "size_mm": dict(zip(("length", "width", "height"), size)),
        "operations": ["cast", "mill", "deburr"] + ["wash"] * (line != "C") + ["anodize"] * (part_id % 3 == 0),
        "scrap_cost_eur": Decimal("18.40") if part_id % 3 else Decimal("23.15"),
        "note": rng.choice(NOTES),
    }


def true_defect(rng, part):
    """What a perfect inspector would say of a part."""
    if part["batch"] == BAD_BATCH and rng.random() < 0.11:
        return "pore"
    return rng.choices((None, *DEFECTS), (979, 9, 5, 4, 3))[0]


def inspect(rng, part, truth, camera, week):
    """One image: what the model said, which is not always the truth."""
    at = part["produced_at"] + timedelta(seconds=35 + 6 * int(camera[1]), milliseconds=rng.randint(0, 900))
    blurred = camera == "B2" and at >= LENS_CHANGE
    weeks_since = max(0, (at - LENS_CHANGE).days // 7)
    false_alarm = (0.004 if at >= MODEL_3 else 0.009) + (0.012 + 0.008 * weeks_since if blurred else 0)
    missed = 0.22 if blurred else 0.06
    seen = truth if truth and rng.random() >= missed else None
    if not truth and rng.random() < false_alarm:
        seen = "scratch" if blurred else rng.choice(DEFECTS)
    score = rng.betavariate(9, 2) if seen else rng.betavariate(1.2, 14)
    sharp = rng.gauss(0.58 - 0.02 * weeks_since if blurred else 0.81, 0.03)
    box = dict(zip(BOX.names, (rng.randint(low, high) for low, high in ((0, 1800), (0, 1200), (8, 160), (8, 160)))))
    return {
        "part_id": part["part_id"],
        "camera_id": camera,
        "week": monday(week),
        "taken_at": at,
        "model": "model 3" if at >= MODEL_3 else "model 2",
        "verdict": "defect" if seen else "pass",
        "defect": seen,
        "score": round(score, 3),
        "box": box if seen else None,
        "sharpness": round(sharp, 3),
    }


def label(rng, inspection, truth):
    """People look at what was flagged, and at every fiftieth of the rest."""
    if inspection["verdict"] == "pass" and inspection["inspection_id"] % 50:
        return None
    mistaken = rng.random() < 0.02
    evening = inspection["taken_at"].replace(hour=20, minute=0, second=0, microsecond=0)
    at = evening + timedelta(seconds=rng.randint(0, 5000))
    unsure = rng.random() < (0.5 if mistaken else 0.03)
    return {
        "inspection_id": inspection["inspection_id"],
        "label": rng.choice(DEFECTS) if mistaken else truth or "good",
        "labeler": rng.choice(LABELERS),
        "labeled_at": at,
        "seconds": round(rng.lognormvariate(1.6, 0.5), 1),
        "tags": [] if not unsure else rng.sample(["blurry", "glare", "coolant", "edge"], rng.randint(1, 2)),
        "second_opinion": (truth or "good") if unsure else None,
    }


def write_cameras():
    rows = [
        {
            "camera_id": line + station,
            "line": line,
            "station": ("top face", "bore")[int(station) - 1],
            "lens": "Optar 25 mm",
            "lens_since": datetime(2026, 3, 2, 7, tzinfo=UTC),
            "resolution": {"width": 2048, "height": 1536},
            "exposure_micros": 250,
            "installed_on": date(2026, 3, 2),
            "price_eur": None if line == "C" else Decimal("1890.00"),
        }
        for line in LINES
        for station in "12"
    ]
    write("cameras", "One row a camera, as it is mounted now; its past is in the table's versions", rows, CAMERAS)
    cameras = DeltaTable(HERE / "cameras")
    options = {"post_commithook_properties": NO_HOOKS}
    cameras.update(predicate="line = 'C'", updates={"exposure_micros": "300"}, **options)
    cameras.update(
        predicate="camera_id = 'B2'",
        updates={"lens": "'Vario 16-40 mm'", "lens_since": f"to_timestamp_micros('{LENS_CHANGE:%Y-%m-%dT%H:%M:%SZ}')"},
        **options,
    )


def write_weeks():
    rng = random.Random(SEED)
    next_part, next_inspection = 100_000, 1
    for week in range(WEEKS):
        parts = produce(rng, week, next_part)
        next_part += len(parts)
        inspections, labels = [], []
        truths = [(part, true_defect(rng, part)) for part in parts]
        seen = [
            (inspect(rng, part, truth, part["line"] + station, week), truth)
            for part, truth in truths
            for station in "12"
        ]
        for inspection, truth in sorted(seen, key=lambda pair: pair[0]["taken_at"]):
            inspection["inspection_id"] = next_inspection
            next_inspection += 1
            inspections.append(inspection)
            labels.append(label(rng, inspection, truth))
        write_week(week, parts, inspections, [row for row in labels if row])


def write_week(week, parts, inspections, labels):
    """One commit a table; the columns that came later make the writer evolve the schema."""
    write(
        "parts",
        "One row a part, as it left the mill",
        sorted(parts, key=lambda row: (row["line"], row["part_id"])),
        PARTS,
        mode="append",
        partition_by=["line"],
        writer_properties=packed("part_id", "produced_at", rows_per_group=1000),
    )
    append_evolving(
        "inspections",
        "One row an image and what the model said of it",
        sorted(inspections, key=lambda row: (row["camera_id"], row["taken_at"])),
        INSPECTIONS,
        SHARPNESS if week >= SHARPNESS_SINCE_WEEK else None,
        partition_by=["week"],
        writer_properties=packed("inspection_id", "part_id", "taken_at", rows_per_group=2500),
    )
    append_evolving(
        "labels",
        "What people say of the images that they looked at",
        labels,
        LABELS,
        SECOND_OPINION if week >= SECOND_OPINION_SINCE_WEEK else None,
        writer_properties=packed("inspection_id", rows_per_group=2000),
    )
    if week == CHECKPOINT_AFTER_WEEK:
        for name in ("parts", "inspections", "labels"):
            DeltaTable(HERE / name).create_checkpoint()


def append_evolving(name, description, rows, schema, later, **options):
    wider = schema.append(later) if later else schema
    write(name, description, rows, wider, mode="append", schema_mode="merge" if later else None, **options)


def correct_labels():
    """The last commit: where two people disagreed, the second opinion holds."""
    DeltaTable(HERE / "labels").update(
        predicate="second_opinion is not null and second_opinion <> label and labeled_at >= '2026-11-01'",
        updates={"label": "second_opinion"},
        post_commithook_properties=NO_HOOKS,
    )


def write_manifest():
    """What the page opens when it has no link; URLs are relative to the page."""
    lake = {"title": "Inspection line", "tables": {name: f"lake/{name}" for name in TABLES}, "sql": FIRST_QUERY}
    (HERE / "lake.json").write_text(json.dumps(lake, indent=2, ensure_ascii=False) + "\n")


def main():
    for name in TABLES:
        shutil.rmtree(HERE / name, ignore_errors=True)
    write_cameras()
    write_weeks()
    correct_labels()
    write_manifest()


if __name__ == "__main__":
    main()
