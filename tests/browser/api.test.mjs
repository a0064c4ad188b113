// The example page of the JavaScript API, on the built site under a deep path, as a visitor uses it.

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { openTab, test } from "./browser.mjs";
import { Host, slow } from "./host.mjs";
import { DIST } from "./limn.mjs";

let site;
let tab;

before(async () => {
  site = await Host.start({ "/some/deep%20path/": DIST });
  tab = await openTab(`${site.origin}/some/deep%20path/api.html`);
  await says(/^Ready/);
});

after(async () => {
  await tab?.close();
  await site?.stop();
});

const says = (pattern) =>
  tab.page.waitForFunction(([source]) => new RegExp(source).test(document.getElementById("status").textContent), [pattern.source]);

const rows = () => tab.page.$$eval("#rows tr", (lines) => lines.map((line) => [...line.cells].map((cell) => cell.textContent)));

async function run(sql) {
  await tab.page.getByLabel("SQL").fill(sql);
  await tab.page.getByRole("button", { name: "Run" }).click();
}

test("the example's query joins two tables of the sample lake", async () => {
  await tab.page.getByRole("button", { name: "Run" }).click();
  await says(/rows: \d+ requests, \d+ bytes, \d+ of \d+ files, \d+ ms$/);
  const [head, first] = await rows();
  assert.deepEqual(head, ["camera_id", "lens", "images"]);
  assert.match(first.join(), /^\w+,.+,\d+$/);
});

test("its plan is shown without reading data", async () => {
  site.log = [];
  await tab.page.getByLabel("SQL").fill("select avg(sharpness) from inspections where week = date '2026-09-21'");
  await tab.page.getByRole("button", { name: "Plan" }).click();
  await says(/^Would read \d+ bytes in \d+ requests/);
  const [scan] = JSON.parse(await tab.page.locator("#text").textContent());
  assert.equal(scan.table, "inspections");
  assert.ok(scan.filesKept < scan.filesTotal);
});

test("markup in a cell is text", async () => {
  await run("select '<img src=x onerror=alert(1)>' as \"<b>name</b>\"");
  await says(/^1 rows/);
  assert.deepEqual(await rows(), [["<b>name</b>"], ["<img src=x onerror=alert(1)>"]]);
});

test("an error is told with its kind", async () => {
  await run("selekt 1");
  await says(/^Sql: /);
  await run("drop table parts");
  await says(/^Sql: /);
});

test("stop stops", async () => {
  site.fault(/\/lake\/inspections\/.*\.parquet$/, slow(2048));
  await run("select count(distinct taken_at) from inspections");
  await says(/^Running/);
  await tab.page.getByRole("button", { name: "Stop" }).click();
  await says(/^Cancelled: /);
  site.reset();
});

test("nothing broke the page's security policy", () => assert.deepEqual(tab.said.violations, []));
