// Renewal: when nobody asks, another engine takes the place of one that holds much memory for nothing (successor.js).

import { Successor } from "./successor.js";

// After so long without a request it is looked how much that is; with so much of it another takes its place, which costs a
// tenth of a second and a few requests for the logs of its tables.
const IDLE_MILLIS = 5_000;
const SPARE_BYTES = 128 * 2 ** 20;

export class Renewal {
  #host;
  #idle = null;
  #successor = null;
  #asked = null; // who waits for an answer of the engine in office
  #bearableBytes = SPARE_BYTES;

  /**
   * `ask(request)` asks the engine in office, whose answers `hear` is told; `setting()` is `{ module, rest, options }` of
   * another; `adopt(worker)` puts that in its place.
   */
  constructor(host) {
    this.#host = host;
  }

  /** Nobody waits for anything. */
  wait() {
    this.#idle = setTimeout(() => this.#renew().catch(() => this.stay()), IDLE_MILLIS);
  }

  /** Somebody does: the engine in office stays. */
  stay() {
    clearTimeout(this.#idle);
    this.#successor?.drop();
    this.#successor = null;
    this.#asked?.reject(new Error("given up"));
    this.#asked = null;
  }

  hear(answer) {
    this.#asked?.resolve(answer);
  }

  async #renew() {
    const { module, rest, options } = this.#host.setting();
    if (!rest) return;
    const { json } = await this.#ask('{"type":"weigh"}');
    const { reply } = JSON.parse(json);
    if (!(reply?.spareBytes > this.#bearableBytes)) return;
    const successor = (this.#successor = new Successor());
    const isMeant = () => this.#successor === successor;
    const ask = async (request) => (isMeant() ? this.#ask(request) : Promise.reject(new Error("given up")));
    let worker;
    try {
      worker = await successor.take(module, rest, options, ask);
    } catch (error) {
      // What fails is not tried again for the same memory.
      if (isMeant()) this.#bearableBytes = reply.spareBytes + SPARE_BYTES;
      throw error;
    }
    if (!isMeant()) return;
    this.#successor = null;
    this.#bearableBytes = SPARE_BYTES;
    this.#host.adopt(worker);
  }

  #ask(request) {
    this.#host.ask(request);
    return new Promise((resolve, reject) => (this.#asked = { resolve, reject }));
  }
}
