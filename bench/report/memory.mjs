// Memory of a large query, of a large result and of many groups, as Markdown and as what is held against limits.

import { grouped, median } from "../statistics.mjs";
import { held, megabytes, setting, table } from "./format.mjs";

const LIMIT_BYTES = 600e6;

export function section(measured) {
  const rows = [...grouped(measured.samples, ({ name }) => name)].map(([name, all]) => {
    const samples = all.filter(({ error }) => !error);
    if (samples.length === 0) return [name, all[0].error, "-", "-", "-", "-"];
    const of = (when, what) => median(samples.map((sample) => sample[when][what]));
    const both = (when) => `${megabytes(of(when, "engine"))} of ${megabytes(of(when, "resident"))}`;
    const peak = (what) => (samples[0].isFree ? megabytes(of("answered", what)) : held(of("answered", what), LIMIT_BYTES, megabytes(of("answered", what))));
    return [name, samples[0].complete ? samples[0].rows : `${samples[0].rows}, then stopped`, both("started"), peak("engine"), peak("peak"), both("dropped")];
  });
  return [
    "## Memory", "",
    `${setting(measured)} The limit of both peaks is ${megabytes(LIMIT_BYTES)}; how many groups there are is for who asks to say. Held afterwards: 45 seconds after the result was dropped. Of the process what is its own, as the browser's task manager
counts it: the browser's program, which all its processes share, is about 106 MB more in each.`, "",
    ...table(["", ">rows", ">engine of its process, started", ">peak, engine", ">peak, process", ">held afterwards, engine of its process"], rows),
    ...small(measured),
  ];
}

/** What became of statements on a machine with 2 GB. */
function small({ small }) {
  if (!small) return ["With 2 GB: not measured, as the system lets the benchmark have no control group.", ""];
  const rows = small.map(({ name, error, outcome, peak, after }) => [name, error ?? outcome, error ? "-" : megabytes(peak), error ? "-" : after]);
  return [
    "In a control group of 2 GB for the whole browser, which tells the page of so much; and the rows of `lineitem` as counted by the statement after it:", "",
    ...table(["", "came to", ">peak, process", ">the next statement"], rows),
  ];
}

/** `{ text, pass }` of each limit. */
export function limits({ samples, small }) {
  const good = samples.filter(({ error }) => !error);
  const limited = good.filter(({ isFree }) => !isFree);
  const isWhole = good.length === samples.length;
  const most = (of) => Math.max(...limited.map(of));
  const line = (name, bytes, limit) => ({
    text: `${name}, at most: ${held(bytes, limit, megabytes(bytes))} (limit ${megabytes(limit)})`,
    pass: bytes <= limit && isWhole,
  });
  const lines = [
    line("memory of the engine", most(({ answered }) => answered.engine), LIMIT_BYTES),
    line("memory of the process, but for the browser's own program", most(({ answered }) => answered.peak), LIMIT_BYTES),
  ];
  if (!small) return lines;
  const lost = small.filter(({ error, after }) => error || !/^\d+$/.test(after));
  return [...lines, { text: `statements on a machine with 2 GB after which the engine was lost: ${held(lost.length, 0, String(lost.length))} (limit 0)`, pass: lost.length === 0 }];
}
