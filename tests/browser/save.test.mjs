// What leaves the page: rows as files (whole results, statements that were not run; on disk and as downloads; stopped
// and failed), and the statement as code for other tools.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { test } from "./browser.mjs";
import { slow } from "./host.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const COMMITS = "delta/commits";
const SORTED = "parquet/sorted-100-row-groups.parquet";

const link = (tables, sql, more = "") =>
  Object.entries(tables).map(([name, path]) => `t.${name}=${encodeURIComponent(`${hosts.lake.origin}/${path}`)}`).join("&") +
  `&q=${encodeURIComponent(sql)}${more}`;

/** Opens a link in a browser that has no pickers (as most have none), or one whose pickers give files of its private storage. */
async function open(fragment, pickers = false) {
  await openPage();
  await limn.page.addInitScript(pickers ? privatePickers : noPickers);
  // By way of another page: within one only the link would change, and a page loaded again has left out what is secret.
  await limn.page.goto("about:blank");
  await limn.page.goto(`${hosts.site.origin}/#${fragment}`);
  limn.dialog = limn.page.getByRole("dialog", { name: "Save rows as a file" });
  limn.saveLine = limn.page.locator(".save-line");
}

function noPickers() {
  delete window.showSaveFilePicker;
  delete window.showDirectoryPicker;
}

/** The files are real, the person's choice is not. */
function privatePickers() {
  // A folder of its own: the engine keeps files of its own beside it.
  window.chosen = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("chosen", { create: true });
  window.showSaveFilePicker = async ({ suggestedName }) =>
    (await window.chosen()).getFileHandle(suggestedName, { create: true });
  window.showDirectoryPicker = window.chosen;
}

/** Names and texts of the files in the folder that was chosen. */
const stored = () =>
  limn.page.evaluate(async () => {
    const files = {};
    for await (const [name, handle] of (await window.chosen()).entries()) {
      files[name] = await (await handle.getFile()).text();
    }
    return files;
  });

async function choose({ rows, format, name }) {
  await limn.page.getByRole("button", { name: "Export" }).click();
  if (rows) await limn.dialog.getByLabel(rows).check();
  if (format) await limn.dialog.getByLabel(format).check();
  if (name !== undefined) await limn.dialog.getByLabel("Name").fill(name);
}

const EDITOR = "The statement in the editor";

const press = () => limn.dialog.getByRole("button", { name: "Save" }).click();

