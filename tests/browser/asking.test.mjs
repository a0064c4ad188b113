// Asking, as a person does it: queries side by side, parts of a text, values, what was asked before, what was meant.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const SORTED = "parquet/sorted-100-row-groups.parquet";
const COMMITS = "delta/commits";

const url = (path) => `${hosts.lake.origin}/${path}`;

async function open(fragment, options) {
  await openPage(fragment, options);
  return limn;
}

const link = (tables, sql = "", more = "") =>
  Object.entries(tables).map(([name, table]) => `t.${name}=${encodeURIComponent(table)}`).join("&") +
  (sql && `&q=${encodeURIComponent(sql)}`) + more;

const tabs = () => limn.page.getByRole("tablist", { name: "Queries" }).getByRole("tab");
const labels = async () => (await tabs().allInnerTexts()).map((text) => text.trim());
const shown = () => limn.page.getByRole("tablist", { name: "Queries" }).locator('[aria-selected="true"]').innerText();
const newQuery = () => limn.page.getByRole("button", { name: "New query" }).click();
const promise = () => limn.page.locator(".promise");
const openHistory = () => limn.page.getByRole("button", { name: "History" }).click();
/** Waits until a text is kept in the browser: typing is kept after a pause. */
const keep = (text) =>
  text === undefined
    ? limn.page.waitForTimeout(600)
    : limn.page.waitForFunction((text) => localStorage.getItem("limn.tabs")?.includes(text), text);
const fragment = () => limn.page.evaluate(() => decodeURIComponent(location.hash.slice(1)));

/** Puts the cursor before the nth place of a text in the editor, and selects as many characters. */
async function cursorAt(text, select = 0) {
  const statement = await limn.statement();
  // Not a click: the list of completions may lie over the text.
  await limn.editor.focus();
  await limn.page.keyboard.press("ControlOrMeta+Home");
  for (let at = statement.indexOf(text); at > 0; at -= 1) await limn.page.keyboard.press("ArrowRight");
  for (let at = 0; at < select; at += 1) await limn.page.keyboard.press("Shift+ArrowRight");
}

test("what is written survives a reload, in every query, run or not", async () => {
  await open(link({ t: url(COMMITS) }, "select 1 as one"));
  await limn.answer();
  await limn.write("select 2 as draft");
  await newQuery();
  await limn.write("select 3 as other");
  await keep();
  await limn.page.reload();
  await limn.engineIsReady();
  assert.deepEqual(await labels(), ["select 2 as draft", "select 3 as other"]);
  assert.equal(await limn.statement(), "select 3 as other");
  await tabs().first().click();
  assert.equal(await limn.statement(), "select 2 as draft");
  assert.match(await fragment(), /^t\.t=.*&q=select\+1\+as\+one$/);
  assert.deepEqual(await limn.run("select 4 as four"), [["4"]]);
});

test("a link with another statement gets a query of its own", async () => {
  await open(link({ t: url(COMMITS) }, "select 1 as one"));
  await limn.answer();
  await limn.write("select 2 as draft");
  await keep();
  await limn.page.goto(`${hosts.site.origin}/#${link({ t: url(COMMITS) }, "select 5 as five")}`);
  await limn.page.getByRole("columnheader", { name: "five" }).waitFor();
  assert.deepEqual(await labels(), ["select 2 as draft", "select 5 as five"]);
  await limn.page.goBack();
  await limn.page.getByRole("tab", { name: /draft/, selected: true }).waitFor();
  assert.equal(await limn.statement(), "select 2 as draft");
});

test("queries are named, closed and brought back, by keyboard alone", async () => {
  await open(link({ t: url(COMMITS) }, "select 1 as one"));
  await limn.answer();
  const { keyboard } = limn.page;
  await newQuery();
  await limn.write("select 2 as two");
  await tabs().last().focus();
  await keyboard.press("F2");
  await keyboard.type("Mine");
  await keyboard.press("Enter");
  assert.deepEqual(await labels(), ["select 1 as one", "Mine"]);
  await limn.page.waitForFunction(() => document.activeElement.role === "tab");
  await keyboard.press("ArrowRight");
  await limn.page.getByRole("tab", { name: "select 1 as one", selected: true }).waitFor();
  await keyboard.press("ArrowLeft");
  await limn.page.getByRole("tab", { name: "Mine", selected: true }).waitFor();
  await keyboard.press("Delete");
  assert.deepEqual(await labels(), ["select 1 as one"]);
  await limn.page.getByRole("button", { name: "Reopen" }).click();
  assert.deepEqual([await labels(), await limn.statement()], [["select 1 as one", "Mine"], "select 2 as two"]);
});

