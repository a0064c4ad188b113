// The page's program: small at first, the rest when it is needed, and what happens when a part does not come.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";

import { test } from "./browser.mjs";
import { DIST } from "./limn.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

// What the page's program may weigh as static hosts send it.
const MAX_BYTES = 350_000;

const loaded = () =>
  limn.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname.split("/").at(-1)));

test("the page's program is within its size", async () => {
  const program = await readFile(`${DIST}/app_bg.wasm`);
  const bytes = brotliCompressSync(program, { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }).length;
  assert.ok(bytes <= MAX_BYTES, `${bytes} bytes compressed`);
  // Every part is a request: few enough for a host that answers one after the other.
  const parts = (await readdir(DIST)).filter((name) => /^(chunk|split)_.*\.wasm$/.test(name));
  assert.ok(parts.length <= 9, parts.join());
});

test("charts and a table's page come when they are looked at", async () => {
  await openPage();
  await limn.answer();
  const later = ["chart.js", "split_charts.wasm", "split_explorer.wasm"];
  const first = await loaded();
  assert.deepEqual(later.filter((name) => first.includes(name)), []);
  await limn.result.getByRole("tab", { name: "Chart" }).click();
  await limn.result.getByRole("img").locator("canvas").first().waitFor();
  const second = await loaded();
  assert.deepEqual(later.filter((name) => second.includes(name)), ["chart.js", "split_charts.wasm"]);
});

test("rows that cannot be shown for want of their part are said once", async () => {
  hosts.site.fault("split_rows.wasm", ({ response }) => response.writeHead(500).end());
  await openPage("q=select+1");
  await limn.page.getByRole("alert").getByText("A part of Limn’s own program could not be loaded").waitFor();
  await limn.result.locator(".row-count").waitFor();
  assert.equal(await limn.page.getByRole("alert").count(), 1);
  assert.equal(await limn.statement(), "select 1");
  hosts.site.reset();
});

test("a part that does not come is said in its place, and the rest of the page works", async () => {
  hosts.site.fault("split_explorer.wasm", ({ response }) => response.writeHead(500).end());
  await openPage();
  const rows = await limn.answer();
  await limn.page.keyboard.press("ControlOrMeta+k");
  await limn.page.getByRole("dialog", { name: "Commands" }).waitFor();
  await limn.page.keyboard.type("parts: overview");
  await limn.page.keyboard.press("Enter");
  await limn.page.getByRole("alert").getByText("A part of Limn’s own program could not be loaded").waitFor();
  await limn.page.goBack();
  await limn.result.getByRole("gridcell", { name: rows[0].at(-1) }).first().waitFor();
  assert.deepEqual(await limn.rows(), rows);
  hosts.site.reset();
});
