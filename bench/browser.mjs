// Chromium, the benchmark's host as a process of its own, and an engine in a tab of it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const HERE = fileURLToPath(new URL(".", import.meta.url));
const START_MILLIS = 60_000;
const QUERY_MILLIS = 600_000;

/** A server of its own, so that neither the measuring nor the browser waits for its work. */
export async function startServer(dist, data) {
  const mounts = [`/limn/=${dist}`, `/data/=${data}`, `/modules/=${HERE}node_modules`, `/engines/=${HERE}engines`];
  const child = spawn(process.execPath, [`${HERE}server.mjs`, ...mounts], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const origin = String(line).trim();
  const ask = async (path) => (await fetch(origin + path)).json();
  return {
    origin,
    /** `{ requests, bytes, ofTables, log }` since it was last asked. */
    meter: () => ask("/meter"),
    setLink: ({ latencyMillis, mbit }) => ask(`/link?latency=${latencyMillis}&mbit=${mbit}`),
    stop: () => child.kill(),
  };
}

export function launch() {
  return chromium.launch(how());
}

/** A browser that keeps what it stored in `folder`. */
export function launchKeeping(folder) {
  return chromium.launchPersistentContext(folder, how());
}

/** A tab of a fresh profile in which `engine` (a page of engines/) has started and knows `tables`. */
export async function openEngine(browser, origin, engine, tables, options = {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(QUERY_MILLIS);
  page.on("pageerror", (error) => console.error(`${engine}: ${error}`));
  await page.goto(`${origin}/engines/${engine}.html`);
  await page.waitForFunction(() => globalThis.engine, null, { timeout: START_MILLIS });
  await page.evaluate(([tables, options]) => globalThis.engine.start(tables, options), [tables, options]);
  return {
    page,
    /** `{ millis, rows, ...}` of one statement, timed inside the page; an engine that takes longer than `most` is given up. */
    run: (sql, { most = QUERY_MILLIS, ...how } = {}) => within(most, page.evaluate(timed, [sql, how])),
    /** Brings the tables' bytes into the engine's own memory, where it can do so apart from a query. */
    hold: () => page.evaluate(() => globalThis.engine.hold?.()),
    close: () => context.close(),
  };
}

function within(millis, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`not within ${millis / 1000} s`)), millis)));
  // What is given up may still fail when its page is closed.
  promise.catch(() => {});
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function timed([sql, how]) {
  const start = performance.now();
  const answer = await globalThis.engine.run(sql, how);
  return { ...answer, millis: performance.now() - start };
}

export function machine(browser) {
  const cpu = readFileSync("/proc/cpuinfo", "utf8").match(/model name\s*: (.*)/)?.[1] ?? "unknown processor";
  const cores = spawnSync("nproc", { encoding: "utf8" }).stdout.trim();
  return `Chromium ${browser.version()}, ${cores} cores of ${cpu}`;
}

function how() {
  return { executablePath: chromiumPath(), headless: true, args: ["--no-sandbox", "--disable-gpu"] };
}

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
  if (!found) throw new Error("no chromium on PATH: scripts/setup test installs it, or name one in CHROMIUM");
  return found;
}
