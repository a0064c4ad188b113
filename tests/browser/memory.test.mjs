// How much memory statements may take on a device, and that it is given back: another engine takes the place of one that
// needed much once, with its tables and its results, when nobody asks.

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { openTab, test } from "./browser.mjs";
import { status } from "./host.mjs";
import { startHosts } from "./limn.mjs";
import { engineBytes, engineInPage, openEngine } from "./protocol.mjs";

const MIB = 2 ** 20;
// Three million groups: their hash table takes more than a hundred megabytes.
const COUNT = "select count(*) from inspections";
const LARGE = "select count(*), max(n) from (select value % 3000000 as k, count(*) as n from generate_series(1, 4000000) group by 1)";
// The host waits five seconds before it looks.
const PATIENCE_MILLIS = 20_000;

let hosts;
let tab;

before(async () => {
  hosts = await startHosts();
  tab = await openEngine(hosts.site.origin);
});

after(async () => {
  await tab?.close();
  await hosts?.stop();
});

const shown = (result) => tab.shown(result, 0, 50);
const open = (name, path) => tab.ask({ type: "open", name, source: { urls: [`${hosts.site.origin}/${path}`] } });
const engine = () => tab.page.workers().at(-1);

async function until(isSo, millis = PATIENCE_MILLIS) {
  for (const from = performance.now(); !isSo() && performance.now() - from < millis; ) await tab.page.waitForTimeout(20);
  return isSo();
}

/** Is another engine put in the place of this one? */
function renewed(millis) {
  const before = engine();
  return until(() => tab.page.workers().length === 1 && engine() !== before, millis);
}

test("memory that a statement needed is given back when nobody asks", async () => {
  await open("inspections", "lake/inspections");
  const tables = await tab.query("select verdict, count(*) from inspections group by 1 order by 1");
  const groups = await shown(tables.result);
  const { result } = await tab.query("select value as n, value % 7 as part from generate_series(1, 20)");
  const arranged = await tab.ask({ type: "arrange", result, sort: [{ column: 0, descending: true, nullsFirst: false }], filters: [] });
  const rows = await shown(arranged.result);
  assert.equal(rows[0][0], "20");
  const large = await tab.query(LARGE);
  const peak = await engineBytes(engine());
  assert.ok(peak > 160 * MIB, `${peak / MIB} MiB`);
  hosts.site.reset();

  assert.ok(await renewed(), "another engine is in its place");
  const now = await engineBytes(engine());
  assert.ok(now < 64 * MIB, `${now / MIB} MiB`);
  // What was read is not read again, but for the name of the newest checkpoint.
  assert.deepEqual(hosts.site.asked("/lake/").map(({ path }) => path), ["/lake/inspections/_delta_log/_last_checkpoint"]);
  hosts.site.reset();
  assert.deepEqual(await shown(large.result), [["3000000", "2"]]);
  assert.deepEqual(await shown(arranged.result), rows);
  assert.deepEqual(await shown(tables.result), groups);
  const again = await tab.query("select verdict, count(*) from inspections group by 1 order by 1");
  assert.ok(again.result > large.result);
  assert.deepEqual(await shown(again.result), groups);
  assert.deepEqual(hosts.site.asked("/lake/"), []);
});

test("on a device with little memory budgets are smaller, and there are no hands", async () => {
  const small = await openTab(`${hosts.site.origin}/blank.html`);
  try {
    await small.page.evaluate(() => Object.defineProperty(navigator, "deviceMemory", { value: 0.5 }));
    await small.page.evaluate(engineInPage);
    await small.page.evaluate(() => window.startEngine({}));
    const outcome = await small.page.evaluate((sql) => window.ask({ type: "query", sql }).then(() => "rows", ({ kind }) => kind), LARGE);
    assert.equal(outcome, "TooBig");
    const rows = await small.page.evaluate(() => window.ask({ type: "query", sql: "select 1" }).then(({ answer }) => answer.rows));
    assert.equal(rows, 1);
  } finally {
    await small.close();
  }
});

test("an engine without spare memory stays", async () => {
  await tab.start();
  await tab.query("select 1");
  assert.equal(await renewed(8_000), false);
});

test("who asks meanwhile has the old engine, and later another takes its place", async () => {
  // Nothing is kept of what is read: whoever opens a table has to ask.
  await tab.start({ cacheBytes: 0 });
  await open("inspections", "lake/inspections");
  const rows = (await tab.query(COUNT)).rows;
  await tab.query(LARGE);
  const before = engine();
  const asked = hosts.site.asked("_delta_log").length;
  let release;
  const released = new Promise((resolve) => (release = resolve));
  hosts.site.fault(/_delta_log/, ({ honest }) => released.then(honest));
  assert.ok(await until(() => hosts.site.asked("_delta_log").length > asked), "its successor opens the table");
  assert.equal(tab.page.workers().length, 2);
  assert.equal((await tab.query(COUNT)).rows, rows);
  assert.ok(await until(() => tab.page.workers().length === 1));
  assert.equal(engine(), before);
  release();
  hosts.site.reset();
  assert.ok(await renewed());
});

test("when another cannot open its tables, the engine stays", async () => {
  // Nothing is kept of what is read: whoever opens a table has to ask.
  await tab.start({ cacheBytes: 0 });
  await open("inspections", "lake/inspections");
  const answer = await tab.query(COUNT);
  await tab.query(LARGE);
  const before = engine();
  const asked = hosts.site.asked("_delta_log").length;
  hosts.site.fault(/_delta_log/, status(403));
  assert.ok(await until(() => hosts.site.asked("_delta_log").length > asked), "its successor opens the table");
  assert.ok(await until(() => tab.page.workers().length === 1));
  assert.equal(engine(), before);
  assert.deepEqual(await shown(answer.result), await shown((await tab.query(COUNT)).result));
  hosts.site.reset();
  assert.equal(await renewed(8_000), false, "the same is not tried again for the same memory");
});
