// The static server that `make serve` runs and that the other tests build their hosts on.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { cutShort, failFirst, Host, hangUp, ignoreRange, noCors, shortRange, slow, touched } from "./host.mjs";

const TEXT = "0123456789";
let folder;
let host;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "limn-serve-"));
  await mkdir(join(folder, "site/sub dir"), { recursive: true });
  await writeFile(join(folder, "secret"), "secret");
  await writeFile(join(folder, "site/index.html"), "<p>home");
  await writeFile(join(folder, "site/sub dir/ä%2F.bin"), TEXT);
  await writeFile(join(folder, "site/empty"), "");
  await symlink(join(folder, "secret"), join(folder, "site/link"));
  host = await Host.start({ "/": join(folder, "site") });
});

after(async () => {
  await host.stop();
  await rm(folder, { recursive: true });
});

const FILE = "/sub%20dir/%C3%A4%252F.bin";

/** Sends a path exactly as written, which `fetch` would tidy. */
const get = (path, headers = {}, method = "GET") =>
  new Promise((resolve, reject) => {
    request(host.origin, { path, headers, method }, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body, whole: response.complete }));
      response.on("error", () => resolve({ status: response.statusCode, headers: response.headers, body, whole: false }));
    }).on("error", reject).end();
  });

const RANGES = [
  ["bytes=2-4", 206, "234", "bytes 2-4/10"],
  ["bytes=7-", 206, "789", "bytes 7-9/10"],
  ["bytes=-3", 206, "789", "bytes 7-9/10"],
  ["bytes=0-99", 206, TEXT, "bytes 0-9/10"],
  ["bytes=-99", 206, TEXT, "bytes 0-9/10"],
  ["bytes=10-", 416, "no such range\n", "bytes */10"],
  ["bytes=-0", 416, "no such range\n", "bytes */10"],
  ["bytes=4-2", 200, TEXT, undefined],
  ["bytes=0-1,3-4", 200, TEXT, undefined],
  ["bytes=-", 200, TEXT, undefined],
];

for (const [range, status, body, contentRange] of RANGES) {
  test(`Range: ${range} gives ${status}`, async () => {
    const seen = await get(FILE, { range });
    assert.deepEqual([seen.status, seen.body, seen.headers["content-range"]], [status, body, contentRange]);
  });
}

for (const path of ["/../secret", "/%2e%2e/secret", "/sub%20dir/..%2f..%2fsecret", "/link", "/%00", "/%", "/absent", "/index.html/x"]) {
  test(`${path} is not there`, async () => assert.equal((await get(path)).status, 404));
}

test("a folder is its index, and a folder without its slash is sent there", async () => {
  assert.deepEqual([(await get("/")).body, (await get("/sub%20dir?a=b")).headers.location], ["<p>home", "/sub%20dir/?a=b"]);
});

test("a validator saves the body, HEAD has none, an empty file is whole", async () => {
  const { headers } = await get(FILE);
  const again = await get(FILE, { "if-none-match": headers.etag });
  const head = await get(FILE, {}, "HEAD");
  assert.deepEqual([again.status, again.body, head.body, head.headers["content-length"]], [304, "", "", "10"]);
  assert.deepEqual([(await get("/empty")).status, (await get("/", {}, "POST")).status], [200, 405]);
});

test("a loopback page of another port may read, another site may not", async () => {
  const allowed = async (origin) => (await get(FILE, { origin })).headers["access-control-allow-origin"];
  assert.equal(await allowed("http://localhost:1234"), "http://localhost:1234");
  assert.equal(await allowed("http://localhost.evil.example"), undefined);
});

test("the faults are what they say", async () => {
  const under = async (fault, headers = {}) => {
    host.reset();
    host.fault(".bin", fault);
    return get(FILE, headers);
  };
  const range = { range: "bytes=2-5" };
  assert.deepEqual([(await under(ignoreRange, range)).body, (await under(shortRange(1), range)).body], [TEXT, "234"]);
  const cut = await under(cutShort(2), range);
  assert.deepEqual([cut.status, cut.headers["content-length"], cut.body, cut.whole], [206, "4", "23", false]);
  assert.deepEqual([(await under(failFirst(1, 503))).status, (await get(FILE)).status], [503, 200]);
  const honest = (await under(touched(1))).headers;
  assert.notEqual((await get(FILE)).headers.etag, honest.etag);
  assert.equal((await under(noCors, { origin: "http://localhost" })).headers["access-control-allow-origin"], undefined);
  await assert.rejects(under(hangUp), { code: "ECONNRESET" });
  assert.equal((await under(slow(1e6))).body, TEXT);
});

test("the log holds what was asked and what was sent", async () => {
  host.reset();
  await get(FILE, { range: "bytes=2-5" });
  await get("/absent?x=1");
  const [first, second] = host.log;
  assert.deepEqual(first, { method: "GET", path: FILE, range: "bytes=2-5", status: 206, bytes: 4, aborted: false });
  assert.deepEqual([second.path, second.status, host.asked("absent").length], ["/absent?x=1", 404, 1]);
});
