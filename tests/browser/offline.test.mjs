// What the browser keeps of the page's program: what a second visit asks the host for, how another build comes and the old
// one goes, and what happens when not all of it could be kept.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach } from "node:test";

import { test } from "./browser.mjs";
import { Host, saying, status } from "./host.mjs";
import { DIST } from "./limn.mjs";
import { LimnPage } from "./page.mjs";
import { rebuild, versionOf } from "./rebuilt.mjs";

// Not at the root of its host, where most pages are not either.
const PLACE = "/some/where/";
// What takes longer never comes; a test that waits for ever would hold up all others.
const PATIENCE_MILLIS = 120_000;
const ASK = "q=select+41%2B1+as+answer";
// Needs what the engine's first part lacks (rest.test.mjs), and at once.
const ASK_SELDOM = "q=select+string_agg(cast(value+as+varchar),+'-'+order+by+value+desc)+as+s+from+generate_series(1,+4)";

let folder;
let host;
let pages;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "limn-site-"));
  await cp(DIST, folder, { recursive: true });
});

beforeEach(async () => {
  host = await Host.start({ [PLACE]: folder });
  pages = [];
});

after(async () => rm(folder, { recursive: true }));

/** A test in one profile of its own; pages that it leaves open are closed, and the host behind them. */
const visits = (name, work) =>
  test(name, async () => {
    try {
      await work();
    } finally {
      await pages[0]?.close();
      await host.stop();
    }
  });

/** One more page in the test's profile, with its answer there. */
async function visit(ask = ASK, answer = "42") {
  host.log = [];
  const limn = await LimnPage.open(`${host.origin}${PLACE.slice(0, -1)}`, ask, { serviceWorkers: "allow", context: pages[0]?.page.context() });
  pages.push(limn);
  assert.deepEqual(await limn.answer(), [[answer]]);
  return limn;
}

/** What was asked of the program, and of the program alone. */
const program = () => host.log.map(({ path }) => path.slice(PLACE.length)).filter((path) => !/^(lake\/|sw\.js|favicon)/.test(path));

const builds = ({ page }) => page.evaluate(async () => (await caches.keys()).map((name) => name.split(":").at(-1)));
const built = ({ page }) => page.evaluate(() => document.querySelector("script[type=module]").src.split("?v=")[1]);

/** Waits until `check` holds in the page; Playwright's own waiting takes a promise for a yes. */
async function until({ page }, check, argument) {
  const end = performance.now() + PATIENCE_MILLIS;
  while (!(await page.evaluate(check, argument))) {
    if (performance.now() > end) throw new Error(`not within ${PATIENCE_MILLIS / 1000} s: ${check}`);
    await page.waitForTimeout(200);
  }
}

/** Waits until a build, by default the one on the host, is kept and answered from. */
async function kept(limn, version = undefined) {
  const check = async (version) => {
    const registration = await navigator.serviceWorker.getRegistration();
    const names = await caches.keys();
    return navigator.serviceWorker.controller && !registration?.installing && names.some((name) => name.endsWith(version));
  };
  await until(limn, check, version ?? (await versionOf(folder)));
}

visits("a second visit asks the host for nothing of the program, and needs no host", async () => {
  const first = await visit();
  assert.ok(program().length > 10);
  await kept(first);
  await visit();
  assert.deepEqual(program(), []);
  const { port } = new URL(host.origin);
  await host.stop();
  const third = await visit();
  await third.result.getByRole("tab", { name: "Chart" }).click();
  await third.result.getByText(/chart/i).first().waitFor();
  await visit(ASK_SELDOM, "4-3-2-1");
  host = await Host.start({ [PLACE]: folder }, Number(port));
});

