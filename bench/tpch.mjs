// TPC-H with the data at hand: every engine has read its tables before it is timed. The engines take turns at each query,
// so that what else the machine does falls on all of them, and every answer is held against the official one.
// ENGINES and QUERIES (as 1,6) choose; CACHE_BYTES gives Limn another cache than it has by itself, HANDS another number of
// workers that decode for it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { differs } from "./answers.mjs";
import { HERE, launch, machine, openEngine, startServer } from "./browser.mjs";
import { startPeer } from "./peers.mjs";
import { CACHE, DATA, DIST, PYTHON, RUNS, SCALE, TABLES, keep, list } from "./setting.mjs";

const ENGINES = list("ENGINES", ["limn", "duckdb", "hyparquet", "datafusion-native", "duckdb-native"]);
// hyparquet's engine takes minutes for some; the others are never so slow.
const MOST_MILLIS = 60_000;
const OPTIONS = {
  ...(process.env.CACHE_BYTES ? { cacheBytes: Number(process.env.CACHE_BYTES) } : {}),
  ...(process.env.HANDS ? { hands: Number(process.env.HANDS) } : {}),
};

const { queries, answers } = official();
const host = await startServer(DIST, DATA);
const browser = await launch();
const engines = {};
try {
  for (const name of ENGINES) engines[name] = await start(name);
  const samples = [];
  for (const query of list("QUERIES", Object.keys(queries))) samples.push(...(await measure(query)));
  const versions = Object.fromEntries(ENGINES.map((name) => [name, engines[name].version]));
  keep("tpch", { machine: machine(browser), engines: ENGINES, versions, checked: Object.keys(answers).length > 0, options: OPTIONS, samples });
} finally {
  for (const engine of Object.values(engines)) await engine.close();
  await browser.close();
  host.stop();
}

/** The queries and answers of the extension, which this repository has no copy of. */
function official() {
  const file = `${CACHE}/tpch-${SCALE}.json`;
  const { status } = spawnSync(PYTHON, [`${HERE}native/tpch.py`, file, String(SCALE)], { stdio: "inherit" });
  if (status !== 0) throw new Error("the queries could not be had from DuckDB's extension");
  return JSON.parse(readFileSync(file, "utf8"));
}

async function start(name) {
  const [peer, native] = name.split("-");
  if (native) return startPeer(peer, Object.fromEntries(TABLES.map((table) => [table, `${DATA}/${table}.parquet`])));
  const tables = Object.fromEntries(TABLES.map((table) => [table, { url: `${host.origin}/data/${table}.parquet` }]));
  const engine = await openEngine(browser, host.origin, name, tables, OPTIONS);
  await engine.hold();
  return { ...engine, version: "" };
}

/** Each engine once, to have the data, and then all of them in turns. */
async function measure(query) {
  const sql = queries[query].trim().replace(/;$/, "");
  const samples = [];
  for (let run = -1; run < RUNS; run += 1) {
    for (const engine of ENGINES) {
      const failed = samples.find((sample) => sample.engine === engine && sample.error);
      samples.push({ query, engine, run, ...(failed ? { error: failed.error } : await ask(engine, query, sql)) });
    }
  }
  const last = samples.slice(-ENGINES.length).map(({ engine, millis, error }) => `${engine} ${error ?? `${millis.toFixed(0)} ms`}`);
  console.error(`Q${query}: ${last.join(", ")}`);
  return samples;
}

/** What failed is a result, too, and so is an answer that is not the official one. */
async function ask(name, query, sql) {
  try {
    await host.meter();
    const { rows, millis } = await engines[name].run(sql, { most: MOST_MILLIS });
    const { requests, bytes } = await host.meter();
    const wrong = answers[query] && differs(rows, answers[query]);
    if (wrong) console.error(`Q${query} of ${name} is not the official answer: ${wrong}`);
    return { millis, requests, bytes, ...(wrong ? { error: `wrong answer: ${wrong}` } : {}) };
  } catch (error) {
    // It may still be at work, and would be slow at the next query for this one.
    await engines[name].close();
    engines[name] = await start(name);
    return { error: error.message.split("\n")[0] };
  }
}
