// What Limn takes of memory for a query that reads much and for a result of many rows, and what it gives back.
// Each in a browser of its own, whose one page is then the largest of its renderers.

import { setTimeout as sleep } from "node:timers/promises";

import { launch, machine, startServer } from "./browser.mjs";
import { engineBytes, peakBytes, residentBytes } from "./process.mjs";
import { coldQueries } from "./queries.mjs";
import { DATA, DIST, RUNS, SCALE, keep } from "./setting.mjs";

// Long enough for a garbage collection and for whatever the engine does when nobody asks for anything.
const IDLE_MILLIS = 10_000;
const ROWS = 10_000_000;
const WAIT_MILLIS = 600_000;
const CASES = {
  Q1: coldQueries(SCALE).find(({ name }) => name === "Q1").sql,
  [`${ROWS.toLocaleString("en")} rows`]: `select value as id, value * 0.5 as half, 'row ' || value as name from generate_series(1, ${ROWS})`,
};

const { origin, stop } = await startServer(DIST, DATA);
try {
  const samples = [];
  for (let run = 0; run < RUNS; run += 1) for (const [name, sql] of Object.entries(CASES)) samples.push({ name, run, ...(await measure(sql)) });
  const browser = await launch();
  keep("memory", { machine: machine(browser), samples });
  await browser.close();
} finally {
  stop();
}

async function measure(sql) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MILLIS);
    await page.goto(`${origin}/engines/protocol.html`);
    await page.waitForFunction(() => globalThis.engine);
    await page.evaluate(() => globalThis.engine.start());
    const started = await memory(browser, page);
    await page.evaluate((url) => globalThis.engine.open(url, "lineitem"), `${origin}/data/lineitem.parquet`);
    const { reply: { answer } } = await page.evaluate((sql) => globalThis.engine.query(sql), sql);
    const answered = await memory(browser, page);
    await page.evaluate((result) => globalThis.engine.drop(result), answer.result);
    await sleep(IDLE_MILLIS);
    const sample = { rows: answer.rows, complete: answer.complete, started, answered, dropped: await memory(browser, page) };
    console.error(JSON.stringify(sample));
    return sample;
  } catch (error) {
    return { error: error.message.split("\n")[0] };
  } finally {
    await browser.close();
  }
}

async function memory(browser, page) {
  return { engine: await engineBytes(page), peak: await peakBytes(browser), resident: await residentBytes(browser) };
}
