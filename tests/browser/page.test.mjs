// The page in Chromium, as a person uses it: open, ask, stop, share, and what goes wrong on the way.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";

import { test } from "./browser.mjs";
import { Host, heldUntil, noCors, padded, saying, slow, status } from "./host.mjs";
import { DATA } from "./limn.mjs";
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

test("without a link the sample lake is open and its first query answered", async () => {
  await open();
  const rows = await limn.answer();
  assert.ok(rows.length > 0);
  assert.deepEqual(Object.keys(await limn.tables()).sort(), ["cameras", "inspections", "labels", "parts"]);
  assert.match(await limn.status(), /\d+ rows?.*\d+ requests? · .+ of .+ · \d+ of \d+ files? · .* ms/s);
});

test("a URL typed into the location bar opens a table and shows its first rows", async () => {
  await open();
  await limn.openTable(url(COMMITS));
  const rows = await limn.answer();
  assert.deepEqual(Object.keys(await limn.tables()), ["commits"]);
  assert.match((await limn.tables()).commits, /delta · v24/);
  assert.deepEqual(await limn.columns(), ["id", "text"]);
  assert.ok(rows.length > 5);
});

test("a host is typed in any script", async () => {
  await open();
  // Every name below localhost is this machine.
  await limn.openTable(`http://bücher.localhost:${new URL(hosts.lake.origin).port}/${COMMITS}`);
  await limn.answer();
  assert.match((await limn.tables()).commits, /delta · v24/);
  assert.match(limn.page.url(), /b%C3%BCcher\.localhost/);
});

test("Delta and Parquet are joined by a link", async () => {
  const sql = "select d.id, d.text, p.name from d join p on d.id = p.id where d.id in (4, 10, 20, 21) order by d.id";
  await open(link({ d: url(COMMITS), p: url(SORTED) }, sql));
  assert.deepEqual(await limn.answer(), [["10", "changed", "name 000005"], ["20", "row 20", "name 000010"]]);
});

test("a relative location is relative to the page", async () => {
  await open(link({ parts: "lake/parts" }, "select count(*) > 0 as some from parts"));
  assert.deepEqual(await limn.answer(), [["true"]]);
});

test("one can type before the engine is there, and the statement waits for it", async () => {
  let release;
  hosts.site.fault("engine_bg.wasm.zst", heldUntil(new Promise((resolve) => (release = resolve))));
  await open(link({ t: url(COMMITS) }));
  await limn.page.getByText(/^Loading the engine: .+ of .+/).waitFor();
  assert.deepEqual(Object.keys(await limn.tables()), ["t"]);
  await limn.start("select count(*) from t");
  assert.equal(await limn.statement(), "select count(*) from t");
  assert.match(await limn.status(), /^Waiting for the engine/);
  release();
  assert.equal((await limn.answer()).length, 1);
});

test("NULL is not the empty text, and the cost is told", async () => {
  await open();
  assert.deepEqual(await limn.run("select null as a, '' as b, 'x' as c"), [[null, "", "x"]]);
  assert.match(await limn.status(), /1 row/);
});

test("an error underlines its place in the statement", async () => {
  await open();
  await assert.rejects(limn.run("select nonsense from parts"), /The statement does not work[\s\S]*nonsense/);
  await limn.page.locator(".cm-lintRange-error").waitFor();
});

test("a statement that would write is refused", async () => {
  await open();
  await assert.rejects(limn.run("create table x as select 1"), /The statement does not work/);
});

test("ten million rows scroll to their end", async () => {
  await open();
  await limn.run("select value as v from generate_series(1, 10000000)");
  await limn.page.getByRole("grid").focus();
  await limn.page.keyboard.press("ControlOrMeta+End");
  await limn.page.getByRole("gridcell", { name: "10000000", exact: true }).waitFor();
});

test("a running statement stops when it is told to, and the next one runs", async () => {
  await open(link({ t: url(SORTED) }));
  await limn.table("t").getByText(/20,000 rows/).waitFor();
  hosts.lake.fault(SORTED, slow(512));
  await limn.start("select count(distinct name) from t");
  await limn.result.getByText(/^\d+ requests?/).waitFor();
  await limn.cancel.click();
  await limn.result.getByText(/^Stopped/).first().waitFor();
  assert.equal(await limn.cancel.isVisible(), false);
  hosts.lake.reset();
  assert.deepEqual(await limn.run("select 1 as one"), [["1"]]);
});

