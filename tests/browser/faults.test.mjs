// Hosts that fail, lie or change, and what the engine in Chromium makes of them: an error of the right kind that names
// the place, or the right rows after all. Never other rows.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import {
  cutShort, failFirst, gzipEncoded, hangUp, hangUpFirst, ignoreRange, noCors, replacedBy, shortRange, silence, slow, status, touched,
} from "./host.mjs";
import { DATA, LimnTab, startHosts } from "./limn.mjs";

const SORTED = "parquet/sorted-100-row-groups.parquet";
const COMMITS = "delta/five-after-checkpoint";
const SUM = "select count(*) as n, sum(id) as s, count(distinct name) as d from t";

let hosts;
let tab;

before(async () => {
  hosts = await startHosts();
});

after(async () => {
  await hosts?.stop();
});

afterEach(async () => {
  await tab?.close();
  hosts.lake.reset();
});

/** Asks a fresh engine, so that nothing is cached. */
async function ask(sql, path, options) {
  tab = await LimnTab.open(hosts.site.origin, options);
  return tab.query(sql, { t: { url: `${hosts.lake.origin}/${path}` } });
}

function isError({ kind, subject, detail, rows }, wanted, place) {
  assert.equal(kind, wanted, `gave ${JSON.stringify({ kind, detail, rows })?.slice(0, 300)}`);
  assert.ok(`${subject} ${detail}`.includes(place), `"${subject}: ${detail}" does not name ${place}`);
}

const isWhole = ({ rows, ...error }) => assert.deepEqual(rows, [{ n: 20_000, s: 399_980_000, d: 20_000 }], JSON.stringify(error));

test("an honest host gives the rows", async () => isWhole(await ask(SUM, SORTED)));

test("a table that is not there", async () => isError(await ask(SUM, "nowhere"), "NotFound", "nowhere"));

test("a file that is not there", async () => isError(await ask(SUM, "nowhere.parquet"), "NotFound", "nowhere.parquet"));

test("a host that denies", async () => {
  hosts.lake.fault(SORTED, status(403));
  isError(await ask(SUM, SORTED), "Denied", SORTED);
});

test("a host that denies one data file of a table", async () => {
  hosts.lake.fault(/\/five-after-checkpoint\/[^_].*\.parquet$/, status(403));
  isError(await ask("select sum(id) from t", COMMITS), "Denied", ".parquet");
});

test("a host without CORS", async () => {
  hosts.lake.fault(/./, noCors);
  const seen = await ask(SUM, SORTED);
  isError(seen, "Blocked", SORTED);
  assert.match(seen.detail, /CORS/);
});

test("a host that ignores ranges", async () => {
  hosts.lake.fault(SORTED, ignoreRange);
  isError(await ask(SUM, SORTED), "NoRanges", SORTED);
});

test("a body that ends early is asked for again, and then named", async () => {
  hosts.lake.fault(SORTED, cutShort(10));
  const seen = await ask(SUM, SORTED);
  isError(seen, "Blocked", SORTED);
  assert.ok(hosts.lake.asked(SORTED).length < 40, "retries are bounded");
});

test("an answer that is shorter than what was asked for", async () => {
  hosts.lake.fault(SORTED, shortRange(7));
  const seen = await ask(SUM, SORTED);
  assert.ok(["Damaged", "Changed", "Blocked", "NoRanges"].includes(seen.kind), JSON.stringify(seen).slice(0, 300));
});

test("a file that is replaced by a longer one between two reads", async () => {
  hosts.lake.fault("change/before.parquet", replacedBy(`${DATA}/parquet/change/after.parquet`, 1));
  isError(await ask("select distinct text from t", "parquet/change/before.parquet"), "Changed", "before.parquet");
});

test("a file that is replaced by one of the same size between two reads", async () => {
  hosts.lake.fault("change/before.parquet", touched(1));
  isError(await ask("select distinct text from t", "parquet/change/before.parquet"), "Changed", "before.parquet");
});

test("a compressed answer to a ranged read", async () => {
  hosts.lake.fault(SORTED, gzipEncoded(`${DATA}/${SORTED}`));
  const seen = await ask(SUM, SORTED);
  assert.ok(["NoRanges", "Damaged", "Changed"].includes(seen.kind), JSON.stringify(seen).slice(0, 300));
});

for (const code of [429, 500, 503]) {
  test(`status ${code} twice, and then the answer`, async () => {
    hosts.lake.fault(SORTED, failFirst(2, code));
    isWhole(await ask(SUM, SORTED));
  });
}

test("status 503 for ever ends, after few requests", async () => {
  hosts.lake.fault(SORTED, status(503));
  const seen = await ask(SUM, SORTED);
  assert.ok(seen.kind && seen.message.includes("503"), JSON.stringify(seen));
  assert.ok(hosts.lake.asked(SORTED).length <= 10, `${hosts.lake.asked(SORTED).length} requests`);
});

test("a connection that breaks once", async () => {
  hosts.lake.fault(SORTED, hangUpFirst(1));
  isWhole(await ask(SUM, SORTED));
});

test("a connection that always breaks", async () => {
  hosts.lake.fault(SORTED, hangUp);
  isError(await ask(SUM, SORTED), "Blocked", SORTED);
});

test("a broken log is no shorter table", async () => {
  hosts.lake.fault(/00000000000000000013\.json$/, cutShort(30));
  const { kind, rows } = await ask("select count(*) from t", COMMITS);
  assert.ok(kind, `gave ${JSON.stringify(rows)}`);
});

test("stopping a query ends its requests", async () => {
  hosts.lake.fault(SORTED, slow(4096));
  tab = await LimnTab.open(hosts.site.origin);
  const kind = await tab.page.evaluate(async ([sql, url]) => {
    const signal = AbortSignal.timeout(500);
    return window.limn.query(sql, { tables: { t: { url } }, signal }).then(() => "rows", (error) => error.kind);
  }, [SUM, `${hosts.lake.origin}/${SORTED}`]);
  assert.equal(kind, "Cancelled");
  const open = () => hosts.lake.asked(SORTED).filter(({ status }) => status === 0);
  for (let i = 0; i < 50 && open().length > 0; i++) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(open(), []);
  assert.ok(hosts.lake.asked(SORTED).some(({ aborted }) => aborted));
  assert.ok(!(await tab.page.evaluate(() => window.states)).includes("crashed"));
});

test("a host that never answers can be given up, and another one read", async () => {
  hosts.lake.fault(SORTED, silence);
  tab = await LimnTab.open(hosts.site.origin);
  const kind = await tab.page.evaluate(async ([sql, url]) => {
    const signal = AbortSignal.timeout(300);
    return window.limn.query(sql, { tables: { t: { url } }, signal }).then(() => "rows", (error) => error.kind);
  }, [SUM, `${hosts.lake.origin}/${SORTED}`]);
  assert.equal(kind, "Cancelled");
  assert.equal(await tab.value("select count(*) from u", { u: { url: `${hosts.lake.origin}/${COMMITS}` } }), 160);
});
