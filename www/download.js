// The engine's code: downloaded once for the page however many workers are started from it.
// Told progress counts the compressed bytes, as they cross the network.

import { DECODER, PACKED, unpacked } from "./unpack.js";

// The build gives every import a ?v=<hash> (scripts/site.mjs): worker, glue and wasm carry the same one, so that a
// cache can never pair an old file with a new one.
const VERSION = new URL(import.meta.url).search;

let underway = null;

/** The URL of a file beside this one, in this one's version. */
export function beside(name) {
  return new URL(name + VERSION, import.meta.url);
}

/** A `WebAssembly.Module` of the engine. `onProgress(loaded, total)`: bytes, `total` 0 when the host does not tell it. */
export function loadEngine(onProgress) {
  if (!underway) {
    underway = { loaded: 0, total: 0, listeners: new Set(), module: null };
    underway.module = download(underway);
    // A failure is told to those who wait for it now; the next one tries again.
    underway.module.catch(() => (underway = null));
  }
  underway.listeners.add(onProgress);
  onProgress(underway.loaded, underway.total);
  return underway.module;
}

async function download(state) {
  const [engine, decoder] = [PACKED, DECODER].map((name) => fetch(beside(`./${name}`)));
  return compile(await unpacked(engine, decoder, (bytes, total) => tell(state, bytes, total)));
}

function tell(state, bytes, total) {
  state.loaded += bytes;
  state.total = total;
  for (const listener of state.listeners) listener(state.loaded, state.total);
}

/** Compiles while the bytes arrive; where a browser cannot stream what we unpacked, from the whole. */
async function compile(stream) {
  const response = new Response(stream, { headers: { "content-type": "application/wasm" } });
  if (!WebAssembly.compileStreaming) return WebAssembly.compile(await response.arrayBuffer());
  return WebAssembly.compileStreaming(response);
}
