// What a query on a large table costs, from what growth.mjs measured: straight lines through the measurements, each held
// against a measurement that it was not drawn through.
//
// A query that finds its files by the log alone reads the log, which grows with all files, then the footers and the
// data of the files that it keeps. Bytes and requests add up; time is the engine's for the log and for the data, or the
// link's for the same bytes when that is longer, and the latency of the answers that wait for each other.

import { median } from "./statistics.mjs";

export const BIG = { files: 400_000, bytes: 50e12, part: 1e-5 };
const ROUNDS = 5;
const LOG_QUERY = "count(*)";
const KEPT_QUERY = "one partition";
const KEPT_FILES = 4;
const REQUEST_BYTES = 8 << 20;

/** `{ slopes, checks, costs }`; null when rows or files were not measured. */
export function model({ samples }, links) {
  const log = (what) => points(samples, "files", LOG_QUERY, what);
  const scan = (what) => points(samples, "rows", "scan", what);
  if (log("bytes").length < 3 || scan("bytes").length < 3) return null;
  const lines = {
    logBytes: fit(log("bytes")), logMillis: fit(log("millis")), logRequests: fit(log("requests")),
    keptBytes: kept(samples, "bytes"), keptRequests: kept(samples, "requests"),
    dataMillis: fit(pairs(scan("bytes"), scan("millis"))),
  };
  const checks = [
    check("bytes of the log, by files", log("bytes")), check("time of the log, by files", log("millis")),
    check("time of a scan, by its bytes", pairs(scan("bytes"), scan("millis"))),
  ];
  return { lines, checks, costs: links.map((link) => ({ link, ...cost(lines, link) })) };
}

/** A table of BIG's files of which the needed part is whole files. */
function cost(lines, { latencyMillis, mbit }) {
  const data = BIG.bytes * BIG.part;
  const files = Math.ceil(BIG.files * BIG.part);
  const bytes = at(lines.logBytes, BIG.files) + files * lines.keptBytes + data;
  const requests = at(lines.logRequests, BIG.files) + files * lines.keptRequests + data / REQUEST_BYTES;
  const engine = at(lines.logMillis, BIG.files) + lines.dataMillis.slope * data;
  const link = (bytes * 8) / (mbit * 1000);
  return { bytes, requests: Math.round(requests), millis: Math.max(engine, link) + ROUNDS * latencyMillis, engine, linkMillis: link };
}

function at({ base, slope }, x) {
  return base + slope * x;
}

/** The line whose errors, as parts of the values, are least. */
function fit(points) {
  const sums = { w: 0, x: 0, y: 0, xx: 0, xy: 0 };
  for (const [x, y] of points) {
    const w = 1 / (y * y);
    for (const [name, value] of Object.entries({ w: 1, x, y, xx: x * x, xy: x * y })) sums[name] += w * value;
  }
  const slope = (sums.w * sums.xy - sums.x * sums.y) / (sums.w * sums.xx - sums.x * sums.x);
  return { base: (sums.y - slope * sums.x) / sums.w, slope };
}

/** What a line through the others gives for the second largest. */
function check(name, points) {
  const left = points.at(-2);
  const line = fit(points.filter((point) => point !== left));
  return { name, at: left[0], predicted: at(line, left[0]), measured: left[1], ratio: at(line, left[0]) / left[1] };
}

/** What one kept file adds, at the sizes that have so many. */
function kept(samples, what) {
  const more = points(samples, "files", KEPT_QUERY, what).filter(([size]) => size >= KEPT_FILES);
  const without = new Map(points(samples, "files", LOG_QUERY, what));
  return median(more.map(([size, value]) => value - without.get(size))) / KEPT_FILES;
}

/** Medians by size, the smallest first. */
export function points(samples, kind, query, what) {
  const own = samples.filter((sample) => sample.kind === kind && sample.query === query && !sample.error);
  const sizes = [...new Set(own.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.map((size) => [size, median(own.filter((sample) => sample.size === size).map((sample) => sample[what]))]);
}

function pairs(xs, ys) {
  return xs.map(([, x], at) => [x, ys[at][1]]);
}
