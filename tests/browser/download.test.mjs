// The engine's way into the page: its download, what unpacks it, and hosts that send it otherwise or not at all.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

import { openTab, test } from "./browser.mjs";
import { Host, status } from "./host.mjs";
import { blank } from "./limn.mjs";
import { EMPTY_WASM, host, tab, wasm, zstd } from "./seat.mjs";

const start = () =>
  tab.page.evaluate(async () => {
    const { Limn } = await import("/limn.js");
    const states = [];
    const failed = await Limn.start({ onState: (state) => states.push(state) }).then(() => null, ({ kind, message }) => ({ kind, message }));
    return { failed, states };
  });

test("the download is told as compressed bytes of all", async () => {
  const { failed, states } = await start();
  const size = zstd(EMPTY_WASM).length;
  assert.equal(failed, null);
  assert.deepEqual(states.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]), ["loading", "starting", "ready"]);
  assert.deepEqual(states.filter(({ state }) => state === "loading").at(-1), { state: "loading", loaded: size, total: size, detail: "" });
});

test("a host that unpacks the engine itself is no obstacle", async () => {
  host.fault(/\/engine_bg\.wasm\.zst$/, wasm(gzipSync(EMPTY_WASM), { "content-encoding": "gzip" }));
  assert.equal((await start()).failed, null);
});

for (const [what, bytes] of [
  ["cut short", zstd(EMPTY_WASM).subarray(0, -2)],
  ["cut short between two pieces", zstd(EMPTY_WASM).subarray(0, 6)],
  ["damaged", Buffer.concat([zstd(EMPTY_WASM), Buffer.from("nonsense")])],
]) {
  test(`an engine whose file is ${what} is not run`, async () => {
    host.fault(/\/engine_bg\.wasm\.zst$/, wasm(bytes));
    const { failed } = await start();
    assert.equal(failed.kind, "Blocked");
  });
}

test("what unpacks the engine is named when it is not there", async () => {
  host.fault(/\/unzstd\.wasm$/, status(404));
  assert.match((await start()).failed.message, /unzstd\.wasm was answered with status 404/);
});

test("an engine that is not there is named, and fetched when asked again", async () => {
  host.fault(/\/engine_bg\.wasm\.zst$/, status(404));
  const { failed, states } = await start();
  assert.equal(failed.kind, "Blocked");
  assert.match(failed.message, /engine_bg\.wasm\.zst was answered with status 404/);
  assert.equal(states.at(-1).state, "failed");
  host.fault(/\/engine_bg\.wasm\.zst$/, wasm(zstd(EMPTY_WASM)));
  assert.equal((await start()).failed, null);
});

test("a worker that is not there is named", async () => {
  host.fault(/\/worker\.js$/, status(404));
  const { failed } = await start();
  assert.match(failed.message, /worker\.js/);
});

test("a page of another origin can use it where the host's CORS allows", async () => {
  const other = await Host.start({});
  other.fault(/blank\.html$/, blank);
  const elsewhere = await openTab(`${other.origin}/blank.html`);
  const rows = await elsewhere.page.evaluate(async (origin) => {
    const { Limn } = await import(`${origin}/limn.js`);
    return (await (await Limn.start()).query("rows")).rowCount;
  }, host.origin);
  assert.equal(rows, 20_002);
  await elsewhere.close();
  await other.stop();
});
