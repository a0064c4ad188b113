// Results that are larger than what the engine keeps of them in its own memory: whatever is asked of their rows, and the
// memory that they take.

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { test } from "./browser.mjs";
import { startHosts } from "./limn.mjs";
import { engineBytes, openEngine } from "./protocol.mjs";

const ROWS = 4_000_000;
// Eight bytes for each of three columns, and a text of ten letters: three times what stays.
const SQL = `select value as id, ${ROWS} - value as back, value % 1000 as part, 'row ' || lpad(cast(value as varchar), 7, '0') as name from generate_series(1, ${ROWS})`;
const MIB = 2 ** 20;

let hosts;
let engine;

before(async () => {
  hosts = await startHosts();
  engine = await openEngine(hosts.site.origin);
});

after(async () => {
  await engine?.close();
  await hosts?.stop();
});

const row = (id) => [String(id), String(ROWS - id), String(id % 1000), `row ${String(id).padStart(7, "0")}`];

test("a large result lies outside of the engine's memory, and its rows are read as any others", async () => {
  const { result, rows, complete } = await engine.query(SQL);
  assert.deepEqual([rows, complete], [ROWS, true]);
  const after = await engineBytes(engine.page.workers()[0]);
  assert.ok(after < 96 * MIB, `${after / MIB} MiB`);
  for (const start of [0, 1_234_560, ROWS - 10]) {
    assert.deepEqual(await engine.shown(result, start, 10), Array.from({ length: 10 }, (_, at) => row(start + at + 1)));
  }
  assert.equal((await engine.ask({ type: "cell", result, row: ROWS - 1, column: 3 })).text, row(ROWS)[3]);
  assert.deepEqual((await engine.ask({ type: "derive", result, sql: "select sum(c0), min(c1), count(distinct c2), max(c3) from result" })).rows, [
    [String((ROWS * (ROWS + 1)) / 2), "0", "1000", row(ROWS)[3]],
  ]);
  const found = await engine.ask({ type: "find", result, text: "3999999", columns: [3] });
  assert.deepEqual(found.found.places, [[ROWS - 2, 3]]);
  await engine.ask({ type: "drop", result });
});

test("a large result is sorted and filtered as any other", async () => {
  const { result } = await engine.query(SQL);
  const sort = [{ column: 2, descending: true, nullsFirst: false }, { column: 1, descending: false, nullsFirst: false }];
  const sorted = await engine.ask({ type: "arrange", result, sort, filters: [] });
  // The greatest rest first, and of those the last row.
  assert.deepEqual(await engine.shown(sorted.result, 0, 3), [row(ROWS - 1), row(ROWS - 1001), row(ROWS - 2001)]);
  assert.deepEqual(await engine.shown(sorted.result, ROWS - 1, 3), [row(1000)]);
  const ends = "select min(c0), max(c3) from (select * from result limit 100000)";
  assert.deepEqual((await engine.ask({ type: "derive", result: sorted.result, sql: ends })).rows, [["975", row(ROWS - 1)[3]]]);
  const filters = [{ column: 3, test: { kind: "contains", text: "99999" } }];
  const filtered = await engine.ask({ type: "arrange", result, sort: [], filters });
  const texts = await engine.shown(filtered.result, 0, 100);
  const expected = Array.from({ length: ROWS }, (_, at) => at + 1).filter((id) => row(id)[3].includes("99999"));
  assert.deepEqual(texts, expected.slice(0, 100).map(row));
  assert.equal(filtered.rows, expected.length);
  for (const kept of [filtered.result, sorted.result, result]) await engine.ask({ type: "drop", result: kept });
});

test("the memory of a result is given back when it is dropped", async () => {
  const [worker] = engine.page.workers();
  await worker.evaluate(() => {
    const { limn_copy: copy, limn_free: free } = self;
    self.spilledBytes = 0;
    self.limn_copy = (bytes) => {
      self.spilledBytes += bytes.length;
      return copy(bytes);
    };
    self.limn_free = (bytes) => {
      self.spilledBytes -= bytes.length;
      free(bytes);
      self.isGone = bytes.length === 0;
    };
  });
  const spilled = () => worker.evaluate(() => self.spilledBytes);
  const { result } = await engine.query(SQL);
  // It shares the rows of the other.
  const arranged = await engine.ask({ type: "arrange", result, sort: [], filters: [{ column: 0, test: { kind: "notNull" } }] });
  assert.ok((await spilled()) > 64 * MIB, `${(await spilled()) / MIB} MiB`);
  await engine.ask({ type: "drop", result });
  assert.ok((await spilled()) > 64 * MIB, "the arranged rows are still shown");
  await engine.ask({ type: "drop", result: arranged.result });
  assert.equal(await spilled(), 0);
  assert.ok(await worker.evaluate(() => self.isGone), "no garbage collection is waited for");
});
