// The engine as it is shipped, in Chromium, over every table of tests/data: the rows that its writer put in, or the
// refusal that the manifest names. All reads cross origins.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";

import { test } from "./browser.mjs";
import { DATA, LimnTab, startHosts } from "./limn.mjs";

const { fixtures } = JSON.parse(readFileSync(`${DATA}/manifest.json`, "utf8"));

let hosts;
let tab;

before(async () => {
  hosts = await startHosts();
  tab = await LimnTab.open(hosts.site.origin);
});

after(async () => {
  await tab?.close();
  await hosts?.stop();
});

const urlOf = (path) => `${hosts.lake.origin}/${path.split("/").map(encodeURIComponent).join("/")}`;
const tableOf = ({ path, asOf }) => ({ url: [path].flat().map(urlOf), version: asOf?.version ?? asOf?.timestamp });

for (const fixture of fixtures) {
  const { name, about, rows, lookups = {}, errors, refused } = fixture;
  test(`${name}: ${about}`, async () => {
    const tables = { t: tableOf(fixture) };
    if (errors || refused) {
      const seen = await tab.query("select * from t", tables);
      assert.ok((errors ?? ["Unsupported"]).includes(seen.kind), `gave ${JSON.stringify(seen).slice(0, 300)}`);
      if (refused) assert.match(seen.message, new RegExp(refused));
      return;
    }
    assert.equal((await tab.query("select * from t", tables)).rows?.length, rows);
    assert.equal(await tab.value("select count(*) from t", tables), rows);
    for (const [predicate, count] of Object.entries(lookups)) {
      assert.equal(await tab.value(`select count(*) from t where ${predicate}`, tables), count, predicate);
    }
  });
}

test("Delta and Parquet join in one statement", async () => {
  const tables = { d: { url: urlOf("delta/commits") }, p: { url: urlOf("parquet/sorted-100-row-groups.parquet") } };
  const sql = "select d.id, d.text, p.name from d join p on d.id = p.id where d.id in (4, 10, 20, 21) order by d.id";
  const { rows } = await tab.query(sql, tables);
  // 4 was deleted, 10 updated; the file has even ids only.
  assert.deepEqual(rows, [
    { id: 10, text: "changed", name: "name 000005" },
    { id: 20, text: "row 20", name: "name 000010" },
  ]);
});

test("a host is written in any script", async () => {
  // Every name below localhost is this machine.
  const lake = new URL(hosts.lake.origin);
  const tables = { t: { url: `http://bücher.localhost:${lake.port}/delta/commits` } };
  const { rows } = await tab.query("select id, text from t where id = 10", tables);
  assert.deepEqual(rows, [{ id: 10, text: "changed" }]);
});

test("a statement asks for versions, for what changed and for the log", async () => {
  const tables = { t: { url: urlOf("delta/change-feed") } };
  const all = async (sql) => (await tab.query(sql, tables)).rows;
  assert.deepEqual(
    await all("select n.id, o.text as before, n.text as now from t n join t for version as of 0 o on n.id = o.id where n.text <> o.text"),
    [{ id: 3, before: "row 3", now: "changed" }],
  );
  assert.deepEqual(await all("select _change_type as change, id from table_changes('t', 1) order by _commit_version, change"), [
    { change: "update_postimage", id: 3 },
    { change: "update_preimage", id: 3 },
    { change: "delete", id: 4 },
  ]);
  assert.deepEqual(await all("select version, operation from limn_history('t') order by version"), [
    { version: 0, operation: "WRITE" },
    { version: 1, operation: "UPDATE" },
    { version: 2, operation: "DELETE" },
  ]);
  assert.deepEqual(await all("select sum(rows) as n from limn_files('t')"), [{ n: 19 }]);
  assert.deepEqual(await all("select feature from limn_protocol('t') where feature = 'changeDataFeed'"), [{ feature: "changeDataFeed" }]);
  const gone = await tab.query("select * from t for version as of 7", tables);
  assert.deepEqual([gone.kind, /0 to 2/.test(gone.detail)], ["NotFound", true]);
});

test("what was read stays readable: no preflight, no HEAD, no suffix or several ranges", () => {
  for (const { method, range } of hosts.lake.log) {
    assert.equal(method, "GET");
    assert.ok(range === null || /^bytes=\d+-\d*$/.test(range), range);
  }
  assert.ok(hosts.lake.log.length > fixtures.length);
});
