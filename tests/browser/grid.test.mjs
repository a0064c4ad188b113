// The grid in Chromium: sorting, filtering, columns, copying and totals over a result that is kept once.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const SQL = `select a.n, a.name, a.half, b.n from (select value as n,
  case when value % 5 = 0 then null else 'name ' || (value % 3) end as name, value * 0.5 as half from generate_series(1, 1000)) a
  join (select value as n from generate_series(1, 1000)) b on a.n = b.n order by a.n`;

async function open(sql = SQL, grid = "", options = {}) {
  const fragment = `t.cameras=lake/cameras&q=${encodeURIComponent(sql)}${grid && `&grid=${encodeURIComponent(grid)}`}`;
  await openPage(fragment, options);
  await limn.answer();
  return limn;
}

const head = (name) => limn.page.locator('[role="columnheader"]', { has: limn.page.locator(`.head-name:text-is("${name}")`) }).first();
const grid = () => limn.page.getByRole("grid");
const address = async () => new URLSearchParams(await limn.page.evaluate(() => location.hash.slice(1))).get("grid");
const clipboard = () => limn.page.evaluate(() => navigator.clipboard.readText());

const placeOf = (row, position) => `[aria-rowindex="${row + 2}"] [aria-colindex="${position + 2}"]`;
const cell = (row, position) => limn.page.locator(placeOf(row, position));

/** The first cells of the column at a position, once all cells are here. */
async function column(position, count = 3) {
  await limn.page.waitForFunction(() => !document.querySelector('[role="gridcell"][data-look="loading"]'));
  return (await limn.rows()).slice(0, count).map((row) => row[position]);
}

/** Waits until the first row begins so. */
async function firstIs(text, position = 0) {
  await limn.page.waitForFunction(
    ([text, place]) => document.querySelector(place)?.textContent === text,
    [text, placeOf(0, position)],
  );
}

const item = (name) => limn.page.locator("#column-menu").getByRole("button", { name, exact: true });

async function menu(name) {
  await head(name).getByRole("button", { name: /^Menu of/ }).click();
}

async function filter(name, test, value) {
  await menu(name);
  await limn.page.getByLabel("Test", { exact: true }).selectOption(test);
  if (value !== undefined) await limn.page.getByLabel("Value", { exact: true }).fill(value);
  await limn.page.locator("#apply-filter").click();
}

test("a header sorts up, down and not at all, a second one with Shift, and the link tells it", async () => {
  await open();
  await head("half").click();
  await head("half").click();
  await firstIs("500.0", 2);
  assert.deepEqual(await column(0), ["1000", "999", "998"]);
  assert.equal(await head("half").getAttribute("aria-sort"), "descending");
  assert.equal(await address(), "sort:-half");
  await head("half").click();
  await firstIs("1");
  assert.equal(await head("half").getAttribute("aria-sort"), "none");
  await head("name").click();
  await head("half").click({ modifiers: ["Shift"] });
  await head("half").click({ modifiers: ["Shift"] });
  await firstIs("999");
  assert.deepEqual(await column(1), ["name 0", "name 0", "name 0"]);
  assert.equal(await address(), "sort:name,-half");
});

test("a filter compares values and not texts, and says how many rows pass", async () => {
  await open();
  await filter("half", "gt", "99.5");
  await limn.page.getByText("801 of 1,000 rows").waitFor();
  assert.deepEqual(await column(0), ["200", "201", "202"]);
  await filter("name", "has", "NAME 1");
  await firstIs("202");
  assert.equal(await address(), "where:half:gt:99.5;where:name:has:NAME 1");
  await limn.page.getByRole("button", { name: /^Remove the filter: half/ }).click();
  await firstIs("1");
  await limn.page.getByRole("button", { name: "Clear all" }).click();
  await firstIs("1");
  assert.equal(await address(), null);
  await filter("half", "gt", "a lot");
  await limn.page.getByRole("alert").filter({ hasText: /“a lot” is no value of the type/ }).waitFor();
  assert.deepEqual(await column(0), ["1", "2", "3"]);
});

test("the values that are there most often can be chosen", async () => {
  await open();
  await menu("name");
  const values = limn.page.getByRole("group", { name: "Only these values" });
  await values.getByRole("checkbox", { name: /^name 1/ }).check();
  await firstIs("1");
  await values.getByRole("checkbox", { name: /^name 2/ }).check();
  await limn.page.getByText("533 of 1,000 rows").waitFor();
  assert.equal(await address(), "where:name:in:name 1,name 2");
});

test("columns are hidden, found again, kept at the left and moved", async () => {
  await open();
  await menu("half");
  await item("Hide").click();
  assert.deepEqual(await limn.columns(), ["n", "name", "n"]);
  await menu("name");
  await item("Keep at the left").click();
  assert.deepEqual(await limn.columns(), ["name", "n", "n"]);
  await limn.page.getByRole("button", { name: "Columns", exact: true }).click();
  await limn.page.getByLabel("Find a column").fill("HAL");
  await limn.page.locator(".columns-list").getByRole("checkbox").check();
  await limn.page.keyboard.press("Escape");
  assert.deepEqual(await limn.columns(), ["name", "n", "half", "n"]);
  await limn.answer();
  assert.deepEqual((await limn.rows())[1], ["name 2", "2", "1.0", "2"]);
  await head("half").dragTo(limn.page.locator('[role="columnheader"][aria-colindex="3"]'));
  assert.deepEqual(await limn.columns(), ["name", "half", "n", "n"]);
  assert.equal(await address(), "pin:name;order:half,n,name,n*2");
});

test("the keyboard alone sorts, moves and opens a column's menu", async () => {
  await open();
  const { keyboard } = limn.page;
  await grid().focus();
  await keyboard.press("ControlOrMeta+Home");
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await firstIs("1000");
  assert.equal(await address(), "sort:-n");
  await keyboard.press("ControlOrMeta+Shift+ArrowRight");
  assert.deepEqual(await limn.columns(), ["name", "n", "half", "n"]);
  await keyboard.press("m");
  await item("Hide").focus();
  await keyboard.press("Enter");
  assert.deepEqual(await limn.columns(), ["name", "half", "n"]);
});

test("the arrangement comes back with its link, with Back, and without what the result does not have", async () => {
  await open(SQL, "sort:-n;where:gone:null;where:name:some;hide:half");
  await limn.page.getByText(/^The link names a column that is not in the result: gone/).waitFor();
  await firstIs("999");
  assert.deepEqual(await limn.columns(), ["n", "name", "n"]);
  await head("name").click();
  await firstIs("3");
  await limn.page.goBack();
  await firstIs("999");
  await limn.run("select 2 as n");
  assert.equal(await address(), null);
});

for (const hostile of ["sort:;;::~", "where:n:gt", "sort:<img src=x>", "order:n*99999999999999999999,~", "pin:*;hide:n,n*2,name,half"]) {
  test(`the arrangement ${hostile} harms nothing`, async () => {
    await open(SQL, hostile);
    assert.equal((await column(0)).length, 3);
  });
}

test("what is selected is summed up in the engine, in the order that is shown", async () => {
  await open();
  await head("n").click();
  await head("n").click();
  await firstIs("1000");
  await cell(0, 0).click();
  await cell(9, 0).click({ modifiers: ["Shift"] });
  const totals = limn.page.locator(".totals");
  await totals.getByText("Average").waitFor();
  assert.equal((await totals.innerText()).replace(/\s+/g, " "), "Cells 10 NULL 0 Distinct 10 Sum 9955 Average 995.5 Min 991 Max 1000");
  await grid().focus();
  await limn.page.keyboard.press("ControlOrMeta+a");
  await totals.getByText("4,000").waitFor();
  assert.match((await totals.innerText()).replace(/\s+/g, " "), /^Cells 4,000 NULL 200$/);
});

test("cells are copied in every form, in the order that is shown", async () => {
  await open("select 'a|b' as \"x\", 9007199254740993 as y, null as z union all select '=1', -5, null order by y", "sort:-y");
  await cell(0, 0).click();
  await cell(1, 2).click({ modifiers: ["Shift"] });
  const expected = {
    TSV: "x\ty\tz\na|b\t9007199254740993\t\n'=1\t-5\t",
    CSV: "x,y,z\na|b,9007199254740993,\n'=1,-5,",
    Markdown: "| x | y | z |\n| --- | ---: | --- |\n| a\\|b | 9007199254740993 |  |\n| =1 | -5 |  |",
    JSON: '[\n  {"x": "a|b", "y": 9007199254740993, "z": null},\n  {"x": "=1", "y": -5, "z": null}\n]',
    "SQL VALUES": "SELECT * FROM (VALUES\n  ('a|b', 9007199254740993, NULL),\n  ('=1', -5, NULL)\n) AS t(\"x\", \"y\", \"z\")",
  };
  for (const [label, text] of Object.entries(expected)) {
    await limn.page.getByRole("button", { name: "Copy", exact: true }).click();
    await limn.page.locator("#copy-menu").getByRole("button", { name: new RegExp(`^${label}`) }).click();
    await limn.page.waitForFunction(async (text) => (await navigator.clipboard.readText()) === text, text);
  }
  await grid().focus();
  await limn.page.keyboard.press("ControlOrMeta+c");
  await limn.page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("a|b\t"));
  assert.equal(await clipboard(), "a|b\t9007199254740993\t\n'=1\t-5\t");
});

test("a text is found in all rows, step by step", async () => {
  await open();
  await grid().focus();
  await limn.page.keyboard.press("ControlOrMeta+f");
  const text = limn.page.getByLabel("Text to find");
  await text.fill("99");
  const bar = limn.page.locator(".find-count");
  await bar.getByText(/^1 of \d+$/).waitFor();
  const active = () => limn.page.locator(".cell[data-active]").innerText();
  assert.equal(await active(), "99");
  await text.press("Enter");
  assert.match(await bar.innerText(), /^2 of \d+$/);
  await text.press("Shift+Enter");
  await text.press("Shift+Enter");
  await limn.page.locator(".cell[data-active]", { hasText: "999" }).waitFor();
  await text.fill("nowhere");
  await bar.getByText("Not found").waitFor();
  await text.press("Escape");
  await text.waitFor({ state: "detached" });
});

test("how values are spread is drawn in the header, and can be turned off", async () => {
  await open();
  const picture = head("half").getByRole("img");
  await picture.waitFor();
  assert.equal(await picture.getAttribute("aria-label"), "From 0.5 to 500.0. NULL 0%. Counted in 1,000 rows.");
  assert.match(await head("name").getByRole("img").getAttribute("aria-label"), /^Most often: name 0 27%, name 1 27%, name 2 27%\. NULL 20%\./);
  await limn.page.getByRole("button", { name: "Columns", exact: true }).click();
  await limn.page.getByLabel("Show how values are spread").uncheck();
  await picture.waitFor({ state: "detached" });
});

const PIXEL = "89504e470d0a1a0a0000000d4948445200000001000000010806000000" +
  "1f15c4890000000d49444154789c6360f8cfc0f01f0005000201ff36b1a1e30000000049454e44ae426082";

test("pictures, bytes and nested values are shown as what they are", async () => {
  await open(`select x'${PIXEL}' as picture, x'00ff41' as raw, struct(1 as a, ['x', 'y'] as b) as nested, 'pixel.png' as path`);
  await cell(0, 0).locator("img.thumbnail").waitFor();
  const panel = limn.page.getByRole("complementary", { name: "Value" });
  await cell(0, 0).dblclick();
  const image = panel.getByAltText("The picture in the cell");
  await image.waitFor();
  await limn.page.waitForFunction(() => document.querySelector(".picture")?.naturalWidth === 1);
  await cell(0, 1).click();
  await panel.getByText("00000000  00 ff 41").waitFor();
  assert.match(await panel.locator("pre").innerText(), /\.\.A\s*$/);
  await cell(0, 2).click();
  await panel.locator("summary").nth(1).click();
  await panel.getByText('"y"').waitFor();
  await panel.getByLabel("As text").check();
  assert.match(await panel.locator("pre").innerText(), /"b": \[\n/);
});

test("a picture that a text points to is loaded only when the person asks", async () => {
  hosts.site.fault("lake/cameras/pixel.png", ({ response }) => {
    response.setHeader("content-type", "image/png");
    response.end(Buffer.from(PIXEL, "hex"));
  });
  await open("select 'pixel.png' as path");
  await cell(0, 0).dblclick();
  const ask = limn.page.getByRole("button", { name: /^Show the picture from/ });
  await ask.waitFor();
  assert.deepEqual(hosts.site.asked("pixel.png"), []);
  await ask.click();
  await limn.page.waitForFunction(() => document.querySelector(".picture")?.naturalWidth === 1);
  await menu("path");
  await item("Show pictures that the texts point to Contacts the hosts that the cells name.").click();
  await cell(0, 0).locator("img.thumbnail").waitFor();
});
