// What each shipped file weighs: raw, as it is shipped, gzip, Brotli at its best. The engine's parts are shipped packed and
// weighed unpacked as well; limits are for the first, without which there is no answer (src/bin/divide). As the program it measures the site in DIST; Brotli's best takes minutes for the engine, so that a
// weight is kept by the file's own hash.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { CACHE, DIST, keep } from "./setting.mjs";

/** What the page loads before it can be used, the editor's own code aside. */
export const PAGE = [
  "index.html", "style.css", "boot.js", "app.js", "app_bg.wasm", "lazy.js", "parts.js", "limn.js", "save.js",
];
export const ENGINE = "engine_bg.wasm.zst";
export const REST = "engine_rest.wasm.zst";
export const LIMITS = { pageBrotli: 350e3, engineBrotli: 4.5e6, engineGzip: 6.5e6, engineShipped: 6.5e6, raw: 25 * 2 ** 20 };

/** `{ name, raw, shipped, gzip, brotli }` for each of `names`. */
export function weigh(dist, names) {
  return names.map((name) => {
    const shipped = readFileSync(join(dist, name));
    const raw = name.endsWith(".zst") ? execFileSync("zstd", ["-dcq", "--long=31"], { input: shipped, maxBuffer: 2 ** 30 }) : shipped;
    return { name, raw: raw.length, shipped: shipped.length, gzip: gzipSync(raw, { level: 9 }).length, brotli: brotli(raw) };
  });
}

/** The files of the site but the sample lake. */
export function shippedFiles(dist, folder = "") {
  return readdirSync(join(dist, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (path === "lake") return [];
    return statSync(join(dist, path)).isDirectory() ? shippedFiles(dist, path) : [path];
  });
}

/** The sums and single sizes that have limits. */
export function limited(weighed) {
  const page = weighed.filter(({ name }) => PAGE.includes(name)).reduce((sum, { brotli }) => sum + brotli, 0);
  const engine = weighed.find(({ name }) => name === ENGINE);
  const largest = Math.max(...weighed.map(({ shipped }) => shipped));
  return { pageBrotli: page, engineBrotli: engine?.brotli, engineGzip: engine?.gzip, engineShipped: engine?.shipped, raw: largest };
}

function brotli(raw) {
  const file = `${CACHE}/brotli/${createHash("sha256").update(raw).digest("hex")}`;
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    // Not weighed before.
  }
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length };
  const { length } = brotliCompressSync(raw, { params });
  mkdirSync(`${CACHE}/brotli`, { recursive: true });
  writeFileSync(file, String(length));
  return length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) keep("sizes", { files: weigh(DIST, shippedFiles(DIST)) });
