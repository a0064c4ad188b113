// The engine's code: downloaded once for the page however many workers are started from it.
// Told progress counts the compressed bytes, as they cross the network.

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
  const url = beside("./engine_bg.wasm.gz");
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} was answered with status ${response.status}`);
  // A host that sends the file as `Content-Encoding: gzip` has it unpacked by the browser: what arrives is wasm, and
  // the length told is not the length of what is read.
  const chunks = response.body.getReader();
  const first = await firstBytes(chunks);
  const packed = first[0] === 0x1f && first[1] === 0x8b;
  const length = packed ? Number(response.headers.get("content-length")) : 0;
  state.total = Number.isSafeInteger(length) ? length : 0;
  const counted = rest(first, chunks, (bytes) => tell(state, bytes));
  return compile(packed ? counted.pipeThrough(new DecompressionStream("gzip")) : counted);
}

function tell(state, bytes) {
  state.loaded += bytes;
  for (const listener of state.listeners) listener(state.loaded, state.total);
}

async function firstBytes(reader) {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("the engine's file is empty");
    if (value.length > 1) return value;
    if (value.length === 1) {
      const next = await firstBytes(reader);
      const joined = new Uint8Array(1 + next.length);
      joined.set(value);
      joined.set(next, 1);
      return joined;
    }
  }
}

function rest(first, reader, onBytes) {
  let pending = first;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = pending ? { done: false, value: pending } : await reader.read();
      pending = null;
      if (done) return controller.close();
      onBytes(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Compiles while the bytes arrive; where a browser cannot stream what we unpacked, from the whole. */
async function compile(stream) {
  const response = new Response(stream, { headers: { "content-type": "application/wasm" } });
  if (!WebAssembly.compileStreaming) return WebAssembly.compile(await response.arrayBuffer());
  return WebAssembly.compileStreaming(response);
}
