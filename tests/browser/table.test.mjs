// A table's own page: each view by its link, what it says, what it costs, and the ways from one to the next.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const url = (path) => `${hosts.lake.origin}/${path}`;

/** Opens the table `t` at a view of its page. */
async function look(table, view) {
  await openPage(`t.t=${encodeURIComponent(url(table))}&view=t/${view}`);
  limn.body = limn.page.getByRole("tabpanel");
  await limn.body.locator(".faint, .error").first().waitFor();
  await limn.page.waitForFunction(() => !document.querySelector(".table-body .waiting"));
  return limn;
}

/** Files of data that were asked for since the last reset. */
const dataFiles = () => hosts.lake.log.filter(({ path }) => path.endsWith(".parquet") && !path.includes("_delta_log"));

const text = () => limn.body.innerText();

test("the overview tells what a table is and requires, and reads no data", async () => {
  await look("delta/deletion-vectors", "overview");
  await limn.body.getByText(/^Version \d+: \w+/).waitFor();
  const said = await text();
  for (const expected of ["Rows", "Protocol", "Reader version 3, writer version 7", "deletionVectors", "delta.enableDeletionVectors"]) {
    assert.ok(said.includes(expected), `${expected} in ${said}`);
  }
  const row = limn.body.getByRole("row", { name: /^deletionVectors/ });
  assert.match(await row.innerText(), /reads it[\s\S]*since Delta 2\.3/);
  assert.deepEqual(dataFiles(), []);
});

test("the figures lead to the views that explain them", async () => {
  await look("delta/commits", "overview");
  await limn.body.getByRole("button", { name: /Files$/ }).click();
  await limn.body.getByRole("heading", { name: "Findings" }).waitFor();
  assert.match(limn.page.url(), /view=t\/files/);
  await limn.page.goBack();
  await limn.body.getByRole("heading", { name: "Protocol" }).waitFor();
});

