// The engine comes in two parts: when the second comes, and what becomes of a statement that needs it before, or cannot have
// it. That the usual does without it is for bench/smoke.test.mjs.

import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";

import { test } from "./browser.mjs";
import { Host, status } from "./host.mjs";
import { DATA, DIST, LimnTab, blank } from "./limn.mjs";
import { wasm, zstd } from "./zstd.mjs";

const REST = "engine_rest.wasm.zst";
const USUAL = "select count(*) as n, sum(id) as s from t where id < 100";
// Something that few ask for: it is not learned.
const SELDOM = "select string_agg(cast(value as varchar), '-' order by value desc) as s from generate_series(1, 4)";
const SELDOM_ANSWER = "4-3-2-1";

// It imports first.come-00000000, a mutable global of type i32, as the rest of a whole with that checksum would.
const OTHER_REST = Buffer.from("0061736d01000000" + "0218" + "01" + "056669727374" + "0d636f6d652d3030303030303030" + "037f01", "hex");

let host;
let tab;
let t;

before(async () => {
  host = await Host.start({ "/": DIST, "/data/": DATA });
});

beforeEach(async () => {
  host.reset();
  host.fault("/blank.html", blank);
  await tab?.close();
  tab = undefined;
  t = { url: `${host.origin}/data/parquet/sorted-100-row-groups.parquet` };
});

after(async () => {
  await tab?.close();
  await host?.stop();
});

const open = async () => (tab = await LimnTab.open(host.origin));

async function eventually(check) {
  while (!check()) await tab.page.waitForTimeout(50);
}

/** The page's request for it fails; the worker's own, of one who waits, does not. */
const onlyForWorkers = (exchange) => (exchange.request.headers.referer?.includes("/worker.js") ? exchange.honest() : status(404)(exchange));

test("the rest comes once, when there is nothing to do", async () => {
  await open();
  await eventually(() => host.asked(REST).some(({ status }) => status === 200));
  await eventually(() => !tab.page.workers().some((worker) => worker.url().includes("/loader.js")));
  assert.equal(await tab.value(SELDOM), SELDOM_ANSWER);
  assert.equal(host.asked(REST).length, 1);
});

test("a statement that needs the rest before it came waits for it", async () => {
  host.fault(REST, onlyForWorkers);
  await open();
  assert.equal(await tab.value(SELDOM), SELDOM_ANSWER);
  assert.deepEqual(host.asked(REST).filter(({ status }) => status === 200).length, 1);
});

test("another engine has the rest that one before it loaded", async () => {
  await open();
  assert.equal(await tab.value(SELDOM), SELDOM_ANSWER);
  await eventually(() => host.asked(REST).length > 0);
  await tab.startAnew();
  host.fault(REST, status(404));
  assert.equal(await tab.value(SELDOM), SELDOM_ANSWER);
});

test("another build's rest is not taken, and costs no more than the statements that need it", async () => {
  host.fault(REST, wasm(zstd(OTHER_REST)));
  await open();
  for (let round = 0; round < 5; round += 1) {
    const { kind, detail } = await tab.query(SELDOM);
    assert.equal(kind, "Incomplete");
    assert.match(detail, /another build's by now. Load the page again/);
  }
  assert.deepEqual((await tab.query(USUAL, { t })).rows, [{ n: 50, s: 2450 }]);
});

test("where the rest is missing, the statement that needs it says so, and others are answered", async () => {
  host.fault(REST, status(404));
  await open();
  const { kind, detail } = await tab.query(SELDOM);
  assert.equal(kind, "Incomplete");
  assert.match(detail, /^What of the engine this statement needs could not be loaded: .*engine_rest\.wasm\.zst was answered with status 404/);
  assert.deepEqual((await tab.query(USUAL, { t })).rows, [{ n: 50, s: 2450 }]);
});
