// Successor: an engine's worker that is to take another one's place, with its tables and its results, and without the
// memory that it needed once: a browser never makes the memory of a program smaller.

import { spawn } from "./spawn.js";

// Of the successor's own tickets there is only one at a time.
const TICKET = 2 ** 31;

// How the engine in office begins what it hands over, and how its successor is told (src/protocol).
const HANDED = /^\{"ticket":\d+,"reply":\{"type":"handedOver"/;
const TAKE = `{"ticket":${TICKET},"request":{"type":"takeOver"`;
const LAST = '"last":true}}';

export class Successor {
  #worker = null;
  #heard = null; // who waits for what it says next

  /**
   * The worker, once it has everything. `module` and `rest` are the compiled engine, `options` the protocol's as JSON, and
   * `ask(json)` asks the engine in office: a promise of `{ json, buffers }`.
   */
  async take(module, rest, options, ask) {
    this.#start();
    await this.#next(({ state }) => state === "up");
    this.#worker.postMessage({ module, rest });
    await this.#next(({ state }) => state === "ready");
    await this.#ask(`{"ticket":${TICKET},"request":{"type":"start","options":${options}}}`);
    for (let first = true, isLast = false; !isLast; first = false) {
      const { json, buffers } = await ask(`{"type":"handOver","first":${first}}`);
      if (!HANDED.test(json)) throw new Error(json);
      isLast = json.endsWith(LAST);
      await this.#ask(json.replace(HANDED, TAKE), new Uint8Array(buffers[0]));
    }
    return this.#worker;
  }

  /** Gives it up. */
  drop() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#heard?.reject(new Error("given up"));
  }

  #start() {
    this.#worker = spawn("limn");
    const failed = ({ message }) => this.#heard?.reject(new Error(message));
    this.#worker.onmessage = ({ data }) => this.#heard?.hear(data);
    this.#worker.onmessageerror = failed;
    this.#worker.onerror = failed;
  }

  #next(isAwaited) {
    return new Promise((resolve, reject) => {
      const hear = (said) => {
        if (isAwaited(said)) resolve(said);
        else if (said.state === "dead") reject(new Error(said.detail));
      };
      this.#heard = { hear, reject };
    });
  }

  async #ask(json, beside) {
    this.#worker.postMessage(beside ? { json, beside } : json, beside ? [beside.buffer] : []);
    const said = await this.#next(({ json }) => json !== undefined);
    if (!said.json.startsWith(`{"ticket":${TICKET},"reply":`)) throw new Error(said.json);
  }
}
