// The JavaScript API: queries over lake tables for any static page, on the engine that the explorer uses.
// `Limn` is for sites; `Host` is what it and the explorer share; errors are `LimnError`. The rest is the explorer's own.

import { cancelled, LimnError } from "./error.js";
import { Host } from "./host.js";
import { Result } from "./result.js";
import { Tables } from "./tables.js";

export { compiled, keptEngine } from "./download.js";
export { Host, LimnError };

// Rows cross as text, so many at a time: neither side holds a large result as one string.
const PAGE_ROWS = 8192;

export class Limn {
  #host;
  #calls = new Map(); // ticket -> { resolve, reject, onEvent }
  #lastTicket = 0;
  #tables = new Tables((request, signal) => this.#ask(request, { signal }));
  #ready;

  /**
   * Downloads and starts the engine. Options, all optional: `memoryBytes`, `cacheBytes`, `resultBytes` (budgets),
   * `storedBytes` (what the browser keeps of tables beyond the page; 0 for nothing), `hands` (other engines that decode
   * for it, each in a worker of its own: by the device's cores and memory; 0 for none), and
   * `onState({ state, loaded, total, detail })` for the download's progress and for crashes.
   */
  static async start({ onState, ...options } = {}) {
    const limn = new Limn(options, onState);
    await limn.#ready;
    return limn;
  }

  constructor(options, onState) {
    this.#ready = new Promise((resolve, reject) => {
      this.#host = new Host(
        (json, buffers) => this.#receive(JSON.parse(json), buffers),
        (json) => {
          const state = JSON.parse(json);
          if (state.state === "ready") resolve();
          if (state.state === "failed") reject(new LimnError({ ...state, subject: "engine" }));
          // A new engine knows no table; they are opened again by the queries that name them.
          if (state.state === "crashed") this.#tables.clear();
          onState?.(state);
        },
      );
    });
    this.#host.start(JSON.stringify(options));
  }

  /**
   * Runs one statement. `tables`: `{ name: { url, version, elsewhere } }`, `url` one URL or an array of Parquet files,
   * relative ones to the page; `version` a number, or a Date or RFC 3339 text for the version at that time, the latest
   * when absent; `parameters` what `$names` in the statement stand for: texts, numbers, booleans, dates, null;
   * `elsewhere` where files may be read that are not below the table, as `{ "s3://lake/orig/": url }`.
   * `signal` stops it; `onProgress({ requests, bytes, ..., rows })` is called while it runs; `rows: false` or
   * `arrow: false` leaves that form out of the result.
   */
  async query(sql, { tables = {}, parameters = {}, signal, onProgress, rows = true, arrow = true } = {}) {
    return this.#tables.use(tables, signal, async () => {
      const onEvent = (event) => event.type === "progress" && onProgress?.({ ...event.stats, rows: event.rows });
      const { answer } = await this.#ask({ type: "query", sql, parameters: texts(parameters) }, { signal, onEvent });
      try {
        return await this.#collect(answer, { rows, arrow, signal });
      } finally {
        this.#ask({ type: "drop", result: answer.result }).catch(() => {
          // The engine died or was closed: the result went with it.
        });
      }
    });
  }

  /** What a statement would read: files, row groups, bytes and requests of every scan. Fetches no data. */
  async plan(sql, { tables = {}, parameters = {}, signal } = {}) {
    const request = { type: "plan", sql, parameters: texts(parameters) };
    return this.#tables.use(tables, signal, async () => (await this.#ask(request, { signal })).plan);
  }

  /** Ends the engine and gives its memory back. What is under way is rejected as cancelled. */
  close() {
    this.#host.stop();
  }

  async #collect(answer, { rows, arrow, signal }) {
    if (!answer.complete) {
      const detail =
        `The result outgrew its budget after ${answer.rows} rows. Add a LIMIT, aggregate, or raise resultBytes.`;
      throw new LimnError({ kind: "TooBig", subject: "result", detail });
    }
    const { result } = answer;
    const pages = [];
    for (let start = 0; rows && start < answer.rows; start += PAGE_ROWS) {
      pages.push((await this.#ask({ type: "values", result, start, count: PAGE_ROWS }, { signal })).rows);
    }
    const ipc = arrow ? (await this.#ask({ type: "export", result, format: "arrow" }, { signal })).buffers[0] : null;
    return new Result(answer, rows ? pages : null, ipc && new Uint8Array(ipc));
  }

  /** One request, one reply. */
  #ask(request, { signal, onEvent } = {}) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const ticket = (this.#lastTicket = (this.#lastTicket + 1) % 2 ** 31);
      const onAbort = () => this.#host.cancel(ticket);
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = (done) => (value) => {
        signal?.removeEventListener("abort", onAbort);
        done(value);
      };
      this.#calls.set(ticket, { resolve: settle(resolve), reject: settle(reject), onEvent });
      this.#host.post(JSON.stringify({ ticket, request }));
    });
  }

  #receive({ ticket, event, reply, error }, buffers) {
    const call = this.#calls.get(ticket);
    if (!call) return;
    if (event) return call.onEvent?.(event);
    this.#calls.delete(ticket);
    if (error) call.reject(new LimnError(error));
    else call.resolve({ ...reply, buffers });
  }
}

/** Values as the protocol has them: texts, which the engine reads by the types that it finds; null for NULL. */
function texts(parameters) {
  const text = (value) => (value === null || value === undefined ? null : value instanceof Date ? value.toISOString() : String(value));
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, text(value)]));
}
