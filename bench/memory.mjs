// What Limn takes of memory for a query that reads much, for a result of many rows and for many groups, and what it gives
// back; and what becomes of the same on a machine with 2 GB. Each in a browser of its own, whose one page is then the
// largest of its renderers.

import { setTimeout as sleep } from "node:timers/promises";

import { launch, machine, startServer } from "./browser.mjs";
import { caged } from "./cage.mjs";
import { engineBytes, peakBytes, residentBytes } from "./process.mjs";
import { coldQueries } from "./queries.mjs";
import { DATA, DIST, RUNS, SCALE, keep } from "./setting.mjs";

// Long enough for a garbage collection and for another engine to take the place of one that is too large; hands are let go
// after half a minute.
const IDLE_MILLIS = 45_000;
const WAIT_MILLIS = 600_000;
const SMALL_BYTES = 2 * 2 ** 30;

const rows = (count) => `${count.toLocaleString("en")} rows`;
const groups = (count) => `${count.toLocaleString("en")} groups`;
const rowsOf = (count) => `select value as id, value * 0.5 as half, 'row ' || value as name from generate_series(1, ${count})`;
const groupsOf = (count) => `select count(*), max(n) from (select value % ${count} as k, count(*) as n from generate_series(1, ${2 * count}) group by 1)`;

const CASES = [
  { name: "Q1", sql: coldQueries(SCALE).find(({ name }) => name === "Q1").sql },
  { name: rows(1e7), sql: rowsOf(1e7) },
  { name: groups(5e6), sql: groupsOf(5e6), isFree: true },
];
// More than there is room for: that has to be told, and nothing else may be lost.
const TOO_MUCH = [
  { name: rows(1e8), sql: rowsOf(1e8) },
  { name: groups(3e7), sql: groupsOf(3e7) },
];

const { origin, stop } = await startServer(DIST, DATA);
try {
  const samples = [];
  for (let run = 0; run < RUNS; run += 1) for (const { name, sql, isFree } of CASES) samples.push(told({ name, isFree, run, ...(await measure(sql)) }));
  const small = await caged(SMALL_BYTES, async () => {
    const outcomes = [];
    for (const { name, sql } of [...CASES, ...TOO_MUCH]) outcomes.push(told({ name, ...(await tried(sql)) }));
    return outcomes;
  });
  const browser = await launch();
  keep("memory", { machine: machine(browser), samples, small });
  await browser.close();
} finally {
  stop();
}

async function measure(sql) {
  return inPage(async (browser, page) => {
    const started = await memory(browser, page);
    await openTable(page);
    const { reply: { answer } } = await page.evaluate((sql) => globalThis.engine.query(sql), sql);
    const answered = await memory(browser, page);
    await page.evaluate((result) => globalThis.engine.drop(result), answer.result);
    await sleep(IDLE_MILLIS);
    return { rows: answer.rows, complete: answer.complete, started, answered, dropped: await memory(browser, page) };
  });
}

/** `{ outcome, after }`: what a statement came to, and the next one. */
function tried(sql) {
  return inPage(async (browser, page) => {
    await openTable(page);
    const outcome = await page.evaluate((sql) => globalThis.engine.query(sql).then(
      ({ reply: { answer } }) => `${answer.rows.toLocaleString("en")} rows${answer.complete ? "" : ", then stopped"}`,
      ({ message }) => message,
    ), sql);
    const peak = await peakBytes(browser);
    const after = await page.evaluate(() => globalThis.engine.run("select count(*) from lineitem").then(({ reply }) => reply.rows[0][0], ({ message }) => message));
    return { outcome, peak, after };
  }, true);
}

/** Does `work` in a tab of its own; `isSmall` in one that is told what a browser tells on a machine with 2 GB. */
async function inPage(work, isSmall = false) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    if (isSmall) await page.addInitScript((gib) => Object.defineProperty(navigator, "deviceMemory", { value: gib }), SMALL_BYTES / 2 ** 30);
    page.setDefaultTimeout(WAIT_MILLIS);
    await page.goto(`${origin}/engines/protocol.html`);
    await page.waitForFunction(() => globalThis.engine);
    await page.evaluate(() => globalThis.engine.start());
    return await work(browser, page);
  } catch (error) {
    return { error: error.message.split("\n")[0] };
  } finally {
    await browser.close();
  }
}

function openTable(page) {
  return page.evaluate((url) => globalThis.engine.open(url, "lineitem"), `${origin}/data/lineitem.parquet`);
}

async function memory(browser, page) {
  return { engine: await engineBytes(page), peak: await peakBytes(browser), resident: await residentBytes(browser) };
}

function told(sample) {
  console.error(JSON.stringify(sample));
  return sample;
}
