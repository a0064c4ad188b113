// Puts the report together from what the parts left, now or before, with the limits first; README names a file whose
// block of numbers is written anew. `node report/make.mjs REPORT`

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { kept } from "../setting.mjs";
import * as cold from "./cold.mjs";
import * as growth from "./growth.mjs";
import * as log from "./log.mjs";
import * as memory from "./memory.mjs";
import * as sizes from "./sizes.mjs";
import * as start from "./start.mjs";
import * as tpch from "./tpch.mjs";

const PARTS = { tpch, cold, start, memory, sizes, growth, log };
const TITLES = { tpch: "TPC-H with the data at hand", cold: "Cold queries", start: "Start", memory: "Memory", sizes: "Sizes" };
const [, , reportFile] = process.argv;

const measured = Object.entries(PARTS).map(([name, part]) => [name, part, kept(name)]).filter(([, , found]) => found);
const limits = measured.flatMap(([name, part, found]) => limitLines(name, part, found));
const sections = measured.flatMap(([, part, found]) => part.section(found));
writeFileSync(reportFile, `${["# What Limn costs", "", "`make bench` writes this page; ✓ and ✗ say whether a figure is within its limit.", "", "## Limits", "", ...limits, "", ...sections].join("\n").trim()}\n`);
if (kept("growth")) writeFileSync(join(dirname(reportFile), "growth.svg"), growth.picture(kept("growth")));
if (process.env.README) writeFileSync(process.env.README, withBlock(readFileSync(process.env.README, "utf8"), limits.join("\n")));
console.log(limits.join("\n"));

/** What a part has limits for, below its name and how it was measured. */
function limitLines(name, part, found) {
  const lines = part.limits?.(found) ?? [];
  const how = found.machine ? `, scale ${found.scale}, runs: ${found.runs}` : "";
  return lines.length ? [`- ${TITLES[name]}${how}`, ...lines.map(({ text }) => `  - ${text}`)] : [];
}

/** A README with the limits between its two marks. */
function withBlock(readme, text) {
  const [before, rest] = readme.split("<!-- bench -->");
  const after = rest?.split("<!-- /bench -->")[1];
  if (after === undefined) throw new Error("the README has no <!-- bench --> and <!-- /bench -->");
  return `${before}<!-- bench -->\n${text.trim()}\n<!-- /bench -->${after}`;
}
