// A link as all connections share it: one token bucket for the bytes of all answers, and a latency for each of them.
// The bucket is a clock of when the link is free again; a piece books its time on it and is written when that has passed.

import { setTimeout as sleep } from "node:timers/promises";

// Timers and reads of files are late on a busy machine: what an answer under way lost to that may be sent at once.
const LATE_MILLIS = 100;

export class Link {
  /** Bits per millisecond; 0 does not shape. */
  #rate = 0;
  #latencyMillis = 0;
  #freeAt = 0;
  #underWay = 0;
  #begun = new WeakSet();

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

  /** Waits until a piece of an answer has crossed. */
  async #cross(response, chunk) {
    if (!chunk) return;
    await this.cross(Buffer.byteLength(chunk));
    if (this.#begun.has(response)) return;
    this.#begun.add(response);
    this.#underWay += 1;
    response.once("close", () => (this.#underWay -= 1));
  }

  /** Waits until `bytes` more have crossed. */
  async cross(bytes) {
    if (this.#rate === 0) return;
    const now = performance.now();
    // Idle time is lost only when nobody had anything to send.
    const since = this.#underWay > 0 ? now - LATE_MILLIS : now;
    this.#freeAt = Math.max(since, this.#freeAt) + (bytes * 8) / this.#rate;
    if (this.#freeAt > now + 1) await sleep(this.#freeAt - now);
  }

  /** Sends what is written to `response` over the link, in order. */
  shape(response) {
    if (this.#rate === 0) return;
    const [write, end] = ["write", "end"].map((name) => response[name].bind(response));
    let sent = Promise.resolve();
    const after = (chunk, then) => {
      sent = sent.then(() => this.#cross(response, chunk)).then(() => response.destroyed || then(chunk));
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
