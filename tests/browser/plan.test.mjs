// The plan in Chromium: what a statement was to read beside what it read, operator by operator, and which bytes.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const plan = () => limn.result.getByRole("region", { name: "Plan" });
const cells = (rows) => rows.evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

async function open(sql) {
  const lake = `${hosts.site.origin}/lake`;
  const link = new URLSearchParams({ "t.inspections": `${lake}/inspections/`, "t.labels": `${lake}/labels/`, q: sql });
  await openPage(link.toString());
  return limn;
}

async function showPlan() {
  await limn.result.getByRole("tab", { name: "Plan" }).click();
  await plan().getByRole("heading", { name: "Operators" }).waitFor();
}

test("after a run the plan tells what each step left, what each operator gave, and which bytes were fetched", async () => {
  await open("select count(*) as n from inspections where week >= date '2026-09-28' and verdict = 'defect'");
  const [[n]] = await limn.answer();
  await showPlan();
  const totals = Object.fromEntries((await cells(plan().locator(".facts tbody tr"))).map(([name, ...values]) => [name, values]));
  const cost = await limn.status();
  for (const [name, unit] of [["Requests", "request"], ["Files", "of 12 files"]]) {
    const [planned, actual] = totals[name];
    assert.equal(planned, actual, name);
    assert.ok(cost.includes(`${actual} ${unit}`), `${name}: ${actual} in ${cost}`);
  }
  const funnel = Object.fromEntries((await cells(plan().locator(".funnel tr"))).map(([name, , share, why]) => [name, [share, why]]));
  assert.deepEqual(funnel.Files, ["8 of 12", "4 skipped by partition"]);
  assert.equal(funnel["Rows that match"][0], `${Number(n).toLocaleString("en")} of 120,000`);
  const operators = await cells(plan().locator(".operators tbody tr"));
  const [scan] = operators.filter(([name]) => name.startsWith("DataSource"));
  // What will not pass the filter is left out where it is decoded.
  assert.equal(scan[2], Number(n).toLocaleString("en"));
  assert.match(scan[4], /kB$/);
  assert.equal(operators[0][2], "1");
  // Eight files, each with what was fetched of it.
  const strips = plan().locator(".strips li");
  assert.equal(await strips.count(), 8);
  for (const words of await strips.locator(".strip-words").allInnerTexts()) assert.match(words, /^[\d.]+ k?B of \d+ kB in \d+ requests?$/);
  assert.ok((await strips.first().locator(".strip-part").count()) > 0);
  assert.match(await plan().getByRole("list").first().innerText(), /^It took .* ms: for .* ms of it a request was under way/);
});

test("a dry run shows the same tree without reading data", async () => {
  await open("");
  await limn.engineIsReady();
  await limn.table("labels").waitFor();
  await limn.write("select label, count(*) from labels group by label order by 2 desc");
  await limn.page.keyboard.press("ControlOrMeta+Shift+Enter");
  await plan().getByRole("heading", { name: "Operators" }).waitFor();
  const operators = await cells(plan().locator(".operators tbody tr"));
  const scan = operators.find(([name]) => name.startsWith("DataSource"));
  assert.deepEqual(scan.slice(1, 5), ["10,311", "–", "–", "–"]);
  assert.equal(await plan().getByRole("heading", { name: "Bytes fetched" }).count(), 0);
  assert.deepEqual((await cells(plan().locator(".facts tbody tr"))).map((row) => row[2]), ["–", "–", "–", "–"]);
});

test("a join that multiplies its rows is named as what made it slow", async () => {
  await open("select count(*) as n from range(0, 20000) a join range(0, 20000) b on a.value % 3 = b.value % 3");
  assert.deepEqual(await limn.answer(), [["133333334"]]);
  await showPlan();
  const said = await plan().getByRole("list").first().innerText();
  assert.match(said, /A join makes 133,333,334 rows from 20,000 and 20,000: its keys repeat on both sides/);
});