test("the query that is open is in sight on a narrow window", async () => {
  await open(link({ t: url(COMMITS) }, "select 1 as one"));
  await limn.answer();
  await limn.page.setViewportSize({ width: 390, height: 844 });
  for (const text of ["select 2 as two", "select 3 as three", "select 4 as four"]) {
    await newQuery();
    await limn.write(text);
    await keep(text);
  }
  const isInSight = () => {
    const list = document.querySelector(".query-tabs").getBoundingClientRect();
    const tab = document.querySelector(".query-tab[data-shown]").getBoundingClientRect();
    return list.width < 390 && tab.left >= list.left - 1 && tab.right <= list.right + 1;
  };
  await limn.page.waitForFunction(isInSight);
  await limn.page.keyboard.press("Escape");
  await tabs().last().focus();
  // All in one task, as keys come that are quicker than frames.
  await limn.page.evaluate(() => {
    const left = { key: "ArrowLeft", bubbles: true, cancelable: true };
    for (let times = 0; times < 3; times += 1) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", left));
  });
  await limn.page.getByRole("tab", { name: "select 1 as one", selected: true }).waitFor();
  await limn.page.waitForFunction(isInSight);
});

test("each query has its own undo", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.write("select 1");
  await newQuery();
  await limn.write("select 2");
  await tabs().first().click();
  await limn.editor.click();
  await limn.page.keyboard.press("ControlOrMeta+z");
  assert.notEqual(await limn.statement(), "select 2");
  await tabs().last().click();
  assert.equal(await limn.statement(), "select 2");
});

test("the statement under the cursor is run, or what is selected", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.engineIsReady();
  await limn.write("select ';' as a;\nselect 2 as b;\nselect count(*) as n, nonsense from t");
  await cursorAt("2 as b");
  await limn.page.getByRole("button", { name: /^Run 2 of 3/ }).waitFor();
  assert.deepEqual(await limn.page.locator(".cm-target").allInnerTexts(), ["select 2 as b;"]);
  await limn.page.keyboard.press("ControlOrMeta+Enter");
  assert.deepEqual([await limn.answer(), await limn.columns()], [[["2"]], ["b"]]);
  await cursorAt("nonsense");
  await limn.page.keyboard.press("ControlOrMeta+Enter");
  await limn.page.locator(".cm-lintRange-error").waitFor();
  assert.equal(await limn.page.locator(".cm-lintRange-error").innerText(), "nonsense");
  await cursorAt("select ';'", 10);
  await limn.page.getByRole("button", { name: /^Run selection/ }).click();
  await limn.page.getByRole("gridcell", { name: ";", exact: true }).waitFor();
});

test("parameters get fields by their types, and their values travel in the link", async () => {
  const sql = "select count(*) as n from t where id >= $from and text = $text";
  await open(link({ t: url(COMMITS) }, sql));
  const field = (name) => limn.page.getByLabel(`$${name}`);
  await assert.rejects(limn.answer(), /The parameter \$from has no value/);
  await limn.page.locator(".parameter", { hasText: "bigint" }).waitFor();
  await field("from").fill("x1");
  await field("text").fill("row 20");
  await field("text").press("Enter");
  await limn.result.getByText('The parameter $from is given "x1", which is no value of the type bigint.').waitFor();
  await field("from").fill("0");
  await field("from").press("Enter");
  assert.deepEqual(await limn.answer(), [["1"]]);
  assert.match(await fragment(), /&p\.from=0&p\.text=row 20$/);
  const copied = await limn.copyLink(/^As typed/);
  await limn.close();
  await open(new URL(copied).hash.slice(1));
  assert.deepEqual(await limn.answer(), [["1"]]);
  assert.equal(await field("text").inputValue(), "row 20");
});

