// The engine's worker: hands messages to the engine and its answers back, and says so when it dies.
// Host (host.js) is the other end. First message in: { module }, a compiled engine; then texts, one Envelope each.

const VERSION = new URL(import.meta.url).search;

let memory = null;
let panic = "";

// Fetched while the engine's own bytes are on their way.
const glue = import(`./engine.js${VERSION}`);
glue.catch(die);

self.limn_post = (json, buffers) => self.postMessage({ json, buffers: buffers ?? [] }, buffers ?? []);

// The engine's panic hook writes what happened and where to the console, just before the trap that ends it.
const writeError = console.error.bind(console);
console.error = (...parts) => {
  const text = parts.map(String).join(" ");
  if (text.includes("panicked at")) panic = text;
  writeError(...parts);
};

self.addEventListener("error", (event) => die(event.error ?? event.message));
self.addEventListener("unhandledrejection", (event) => isTrap(event.reason) && die(event.reason));
self.addEventListener("message", receiveModule);
self.postMessage({ state: "up" });

async function receiveModule({ data }) {
  self.removeEventListener("message", receiveModule);
  try {
    const engine = await glue;
    const exports = await engine.default({ module_or_path: data.module });
    memory = exports.memory;
    self.addEventListener("message", (event) => deliver(engine, event.data));
    self.postMessage({ state: "ready" });
  } catch (error) {
    die(error);
  }
}

function deliver(engine, json) {
  try {
    engine.receive(json);
  } catch (error) {
    die(error);
  }
}

/** A promise that nobody took (of an aborted body, say) harms nothing; a trap or a full stack inside the engine does. */
function isTrap(reason) {
  return panic !== "" || reason instanceof WebAssembly.RuntimeError || reason instanceof RangeError;
}

/** A trap leaves the engine's memory in no known state: nothing may run in it again. */
function die(error) {
  const detail = (panic.split("\n\nStack:")[0] || String(error)).trim();
  self.postMessage({ state: "dead", detail, memoryBytes: memory?.buffer.byteLength ?? 0 });
  self.close();
}
