// A page with the JavaScript API and, in the engine's seat, one of our own that does what the statement says.

import { after, before, beforeEach } from "node:test";

import { ROOT, openTab } from "./browser.mjs";
import { Host, instead } from "./host.mjs";
import { DIST, blank } from "./limn.mjs";

// A WebAssembly module with nothing in it.
export const EMPTY_WASM = Buffer.from("0061736d01000000", "hex");

/** Zstandard's frame around a few bytes as they are: RFC 8878, section 3.1.1. */
export const zstd = (bytes) => Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length, (bytes.length << 3) | 1, 0, 0]), bytes]);

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

export const wasm = (body, headers = {}) => ({ response }) =>
  response.writeHead(200, { "content-length": body.length, "access-control-allow-origin": "*", ...headers }).end(body);
