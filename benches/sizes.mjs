// What each shipped file weighs: raw, gzip, Brotli. The engine is shipped as gzip alone and weighed unpacked as well.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

// Brotli's best takes minutes for the engine and saves some per cent.
const LARGE_BYTES = 8 << 20;
const [BROTLI_BEST, BROTLI_QUICK] = [11, 9];

/** `{ name, raw, gzip, brotli }` for each file of the site but the sample lake, the largest first. */
export function sizes(dist) {
  if (!existsSync(dist)) return [];
  return files(dist, "").filter((name) => !name.startsWith("lake/")).map((name) => weigh(dist, name)).sort((a, b) => b.raw - a.raw);
}

function files(dist, folder) {
  return readdirSync(join(dist, folder)).flatMap((name) => {
    const path = join(folder, name);
    return statSync(join(dist, path)).isDirectory() ? files(dist, path) : [path];
  });
}

function weigh(dist, name) {
  const shipped = readFileSync(join(dist, name));
  const packed = name.endsWith(".gz");
  const raw = packed ? gunzipSync(shipped) : shipped;
  const quality = raw.length > LARGE_BYTES ? BROTLI_QUICK : BROTLI_BEST;
  const brotli = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 24 } });
  return { name, raw: raw.length, gzip: packed ? shipped.length : gzipSync(raw, { level: 9 }).length, brotli: brotli.length };
}
