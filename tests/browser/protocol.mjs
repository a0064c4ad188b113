// The engine by its own protocol (src/protocol), in a page.

import { openTab } from "./browser.mjs";

/** A tab of `origin` in which an engine has started, alone and keeping nothing beyond it unless `options` say so. */
export async function openEngine(origin, options = {}) {
  const tab = await openTab(`${origin}/blank.html`);
  await tab.page.evaluate(engineInPage);
  const start = (options = {}) => tab.page.evaluate((options) => window.startEngine(options), { hands: 0, storedBytes: 0, ...options });
  const ask = (request) => tab.page.evaluate((request) => window.ask(request), request);
  await start(options);
  return {
    page: tab.page,
    close: tab.close,
    start,
    ask,
    query: async (sql) => (await ask({ type: "query", sql })).answer,
    /** Some rows of a result, as text. */
    shown: async (result, start, count) => (await ask({ type: "rows", result, start, count })).rows.map((row) => row.map(({ text }) => text)),
  };
}

/** The linear memory of the engine in `worker`, which never shrinks: its size is its peak. */
export function engineBytes(worker) {
  return worker.evaluate(async (url) => {
    const { default: start } = await import(new URL("engine.js", url).href + new URL(url).search);
    return (await start()).memory.buffer.byteLength;
  }, worker.url());
}

/** Runs in the page: the engine's host, and its protocol as promises. */
export async function engineInPage() {
  const { Host } = await import("/limn.js");
  const calls = new Map();
  let host = null;
  let last = 0;
  window.ask = (request, onEvent = () => {}) =>
    new Promise((resolve, reject) => {
      const ticket = (last += 1);
      calls.set(ticket, { resolve, reject, onEvent });
      host.post(JSON.stringify({ ticket, request }));
      window.cancel = () => host.cancel(ticket);
    });
  window.startEngine = (options) =>
    new Promise((resolve) => {
      host?.stop();
      const hear = (json, buffers) => {
        const { ticket, event, reply, error } = JSON.parse(json);
        const call = calls.get(ticket);
        if (event) return call.onEvent(event, buffers, ticket, host);
        calls.delete(ticket);
        if (error) call.reject(Object.assign(new Error(error.detail), error));
        else call.resolve(reply);
      };
      host = new Host(hear, (json) => JSON.parse(json).state === "ready" && resolve());
      host.start(JSON.stringify(options));
    });
  window.saved = async (sql) => {
    const chunks = [];
    const take = (event, buffers, target, host) => {
      if (event.type !== "chunk") return;
      chunks.push(buffers[0]);
      host.post(JSON.stringify({ ticket: (last += 1), request: { type: "acknowledge", target, bytes: event.bytes } }));
      calls.set(last, { resolve() {}, reject() {} });
    };
    await window.ask({ type: "save", rows: { statement: { sql } }, format: "parquet" }, take);
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(new Blob(chunks));
    });
    return url.slice(url.indexOf(",") + 1);
  };
}
