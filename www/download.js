// The engine's code: downloaded once for the page however many workers are started from it.
// Told progress counts the compressed bytes, as they cross the network.

import { spawn } from "./spawn.js";
import { DECODER, FIRST, REST, packed, unpacked } from "./unpack.js";

// The build gives every import a ?v=<hash> (scripts/site.mjs): worker, glue and wasm carry the same one, so that a
// cache can never pair an old file with a new one.
const VERSION = new URL(import.meta.url).search;

let underway = null;
let rest = null; // what of the engine its first part lacks, compiled
let restUnderway = null;
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

/** A `WebAssembly.Module` of what the engine's first part lacks (rest.js); null when it is not here yet. */
export function restAtHand() {
  return rest;
}

/** Takes that from a worker that could not wait for it. */
export function takeRest(module) {
  rest ??= module;
}

/** The same, downloaded if it has to be. */
export function loadRest() {
  if (rest) return Promise.resolve(rest);
  restUnderway ??= kept(REST).then((module) => module ?? downloadApart(REST));
  restUnderway.then(takeRest, () => (restUnderway = null));
  return restUnderway;
}

/** Resolves when the browser has compiled what the service worker keeps of the engine. */
export function keptEngine() {
  return Promise.all([kept(FIRST), kept(REST)]);
}

async function load(state) {
  return (await kept(FIRST)) ?? download(state);
}

/**
 * A part of the engine as the service worker keeps it (sw.js), null when it does not. Compiled from its own URL: only then
 * a browser keeps the machine code as well, and need not make it again.
 */
async function kept(name) {
  try {
    const url = beside(`./${name}`);
    const isKept = navigator.serviceWorker?.controller && (await caches.match(url));
    return isKept ? await WebAssembly.compileStreaming(fetch(url)) : null;
  } catch {
    return null;
  }
}

/** A part of the engine from the host, compiled in a worker of its own (loader.js). */
function downloadApart(name) {
  const worker = spawn("limn loader", "./loader.js");
  const loading = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.module ? resolve(data.module) : reject(new Error(data.error)));
    worker.onmessageerror = () => reject(new Error(`${name} could not be handed over`));
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`${name} could not be loaded`));
    };
  });
  worker.postMessage(name);
  return loading.finally(() => worker.terminate());
}

async function download(state) {
  const [first, decoder] = [packed(FIRST), DECODER].map((file) => fetch(beside(`./${file}`)));
  return compile(await unpacked(first, decoder, (bytes, total) => tell(state, bytes, total)));
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
