// The engine's code: downloaded once for the page however many workers are started from it.
// Told progress counts the compressed bytes, as they cross the network.

import { DECODER, PACKED, unpacked } from "./unpack.js";

// The build gives every import a ?v=<hash> (scripts/site.mjs): worker, glue and wasm carry the same one, so that a
// cache can never pair an old file with a new one.
const VERSION = new URL(import.meta.url).search;

let underway = null;
let tellCompiled;

/** Resolves when an engine has been compiled. */
export const compiled = new Promise((resolve) => (tellCompiled = resolve));

/** The URL of a file beside this one, in this one's version. */
export function beside(name) {
  return new URL(name + VERSION, import.meta.url);
}

/** A `WebAssembly.Module` of the engine. `onProgress(loaded, total)`: bytes, `total` 0 when the host does not tell it. */
export function loadEngine(onProgress) {
  if (!underway) {
    underway = { loaded: 0, total: 0, listeners: new Set(), module: null };
    underway.module = load(underway);
    // A failure is told to those who wait for it now; the next one tries again.
    underway.module.then(tellCompiled, () => (underway = null));
  }
  underway.listeners.add(onProgress);
  onProgress(underway.loaded, underway.total);
  return underway.module;
}

async function load(state) {
  return (await keptEngine()) ?? download(state);
}

/**
 * The engine as the service worker keeps it (sw.js), null when it does not. Compiled from its own URL: only then a
 * browser keeps the machine code as well, and need not make it again.
 */
export async function keptEngine() {
  try {
    const url = beside("./engine_bg.wasm");
    const isKept = navigator.serviceWorker?.controller && (await caches.match(url));
    return isKept ? await WebAssembly.compileStreaming(fetch(url)) : null;
  } catch {
    return null;
  }
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
