// The measurements as Markdown: medians, and Limn's as a ratio of duckdb-wasm's.

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
export const seconds = (millis) => `${(millis / 1000).toFixed(millis < 1000 ? 3 : 2)} s`;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;
const FORMATS = { parquet: "Parquet, one file", delta: "Delta, 16 files" };

export function report({ samples, page, sizes, machine, runs, delayMillis, scale }) {
  return [
    `TPC-H lineitem at scale ${scale}; medians of ${runs} runs; the host adds ${delayMillis} ms to each response; ${machine}.`,
    "Cold: the engine runs and has read nothing. Repeated: the same statement again. Ratios are Limn to duckdb-wasm 1.27.0,",
    "which is given the list of the Delta table's files, for it does not read Delta.",
    "",
    ...["cold", "repeated"].flatMap((state) => queryTable(samples, state)),
    ...pageTable(page),
    ...sizeTable(sizes),
  ].join("\n");
}

/** A README with the report between its two marks. */
export function withReport(readme, text) {
  const [before, rest] = readme.split("<!-- bench -->");
  const after = rest?.split("<!-- /bench -->")[1];
  if (after === undefined) throw new Error("the README has no <!-- bench --> and <!-- /bench -->");
  return `${before}<!-- bench -->\n${text}\n<!-- /bench -->${after}`;
}

function queryTable(samples, state) {
  const rows = [...new Set(samples.map(({ format, query }) => `${format}\n${query}`))].map((key) => {
    const [format, query] = key.split("\n");
    const of = (engine, what) => median(samples.filter((s) => s.engine === engine && s.format === format && s.query === query && s.state === state).map((s) => s[what]));
    const cells = [["millis", seconds], ["requests", String], ["bytes", megabytes]].map(([what, print]) => {
      const [ours, theirs] = [of("limn", what), of("duckdb", what)];
      const shown = (value) => (Number.isFinite(value) ? print(value) : "-");
      const ratio = Number.isFinite(ours / theirs) ? ` (${(ours / theirs).toFixed(2)})` : "";
      return `${shown(ours)} / ${shown(theirs)}${ratio}`;
    });
    return `| ${FORMATS[format]} | ${query} | ${cells.join(" | ")} |`;
  });
  return [`| ${state} | query | time, Limn / duckdb-wasm | requests | bytes |`, "|---|---|---:|---:|---:|", ...rows, ""];
}

function pageTable(page) {
  if (page.length === 0) return [];
  return [
    "| page, nothing cached | after |", "|---|---:|",
    `| can be typed in | ${seconds(median(page.map(({ typed }) => typed)))} |`,
    `| shows the sample's answer | ${seconds(median(page.map(({ answered }) => answered)))} |`, "",
  ];
}

function sizeTable(sizes) {
  if (sizes.length === 0) return [];
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  return [
    "| shipped file | raw | gzip | Brotli |", "|---|---:|---:|---:|",
    ...sizes.map(({ name, raw, gzip, brotli }) => `| ${name} | ${[raw, gzip, brotli].map(kilobytes).join(" | ")} |`), "",
  ];
}
