// The engine's hands: workers that decode for it. With them and without, the same rows in the same order for the same
// requests; what becomes of a statement when one of them cannot start, or is not wanted any more.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { openTab, test } from "./browser.mjs";
import { Host, status } from "./host.mjs";
import { DIST, blank, startHosts } from "./limn.mjs";
import { LimnPage } from "./page.mjs";
import { engineInPage } from "./protocol.mjs";

// More than a scan has to read for hands to be started, in so many row groups.
const FILES = 8;
const ROWS = 60_000;

let hosts;
let folder;
let lake;
let tab;

before(async () => {
  hosts = await startHosts();
  folder = await mkdtemp(join(tmpdir(), "limn-hands-"));
  tab = await openTab(`${hosts.site.origin}/blank.html`);
  await tab.page.evaluate(engineInPage);
  await start(0);
  for (let file = 0; file < FILES; file += 1) {
    const sql =
      `select value as id, md5(cast(value as varchar)) as text, value % 97 as part, value * 0.1 as amount ` +
      `from generate_series(${file * ROWS}, ${(file + 1) * ROWS - 1})`;
    const bytes = await tab.page.evaluate((sql) => window.saved(sql), sql);
    await writeFile(join(folder, `${file}.parquet`), Buffer.from(bytes, "base64"));
  }
  lake = await Host.start({ "/": folder });
});

