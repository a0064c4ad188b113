// Queries of an engine that runs already and has read nothing, over links of two speeds, beside what they have to read at
// least (ideal.py); then the same again, which is what computing alone takes; and a worker that sends the same requests as
// Limn, each when as many answers have come, and does nothing else: what the browser takes for them. ENGINES, QUERIES,
// LINKS (as 50,500) choose.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { assertSame } from "./answers.mjs";
import { HERE, launch, machine, openEngine, startServer } from "./browser.mjs";
import { coldQueries } from "./queries.mjs";
import { DATA, DIST, PYTHON, RUNS, SCALE, TABLES, keep, list } from "./setting.mjs";

const ENGINES = list("ENGINES", ["limn", "browser", "duckdb", "hyparquet"]);
const LATENCY_MILLIS = 30;
const MOST_MILLIS = 45_000;
// What engines do when they have started is not what reading takes: that is measured by start.mjs.
const SETTLE_MILLIS = 2_000;
const LINKS = list("LINKS", ["50", "500"]).map((mbit) => ({ latencyMillis: LATENCY_MILLIS, mbit: Number(mbit) }));

const chosen = list("QUERIES", null);
const queries = coldQueries(SCALE).filter(({ name }) => !chosen || chosen.includes(name));
const ideals = leastReads(queries);
// What failed once is not waited for again.
const failed = new Map();
const host = await startServer(DIST, DATA);
const browser = await launch();
try {
  const samples = [];
  const reads = queries.map(({ name, format }, at) => ({ name, format, ideal: ideals[at] }));
  const links = [];
  for (const link of LINKS) links.push({ ...link, reached: await reached(link) });
  for (let run = 0; run < RUNS; run += 1) {
    for (const link of LINKS) for (const query of queries) samples.push(...(await turns(query, link, run)));
    // A run of all engines takes minutes: who stops the others has those that were made.
    keep("cold", { machine: machine(browser), links, engines: ENGINES, reads, samples, runs: run + 1 });
  }
} finally {
  await browser.close();
  host.stop();
}

function leastReads(queries) {
  const { status, stdout } = spawnSync(PYTHON, [`${HERE}ideal.py`, DATA], { input: JSON.stringify(queries), encoding: "utf8", stdio: ["pipe", "pipe", "inherit"] });
  if (status !== 0) throw new Error("ideal.py failed");
  return JSON.parse(stdout);
}

/** Mbit/s of three seconds' worth of bytes in six parts at once: on a busy machine the host cannot keep up with a fast link. */
async function reached(link) {
  const part = Math.floor((3 * link.mbit * 1e6) / 8 / 6);
  await host.setLink(link);
  const start = performance.now();
  const parts = Array.from({ length: 6 }, async () => {
    const answer = await fetch(`${host.origin}/data/lineitem.parquet`, { headers: { range: `bytes=0-${part - 1}` } });
    return (await answer.arrayBuffer()).byteLength;
  });
  const bytes = (await Promise.all(parts)).reduce((sum, length) => sum + length, 0);
  return (bytes * 8) / 1000 / (performance.now() - start - link.latencyMillis);
}

/** All engines at one query, whose answers must be the same. */
async function turns(query, link, run) {
  const taken = [];
  for (const engine of ENGINES) {
    const asked = taken.find(({ engine, state }) => engine === "limn" && state === "cold")?.asked;
    // Where Limn failed there is nothing to send again.
    if (engine !== "browser" || asked) taken.push(...(await unlessFailed(engine, query, link, asked)));
  }
  const [first, ...others] = taken.filter(({ rows }) => rows);
  for (const { engine, rows } of others) assertSame(`${query.name} on ${query.format}, ${engine}`, rows, first.rows);
  const told = taken.map(({ engine, state, millis, requests, bytes, error }) => `${engine} ${state} ${error ?? `${millis.toFixed(0)} ms, ${requests} requests, ${bytes} bytes`}`);
  console.error(`${link.mbit} Mbit/s, ${query.format} ${query.name}: ${told.join("; ")}`);
  return taken.map(({ rows, asked, ...sample }) => ({ name: query.name, format: query.format, mbit: link.mbit, run, ...sample }));
}

async function unlessFailed(engine, query, link, asked) {
  const key = JSON.stringify([engine, query.name, query.format, link]);
  if (failed.has(key)) return [{ engine, state: "cold", error: failed.get(key) }];
  const what = engine === "browser" ? { ...query, sql: asked } : query;
  const samples = await measure(engine, what, link);
  const error = samples.find((sample) => sample.error)?.error;
  if (error) failed.set(key, error);
  return samples;
}

/** A fresh worker, cold and again. */
async function measure(name, { format, sql }, link) {
  await host.setLink({ latencyMillis: 0, mbit: 0 });
  const engine = await openEngine(browser, host.origin, name, tablesOf(format));
  try {
    await engine.page.waitForTimeout(SETTLE_MILLIS);
    await host.setLink(link);
    const samples = [];
    // What computing alone takes is told of Limn.
    for (const state of name === "limn" ? ["cold", "again"] : ["cold"]) {
      samples.push({ engine: name, state, ...(await ask(engine, sql)) });
      if (samples.at(-1).error) break;
    }
    return samples;
  } finally {
    await engine.close();
  }
}

async function ask(engine, sql) {
  await host.meter();
  try {
    const { rows, millis } = await engine.run(sql, { most: MOST_MILLIS });
    const { requests, bytes, ofTables } = await host.meter();
    return { rows, millis, requests, bytes, asked: ofTables };
  } catch (error) {
    return { error: error.message.split("\n")[0] };
  }
}

/** Each table as one file; of lineitem, for `delta`, the table and, for who reads no Delta, its files. */
function tablesOf(format) {
  const at = (name) => `${host.origin}/data/${name}`;
  const tables = Object.fromEntries(TABLES.map((name) => [name, { url: at(`${name}.parquet`) }]));
  if (format !== "delta") return tables;
  const files = JSON.parse(readFileSync(`${DATA}/files.json`, "utf8")).map((name) => at(`lineitem/${name}`));
  return { lineitem: { url: at("lineitem"), files } };
}
