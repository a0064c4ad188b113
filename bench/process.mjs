// What an engine's worker and the process of its tab take of memory.

import { readFileSync } from "node:fs";

/** Bytes of the engine's linear memory, which never shrinks: its size is its peak. */
export async function engineBytes(page) {
  const [worker] = page.workers();
  if (!worker) return 0;
  // A second call of the module's initializer gives what the first one made.
  return worker.evaluate(async (url) => {
    const { default: start } = await import(new URL("engine.js", url).href + new URL(url).search);
    return (await start()).memory.buffer.byteLength;
  }, worker.url());
}

/**
 * The most that the largest renderer ever held, and what it holds now, as the browser's own task manager counts it: the
 * browser's program, a file that all its processes share, is left out.
 */
export const peakBytes = (browser) => largest(browser, (pid) => told(pid, "VmHWM") - told(pid, "RssFile"));
export const residentBytes = (browser) => largest(browser, (pid) => told(pid, "VmRSS") - told(pid, "RssFile"));

async function largest(browser, bytesOf) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => bytesOf(id)));
}

function told(pid, field) {
  return 1024 * Number(new RegExp(`${field}:\\s*(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
}