after(async () => {
  await tab?.close();
  await lake?.stop();
  await hosts?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** A new engine with so many hands, and the table `t` of all files. */
async function start(hands) {
  await tab.page.evaluate((options) => window.startEngine(options), { hands, storedBytes: 0 });
}

async function open() {
  const urls = Array.from({ length: FILES }, (_, file) => `${lake.origin}/${file}.parquet`);
  await tab.page.evaluate((urls) => window.ask({ type: "open", name: "t", source: { urls } }), urls);
}

/** `{ rows, stats, shared }`: how many row groups were decoded by hands. */
function query(sql) {
  return tab.page.evaluate(async (sql) => {
    const { answer } = await window.ask({ type: "query", sql });
    const { rows } = await window.ask({ type: "values", result: answer.result, start: 0, count: 1000 });
    const shared = answer.operators.reduce((sum, { scanned }) => sum + (scanned?.rowGroupsShared ?? 0), 0);
    await window.ask({ type: "drop", result: answer.result });
    return { rows, stats: answer.stats, count: answer.rows, shared };
  }, sql);
}

/** Waits for hands: those that are not up yet leave the first statements to the engine. */
async function warm() {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await query("select max(text) from t")).shared > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no hand came up");
}

const STATEMENTS = [
  "select part, count(*), sum(amount), min(text) from t group by part",
  "select id, text from t where part = 5",
  "select * from t where text like 'ab%'",
  "select a.id, b.text from t a join t b on a.id = b.id + 1 where b.part = 7 order by a.id limit 1000",
  "select p.first, count(*), max(t.text) from t join (select part, min(id) as first from t where part < 50 group by part) p on t.part = p.part group by p.first",
  "select sum(amount * 1e0) / 3e0 as s, count(distinct text) as n from t",
];

test("with hands and without, rows are the same, in the same order, for the same bytes", async () => {
  const alone = [];
  await start(0);
  await open();
  for (const sql of STATEMENTS) alone.push(await query(sql));
  assert.ok(alone.every(({ shared }) => shared === 0));
  await start(2);
  await open();
  const first = await query(STATEMENTS[0]);
  assert.deepEqual(first.rows, alone[0].rows);
  assert.equal(first.stats.bytes, alone[0].stats.bytes);
  assert.equal(first.stats.requests, alone[0].stats.requests);
  await warm();
  for (const [at, sql] of STATEMENTS.entries()) {
    const { rows, count, shared } = await query(sql);
    assert.deepEqual(rows, alone[at].rows, sql);
    assert.equal(count, alone[at].count, sql);
    assert.ok(shared >= FILES - 1, `${sql}: ${shared} row groups were shared`);
  }
});

test("a statement that is stopped leaves its hands to the next", async () => {
  await start(2);
  await open();
  await warm();
  for (let round = 0; round < 3; round += 1) {
    const kind = await tab.page.evaluate(async () => {
      const asked = window.ask({ type: "query", sql: "select a.text, count(*) from t a cross join t b group by a.text" });
      setTimeout(window.cancel, 150);
      return asked.then(() => "answered", (error) => error.kind);
    });
    assert.equal(kind, "Cancelled");
  }
  await open();
  await warm();
});

test("where no hand starts the engine works alone", async () => {
  let workers = 0;
  hosts.site.fault(/\/worker\.js/, ({ response, honest }) => {
    // The first is the engine's own.
    workers += 1;
    if (workers === 1) return honest();
    status(503)({ response });
  });
  try {
    await start(2);
    await open();
    for (let round = 0; round < 5; round += 1) {
      const { rows, shared } = await query("select count(distinct text) from t");
      assert.deepEqual(rows, [[String(FILES * ROWS)]]);
      assert.equal(shared, 0);
    }
    // Two a try, and no more after three deaths.
    assert.ok(workers > 1 && workers < 10, `${workers} workers`);
  } finally {
    hosts.site.reset();
  }
});

test("hands that start while the engine waits for its rest come up, and have it", async () => {
  const before = tab;
  hosts.site.reset();
  hosts.site.fault("/blank.html", blank);
  hosts.site.fault("engine_rest.wasm.zst", (exchange) => (exchange.request.headers.referer?.includes("/worker.js") ? exchange.honest() : status(404)(exchange)));
  // A page in which no engine has loaded it before.
  tab = await openTab(`${hosts.site.origin}/blank.html`);
  try {
    await tab.page.evaluate(engineInPage);
    await start(2);
    await open();
    const asked = [query(STATEMENTS[0]), query("select string_agg(cast(value as varchar), '-' order by value desc) from generate_series(1, 4)")];
    const [, { rows }] = await Promise.all(asked);
    assert.deepEqual(rows, [["4-3-2-1"]]);
    await warm();
    // The engine's own, and one for each hand: none died.
    assert.equal(hosts.site.asked("/worker.js").length, 3);
    assert.ok(hosts.site.asked("engine_rest.wasm.zst").some(({ status }) => status === 200));
  } finally {
    await tab.close();
    tab = before;
    hosts.site.reset();
    hosts.site.fault("/blank.html", blank);
  }
});

test("the engine of the page has hands, and its plan tells what they left", async () => {
  const tables = Array.from({ length: FILES }, (_, file) => `t.t=${encodeURIComponent(`${lake.origin}/${file}.parquet`)}`);
  const sql = "select part, count(*) as n from t where id % 10 = 3 and text > '' group by part order by part limit 1";
  const page = await LimnPage.open(hosts.site.origin, `${tables.join("&")}&q=${encodeURIComponent(sql)}`);
  try {
    assert.deepEqual(await page.answer(), [["0", "494"]]);
    for (let waits = 0; hosts.site.asked("hands.js").length === 0 && waits < 50; waits += 1) await page.page.waitForTimeout(100);
    assert.equal(hosts.site.asked("hands.js").length, 1);
    await page.result.getByRole("tab", { name: "Plan" }).click();
    const rows = page.page.locator(".operators tbody tr");
    await rows.first().waitFor();
    const cells = await rows.evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
    const left = (name) => cells.find(([cell]) => cell.startsWith(name))[2];
    assert.deepEqual([left("Filter"), left("DataSource")], ["48,000", "480,000"]);
  } finally {
    await page.close();
  }
});

test("a hand that dies at work fails its statement, and no other", async () => {
  // It dies as an engine does that traps, with its first order.
  const trap = 'self.addEventListener("message", ({ data }) => data.json && Promise.reject(new WebAssembly.RuntimeError("unreachable")));';
  const text = `${await readFile(`${DIST}/worker.js`, "utf8")}\n${trap}`;
  const deadly = ({ response }) => response.writeHead(200, { "content-type": "text/javascript" }).end(text);
  let workers = 0;
  hosts.site.fault(/\/worker\.js/, (asked) => ((workers += 1) === 1 ? asked.honest() : deadly(asked)));
  try {
    await start(2);
    await open();
    const outcomes = [];
    for (let round = 0; round < 12; round += 1) {
      outcomes.push(await query("select count(distinct text) from t").then(({ rows }) => rows[0][0], (error) => error.message));
    }
    assert.ok(outcomes.some((outcome) => /a worker that (was to decode|decoded) for it died/.test(outcome)), outcomes.join("; "));
    // After three deaths the engine works alone, with its tables and its answers.
    assert.deepEqual(outcomes.slice(-2), [String(FILES * ROWS), String(FILES * ROWS)]);
  } finally {
    hosts.site.reset();
  }
});
