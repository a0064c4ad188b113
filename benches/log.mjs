// Opens and plans tables of many files in Chromium, beside delta-rs on the same folders: no data is read but a few rows.
// `node log.mjs SITE TABLES PART PYTHON NAME...`: a NAME is a folder of TABLES, the number of its files when log.py
// wrote it. RUNS is the number of runs, ENGINES=limn leaves delta-rs out, DELAY is the milliseconds of each response.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

import { HERE, launch, machine, startServer } from "./browser.mjs";
import { logReport } from "./log-report.mjs";

const START_MILLIS = 60_000;
const OPEN_MILLIS = 600_000;
const RUNS = Number(process.env.RUNS ?? 3);
const DELAY_MILLIS = Number(process.env.DELAY ?? 0);
const ENGINES = process.env.ENGINES?.split(",") ?? ["limn", "delta-rs"];
const [, , dist, tables, partFile, python, ...names] = process.argv;

const { server, origin, meter } = await startServer(DELAY_MILLIS, dist, tables);
try {
  const samples = [];
  for (const name of names) for (let run = 0; run < RUNS; run += 1) samples.push(await measure(name));
  const browser = await launch();
  const text = logReport({ samples, machine: machine(browser), runs: RUNS, delayMillis: DELAY_MILLIS });
  await browser.close();
  writeFileSync(partFile, text);
} finally {
  server.kill();
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
    await page.goto(`${origin}/bench/log.html`);
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
  return { ...told, ...(await meter()) };
}

/** Bytes of the engine's linear memory, which never shrinks, and the most that its process ever held. */
async function memory(browser, page) {
  const [worker] = page.workers();
  // A second call of the module's initializer gives what the first one made.
  const engine = await worker.evaluate(async (url) => {
    const { default: start } = await import(new URL("engine.js", url).href + new URL(url).search);
    return (await start()).memory.buffer.byteLength;
  }, worker.url());
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const peaks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => peakBytes(id));
  return { engine, process: Math.max(...peaks) };
}

function peakBytes(pid) {
  return 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
}

function measureNative(name) {
  const input = JSON.stringify(statements(name));
  const { stdout, stderr } = spawnSync(python, [`${HERE}log_native.py`, `${tables}/${name}`], { input, encoding: "utf8" });
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
