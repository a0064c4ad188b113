// A host that speaks HTTP/2, as most with TLS do: many requests at once over one connection.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";

import { test } from "./browser.mjs";
import { Host } from "./host.mjs";
import { DATA, DIST, LimnTab, startHosts } from "./limn.mjs";

const SQL = "select week, count(*) as n, sum(sharpness) as s from t group by week order by week";
// Longer than any answer takes: what has not been asked by then is not asked before one has come.
const PATIENCE_MILLIS = 5_000;

let hosts;
let secure;
let tab;

before(async () => {
  hosts = await startHosts();
  secure = await Host.startSecure({ "/": DATA, "/lake/": `${DIST}/lake/` });
  tab = await LimnTab.open(hosts.site.origin, { ignoreHTTPSErrors: true });
});

beforeEach(() => tab.startAnew());

afterEach(() => {
  hosts.lake.reset();
  secure.reset();
});

after(async () => {
  await tab?.close();
  await secure?.stop();
  await hosts?.stop();
});

const inspections = ({ origin }) => ({ t: { url: `${origin}/lake/inspections` } });
const asked = ({ log }) => log.map(({ path, range, status, bytes }) => `${path} ${range} ${status} ${bytes}`).sort();

test("a table over HTTP/2 has the same rows for the same requests as over HTTP/1.1", async () => {
  const versions = new Set();
  secure.fault(/./, ({ request, honest }) => (versions.add(request.httpVersion), honest()));
  const over2 = await tab.query(SQL, inspections(secure));
  await tab.startAnew();
  const over1 = await tab.query(SQL, inspections(hosts.lake));
  assert.equal(over2.kind, undefined);
  assert.ok(over2.rows.length >= 12);
  assert.deepEqual(over2.rows, over1.rows);
  assert.deepEqual([...versions], ["2.0"]);
  assert.deepEqual(asked(secure), asked(hosts.lake));
  assert.deepEqual([over2.stats.requests, over2.stats.bytes], [over1.stats.requests, over1.stats.bytes]);
});

test("over HTTP/2 all files of a small table are asked for at once", async () => {
  let most = 0;
  const held = [];
  const release = () => held.splice(0).forEach((honest) => honest());
  secure.fault(/week=/, ({ honest }) => {
    held.push(honest);
    most = Math.max(most, held.length);
    if (held.length === 12) release();
    else setTimeout(release, PATIENCE_MILLIS);
  });
  const { rows, kind } = await tab.query(SQL, inspections(secure));
  assert.equal(kind, undefined);
  assert.ok(rows.length >= 12);
  assert.equal(most, 12);
});

test("what a host breaks off under HTTP/2 is asked again", async () => {
  let broken = 0;
  secure.fault(/week=/, ({ response, honest }) => (broken++ < 3 ? response.stream.close(2) : honest()));
  const { rows, kind } = await tab.query(SQL, inspections(secure));
  assert.equal(kind, undefined);
  assert.ok(rows.length >= 12);
  assert.ok(broken > 3);
});
