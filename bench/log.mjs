// Opens and plans tables of many files in Chromium, beside delta-rs on the same folders: no data is read but a few rows.
// `node log.mjs NAME...`: a NAME is a folder of target/bench/log, the number of its files when log.py wrote it.
// ENGINES=limn leaves delta-rs out.

import { spawnSync } from "node:child_process";

import { HERE, launch, machine, startServer } from "./browser.mjs";
import { engineBytes, peakBytes } from "./process.mjs";
import { CACHE, DIST, PYTHON, RUNS, keep, list } from "./setting.mjs";

const START_MILLIS = 60_000;
const OPEN_MILLIS = 600_000;
const ENGINES = list("ENGINES", ["limn", "delta-rs"]);
const TABLES = `${CACHE}/log`;
const names = process.argv.slice(2);

const { origin, meter, stop } = await startServer(DIST, TABLES);
try {
  const samples = [];
  for (const name of names) for (let run = 0; run < RUNS; run += 1) samples.push(await measure(name));
  const browser = await launch();
  keep("log", { machine: machine(browser), samples });
  await browser.close();
} finally {
  stop();
}

async function measure(name) {
  const limn = ENGINES.includes("limn") ? await measureLimn(name) : {};
  const native = ENGINES.includes("delta-rs") ? measureNative(name) : {};
  if (limn.files && (limn.files !== (native.files ?? limn.files) || limn.run.rows[0][0] !== rowsExpected(name))) {
    throw new Error(`${name}: the answers differ\n${JSON.stringify(limn)}\n${JSON.stringify(native)}`);
  }
  const sample = { name, limn, native };
  console.error(JSON.stringify(sample));
  return sample;
}

/** A browser of its own for each table, whose one page is then the largest of its renderers. */
async function measureLimn(name) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(OPEN_MILLIS);
    await page.goto(`${origin}/engines/protocol.html`);
    await page.waitForFunction(() => globalThis.engine, null, { timeout: START_MILLIS });
    await page.evaluate(() => globalThis.engine.start());
    const started = await memory(browser, page);
    return { started, ...(await work(browser, page, name)) };
  } catch (error) {
    // A table that does not fit is a result, too.
    return { error: error.message.split("\n")[0] };
  } finally {
    await browser.close();
  }
}

async function work(browser, page, name) {
  const { reply: { table }, ...open } = await step(page, "open", `/data/${name}`);
  const opened = await memory(browser, page);
  const plans = {};
  for (const [what, sql] of Object.entries(statements(name))) {
    const { reply: { plan }, ...cost } = await step(page, "plan", sql);
    plans[what] = { ...cost, kept: plan.scans.reduce((kept, scan) => kept + scan.filesKept, 0) };
  }
  const planned = await memory(browser, page);
  const { reply: { rows }, ...run } = await step(page, "run", Object.values(statements(name))[0]);
  return { files: table.files, open, opened, plans, planned, run: { ...run, rows } };
}

/** One request to the engine, and what it fetched. */
async function step(page, what, argument) {
  await meter();
  const told = await page.evaluate(([what, argument]) => globalThis.engine[what](argument), [what, argument]);
  const { requests, bytes } = await meter();
  return { ...told, requests, bytes };
}

async function memory(browser, page) {
  return { engine: await engineBytes(page), process: await peakBytes(browser) };
}

function measureNative(name) {
  const input = JSON.stringify(statements(name));
  const { stdout, stderr } = spawnSync(PYTHON, [`${HERE}native/log.py`, `${TABLES}/${name}`], { input, encoding: "utf8" });
  process.stderr.write(stderr);
  const last = stdout.trim().split("\n").at(-1);
  return last ? JSON.parse(last) : {};
}

/** The last day's rows: four files of a thousand. */
function rowsExpected(name) {
  return Number(name) ? "4000" : "0";
}

/** What is planned, and the first of it run. Statements keep files that exist, or look into no more than those. */
function statements(name) {
  const files = Number(name);
  if (!files) return { "no partition": "select count(*), sum(col_1) from t where partition_col = 'none'" };
  return {
    "one partition": "select count(*), sum(amount) from t where day = date '2026-09-26'",
    "by statistics": `select count(*), sum(amount) from t where id >= ${(files - 4) * 1000}`,
    "by statistics, again": `select count(*), sum(amount) from t where id >= ${(files - 4) * 1000}`,
    "all files": "select count(*), sum(amount) from t",
    "count(*) alone": "select count(*) from t",
  };
}
