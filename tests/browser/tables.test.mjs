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

test("what was read stays readable: no preflight, no HEAD, no suffix or several ranges", () => {
  for (const { method, range } of hosts.lake.log) {
    assert.equal(method, "GET");
    assert.ok(range === null || /^bytes=\d+-\d*$/.test(range), range);
  }
  assert.ok(hosts.lake.log.length > fixtures.length);
});
