// A page with the JavaScript API and, in the engine's seat, one of our own that does what the statement says.

import { after, before, beforeEach } from "node:test";

import { ROOT, openTab } from "./browser.mjs";
import { Host, instead } from "./host.mjs";
import { DIST, blank } from "./limn.mjs";
import { wasm, zstd } from "./zstd.mjs";

// A WebAssembly module with nothing in it.
export const EMPTY_WASM = Buffer.from("0061736d01000000", "hex");

export let host;
export let tab;

before(async () => {
  host = await Host.start({ "/": `${ROOT}www`, "/elsewhere/": `${ROOT}www` });
});

beforeEach(async () => {
  host.reset();
  host.fault(/\/engine\.js$/, instead(`${ROOT}tests/browser/fixtures/engine.js`));
  host.fault(/\/engine_bg\.wasm\.zst$/, wasm(zstd(EMPTY_WASM)));
  host.fault(/\/unzstd\.wasm$/, instead(`${DIST}/unzstd.wasm`));
  host.fault(/\/blank\.html$/, blank);
  await tab?.close();
  tab = await openTab(`${host.origin}/blank.html`);
});

after(async () => {
  await tab?.close();
  await host.stop();
});

export { wasm, zstd };