test("what was asked is found again with its cost", async () => {
  await open(link({ t: url(COMMITS) }, "select count(*) as n from t"));
  await limn.answer();
  await limn.run("select 'once' as word");
  await limn.page.reload();
  await limn.answer();
  await openHistory();
  const list = limn.page.locator(".past-one");
  assert.equal(await list.count(), 2);
  assert.match(await list.last().innerText(), /select count\(\*\) as n from t\s+\d{4}-.* UTC · 1 row · .* · .* ms · t v24/);
  await limn.page.getByLabel("Search in the history").fill("COUNT t");
  await limn.page.waitForFunction(() => document.querySelectorAll(".past-one").length === 1);
  await list.first().getByText("select count").click();
  assert.equal(await limn.statement(), "select count(*) as n from t");
  assert.equal((await labels()).length, 2);
  await openHistory();
  await limn.page.getByLabel("Search in the history").fill("");
  await limn.page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await list.count(), 0);
});

test("what a statement reads is said while it is written, without a request", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.table("t").getByText(/rows/).first().waitFor();
  await limn.engineIsReady();
  const before = hosts.lake.log.length;
  await limn.write("select text from t where");
  await limn.page.waitForTimeout(1500);
  assert.equal(await limn.page.locator(".cm-lintRange-error, .cm-lintRange-hint").count(), 0);
  assert.equal(await limn.error(), "");
  await limn.page.keyboard.insertText(" id = 3");
  await promise().getByText(/^Reads about .+ in about \d+ requests?.*skipped by statistics/).waitFor();
  assert.equal(hosts.lake.log.length, before);
});

test("a misspelled name is told, and mended by a click", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.engineIsReady();
  await limn.table("t").getByText(/rows/).first().waitFor();
  await limn.write("select 1;\nselect textt from t");
  await limn.page.locator(".cm-lintRange-hint", { hasText: "textt" }).waitFor();
  await limn.page.keyboard.press("Escape");
  await assert.rejects(limn.run("select 1 as one, textt from t"), /No column textt\. Did you mean text\?/);
  await limn.result.getByRole("button", { name: "Write text" }).click();
  assert.equal(await limn.statement(), "select 1 as one, text from t");
});

test("a text is laid out in lines", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.write("select  id,text from t where text = 'a  b' -- why");
  await limn.editor.press("Alt+Shift+F");
  assert.equal(await limn.statement(), "select id, text\nfrom t\nwhere text = 'a  b' -- why");
});

test("examples are filled in for a table", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.table("t").getByText(/rows/).first().waitFor();
  await limn.engineIsReady();
  await limn.page.getByRole("button", { name: "Tools" }).click();
  await limn.page.getByRole("button", { name: "History of versions" }).click();
  assert.equal(await limn.statement(), "select *\nfrom limn_history('t')\norder by version desc");
  await limn.editor.press("ControlOrMeta+Enter");
  assert.ok((await limn.answer()).length > 5);
});

test("what is read without asking can be changed, for good", async () => {
  await open(link({ t: url(SORTED) }));
  await limn.table("t").getByText(/20,000 rows/).waitFor();
  await limn.page.getByRole("button", { name: "Tools" }).click();
  await limn.page.getByLabel("Ask before reading more than").selectOption("1000000");
  await limn.page.reload();
  await limn.engineIsReady();
  assert.equal(await limn.page.evaluate(() => localStorage.getItem("limn.askAbove")), "1000000");
});

test("what another window wrote is not lost", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.engineIsReady();
  await limn.write("select 'first'");
  await keep("first");
  const other = await limn.page.context().newPage();
  await other.goto(`${hosts.site.origin}/#${link({ t: url(COMMITS) }, "select 'second'")}`);
  await other.getByRole("tab", { name: "select 'second'" }).waitFor();
  await other.waitForFunction(() => localStorage.getItem("limn.tabs")?.includes("second"));
  await limn.page.bringToFront();
  await limn.write("select 'third'");
  await keep("third");
  await other.close();
  await limn.page.reload();
  await limn.engineIsReady();
  assert.deepEqual((await labels()).sort(), ["select 'second'", "select 'third'"]);
  assert.match(await shown(), /third/);
});
