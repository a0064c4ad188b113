// The engine's worker: hands messages to the engine and its answers back, and says so when it dies.
// Host (host.js) is the other end. First message in: { module, rest }, a compiled engine; then texts, one Envelope each, or
// { json, beside } where bytes come with one.
// With { module, hand: true } it is a hand of another engine's worker (hands.js): then orders, with buffers. Between those
// two every message has, as `spare`, the buffers of earlier ones, to be filled again.
// `rest` is null when it has not come yet; then, and to hands, it comes by itself as { rest } later.

import { Missing, Rest } from "./rest.js";
import { Spares } from "./spares.js";

const beside = (name) => `./${name}${new URL(import.meta.url).search}`;

const spares = new Spares();
/** Buffers that came from the engine whose hand this is, and go back to it. */
const used = [];

let memory = null;
let panic = "";

// Fetched while the engine's own bytes are on their way.
const glue = import(beside("engine.js"));
glue.catch(die);

self.limn_room = (bytes) => spares.take(bytes);
self.limn_copy = (bytes) => bytes.slice();
// What takes a buffer's bytes away gives its memory back at once; the garbage collector may wait for minutes.
self.limn_free = ({ buffer }) => buffer.transfer?.(0);
self.limn_post = (json, buffers = []) => {
  const spare = used.splice(0);
  self.postMessage({ json, buffers, spare }, [...buffers.map((one) => one.buffer ?? one), ...spare]);
};

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
    const calls = guarded(engine);
    const rest = new Rest(exports, (module) => tellWhole(module));
    const hands = giveHands(data.module, calls, (module) => tellWhole(module));
    const complete = (module) => {
      rest.take(module);
      hands.take(module);
    };
    const tellWhole = (module) => {
      complete(module);
      self.postMessage({ state: "whole", rest: module });
    };
    // The program calls it (scripts/site.mjs).
    self.limn_rest = () => {
      self.postMessage({ state: "waiting" });
      orDie(() => rest.load());
    };
    if (data.rest) complete(data.rest);
    const take = data.hand ? (message) => obey(calls, message) : (message) => ask(calls, message);
    self.addEventListener("message", ({ data }) => (data.rest ? complete(data.rest) : take(data)));
    self.postMessage({ state: "ready" });
  } catch (error) {
    die(error);
  }
}

function ask(calls, message) {
  if (typeof message === "string") return calls.receive(message);
  calls.receive(message.json, message.beside);
  self.limn_free(message.beside);
}

function obey(calls, { json, buffers, spare }) {
  spares.give(spare);
  calls.serve(json, buffers);
  for (const { buffer } of buffers) used.push(buffer);
}

/** Lets the engine have hands. What starts them is fetched with the first; without it the engine works alone. */
function giveHands(module, calls, onWhole) {
  let rest = null;
  let hands = null;
  let coming = null;
  self.limn_hire = (count) => {
    coming ??= import(beside("hands.js")).then(({ Hands }) => (hands = new Hands(module, rest, calls, spares, onWhole)));
    coming.then(() => hands.hire(count), () => (coming = null));
  };
  self.limn_order = (hand, json, buffers) => hands?.order(hand, json, buffers);
  return {
    take(module) {
      rest = module;
      hands?.take(module);
    },
  };
}

/** The engine's functions, of which a failing one ends the worker. */
function guarded(engine) {
  const guard = (call) => (...values) => {
    try {
      return call(...values);
    } catch (error) {
      die(error);
    }
  };
  const { receive, serve, hear, hand_up, hand_died, dismiss } = engine;
  return Object.fromEntries(Object.entries({ receive, serve, hear, hand_up, hand_died, dismiss }).map(([name, call]) => [name, guard(call)]));
}

/** What cannot be done leaves the engine in the midst of a call: it ends, and the call does not return. */
function orDie(work) {
  try {
    work();
  } catch (error) {
    die(error);
    throw error;
  }
}

/** A promise that nobody took (of an aborted body, say) harms nothing; a trap or a full stack inside the engine does. */
function isTrap(reason) {
  return panic !== "" || reason instanceof WebAssembly.RuntimeError || reason instanceof RangeError;
}

/** A trap leaves the engine's memory in no known state: nothing may run in it again. */
function die(error) {
  const isMissing = error instanceof Missing;
  const detail = isMissing ? error.message : (panic.split("\n\nStack:")[0] || String(error)).trim();
  self.postMessage({ state: "dead", detail, isMissing, memoryBytes: memory?.buffer.byteLength ?? 0 });
  self.close();
}
