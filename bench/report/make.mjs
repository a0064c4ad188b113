// Puts the report together from what the parts left, now or before, with the limits first; README names a file whose
// block of numbers is written anew. `node report/make.mjs REPORT`

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { kept } from "../setting.mjs";
import * as cold from "./cold.mjs";
import { setting } from "./format.mjs";
import * as growth from "./growth.mjs";
import * as log from "./log.mjs";
import * as memory from "./memory.mjs";
import * as sizes from "./sizes.mjs";
import * as start from "./start.mjs";
import * as tpch from "./tpch.mjs";

const PARTS = { tpch, cold, start, memory, sizes, growth, log };
const [, , reportFile] = process.argv;

const measured = Object.entries(PARTS).map(([name, part]) => [part, kept(name)]).filter(([, found]) => found);
const settings = measured.map(([, found]) => found).filter(({ machine }) => machine);
const limits = ["## Limits", "", ...settings.slice(0, 1).map((first) => setting(first)), "", ...measured.flatMap(([part, found]) => part.limits?.(found) ?? []).map(({ text }) => `- ${text}`), ""];
const sections = measured.flatMap(([part, found]) => part.section(found));
writeFileSync(reportFile, `${["# What Limn costs", "", "`make bench` writes this page; ✓ and ✗ say whether a figure is within its limit.", "", ...limits, ...sections].join("\n").trim()}\n`);
if (kept("growth")) writeFileSync(join(dirname(reportFile), "growth.svg"), growth.picture(kept("growth")));
if (process.env.README) writeFileSync(process.env.README, withBlock(readFileSync(process.env.README, "utf8"), limits.slice(2).join("\n")));
console.log(limits.join("\n"));

/** A README with the limits between its two marks. */
function withBlock(readme, text) {
  const [before, rest] = readme.split("<!-- bench -->");
  const after = rest?.split("<!-- /bench -->")[1];
  if (after === undefined) throw new Error("the README has no <!-- bench --> and <!-- /bench -->");
  return `${before}<!-- bench -->\n${text.trim()}\n<!-- /bench -->${after}`;
}