async function download(choice) {
  await choose(choice);
  const [file] = await Promise.all([limn.page.waitForEvent("download"), press()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

test("a result is downloaded in every format", async () => {
  await open(link({ t: COMMITS }, "select id, text from t where id in (10, 20) order by id"));
  await limn.answer();
  const text = async (format, name) => {
    const file = await download({ format, name: "two rows" });
    assert.equal(file.name, name);
    return file.bytes.toString();
  };
  assert.equal(await text("CSV", "two rows.csv"), "id,text\r\n10,changed\r\n20,row 20\r\n");
  assert.equal(await text("TSV", "two rows.tsv"), "id\ttext\r\n10\tchanged\r\n20\trow 20\r\n");
  assert.equal(await text("JSON Lines", "two rows.ndjson"), '{"id": 10, "text": "changed"}\n{"id": 20, "text": "row 20"}\n');
  assert.match(await text("Parquet", "two rows.parquet"), /^PAR1[\s\S]*Limn [\s\S]*PAR1$/);
  assert.equal((await download({ format: "Arrow stream", name: "two rows" })).bytes.readUInt32LE(0), 0xffffffff);
  await limn.saveLine.getByText("Saved two rows.arrows (2 rows, ").waitFor();
  await limn.saveLine.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(await limn.saveLine.isVisible(), false);
});

test("a statement is saved without being run first, at the version that is open, and its price is told before", async () => {
  await open(link({ t: COMMITS }, "select 1 as one", "&v.t=0"));
  await limn.answer();
  await limn.write("select count(*) as n, max(text) as text from t");
  await choose({ rows: EDITOR });
  await limn.dialog.getByText(/^Reads .+\.$/).waitFor();
  const [file] = await Promise.all([limn.page.waitForEvent("download"), press()]);
  assert.equal(await readFile(await file.path(), "utf8"), "n,text\r\n10,row 9\r\n");
  assert.deepEqual(await limn.rows(), [["1"]]);
});

test("rows are streamed to disk, chunk by chunk, and the page stays usable", async () => {
  await open(link({ t: COMMITS }, "select 1 as one"), true);
  await limn.answer();
  await limn.write("select value as n, repeat('x', 100) as x from generate_series(1, 200000)");
  await choose({ rows: EDITOR, name: "many" });
  await press();
  await limn.saveLine.getByText(/^Saving many\.csv/).waitFor();
  assert.deepEqual(await limn.run("select 2 as two"), [["2"]]);
  await limn.saveLine.getByText(/^Saved many\.csv \(200,000 rows, 22 MB\)\.$/).waitFor();
  const { "many.csv": text } = await stored();
  const lines = text.split("\r\n");
  assert.deepEqual([lines.length, lines[0], lines[200_000].slice(0, 8)], [200_002, "n,x", "200000,x"]);
});

test("a file that is stopped is given up", async () => {
  await open(link({ t: SORTED }, "select 1 as one"), true);
  await limn.answer();
  hosts.lake.fault(SORTED, slow(4096));
  await limn.write("select * from t");
  await choose({ rows: EDITOR });
  await press();
  await limn.saveLine.getByRole("button", { name: "Stop saving" }).click();
  await limn.saveLine.getByText("Stopped. The file was given up.").waitFor();
  await limn.page.waitForFunction(async () => {
    for await (const _ of (await window.chosen()).keys()) return false;
    return true;
  });
  assert.deepEqual(await limn.run("select 2 as two"), [["2"]]);
});

test("a statement that fails in the middle leaves no file and no download", async () => {
  const sql = "select 10 / (50000 - value) as n from generate_series(1, 100000)";
  await open(link({ t: COMMITS }, "select 1 as one"), true);
  await limn.answer();
  await limn.write(sql);
  await choose({ rows: EDITOR });
  await press();
  await limn.saveLine.getByText(/^Not saved\. .*[Dd]ivide by zero/).waitFor();
  await limn.page.waitForFunction(async () => (await Array.fromAsync((await window.chosen()).keys())).length === 0);
  await limn.page.evaluate(noPickers);
  limn.page.on("download", () => assert.fail("a file was offered"));
  await limn.saveLine.getByRole("button", { name: "Dismiss" }).click();
  await choose({ rows: EDITOR });
  await press();
  await limn.saveLine.getByText(/^Not saved/).waitFor();
});

test("a picker that the person closes saves nothing and says nothing", async () => {
  await open(link({ t: COMMITS }, "select 1 as one"), true);
  await limn.answer();
  await limn.page.evaluate(() => {
    window.showSaveFilePicker = () => Promise.reject(new DOMException("closed", "AbortError"));
  });
  await choose({});
  await press();
  await limn.dialog.waitFor({ state: "hidden" });
  assert.equal(await limn.saveLine.isVisible(), false);
});

test("an engine that dies takes the file with it", async () => {
  await open(link({ t: SORTED }, "select 1 as one"), true);
  await limn.answer();
  hosts.lake.fault(SORTED, slow(4096));
  await limn.write("select * from t");
  await choose({ rows: EDITOR });
  await press();
  await limn.saveLine.getByText(/^Saving limn\.csv/).waitFor();
  const [worker] = limn.page.workers();
  await worker.evaluate(() => void setTimeout(() => Promise.reject(new WebAssembly.RuntimeError("unreachable"))));
  await limn.saveLine.getByText(/^Not saved\. The engine crashed/).waitFor();
  assert.deepEqual(await stored(), {});
});

test("the statement is shown as code for other tools, pinned and without secrets, and copied", async () => {
  const sql = "select count(*) as n from t";
  await open(`t.t=${encodeURIComponent(`${hosts.lake.origin}/${COMMITS}?sig=hush`)}&q=${encodeURIComponent(sql)}`);
  await limn.answer();
  const root = `${hosts.lake.origin}/${COMMITS}`;
  await limn.page.getByRole("button", { name: "Use elsewhere" }).click();
  const dialog = limn.page.getByRole("dialog", { name: "The same query elsewhere" });
  const code = async (tool, words) => {
    await dialog.getByLabel(tool, { exact: true }).check({ force: true });
    await dialog.getByText(words).waitFor();
    const text = await dialog.getByLabel("Code", { exact: true }).innerText();
    assert.doesNotMatch(text, /hush/);
    assert.match(text, /The signed parameters of the URL are left out \(t\)/);
    return text;
  };
  assert.match(await code("PySpark", "versionAsOf"), new RegExp(`option\\("versionAsOf", 24\\)\\.load\\("${root}"\\)`));
  assert.match(await code("Spark SQL", "VERSION AS OF"), /VERSION AS OF 24;/);
  assert.match(await code("DuckDB", "delta_scan"), /version = 24\)/);
  assert.match(await code("Polars", "scan_delta"), /version=24\)/);
  assert.match(await code("delta-rs", "QueryBuilder"), /version=24\)\)/);
  const byFiles = await code("DuckDB, by files", "read_parquet");
  assert.match(byFiles, new RegExp(`'${root}/part-[^']+\\.parquet'`));
  await dialog.getByRole("button", { name: "Copy" }).click();
  await limn.page.getByText("Code copied.").waitFor();
  assert.equal((await limn.page.evaluate(() => navigator.clipboard.readText())).trim(), byFiles.trim());
});