visits("tables, parts of files and what is no file of the build are the host's", async () => {
  await kept(await visit());
  const limn = await visit();
  host.log = [];
  const seen = await limn.page.evaluate(async () => {
    const texts = async (...request) => (await fetch(...request)).text();
    return [
      await texts("lake/lake.json?v=0123456789ab"), await texts("lazy.js"),
      await texts(document.querySelector("script[type=module]").src, { headers: { range: "bytes=0-9" }, cache: "no-store" }),
    ];
  });
  assert.equal(seen[2].length, 10);
  assert.deepEqual(host.log.map(({ status }) => status), [200, 200, 206]);
});

visits("another build is there at the next visit, and what an open page loads later is of its own", async () => {
  const old = await versionOf(folder);
  const open = await visit();
  await kept(open);
  const other = await rebuild(folder);
  const second = await visit();
  assert.deepEqual([await built(second), program()], [old, []]);
  await kept(second, other);
  host.log = [];
  await open.result.getByRole("tab", { name: "Chart" }).click();
  await open.result.getByRole("img").locator("canvas").first().waitFor();
  assert.deepEqual([program(), await built(open)], [[], old]);
  const third = await visit();
  assert.deepEqual([await built(third), program(), (await builds(third)).sort()], [other, [], [old, other].sort()]);
  await open.page.close();
  await second.page.close();
  const fourth = await visit();
  await until(fourth, async () => (await caches.keys()).length === 1);
  assert.deepEqual(await builds(fourth), [other]);
});

visits("who reloads has the host's build at once, and the kept one when the host is gone", async () => {
  const limn = await visit();
  await kept(limn);
  const other = await rebuild(folder);
  await limn.page.reload();
  await limn.answer();
  assert.equal(await built(limn), other);
  await kept(limn, other);
  const { port } = new URL(host.origin);
  await host.stop();
  await limn.page.reload();
  await limn.answer();
  assert.equal(await built(limn), other);
  host = await Host.start({ [PLACE]: folder }, Number(port));
});

for (const [what, fault] of [["fails", status(500)], ["sends another build's file", saying("export const another = 1;")]]) {
  visits(`a host that ${what} half-way: the page works, and is kept at the next visit`, async () => {
    host.fault("/chart.js", fault);
    const first = await visit();
    await until(first, async () => (await caches.keys()).length === 1);
    await until(first, async () => !(await navigator.serviceWorker.getRegistration()));
    host.reset();
    const second = await visit();
    assert.ok(program().length > 10);
    await kept(second);
    await visit();
    assert.deepEqual(program(), []);
  });
}

visits("what is missing of what was kept comes from the host, and that alone", async () => {
  const first = await visit();
  await kept(first);
  await first.page.evaluate(async () => {
    const cache = await caches.open((await caches.keys())[0]);
    for (const { url } of await cache.keys()) if (/lazy\.js|engine_bg/.test(url)) await cache.delete(url);
  });
  await visit();
  // The browser may have the smaller one in another cache of its own.
  assert.deepEqual(program().map((path) => path.split("?")[0]).filter((path) => path !== "lazy.js"), ["engine_bg.wasm.zst"]);
});

visits("a host that has no service worker any more is believed", async () => {
  const first = await visit();
  await kept(first);
  host.fault("/sw.js", status(404));
  const second = await visit();
  await until(second, async () => (await caches.keys()).length === 0);
  await visit();
  assert.ok(program().length > 10);
});

visits("a browser that has no room keeps nothing, and has the page all the same", async () => {
  const first = await visit();
  const session = await first.page.context().newCDPSession(first.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: host.origin, quotaSize: 30e6 });
  for (let waits = 0; host.asked("sw.js").length === 0 && waits < PATIENCE_MILLIS / 200; waits += 1) await first.page.waitForTimeout(200);
  await until(first, async () => !(await navigator.serviceWorker.getRegistration()));
  assert.deepEqual([await builds(first), await first.error()], [[], ""]);
});

visits("a host without a service worker has the page all the same", async () => {
  host.fault("/sw.js", status(404));
  const first = await visit();
  await first.page.waitForTimeout(6_000);
  assert.deepEqual([await builds(first), host.asked("sw.js").length, await first.error()], [[], 1, ""]);
});
