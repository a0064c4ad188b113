// Drives both engines through the same queries on the same files in one Chromium, and writes the report's first part.
// `node measure.mjs SITE DATA SCALE PART`; RUNS is the number of runs, ENGINES=duckdb leaves Limn out.

import { readFileSync, writeFileSync } from "node:fs";

import { launch, machine, startServer } from "./browser.mjs";
import { assertSame, queries } from "./queries.mjs";
import { report } from "./report.mjs";
import { sizes } from "./sizes.mjs";

const DELAY_MILLIS = 30;
const START_MILLIS = 60_000;
const QUERY_MILLIS = 300_000;
const RUNS = Number(process.env.RUNS ?? 3);
const ENGINES = process.env.ENGINES?.split(",") ?? ["limn", "duckdb"];
const FORMATS = ["parquet", "delta"];
const [, , dist, data, scaleText, partFile] = process.argv;
const scale = Number(scaleText);
const deltaFiles = JSON.parse(readFileSync(`${data}/files.json`, "utf8"));

const { server, origin, meter } = await startServer(DELAY_MILLIS, dist, data);
const browser = await launch();
try {
  const page = ENGINES.includes("limn") ? await measurePage() : [];
  const samples = await measureQueries();
  const text = report({ samples, page, sizes: sizes(dist), machine: machine(browser), runs: RUNS, delayMillis: DELAY_MILLIS, scale });
  writeFileSync(partFile, text);
} finally {
  await browser.close();
  server.kill();
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
