// Memory of a large query and of a large result, as Markdown and as what is held against limits.

import { grouped, median } from "../statistics.mjs";
import { held, megabytes, setting, table } from "./format.mjs";

const LIMIT_BYTES = 600e6;

export function section(measured) {
  const rows = [...grouped(measured.samples, ({ name }) => name)].map(([name, all]) => {
    const samples = all.filter(({ error }) => !error);
    if (samples.length === 0) return [name, all[0].error, "-", "-", "-", "-"];
    const of = (when, what) => median(samples.map((sample) => sample[when][what]));
    const both = (when, what) => `${megabytes(of(when, "engine"))} of ${megabytes(of(when, what))}`;
    const limited = (what) => held(of("answered", what), LIMIT_BYTES, megabytes(of("answered", what)));
    return [name, samples[0].complete ? samples[0].rows : `${samples[0].rows}, then stopped`, both("started", "resident"), limited("engine"), limited("peak"), both("dropped", "resident")];
  });
  return [
    "## Memory", "",
    `${setting(measured)} The limit of both peaks is ${megabytes(LIMIT_BYTES)}. Held afterwards: ten seconds after the result was dropped. Of the process what is its own, as the browser's task manager
counts it: the browser's program, which all its processes share, is about 106 MB more in each.`, "",
    ...table(["", ">rows", ">engine of its process, started", ">peak, engine", ">peak, process", ">held afterwards"], rows),
  ];
}

/** `{ text, pass }` of each limit. */
export function limits({ samples }) {
  const good = samples.filter(({ error }) => !error);
  const most = (what) => Math.max(...good.map(({ answered }) => answered[what]));
  return ["engine", "peak"].map((what) => ({
    text: `memory of the ${what === "peak" ? "process, but for the browser's own program" : "engine"}, at most: ${held(most(what), LIMIT_BYTES, megabytes(most(what)))} (limit ${megabytes(LIMIT_BYTES)})`,
    pass: most(what) <= LIMIT_BYTES && good.length === samples.length,
  }));
}