test("a statement that only computes stops as well", async () => {
  await open(link({ t: url(COMMITS) }));
  await limn.start("select count(*) from generate_series(1, 100000) a join generate_series(1, 1000000) b on a.value < b.value + 1");
  await limn.page.getByText(/^Running|row|request/).first().waitFor();
  await limn.cancel.click();
  await limn.result.getByText(/^Stopped/).first().waitFor();
  assert.deepEqual(await limn.run("select count(*) > 0 as some from t"), [["true"]]);
});

test("a link round trip, as typed and pinned", async () => {
  const sql = "select count(*) as n, 'ü & = # %' as t from commits";
  await open();
  await limn.openTable(url(COMMITS));
  await limn.answer();
  const rows = await limn.run(sql);
  const typed = await limn.copyLink(/^As typed/);
  const pinned = await limn.copyLink(/^Pinned/);
  assert.doesNotMatch(typed, /v\.commits/);
  assert.match(pinned, /&v\.commits=24&/);
  for (const copied of [typed, pinned]) {
    await limn.close();
    await open(new URL(copied).hash.slice(1));
    assert.deepEqual(await limn.answer(), rows);
    assert.equal(await limn.statement(), sql);
  }
});

test("a long statement makes a short link, which says the same", async () => {
  const sql = `select '${"long ".repeat(1000)}' as t`;
  await open();
  const rows = await limn.run(sql);
  const copied = await limn.copyLink(/^As typed/);
  assert.match(copied, /#z=[\w-]+$/);
  assert.ok(copied.length < 1500);
  await limn.close();
  await open(new URL(copied).hash.slice(1));
  assert.deepEqual(await limn.answer(), rows);
});

test("a link that would read more than 64 MB says how much, and runs only when it is told to", async () => {
  const [file, bytes, size] = [`${DATA}/${SORTED}`, statSync(`${DATA}/${SORTED}`).size, 2 ** 40];
  const fields = [["id", "long"], ["name", "string"], ["group", "integer"], ["value", "short"]];
  const schemaString = JSON.stringify({ type: "struct", fields: fields.map(([name, type]) => ({ name, type, nullable: true, metadata: {} })) });
  const commit = [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    { metaData: { id: "big", format: { provider: "parquet", options: {} }, schemaString, partitionColumns: [], configuration: {} } },
    // A plan reads so many footers, and takes further files for as full as those for their size.
    ...Array.from({ length: 33 }, (_, part) => ({ add: { path: `part-${part}.parquet`, partitionValues: {}, size: part < 32 ? bytes : size, modificationTime: 0, dataChange: true } })),
  ];
  hosts.lake.fault("big/_delta_log/00000000000000000000.json", saying(commit.map((action) => JSON.stringify(action)).join("\n")));
  hosts.lake.fault(/big\/part-\d+\.parquet$/, padded(file, bytes));
  hosts.lake.fault("big/part-32.parquet", padded(file, size));
  await open(link({ t: url("big") }, "select count(distinct name) as n from t where id < 10"));
  await limn.result.getByText("That is more than the 64 MB that are read without asking.").waitFor();
  assert.deepEqual(hosts.lake.asked("part-32"), []);
  await limn.page.getByRole("button", { name: "Run anyway" }).click();
  assert.deepEqual(await limn.answer(), [["5"]]);
});

test("a pinned version is read, and an unknown key is kept", async () => {
  await open(`${link({ t: url(COMMITS) }, "select count(*) as n from t")}&v.t=0&future=1`);
  assert.deepEqual(await limn.answer(), [["10"]]);
  assert.match(await limn.copyLink(/^As typed/), /future=1/);
});

test("back and forward", async () => {
  await open(link({ t: url(COMMITS) }, "select 1 as first"));
  await limn.answer();
  await limn.run("select 2 as second");
  await limn.page.goBack();
  await limn.page.getByRole("columnheader", { name: "first" }).waitFor();
  assert.deepEqual([await limn.statement(), await limn.answer()], ["select 1 as first", [["1"]]]);
  await limn.page.goForward();
  await limn.page.getByRole("columnheader", { name: "second" }).waitFor();
  assert.deepEqual([await limn.statement(), await limn.answer()], ["select 2 as second", [["2"]]]);
});

for (const [name, path, words] of [
  ["a table that needs a feature which is not read is refused by its name", "delta/unknown-feature", /Not supported yet[\s\S]*x-from-tomorrow/],
  ["nothing is there", "delta/nowhere", /Nothing is there|Not a table/],
]) {
  test(name, async () => {
    await open(link({ t: url(path) }, "select * from t"));
    const alert = limn.table("t").getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.innerText(), words);
    await assert.rejects(limn.answer());
    assert.deepEqual(await limn.rows(), []);
  });
}

