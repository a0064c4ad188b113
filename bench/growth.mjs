// What a query costs as its table grows: in rows, files, columns and row groups, each of them alone. Every query is asked
// of an engine that runs already and has read nothing, over a link without delay: what takes time is the engine.
// KINDS (as rows,files) chooses; MOST=1000 leaves larger sizes out.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import { HERE, launch, machine, openEngine, startServer } from "./browser.mjs";
import { CACHE, DIST, PYTHON, RUNS, keep, list } from "./setting.mjs";

const FOLDER = `${CACHE}/growth`;
const LINEITEM = `${CACHE}/data-0.1/lineitem.parquet`;
const MOST = Number(process.env.MOST ?? Infinity);
const SCAN = `select sum(l_extendedprice * l_discount) from t
  where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01' and l_discount between 0.05 and 0.07 and l_quantity < 24`;
const GROWTH = {
  rows: { sizes: [0.01, 0.1, 1, 10], queries: { scan: SCAN, "one key": "select l_extendedprice from t where l_orderkey = 32000" } },
  files: {
    sizes: [1, 10, 100, 1000, 10_000, 100_000],
    queries: { "one partition": "select count(*), sum(amount) from t where day = date '2026-09-26'", "count(*)": "select count(*) from t" },
  },
  columns: { sizes: [10, 100, 1000, 2000], queries: { "one column": "select sum(c5) from t", "one key": "select c5 from t where c0 = 777" } },
  groups: { sizes: [1, 10, 100, 1000, 10_000], queries: { "one column": "select sum(c1) from t", "one key": "select c1 from t where c0 = 777777" } },
};

const cases = list("KINDS", Object.keys(GROWTH)).flatMap((kind) => GROWTH[kind].sizes.filter((size) => size <= MOST).map((size) => ({ kind, size })));
for (const { kind, size } of cases) write(kind, size);
const host = await startServer(DIST, FOLDER);
const browser = await launch();
try {
  const samples = [];
  for (let run = 0; run < RUNS; run += 1) {
    for (const { kind, size } of cases) for (const [query, sql] of Object.entries(GROWTH[kind].queries)) samples.push({ kind, size, query, run, ...(await measure(kind, size, sql)) });
  }
  keep("growth", { machine: machine(browser), samples });
} finally {
  await browser.close();
  host.stop();
}

function nameOf(kind, size) {
  return `${kind}-${size}${kind === "files" ? "" : ".parquet"}`;
}

function write(kind, size) {
  if (existsSync(`${FOLDER}/${nameOf(kind, size)}`)) return;
  const { status } = spawnSync(PYTHON, [`${HERE}growth.py`, FOLDER, kind, String(size), LINEITEM], { stdio: "inherit" });
  if (status !== 0) throw new Error(`growth.py failed at ${kind} ${size}`);
}

async function measure(kind, size, sql) {
  const engine = await openEngine(browser, host.origin, "limn", { t: { url: `${host.origin}/data/${nameOf(kind, size)}` } });
  try {
    await host.meter();
    const { millis, rows } = await engine.run(sql);
    const { requests, bytes } = await host.meter();
    const again = await engine.run(sql);
    console.error(`${kind} ${size}: ${millis.toFixed(0)} ms, ${requests} requests, ${bytes} bytes, ${rows.length} rows; again ${again.millis.toFixed(0)} ms`);
    return { millis, requests, bytes, again: again.millis };
  } catch (error) {
    console.error(`${kind} ${size}: ${error.message}`);
    return { error: error.message.split("\n")[0] };
  } finally {
    await engine.close();
  }
}
