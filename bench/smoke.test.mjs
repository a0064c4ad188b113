// What answers cost, exactly, and what is shipped: figures that no machine's speed changes, for CI. `make bench-smoke`.
// A change that makes one smaller writes the smaller one here; one that makes it larger has to say why.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before } from "node:test";

import { test } from "../tests/browser/browser.mjs";
import { Host, status } from "../tests/browser/host.mjs";
import { DATA, DIST, LimnTab, blank } from "../tests/browser/limn.mjs";
import { ENGINE, LIMITS, PAGE, REST, limited, shippedFiles, weigh } from "./sizes.mjs";
import { USUAL } from "./usual.mjs";

// A build may call a function that another inlined: that many of the statements below may need the engine's rest. When
// there are more, scripts/learn is due.
const NEED_REST = 2;
// The engine's parts as they are shipped: what they weigh and 5%.
const SHIPPED = { [ENGINE]: 4_470_000, [REST]: 3_120_000 };

const SORTED = "data/parquet/sorted-100-row-groups.parquet";
// Small row groups are fetched together, and what lies between: 98 requests cost more time than 137 kB, and six more than
// 130 kB. A checkpoint's own commit is read beside the later ones: without those it would be one more round trip.
const COSTS = [
  ["count(*) of a Parquet file", "select count(*) from t", { t: SORTED }, { requests: 2, bytes: 65540 }],
  ["one column of 100 row groups", "select sum(id) from t", { t: SORTED }, { requests: 3, bytes: 207585 }],
  ["one key of 100 row groups", "select name from t where id = 20000", { t: SORTED }, { requests: 3, bytes: 66097 }],
  ["count(*) of a Delta table", "select count(*) from t", { t: "data/delta/commits-checkpoint" }, { requests: 10, bytes: 19916 }],
  ["all of a Delta table", "select sum(id) from t", { t: "data/delta/commits-checkpoint" }, { requests: 16, bytes: 25593 }],
  ["two partitions of twelve", "select count(*), sum(part_id) from t where week >= date '2026-11-09'", { t: "lake/inspections" }, { requests: 11, bytes: 290183 }],
  [
    "a join of three tables", `select c.lens, p.supplier, count(*) from i join c on c.camera_id = i.camera_id
    join p on p.part_id = i.part_id where i.week >= date '2026-11-16' group by c.lens, p.supplier`,
    { i: "lake/inspections", c: "lake/cameras", p: "lake/parts" }, { requests: 27, bytes: 394237 },
  ],
];

let host;
let tab;
const needRest = [];

// One host for the site and the tables: one of another origin would hide the sizes of files, and an answer that is not
// read to its end has as many bytes as the machine was quick.
before(async () => {
  host = await Host.start({ "/": DIST, "/data/": DATA });
  host.fault("/blank.html", blank);
  host.fault(REST, (exchange) => (isWaitedFor(exchange.request) ? exchange.honest() : status(404)(exchange)));
});

after(async () => {
  await tab?.close();
  await host?.stop();
});

for (const [name, sql, paths, expected] of COSTS) {
  test(`${name}: requests and bytes, and none for the same again`, async () => {
    const tables = Object.fromEntries(Object.entries(paths).map(([table, path]) => [table, { url: `${host.origin}/${path}` }]));
    // Another engine of the same page would have the rest that one before it loaded.
    await tab?.close();
    host.log = [];
    tab = await LimnTab.open(host.origin);
    assert.deepEqual(await cost(sql, tables), expected);
    if (host.asked(REST).some(({ status }) => status === 200)) needRest.push(name);
    assert.deepEqual(await cost(sql, tables), { requests: 0, bytes: 0 });
  });
}

test("these do without the engine's rest", () => {
  assert.ok(needRest.length <= NEED_REST, needRest.join(", "));
});

for (const [about, statements] of USUAL) {
  test(`what is usually asked of ${about} does without it`, async () => {
    host.fault(REST, status(404));
    await tab.close();
    tab = await LimnTab.open(host.origin);
    const at = (name) => ({ url: `${host.origin}/lake/${name}` });
    const tables = { c: at("cameras"), i: at("inspections"), l: at("labels"), p: at("parts") };
    const failed = [];
    for (const sql of statements) {
      const { kind, detail } = await tab.query(sql, tables);
      assert.ok([undefined, "Incomplete"].includes(kind), `${sql}: ${detail}`);
      if (kind) failed.push(sql);
    }
    assert.ok(failed.length <= NEED_REST, failed.join("\n"));
  });
}

/** A worker that comes upon it asks for the engine's rest by itself; the page does so later, for all. */
function isWaitedFor({ headers }) {
  return headers.referer?.includes("/worker.js");
}

/** Requests for tables, and bytes of what was there. */
async function cost(sql, tables) {
  const before = host.log.length;
  const { message } = await tab.query(sql, tables);
  assert.equal(message, undefined);
  const log = host.log.slice(before).filter(({ path }) => /^\/(data|lake)\//.test(path));
  return { requests: log.length, bytes: log.filter(({ status }) => status < 400).reduce((sum, { bytes }) => sum + bytes, 0) };
}

test(`the page's program is at most ${LIMITS.pageBrotli} bytes as Brotli`, () => {
  const { pageBrotli } = limited(weigh(DIST, PAGE));
  assert.ok(pageBrotli <= LIMITS.pageBrotli, `${pageBrotli} bytes`);
});

for (const [name, most] of Object.entries(SHIPPED)) {
  test(`${name} is at most ${most} bytes`, () => {
    const { size } = statSync(`${DIST}/${name}`);
    assert.ok(size <= most, `${size} bytes`);
  });
}

test(`no file is larger than ${LIMITS.raw} bytes`, () => {
  const large = shippedFiles(DIST).filter((name) => statSync(`${DIST}/${name}`).size > LIMITS.raw);
  assert.deepEqual(large, []);
});
