// What an answer costs, counted where it is paid: in the host's log, beside what the engine says of itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach } from "node:test";

import { test } from "./browser.mjs";
import { delay } from "./host.mjs";
import { DATA, LimnTab, startHosts } from "./limn.mjs";

const SORTED = "parquet/sorted-100-row-groups.parquet";

let hosts;
let tab;

before(async () => {
  hosts = await startHosts();
  tab = await LimnTab.open(hosts.site.origin);
});

beforeEach(async () => {
  hosts.lake.reset();
  await tab.startAnew();
});

after(async () => {
  await tab?.close();
  await hosts?.stop();
});

const table = (path) => ({ t: { url: `${hosts.lake.origin}/${path}` } });
const bytes = (log) => log.reduce((sum, entry) => sum + entry.bytes, 0);
const data = () => hosts.lake.log.filter(({ path }) => !path.includes("_delta_log"));

test("count(*) on a Delta table reads the log and no data file", async () => {
  assert.equal(await tab.value("select count(*) from t", table("delta/commits-checkpoint")), rowsOf("commits-checkpoint"));
  assert.deepEqual(data(), []);
});

test("count(*) on a Parquet file reads its footer only", async () => {
  assert.equal(await tab.value("select count(*) from t", table(SORTED)), 20_000);
  const file = readFileSync(`${DATA}/${SORTED}`);
  // The first look would tell the size; this host does not let another origin read it, and is asked for all but not read.
  const [first, second, ...rest] = data().map(({ range }) => range);
  assert.deepEqual([first, second], ["bytes=0-3", "bytes=0-"]);
  const starts = rest.map((range) => Number(/\d+/.exec(range)[0]));
  const footer = file.length - 8 - file.readUInt32LE(file.length - 8);
  const guess = file.length - (64 << 10);
  assert.deepEqual(starts, footer < guess ? [guess, footer] : [guess]);
});

test("a point lookup on a sorted file of 100 row groups reads pages of one row group", async () => {
  const tables = table(SORTED);
  await tab.plan("select * from t where id = 20000", tables);
  hosts.lake.reset();
  const { rows, stats } = await tab.query("select * from t where id = 20000", tables);
  assert.deepEqual(rows.map(({ id, name }) => [id, name]), [[20_000, "name 010000"]]);
  assert.deepEqual([stats.rowGroupsRead, stats.rowGroupsTotal], [1, 100]);
  assert.ok(bytes(data()) < 8192, `${bytes(data())} bytes`);
  assert.equal(stats.requests, hosts.lake.log.length);
});

test("opening a table with a checkpoint and five commits takes twelve requests in four round trips at most", async () => {
  const arrivals = [];
  hosts.lake.fault(/./, (exchange) => (arrivals.push(performance.now()), delay(150)(exchange)));
  await tab.plan("select 1", table("delta/five-after-checkpoint"));
  assert.ok(arrivals.length <= 12, `${arrivals.length} requests`);
  assert.ok(rounds(arrivals, 100) <= 4, `${rounds(arrivals, 100)} round trips`);
});

test("a plan opens the files of a table six at a time", async () => {
  const arrivals = [];
  hosts.lake.fault(/week=/, (exchange) => (arrivals.push(performance.now()), delay(150)(exchange)));
  const { bytes } = await tab.plan("select sum(sharpness) from t", { t: { url: `${hosts.lake.origin}/lake/inspections` } });
  assert.ok(bytes > 0);
  assert.ok(arrivals.length >= 12, `${arrivals.length} files`);
  assert.ok(rounds(arrivals, 100) <= Math.ceil(arrivals.length / 6), `${rounds(arrivals, 100)} round trips for ${arrivals.length} files`);
});

/** Requests that come later than an answer could have been read wait for one: each such gap begins a round. */
function rounds(arrivals, gapMillis) {
  return 1 + arrivals.slice(1).filter((at, i) => at - arrivals[i] > gapMillis).length;
}

test("the same query again reads nothing", async () => {
  const sql = "select sum(id) as s, count(*) filter (where id % 3 = 0) as n from t";
  for (const path of [SORTED, "delta/commits-checkpoint"]) {
    const first = await tab.query(sql, table(path));
    hosts.lake.reset();
    const second = await tab.query(sql, table(path));
    assert.ok(first.stats.requests > 0);
    assert.deepEqual(second.rows, first.rows);
    assert.deepEqual([hosts.lake.log, second.stats.requests, second.stats.bytes], [[], 0, 0]);
  }
});

test("what a query says of its cost is what the host counted", async () => {
  const tables = table("delta/commits-checkpoint");
  await tab.plan("select 1", tables);
  hosts.lake.reset();
  const { stats } = await tab.query("select sum(id) from t", tables);
  const answered = hosts.lake.log.filter(({ status }) => status !== 404);
  assert.equal(stats.requests, hosts.lake.log.length);
  assert.equal(stats.bytes, bytes(answered));
});

function rowsOf(name) {
  const { fixtures } = JSON.parse(readFileSync(`${DATA}/manifest.json`, "utf8"));
  return fixtures.find((fixture) => fixture.name === name).rows;
}
