// The benchmark's host, a process of its own: an honest static server (www/serve.mjs) behind a link (link.mjs) that
// counts what it gave. `node server.mjs PREFIX=FOLDER...` prints its origin. Without delay and uncounted:
// GET /link?latency=30&mbit=50 sets the link, GET /meter answers { requests, bytes, ofTables, log } since it was last
// asked. Each of `ofTables` tells how many of their answers had come by then (`after`): it may have had to wait for them.

import { extname } from "node:path";

import { listen, site } from "../www/serve.mjs";
import { Link } from "./link.mjs";

// An answer that was sent a moment ago has not been read: what is asked now did not wait for it.
const TRAVEL_MILLIS = 3;

const mounts = process.argv.slice(2).map((mount) => mount.split("="));
const sites = new Map(mounts.map(([prefix, folder]) => [prefix, site(folder)]));
const link = new Link();
let log = [];
let sent = [];

const { server, origin } = await listen(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/meter") return answer(response, meter());
  if (url.pathname === "/link") return answer(response, setLink(url.searchParams));
  const prefix = url.pathname.slice(0, url.pathname.indexOf("/", 1) + 1);
  const serve = sites.get(prefix);
  if (!serve) return response.writeHead(404).end();
  count(request, response);
  await link.arrive();
  link.shape(response);
  request.url = request.url.slice(prefix.length - 1);
  // One of the packages that duckdb-wasm needs imports its modules without their extension.
  if (prefix === "/modules/" && !extname(request.url)) request.url += ".js";
  serve(request, response);
});
// A connection that the server closes in a pause would cost the next query another one.
server.keepAliveTimeout = 600_000;
console.log(origin);

function answer(response, value) {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(value));
}

function setLink(parameters) {
  const [latencyMillis, mbit] = ["latency", "mbit"].map((name) => Number(parameters.get(name)));
  link.set({ latencyMillis, mbit });
  return { latencyMillis, mbit };
}

/**
 * `ofTables` is what was asked of tables and not given up, `log` everything: an engine's workers fetch their program when
 * they are started.
 */
function meter() {
  const asked = log.filter(isOfTable);
  const bytes = asked.reduce((sum, entry) => sum + entry.bytes, 0);
  const told = { requests: asked.length, bytes, ofTables: asked.filter(({ isGivenUp }) => !isGivenUp), log };
  log = [];
  sent = [];
  return told;
}

/** One request, and the bytes of its body as they are written. */
function count(request, response) {
  const read = performance.now() - TRAVEL_MILLIS;
  let after = sent.length;
  while (after > 0 && sent[after - 1] >= read) after -= 1;
  const entry = { path: request.url, range: request.headers.range ?? null, bytes: 0, after, isGivenUp: false };
  log.push(entry);
  const sentSince = sent;
  response.once("close", () => {
    entry.isGivenUp = !response.writableFinished;
    if (isOfTable(entry) && !entry.isGivenUp) sentSince.push(performance.now());
  });
  for (const name of ["write", "end"]) {
    const original = response[name].bind(response);
    response[name] = (chunk, ...rest) => {
      if (typeof chunk === "string" || chunk instanceof Uint8Array) entry.bytes += Buffer.byteLength(chunk);
      return original(chunk, ...rest);
    };
  }
}

function isOfTable({ path }) {
  return path.startsWith("/data/");
}
