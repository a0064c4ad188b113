// How figures are written in the report, and whether they are within their limits.

import { median, spread } from "../statistics.mjs";

export const seconds = (millis) => `${(millis / 1000).toFixed(millis < 1000 ? 3 : 2)} s`;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1)} MB`;
export const kilobytes = (bytes) => `${(bytes / 1e3).toFixed(1)} kB`;
export const ratio = (value) => (Number.isFinite(value) ? value.toFixed(2) : "-");

export const NAMES = {
  limn: "Limn", duckdb: "duckdb-wasm 1.27.0", hyparquet: "hyparquet and squirreling",
  "datafusion-native": "DataFusion", "duckdb-native": "DuckDB",
};

/** The median of times, and their spread where there are several. */
export function time(values) {
  if (values.length === 0) return "-";
  return values.length > 1 ? `${seconds(median(values))} ±${Math.round(spread(values) * 50)}%` : seconds(values[0]);
}

/** `shown`, marked by whether `value` is at most `limit`. */
export function held(value, limit, shown = ratio(value)) {
  return Number.isFinite(value) ? `${shown} ${value <= limit ? "✓" : "✗"}` : "-";
}

/** A table of Markdown; `columns` are names, those that begin with > are of numbers. */
export function table(columns, rows) {
  const names = columns.map((name) => name.replace(/^>/, ""));
  const rule = columns.map((name) => (name.startsWith(">") ? "---:" : "---"));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).concat("");
}

/** What was measured, when and on what. */
export function setting({ when, machine, scale, runs }, scaled = true) {
  return `${scaled ? `Scale ${scale}; medians` : "Medians"} of ${runs} runs and half their spread; ${machine}; ${when.slice(0, 10)}.`;
}
