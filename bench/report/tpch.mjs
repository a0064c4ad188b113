// TPC-H with the data at hand, as Markdown and as what is held against limits.

import { geometricMean, grouped, median } from "../statistics.mjs";
import { NAMES, held, megabytes, ratio, setting, table, time } from "./format.mjs";

const MEAN_LIMIT = 0.8;
const QUERY_LIMIT = 1.5;
const NATIVE_LIMIT = 1.5;
export function section(measured) {
  const queries = [...grouped(measured.samples, ({ query }) => query)].map(([query, samples]) => ({ query, ...ofQuery(samples) }));
  const engines = measured.engines;
  const rows = queries.map(({ query, times, errors, toDuckdb, toNative }) => [
    `Q${query}`, ...engines.map((engine) => (errors[engine] ? "failed" : time(times[engine]))),
    held(toDuckdb, QUERY_LIMIT), held(toNative, NATIVE_LIMIT),
  ]);
  return [
    "## TPC-H with the data at hand", "",
    `${setting(measured)} All engines answer in turns, in one run; each has read its data before it is timed:`,
    "Limn into its cache, duckdb-wasm from buffers in its memory, the native ones (one thread, as the limit of what this",
    `machine can compute) from files that the system has cached. ${checked(measured)} ${again(measured)}`, "",
    ...table(["query", ...engines.map((engine) => `>${NAMES[engine]}${version(measured, engine)}`), ">to duckdb-wasm", ">to DataFusion"], rows),
    ...failures(queries),
    ...limits(measured).map(({ text }) => `- ${text}`), "",
  ];
}

/** `{ text, pass }` of each limit. */
export function limits(measured) {
  const queries = [...grouped(measured.samples, ({ query }) => query).values()].map(ofQuery);
  const of = (name) => queries.map((query) => query[name]).filter(Number.isFinite);
  const found = [];
  const limit = (name, value, bound) => found.push({ text: `${name}: ${held(value, bound)} (limit ${bound})`, pass: value <= bound });
  if (of("toDuckdb").length) {
    limit(`geometric mean to duckdb-wasm, ${of("toDuckdb").length} queries`, geometricMean(of("toDuckdb")), MEAN_LIMIT);
    limit("the slowest query to duckdb-wasm", Math.max(...of("toDuckdb")), QUERY_LIMIT);
  }
  if (of("toNative").length) {
    limit("the slowest query to native DataFusion", Math.max(...of("toNative")), NATIVE_LIMIT);
    found.at(-1).text += `; geometric mean ${ratio(geometricMean(of("toNative")))}`;
  }
  return found;
}

function ofQuery(samples) {
  const times = {};
  const errors = {};
  for (const [engine, own] of grouped(samples, ({ engine }) => engine)) {
    errors[engine] = own.find(({ error }) => error)?.error;
    times[engine] = own.filter(({ run, error }) => run >= 0 && !error).map(({ millis }) => millis);
  }
  const to = (engine) => (times.limn?.length && times[engine]?.length ? median(times.limn) / median(times[engine]) : NaN);
  const again = samples.filter(({ engine, run, requests }) => engine === "limn" && run >= 0 && requests > 0);
  return { times, errors, again, toDuckdb: to("duckdb"), toNative: to("datafusion-native") };
}

function checked({ checked, samples }) {
  const wrong = samples.some(({ error }) => error);
  if (!checked) return "There are no official answers of this scale.";
  return wrong ? "Answers were held against the official ones; see below." : "All answers were the official ones.";
}

/** Whether what is timed really was at hand. */
function again({ samples }) {
  const asked = samples.filter(({ engine, run, requests }) => engine === "limn" && run >= 0 && requests > 0);
  if (asked.length === 0) return "Limn's timed queries sent no request.";
  const which = [...new Set(asked.map(({ query }) => `Q${query}`))].join(", ");
  return `Limn's cache was too small for ${which}: up to ${megabytes(Math.max(...asked.map(({ bytes }) => bytes)))} were read again from the same machine.`;
}

function failures(queries) {
  const lines = queries.flatMap(({ query, errors }) => Object.entries(errors).filter(([, error]) => error).map(([engine, error]) => `- Q${query}, ${NAMES[engine]}: ${error}`));
  return lines.length ? [...lines, ""] : [];
}

function version({ versions }, engine) {
  return versions[engine] ? ` ${versions[engine]}, native` : "";
}
