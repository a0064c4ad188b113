// The benchmark's host, a process of its own: an honest static server (www/serve.mjs) that adds a delay to every
// response and counts what it gave. `node server.mjs DELAY_MILLIS PREFIX=FOLDER...` prints its origin.
// GET /meter answers, without delay, { requests, bytes } since it was last asked; only /data/ counts.

import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { listen, site } from "../www/serve.mjs";

const [delayMillis, ...mounts] = process.argv.slice(2);
const sites = new Map(mounts.map((mount) => mount.split("=")).map(([prefix, folder]) => [prefix, site(folder)]));
let meter = { requests: 0, bytes: 0 };

const { origin } = await listen(async (request, response) => {
  if (request.url === "/meter") {
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(meter));
    meter = { requests: 0, bytes: 0 };
    return;
  }
  const prefix = request.url.slice(0, request.url.indexOf("/", 1) + 1);
  const serve = sites.get(prefix);
  if (!serve) return response.writeHead(404).end();
  if (prefix === "/data/") count(response);
  await sleep(Number(delayMillis));
  request.url = request.url.slice(prefix.length - 1);
  // One of the packages that duckdb-wasm needs imports its modules without their extension.
  if (prefix === "/modules/" && !extname(request.url)) request.url += ".js";
  serve(request, response);
});
console.log(origin);

/** One request, and the bytes of its body as they are written. */
function count(response) {
  const current = () => meter;
  current().requests += 1;
  for (const name of ["write", "end"]) {
    const original = response[name].bind(response);
    response[name] = (chunk, ...rest) => {
      if (typeof chunk === "string" || chunk instanceof Uint8Array) current().bytes += Buffer.byteLength(chunk);
      return original(chunk, ...rest);
    };
  }
}