test("training data is split into three files, and a folder that has one of them is left as it is", async () => {
  await open(link({ t: COMMITS }, "select value as id, 'x' as text from generate_series(1, 1000)"), true);
  await limn.answer();
  const splitInto = async (name) => {
    await choose({ name });
    await limn.dialog.getByLabel("Split into three files").check();
    await limn.dialog.getByLabel("Key column").fill("id");
    await limn.dialog.getByText(/^case\s+when substr\(md5\('1:'/).waitFor();
    await press();
  };
  await splitInto("set");
  await limn.saveLine.getByText(/^Saved set-train\.csv \(\d+ rows/).waitFor();
  const files = await stored();
  assert.deepEqual(Object.keys(files).sort(), ["set-test.csv", "set-train.csv", "set-validation.csv"]);
  const rows = (name) => files[name].trim().split("\r\n").slice(1).map((line) => Number(line.split(",")[0]));
  const all = ["set-train.csv", "set-validation.csv", "set-test.csv"].flatMap(rows);
  assert.deepEqual(all.sort((a, b) => a - b), Array.from({ length: 1000 }, (_, at) => at + 1));
  const train = rows("set-train.csv").length;
  assert.ok(train > 750 && train < 850, `${train} rows`);
  await limn.saveLine.getByRole("button", { name: "Dismiss" }).click();
  await splitInto("set");
  await limn.saveLine.getByText("already has a file set-train.csv").waitFor();
  assert.deepEqual(await stored(), files);
});

test("in each stratum the shares hold to the row", async () => {
  await open(link({ t: COMMITS }, "select value as id, case when value % 20 = 0 then 'rare' else 'usual' end as class from generate_series(1, 1000)"), true);
  await limn.answer();
  await choose({ name: "even" });
  await limn.dialog.getByLabel("Split into three files").check();
  await limn.dialog.getByLabel("Key column").fill("id");
  await limn.dialog.getByLabel("Strata column").fill("class");
  await limn.dialog.getByText("The shares hold exactly within each value").waitFor();
  await press();
  await limn.saveLine.getByText(/^Saved even-train\.csv \(800 rows/).waitFor();
  const files = await stored();
  const count = (part, word) => files[`even-${part}.csv`].split(word).length - 1;
  assert.deepEqual(["train", "validation", "test"].map((part) => [count(part, "rare"), count(part, "usual")]), [[40, 760], [5, 95], [5, 95]]);
});