for (const [name, fault, words] of [
  ["a host that denies", status(403), /The host refused/],
  ["a host without CORS", noCors, /The browser could not read the answer[\s\S]*CORS|Access-Control/],
]) {
  test(name, async () => {
    hosts.lake.fault(/sorted-100/, fault);
    await open(link({ t: url(SORTED) }, "select * from t"));
    const alert = limn.table("t").getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.innerText(), words);
    await assert.rejects(limn.answer());
  });
}

test("a table that failed can be tried again", async () => {
  hosts.lake.fault(/sorted-100/, status(403));
  await open(link({ t: url(SORTED) }));
  await limn.table("t").getByRole("alert").waitFor();
  hosts.lake.reset();
  await limn.table("t").getByRole("button", { name: "Try again" }).click();
  await limn.table("t").getByText(/20,000 rows/).waitFor();
});

for (const path of ["delta/hostile", "parquet/hostile%20%231%20%26%20100%25%20%C3%BC.parquet"]) {
  test(`markup in names, cells and comments of ${path.split("/")[0]} is text`, async () => {
    await open(link({ t: url(path) }, "select * from t"));
    const rows = await limn.answer();
    assert.ok((await limn.columns()).includes("<img src=x onerror=alert(1)>"));
    assert.ok(rows.flat().includes("<script>alert(1)</script>"));
    assert.equal(await limn.page.locator("img, [onerror], [onclick]").count(), 0);
  });
}

for (const fragment of [
  "q=<img src=x onerror=alert(1)>", "t.<script>alert(1)</script>=javascript:alert(1)", "z=AAAA", "z=%", "t.a=", "&&==&v.=&q", "%E0%A4%A",
]) {
  test(`the link #${fragment} harms nothing`, async () => {
    await open(fragment);
    await limn.engineIsReady();
    assert.deepEqual(await limn.run("select 1 as one"), [["1"]]);
    assert.equal(await limn.page.locator("img").count(), 0);
  });
}

test("the keyboard alone opens, asks and reads", async () => {
  await open();
  await limn.location.focus();
  await limn.page.keyboard.type(url(COMMITS));
  await limn.page.keyboard.press("Enter");
  await limn.answer();
  await limn.editor.focus();
  await limn.page.keyboard.press("ControlOrMeta+a");
  await limn.page.keyboard.type("select 5 as five");
  await limn.page.keyboard.press("ControlOrMeta+Enter");
  await limn.page.getByRole("gridcell", { name: "5", exact: true }).waitFor();
});

test("a narrow window has it all within its width", async () => {
  await open("", { viewport: { width: 360, height: 740 } });
  await limn.answer();
  const width = await limn.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 360, `${width} pixels`);
});

test("files that lie elsewhere are read only where the person says so, in this tab and again in the next", async () => {
  const elsewhere = await Host.start({ "/orig/": `${DATA}/${COMMITS}` });
  try {
    hosts.lake.fault(/^\/clone\/_delta_log\//, ({ path, response, honest }) => {
      const file = `${DATA}/${COMMITS}${path.slice("/clone".length)}`;
      if (!existsSync(file)) return honest();
      response.setHeader("access-control-allow-origin", "*");
      response.end(readFileSync(file, "utf8").replaceAll('"path":"', '"path":"s3://lake/orig/'));
    });
    await open(link({ t: url("clone") }, "select count(*) as n from t"));
    const asked = () => limn.page.getByLabel("URL of s3://lake/orig/");
    await asked().waitFor();
    assert.equal(await asked().inputValue(), "https://lake.s3.amazonaws.com/orig/");
    assert.equal(elsewhere.log.length, 0);
    await asked().fill(`${elsewhere.origin}/orig/`);
    await limn.page.getByRole("button", { name: "Read from there" }).click();
    await asked().waitFor({ state: "detached" });
    assert.deepEqual(await limn.run("select count(*) as n, max(text) as text from t"), [["164", "row 97"]]);
    assert.ok(elsewhere.log.length > 0);
    const shared = await limn.page.evaluate(() => location.hash.slice(1));
    assert.match(decodeURIComponent(shared), /f\.t=s3:\/\/lake\/orig\/ http/);
    const before = elsewhere.log.length;
    await limn.closeTab();
    await open(shared);
    await asked().waitFor();
    assert.equal(await asked().inputValue(), `${elsewhere.origin}/orig/`);
    assert.equal(elsewhere.log.length, before, "a link alone sends the tab nowhere else");
  } finally {
    await elsewhere.stop();
  }
});
