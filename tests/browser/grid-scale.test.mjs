// Ten million rows of five hundred columns, scrolled from end to end: how long frames take, and what stays in memory.

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { test } from "./browser.mjs";
import { startHosts } from "./limn.mjs";
import { LimnPage } from "./page.mjs";

const ROWS = 10_000_000;
const COLUMNS = 500;
// A hundred thousand rows a frame downwards; a column a frame sideways.
const STEPS = 100;
// Of the page's own work; how long frames take on the clock also tells what else the machine does.
const FRAME_MILLIS = 50;
const GROWTH_BYTES = 32 * 2 ** 20;

let hosts;

before(async () => {
  hosts = await startHosts();
});

after(async () => {
  await hosts?.stop();
});

/** Runs in the page: scrolls from end to end, a step a frame, and gives the milliseconds of each frame. */
async function scroll({ steps, down, right }) {
  const element = document.querySelector('[role="grid"]');
  const [height, width] = [element.scrollHeight - element.clientHeight, element.scrollWidth - element.clientWidth];
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const millis = [];
  if (down) element.scrollTop = 0;
  if (right) element.scrollLeft = 0;
  // The way back to the beginning is a jump, and no part of what is measured.
  await new Promise((resolve) => setTimeout(resolve, 500));
  let last = await frame();
  for (let step = 1; step <= steps; step += 1) {
    if (down) element.scrollTop = (height * step) / steps;
    if (right) element.scrollLeft = (width * step) / steps;
    const now = await frame();
    millis.push(now - last);
    last = now;
  }
  return millis;
}

/** The page's own work for a frame, in milliseconds of its thread, and what the clock said. */
async function measure(page, session, way) {
  const work = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
  const before = await work();
  const steps = way.right ? COLUMNS : STEPS;
  const millis = (await page.evaluate(scroll, { steps, ...way })).sort((a, b) => a - b);
  const spent = (((await work()) - before) * 1000) / steps;
  const clock = [0.5, 0.9, 1].map((share) => millis[Math.floor(share * (millis.length - 1))].toFixed(0));
  return { spent, words: `${spent.toFixed(1)} ms of work a frame; on the clock median ${clock[0]}, nine of ten ${clock[1]}, longest ${clock[2]} ms` };
}

/** Bytes that the page holds after a collection: its program's memory, and its objects. */
async function memory(page, session) {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const program = await page.evaluate(async () => {
    const url = performance.getEntriesByType("resource").map(({ name }) => name).find((name) => /\/app\.js(\?|$)/.test(name));
    const { default: exports } = await import(url);
    return (await exports()).memory.buffer.byteLength;
  });
  return usedSize + program;
}

test("ten million rows of five hundred columns scroll, and nothing of them stays", async (context) => {
  const columns = Array.from({ length: COLUMNS }, (_, at) => `value as c${at}`).join(", ");
  const limn = await LimnPage.open(hosts.site.origin, "t.cameras=lake/cameras&q=select+1");
  try {
    await limn.answer();
    await limn.start(`select ${columns} from generate_series(1, ${ROWS})`);
    await limn.result.getByText(/^10,000,000 rows$/).waitFor();
    await limn.page.waitForFunction(() => document.querySelectorAll(".spread").length > 3);
    const session = await limn.page.context().newCDPSession(limn.page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await limn.page.evaluate(scroll, { steps: STEPS, down: true, right: true });
    const before = await memory(limn.page, session);
    const down = await measure(limn.page, session, { down: true });
    const right = await measure(limn.page, session, { right: true });
    const both = await measure(limn.page, session, { down: true, right: true });
    const grown = (await memory(limn.page, session)) - before;
    const cells = await limn.page.locator('[role="gridcell"]').count();
    for (const [way, { words }] of Object.entries({ down, right, both })) context.diagnostic(`${way}: ${words}`);
    context.diagnostic(`grown by ${grown} bytes; ${cells} cells in the document`);
    for (const [way, { spent }] of Object.entries({ down, right, both })) {
      assert.ok(spent < FRAME_MILLIS, `${way}: ${spent} ms a frame`);
    }
    assert.ok(grown < GROWTH_BYTES, `${grown} bytes`);
    assert.ok(cells < 2000, `${cells} cells in the document`);
  } finally {
    await limn.close();
  }
});
