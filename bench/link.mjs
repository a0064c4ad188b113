// A link as all connections share it: one token bucket for the bytes of all answers, and a latency for each of them.
// The bucket is a clock of when the link is free again; a piece books its time on it and is written when that has passed.

import { setTimeout as sleep } from "node:timers/promises";

// A timer is late by a millisecond or so: what was lost to that may be sent at once.
const BURST_MILLIS = 4;

export class Link {
  /** Bits per millisecond; 0 does not shape. */
  #rate = 0;
  #latencyMillis = 0;
  #freeAt = 0;

  /** `mbit` 0 is as fast as the machine. */
  set({ latencyMillis, mbit }) {
    this.#latencyMillis = latencyMillis;
    this.#rate = mbit * 1000;
    this.#freeAt = 0;
  }

  /** Waits for the answer's first byte. */
  async arrive() {
    if (this.#latencyMillis > 0) await sleep(this.#latencyMillis);
  }

  /** Waits until `bytes` more have crossed. */
  async cross(bytes) {
    if (this.#rate === 0) return;
    const now = performance.now();
    this.#freeAt = Math.max(now - BURST_MILLIS, this.#freeAt) + (bytes * 8) / this.#rate;
    if (this.#freeAt > now + 1) await sleep(this.#freeAt - now);
  }

  /** Sends what is written to `response` over the link, in order. */
  shape(response) {
    if (this.#rate === 0) return;
    const [write, end] = ["write", "end"].map((name) => response[name].bind(response));
    let sent = Promise.resolve();
    const after = (chunk, then) => {
      sent = sent.then(() => this.cross(chunk ? Buffer.byteLength(chunk) : 0)).then(() => response.destroyed || then(chunk));
    };
    response.write = (chunk) => {
      after(chunk, () => (write(chunk), response.emit("drain")));
      return false;
    };
    response.end = (chunk) => {
      after(typeof chunk === "function" ? undefined : chunk, end);
      return response;
    };
  }
}
