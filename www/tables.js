// The tables that the queries of one Limn have open in its engine, which knows one table by one name. A table that is
// open already is shared; a query whose name means another table waits until the others are done with it.

import { cancelled, LimnError } from "./error.js";

export class Tables {
  #ask;
  #open = new Map(); // name -> { name, key, users, opened, controller }
  #turn = Promise.resolve();
  #wake = null;

  /** `ask(request, signal)` sends a protocol request and resolves with its reply. */
  constructor(ask) {
    this.#ask = ask;
  }

  /** Does `work` while `tables` (name -> { url, version }) are open. */
  async use(tables, signal, work) {
    const sources = Object.entries(tables).map(([name, table]) => ({ name, ...sourceOf(name, table) }));
    const held = await this.#acquire(sources, signal);
    try {
      await abortable(Promise.all(held.map((entry) => entry.opened)), signal);
      return await work();
    } catch (error) {
      // The next query reads the log anew: what was open describes files that are no longer there.
      if (error.kind === "Changed" || error.kind === "NotFound") held.forEach((entry) => this.#forget(entry));
      throw error;
    } finally {
      held.forEach((entry) => this.#release(entry));
    }
  }

  /** Forgets what is open: the engine that knew it is gone. */
  clear() {
    this.#open.clear();
    this.#wake?.();
  }

  /** One at a time and in order, so that nobody waits for ever and no two wait for each other. */
  async #acquire(sources, signal) {
    const before = this.#turn;
    let pass;
    this.#turn = Promise.all([before, new Promise((resolve) => (pass = resolve))]);
    try {
      await abortable(before, signal);
      for (const source of sources) await this.#untilFree(source, signal);
      return sources.map((source) => this.#hold(source));
    } finally {
      pass();
    }
  }

  async #untilFree({ name, key }, signal) {
    for (;;) {
      const entry = this.#open.get(name);
      if (!entry || entry.key === key || entry.users === 0) return;
      await abortable(new Promise((resolve) => (this.#wake = resolve)), signal);
    }
  }

  #hold({ name, key, source }) {
    let entry = this.#open.get(name);
    if (entry?.key !== key) {
      const controller = new AbortController();
      const opened = this.#ask({ type: "open", name, source }, controller.signal);
      entry = { name, key, users: 0, isOpen: false, opened, controller };
      opened.then(() => (entry.isOpen = true), () => this.#forget(entry));
      this.#open.set(name, entry);
    }
    entry.users += 1;
    return entry;
  }

  #release(entry) {
    entry.users -= 1;
    if (entry.users === 0 && !entry.isOpen) {
      entry.controller.abort();
      this.#forget(entry);
    }
    this.#wake?.();
  }

  #forget(entry) {
    if (this.#open.get(entry.name) === entry) this.#open.delete(entry.name);
  }
}

/** The protocol's Source of a table as the API takes it, and a text that is equal for equal sources. */
function sourceOf(name, { url, version, elsewhere = {} }) {
  const urls = [url].flat().map((each) => resolve(name, each));
  const places = Object.entries(elsewhere).map(([prefix, place]) => ({ prefix, url: resolve(name, place) }));
  const source = {
    urls,
    ...(version === undefined || version === null ? {} : { version: asOf(name, version) }),
    ...(places.length ? { elsewhere: places } : {}),
  };
  return { source, key: JSON.stringify(source) };
}

function resolve(name, url) {
  try {
    return new URL(url, self.document?.baseURI ?? self.location.href).href;
  } catch {
    throw new LimnError({ kind: "BadLink", subject: name, detail: `${url} is not a URL.` });
  }
}

function asOf(name, version) {
  if (version instanceof Date && !Number.isNaN(version.valueOf())) return { timestamp: version.toISOString() };
  if (typeof version === "string") return { timestamp: version };
  if (Number.isSafeInteger(Number(version)) && Number(version) >= 0) return { version: Number(version) };
  const detail = `The version ${version} is neither a number nor a time.`;
  throw new LimnError({ kind: "BadLink", subject: name, detail });
}

/** `promise`, or a rejection as soon as `signal` aborts. */
function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancelled());
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
