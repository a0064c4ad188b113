// The engine's hands: workers of its own worker, each with an engine that decodes for it (src/engine/hand.rs).
// They share its compiled code. When its worker ends they end with it.

import { spawn } from "./spawn.js";

// Without an order for so long they are ended, and with them their memory.
const IDLE_MILLIS = 30_000;

export class Hands {
  #module;
  #rest;
  #engine;
  #spares;
  #workers = new Map(); // number -> Worker
  #lacking = new Set(); // numbers of those that work without the rest
  #onWhole;
  #used = new Map(); // number -> buffers that came from it, and go back
  #last = -1;
  #idle = null;
  #ordered = 0;

  /**
   * `module` is the compiled engine and `rest` what it lacks, null when that has not come yet; `engine` the glue of the
   * one whose hands they are, `spares` its buffers. `onWhole(rest)` is called when one had to load it by itself.
   */
  constructor(module, rest, engine, spares, onWhole) {
    this.#onWhole = onWhole;
    this.#module = module;
    this.#rest = rest;
    this.#engine = engine;
    this.#spares = spares;
  }

  /** Starts as many as are missing to `count`. A browser that lets no worker start others leaves the engine alone. */
  hire(count) {
    while (this.#workers.size < count && this.#start());
    this.#wait();
  }

  /** Posts an order to one that can work. */
  order(hand, json, buffers) {
    const spare = this.#used.get(hand)?.splice(0) ?? [];
    this.#workers.get(hand)?.postMessage({ json, buffers, spare }, [...buffers.map(({ buffer }) => buffer), ...spare]);
    this.#wait();
  }

  /** Gives them what their engine lacks; those that are not ready yet have it then. */
  take(rest) {
    this.#rest = rest;
    for (const hand of this.#lacking) this.#workers.get(hand)?.postMessage({ rest });
    this.#lacking.clear();
  }

  #wait() {
    this.#ordered = performance.now();
    this.#idle ??= setInterval(() => this.#retire(), IDLE_MILLIS / 3);
  }

  #retire() {
    if (performance.now() - this.#ordered < IDLE_MILLIS || !this.#engine.dismiss()) return;
    for (const worker of this.#workers.values()) worker.terminate();
    this.#workers.clear();
    this.#lacking.clear();
    this.#used.clear();
    this.#spares.clear();
    clearInterval(this.#idle);
    this.#idle = null;
  }

  #start() {
    let worker;
    try {
      worker = spawn("limn hand");
    } catch {
      return false;
    }
    const hand = (this.#last += 1);
    this.#workers.set(hand, worker);
    this.#used.set(hand, []);
    const died = (detail) => this.#died(hand, detail);
    worker.onmessage = ({ data }) => this.#workers.has(hand) && this.#hear(hand, worker, data);
    worker.onmessageerror = () => died("a message of it could not be read");
    worker.onerror = (event) => {
      event.preventDefault();
      died(event.message || "it could not be loaded");
    };
    return true;
  }

  #hear(hand, worker, { json, buffers, spare, state, rest, detail }) {
    if (json !== undefined) {
      this.#spares.give(spare);
      this.#engine.hear(json, buffers);
      for (const { buffer } of buffers) this.#used.get(hand)?.push(buffer);
    } else if (state === "up") worker.postMessage({ module: this.#module, hand: true });
    else if (state === "ready") this.#begin(hand, worker);
    else if (state === "whole") this.#onWhole(rest);
    else if (state !== "waiting") this.#died(hand, detail);
  }

  #begin(hand, worker) {
    if (this.#rest) worker.postMessage({ rest: this.#rest });
    else this.#lacking.add(hand);
    this.#engine.hand_up(hand);
  }

  #died(hand, detail) {
    if (!this.#workers.has(hand)) return;
    this.#workers.get(hand).terminate();
    this.#workers.delete(hand);
    this.#lacking.delete(hand);
    this.#used.delete(hand);
    this.#engine.hand_died(hand, detail);
  }
}
