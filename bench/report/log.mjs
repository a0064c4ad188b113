// What log.mjs measured, as Markdown: medians over the runs of each table.

import { median } from "../statistics.mjs";
import { megabytes, seconds, setting } from "./format.mjs";

const LABELS = { commits: "300,000 in 3 commits" };

export function section(measured) {
  const { samples } = measured;
  const tables = [...new Set(samples.map(({ name }) => name))].map((name) => {
    const label = LABELS[name] ?? Number(name).toLocaleString("en");
    return { label, ...middle(samples.filter((sample) => sample.name === name).map(({ limn, native }) => ({ limn, native }))) };
  });
  const { version = "left out" } = tables[0].native;
  return [
    "## Many files", "",
    `Delta tables of many files, opened and planned; beside delta-rs (deltalake ${version}, native) on the same folders: it opens`,
    `and lists the files, and explains. ${setting(measured, false)} The host adds no delay.`,
    "The log is a checkpoint, in parts of 300,000 files, with the statistics of 8 columns as JSON, and one commit; or only",
    "commits, without statistics. Each engine is new, and the first plan also pays for the first use of its code.",
    "",
    ...openTable(tables),
    ...planTable(tables),
    ...memoryTable(tables),
  ];
}

function openTable(tables) {
  const rows = tables.map(({ label, limn, native }) => {
    if (limn.error) return `| ${label} | ${limn.error} | - | - |`;
    const time = limn.open && beside(limn.open.millis, native.open && native.open + native.list);
    return `| ${label} | ${time ?? "-"} | ${limn.open?.requests ?? "-"} | ${bytes(limn.open?.bytes)} |`;
  });
  return ["| files | opened, Limn / delta-rs | requests | bytes |", "|---|---:|---:|---:|", ...rows, ""];
}

function planTable(tables) {
  const rows = tables.flatMap(({ label, limn, native }) => Object.entries(limn.plans ?? {}).map(([what, plan]) => {
    const cells = [beside(plan.millis, native.plans?.[what]), plan.kept, plan.requests, bytes(plan.bytes)];
    return `| ${label} | ${what} | ${cells.join(" | ")} |`;
  }));
  return ["| files | planned | Limn / delta-rs | files kept | requests | bytes |", "|---|---|---:|---:|---:|---:|", ...rows, ""];
}

/** The engine's own memory never shrinks, so that its size is its peak; of processes, the peak that the system tells. */
function memoryTable(tables) {
  const rows = tables.map(({ label, limn, native }) => {
    const ours = ["started", "opened", "planned"].map((when) => `${bytes(limn[when]?.engine)} of ${bytes(limn[when]?.process)}`);
    return `| ${label} | ${ours.join(" | ")} | ${bytes(native.opened)} | ${bytes(native.planned)} |`;
  });
  return ["| files | engine of its process: started | opened | planned | delta-rs's process: opened | planned |", "|---|---:|---:|---:|---:|---:|", ...rows, ""];
}

function beside(ours, theirs) {
  return theirs === undefined ? `${seconds(ours)} / -` : `${seconds(ours)} / ${seconds(theirs)} (${(ours / theirs).toFixed(2)})`;
}

function bytes(count) {
  return count === undefined ? "-" : megabytes(count);
}

/** The medians of all numbers in values of one form; of anything else, the first. */
function middle(values) {
  const [first] = values;
  if (typeof first === "number") return median(values);
  if (first === null || typeof first !== "object") return first;
  const keys = Object.keys(first).filter((key) => values.every((value) => value !== null && key in value));
  return Object.fromEntries(keys.map((key) => [key, middle(values.map((value) => value[key]))]));
}
