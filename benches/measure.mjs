// Drives both engines through the same queries on the same files in one Chromium, and writes the report.
// `node measure.mjs SITE DATA SCALE REPORT`; RUNS is the number of runs, ENGINES=duckdb leaves Limn out.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { assertSame, queries } from "./queries.mjs";
import { report, withReport } from "./report.mjs";
import { sizes } from "./sizes.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DELAY_MILLIS = 30;
const START_MILLIS = 60_000;
const QUERY_MILLIS = 300_000;
const RUNS = Number(process.env.RUNS ?? 3);
const ENGINES = process.env.ENGINES?.split(",") ?? ["limn", "duckdb"];
const FORMATS = ["parquet", "delta"];
const [, , dist, data, scaleText, reportFile] = process.argv;
const scale = Number(scaleText);
const deltaFiles = JSON.parse(readFileSync(`${data}/files.json`, "utf8"));

const { server, origin } = await startServer();
const browser = await chromium.launch({ executablePath: chromiumPath(), headless: true, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = ENGINES.includes("limn") ? await measurePage() : [];
  const samples = await measureQueries();
  const text = report({ samples, page, sizes: sizes(dist), machine: await machine(), runs: RUNS, delayMillis: DELAY_MILLIS, scale });
  writeFileSync(reportFile, text);
  if (process.env.README) writeFileSync(process.env.README, withReport(readFileSync(process.env.README, "utf8"), text));
  console.log(text);
} finally {
  await browser.close();
  server.kill();
}

/** A server of its own, so that neither the measuring nor the browser waits for its work. */
async function startServer() {
  const mounts = [`/limn/=${dist}`, `/data/=${data}`, `/modules/=${HERE}node_modules`, `/bench/=${HERE}`];
  const child = spawn(process.execPath, [`${HERE}server.mjs`, String(DELAY_MILLIS), ...mounts], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { server: child, origin: String(line).trim() };
}

async function measureQueries() {
  const samples = [];
  for (let run = 0; run < RUNS; run += 1) {
    for (const format of FORMATS) {
      for (const [query, sql] of Object.entries(queries(scale))) {
        const taken = [];
        for (const engine of ENGINES) taken.push(...(await measureQuery(engine, format, query, sql)));
        for (const { engine, rows } of taken) assertSame(`${query} on ${format}, ${engine}`, rows, taken[0].rows);
        samples.push(...taken.map(({ rows, ...sample }) => sample));
      }
    }
  }
  return samples;
}

/** A query in a fresh worker that runs already but has read nothing, and the same again. */
async function measureQuery(engine, format, query, sql) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(QUERY_MILLIS);
    page.on("pageerror", (error) => console.error(`${engine}: ${error}`));
    await page.addInitScript((files) => (globalThis.deltaFiles = files), deltaFiles);
    await page.goto(`${origin}/bench/${engine}.html`);
    await page.waitForFunction(() => globalThis.engine, null, { timeout: START_MILLIS });
    await page.evaluate(() => globalThis.engine.start());
    const samples = [];
    for (const state of ["cold", "repeated"]) samples.push({ engine, format, query, state, ...(await ask(page, format, sql)) });
    const [{ millis, requests, bytes }, { millis: again }] = samples;
    console.error(`${format} ${query} ${engine}: ${millis.toFixed(0)} ms, ${requests} requests, ${bytes} bytes, then ${again.toFixed(0)} ms`);
    return samples;
  } finally {
    await context.close();
  }
}

async function ask(page, format, sql) {
  await meter();
  const { rows, millis } = await page.evaluate(async ([format, sql]) => {
    const start = performance.now();
    const { rows } = await globalThis.engine.run(format, sql);
    return { rows, millis: performance.now() - start };
  }, [format, sql]);
  return { rows, millis, ...(await meter()) };
}

async function meter() {
  return (await fetch(`${origin}/meter`)).json();
}

/** From the start of the navigation, with nothing cached: when the editor takes text, and when the sample's answer is there. */
async function measurePage() {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(START_MILLIS);
    await page.goto(`${origin}/limn/`, { waitUntil: "commit" });
    const typed = await when(page, '.cm-content[contenteditable="true"]');
    const answered = await when(page, '[role="gridcell"]');
    runs.push({ typed, answered });
    await context.close();
  }
  return runs;
}

async function when(page, selector) {
  await page.locator(selector).first().waitFor();
  return page.evaluate(() => performance.now());
}

async function machine() {
  const cpu = readFileSync("/proc/cpuinfo", "utf8").match(/model name\s*: (.*)/)?.[1] ?? "unknown processor";
  const cores = spawnSync("nproc", { encoding: "utf8" }).stdout.trim();
  return `Chromium ${browser.version()}, ${cores} cores of ${cpu}`;
}

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
  if (!found) throw new Error("no chromium on PATH: scripts/setup test installs it, or name one in CHROMIUM");
  return found;
}