test("columns are told from the log, with footers on request, and read only when asked", async () => {
  await look("delta/commits", "columns");
  const id = limn.body.getByRole("row", { name: /^id/ });
  assert.match(await id.innerText(), /exactly/);
  assert.deepEqual(dataFiles(), []);
  await limn.body.getByRole("button", { name: /^Read \d+ footers?/ }).click();
  await limn.body.getByRole("columnheader", { name: "Encodings" }).waitFor();
  const asked = dataFiles();
  assert.equal(new Set(asked.map(({ path }) => path)).size, asked.length, "one request a file");

  await limn.body.getByRole("button", { name: "text", exact: true }).click();
  await limn.body.getByRole("button", { name: "Read the values" }).click();
  await limn.body.getByText("Most frequent").waitFor();
  await limn.body.locator(".frequent button").first().click();
  const rows = await limn.answer();
  assert.ok(rows.length > 0);
  assert.match(await limn.statement(), /where text (= '|is null)/);
});

test("the history lists commits, and goes to a version", async () => {
  await look("delta/commits", "history");
  const said = await text();
  assert.match(said, /25 commits, newest first/);
  assert.match(said, /UPDATE/);
  assert.ok((await limn.body.getByRole("img", { name: /^Rows: / }).count()) === 1);
  await limn.body.locator(".commit summary", { hasText: "UPDATE" }).first().click();
  await limn.body.getByRole("button", { name: "Go to this version" }).first().click();
  await limn.page.getByText("delta · version 12").waitFor();
  assert.match(limn.page.url(), /v\.t=12/);
  assert.deepEqual(dataFiles(), []);
});

test("the slider moves the whole page to another version and back", async () => {
  await look("delta/commits", "overview");
  const slider = limn.page.getByRole("slider", { name: "Version" });
  await slider.waitFor();
  assert.equal(await slider.getAttribute("aria-valuetext"), "version 24, the latest");
  await limn.page.getByRole("button", { name: "The version before" }).click();
  await limn.page.getByText("delta · version 23").waitFor();
  await limn.page.getByRole("button", { name: "The version after" }).click();
  await limn.page.getByText("delta · version 24").waitFor();
  assert.doesNotMatch(limn.page.url(), /v\.t=/);
});

test("two versions are compared by columns and files, and by rows when that is asked for", async () => {
  await look("delta/commits", "history/11/12");
  const compare = limn.page.getByRole("region", { name: "Version 11 compared with version 12" });
  await compare.getByText("1 file (").first().waitFor();
  assert.match(await compare.innerText(), /The same columns, types and properties/);
  assert.deepEqual(dataFiles(), []);
  await compare.getByLabel("Rows are the same by").selectOption("id");
  await compare.getByRole("button", { name: "Compare the rows" }).click();
  await compare.getByText(/^\d+ rows? differs?\.?|^\d+ rows? differ/).first().waitFor();
  const changed = compare.locator("td.changed").first();
  assert.equal(await changed.locator("ins").innerText(), "changed");
  assert.match(await changed.locator("del").innerText(), /^(row \d+|NULL)$/);
});

test("files are told with findings, and one of them byte by byte", async () => {
  await look("delta/sail-partitions", "files");
  await limn.body.getByRole("heading", { name: "Partitions" }).waitFor();
  await limn.body.getByRole("group", { name: "Partitions by bytes" }).waitFor();
  assert.deepEqual(dataFiles(), []);
  await limn.body.locator("th.path button").first().click();
  const map = limn.body.getByRole("img", { name: /to scale from left to right/ });
  await map.waitFor();
  const shares = await map.locator("span").evaluateAll((parts) => parts.map((part) => Number.parseFloat(part.style.width)));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  assert.ok(Math.abs(whole - 100) < 0.01, `every byte has its place: ${whole} %`);
  await limn.body.getByRole("button", { name: "Row group 0" }).click();
  await limn.body.getByRole("heading", { name: "Column chunks of row group 0" }).waitFor();
  assert.match(limn.page.url(), /view=t\/files\/file\/.+\/0$/);
});

test("the log is searched, and its actions shown as they lie there", async () => {
  await look("delta/commits", "log/schemaString");
  await limn.body.getByText("1 action.").waitFor();
  await limn.body.locator(".action summary").click();
  assert.match(await limn.body.locator(".action pre").innerText(), /"schemaString"/);
  await limn.body.getByRole("textbox", { name: "Text in an action, or an action's name" }).fill("no such thing");
  await limn.page.keyboard.press("Enter");
  await limn.body.getByText("No action of the log holds that.").waitFor();
  assert.match(limn.page.url(), /view=t\/log\/no%20such%20thing/);
});

test("tabs are walked with arrow keys, and the statement is kept meanwhile", async () => {
  await look("delta/commits", "overview");
  await limn.page.getByRole("button", { name: "← Statement" }).click();
  await limn.write("select 1 as kept");
  await limn.page.getByRole("treeitem", { name: /^t/ }).first().waitFor();
  await limn.page.getByRole("button", { name: "Explore" }).click();
  await limn.page.getByRole("tab", { name: "Overview" }).focus();
  await limn.page.keyboard.press("ArrowRight");
  await limn.body.getByRole("columnheader", { name: "Least" }).waitFor();
  assert.equal(await limn.page.getByRole("tab", { name: "Columns" }).getAttribute("aria-selected"), "true");
  await limn.page.getByRole("button", { name: "← Statement" }).click();
  assert.equal(await limn.statement(), "select 1 as kept");
});

test("a table of plain Parquet files has a page, too", async () => {
  await look("parquet/sorted-100-row-groups.parquet", "overview");
  assert.match(await text(), /parquet|Rows/);
  await limn.page.getByRole("tab", { name: "History" }).click();
  await limn.body.getByRole("alert").waitFor();
  assert.match(await text(), /made of Parquet files alone/);
});

test("a link to a table that it does not open says so", async () => {
  await openPage(`t.t=${encodeURIComponent(url("delta/commits"))}&view=other/files`);
  const alert = limn.page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /other[\s\S]*does not open/);
});
