// How soon the page can be used and the engine asked, counted from the last byte of what each needs, over links of two
// speeds; and what later visits of the same link ask of the network, in the same profile.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launch, launchKeeping, machine, openEngine, startServer } from "./browser.mjs";
import { coldQueries } from "./queries.mjs";
import { DATA, DIST, RUNS, SCALE, keep, list } from "./setting.mjs";

// What is looked for, and as what it is noted; in the page, for who asks from without asks twice a second.
const SIGNS = { usable: '.cm-content[contenteditable="true"]', answered: '[role="gridcell"]' };
const WAIT_MILLIS = 120_000;
const LATENCY_MILLIS = 30;
const LINKS = list("LINKS", ["50", "500"]).map((mbit) => ({ latencyMillis: LATENCY_MILLIS, mbit: Number(mbit) }));
// What the page has the browser keep, and what the browser keeps by itself of compiled code, is written after the answer.
const SETTLE_MILLIS = 5_000;

const host = await startServer(DIST, DATA);
const browser = await launch();
try {
  const samples = [];
  for (let run = 0; run < RUNS; run += 1) {
    for (const link of LINKS) {
      await host.setLink(link);
      samples.push({ run, mbit: link.mbit, page: await measurePage(), engine: await measureEngine(), visits: await measureVisits() });
      console.error(JSON.stringify(samples.at(-1)));
    }
  }
  keep("start", { machine: machine(browser), links: LINKS, samples });
} finally {
  await browser.close();
  host.stop();
}

/** From the start of the navigation, with nothing cached. */
async function measurePage() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MILLIS);
  await page.addInitScript(watch, SIGNS);
  await page.goto(`${host.origin}/limn/`, { waitUntil: "commit" });
  const usable = await seen(page, "usable");
  const lastByte = await page.evaluate(lastByteBefore, usable);
  const answered = await seen(page, "answered");
  await context.close();
  return { usable, lastByte, answered };
}

/** Runs in the page: notes when each of `signs` first matches, in whatever shadow. */
function watch(signs) {
  globalThis.seenAt = {};
  const isThere = (root, selector) => root.querySelector(selector) || [...root.querySelectorAll("*")].some(({ shadowRoot }) => shadowRoot && isThere(shadowRoot, selector));
  const look = () => {
    for (const [name, selector] of Object.entries(signs)) {
      if (!(name in globalThis.seenAt) && isThere(document, selector)) globalThis.seenAt[name] = performance.now();
    }
    requestAnimationFrame(look);
  };
  look();
}

/** When the page showed the sign that is noted as `name`, in milliseconds since its navigation began. */
async function seen(page, name) {
  return (await page.waitForFunction((name) => globalThis.seenAt[name], name)).jsonValue();
}

/** Runs in the page: when the last byte came of what was there by then, the engine and the sample's tables aside. */
function lastByteBefore(time) {
  const own = performance.getEntriesByType("resource").filter(({ name, responseEnd }) => responseEnd <= time && !/engine|unzstd|lake|worker/.test(name));
  return Math.max(performance.getEntriesByType("navigation")[0].responseEnd, ...own.map(({ responseEnd }) => responseEnd));
}

async function measureEngine() {
  const engine = await openEngine(browser, host.origin, "limn", {});
  const [ready, lastByte] = await engine.page.evaluate(() => [
    globalThis.readyAt, performance.getEntriesByType("resource").find(({ name }) => name.includes("engine_bg")).responseEnd,
  ]);
  await engine.close();
  return { ready, lastByte };
}

/** A link to one key of lineitem, opened by one browser after the other in one profile. */
async function measureVisits() {
  const { sql } = coldQueries(SCALE).find(({ name }) => name === "one key");
  const link = new URLSearchParams({ "t.lineitem": `${host.origin}/data/lineitem.parquet`, q: sql });
  const profile = mkdtempSync(join(tmpdir(), "limn-bench-"));
  try {
    const visits = [];
    for (const _ of ["first", "second", "third"]) visits.push(await visit(profile, `${host.origin}/limn/#${link}`));
    return visits;
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function visit(profile, url) {
  const context = await launchKeeping(profile);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MILLIS);
    await page.addInitScript(watch, SIGNS);
    await host.meter();
    await page.goto(url, { waitUntil: "commit" });
    const millis = await seen(page, "answered");
    const { log } = await host.meter();
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await page.waitForTimeout(SETTLE_MILLIS);
    return { millis, program: sum(log, "/limn/"), data: sum(log, "/data/") };
  } finally {
    await context.close();
  }
}

/** Whether there is a newer build a browser may ask at any time; nothing waits for the answer. */
function sum(log, prefix) {
  const own = log.filter(({ path }) => path.startsWith(prefix) && !path.endsWith("/sw.js"));
  return { requests: own.length, bytes: own.reduce((bytes, entry) => bytes + entry.bytes, 0) };
}
