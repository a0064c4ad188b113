// Hosts that fail, lie or change, and what the engine in Chromium makes of them: an error of the right kind that names
// the place, or the right rows after all. Never other rows.

import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { test } from "./browser.mjs";
import {
  allOf, cutShort, failFirst, gzipEncoded, hangUp, hangUpFirst, ignoreRange, noCors, replacedBy, shortRange, silence, slow, status, touched,
} from "./host.mjs";
import { DATA, LimnTab, startHosts } from "./limn.mjs";

const SORTED = "parquet/sorted-100-row-groups.parquet";
const COMMITS = "delta/five-after-checkpoint";
const SUM = "select count(*) as n, sum(id) as s, count(distinct name) as d from t";

let hosts;
let tab;

before(async () => {
  hosts = await startHosts();
  tab = await LimnTab.open(hosts.site.origin);
});

beforeEach(async () => {
  hosts.lake.reset();
  await tab.startAnew();
});

after(async () => {
  await tab?.close();
  await hosts?.stop();
});

/** Waits until the host has answered, or was left by, everybody. */
async function idle() {
  for (let i = 0; i < 100 && hosts.lake.log.some(({ status }) => status === 0); i++) await sleep(50);
  assert.ok(hosts.lake.log.every(({ status }) => status !== 0), "a request is still open");
}

const ask = (sql, path) => tab.query(sql, { t: { url: `${hosts.lake.origin}/${path}` } });

function isError({ kind, subject, detail, rows }, wanted, place) {
  assert.equal(kind, wanted, `gave ${JSON.stringify({ kind, detail, rows })?.slice(0, 300)}`);
  assert.ok(`${subject} ${detail}`.includes(place), `"${subject}: ${detail}" does not name ${place}`);
}

const isWhole = ({ rows, ...error }) => assert.deepEqual(rows, [{ n: 20_000, s: 399_980_000, d: 20_000 }], JSON.stringify(error));

test("an honest host gives the rows", async () => isWhole(await ask(SUM, SORTED)));

test("a table that is not there", async () => {
  const seen = await ask(SUM, "nowhere");
  // A folder that holds nothing and a folder that is not there answer alike.
  isError(seen, seen.kind === "NotFound" ? "NotFound" : "NotATable", "nowhere");
});

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

test("a host that ignores ranges is told from the first bytes that it sends", async () => {
  hosts.lake.fault(SORTED, allOf(64 << 20));
  isError(await ask(SUM, SORTED), "NoRanges", SORTED);
  await idle();
  assert.ok(hosts.lake.log.every(({ aborted }) => aborted));
});

test("a host that ignores ranges of a small file is read as it is", async () => {
  hosts.lake.fault(SORTED, ignoreRange);
  isWhole(await ask(SUM, SORTED));
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
  hosts.lake.fault(SORTED, replacedBy(`${DATA}/parquet/bloom.parquet`, 2));
  isError(await ask(SUM, SORTED), "Changed", SORTED);
});

test("a file that is replaced by one of the same size between two reads", async () => {
  hosts.lake.fault(SORTED, touched(2));
  isError(await ask(SUM, SORTED), "Changed", SORTED);
});

test("a compressed answer to a ranged read", async () => {
  hosts.lake.fault(SORTED, gzipEncoded(`${DATA}/${SORTED}`));
  const seen = await ask(SUM, SORTED);
  assert.ok(["NoRanges", "Damaged", "Changed", "Blocked"].includes(seen.kind), JSON.stringify(seen).slice(0, 300));
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
  const kind = await tab.page.evaluate(async ([sql, url]) => {
    const signal = AbortSignal.timeout(500);
    return window.limn.query(sql, { tables: { t: { url } }, signal }).then(() => "rows", (error) => error.kind);
  }, [SUM, `${hosts.lake.origin}/${SORTED}`]);
  assert.equal(kind, "Cancelled");
  await idle();
  assert.ok(hosts.lake.asked(SORTED).some(({ aborted }) => aborted));
  assert.ok(!(await tab.page.evaluate(() => window.states)).includes("crashed"));
});

test("a host that never answers can be given up, and another one read", async () => {
  hosts.lake.fault(SORTED, silence);
  const kind = await tab.page.evaluate(async ([sql, url]) => {
    const signal = AbortSignal.timeout(300);
    return window.limn.query(sql, { tables: { t: { url } }, signal }).then(() => "rows", (error) => error.kind);
  }, [SUM, `${hosts.lake.origin}/${SORTED}`]);
  assert.equal(kind, "Cancelled");
  assert.equal(await tab.value("select count(*) from u", { u: { url: `${hosts.lake.origin}/${COMMITS}` } }), 160);
});
