// Puts the parts of the report together that were measured, now or before, and into the README when README names one.
// `node publish.mjs REPORT PART...`

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { withReport } from "./report.mjs";

const [, , reportFile, ...parts] = process.argv;
const text = parts.filter((part) => existsSync(part)).map((part) => readFileSync(part, "utf8")).join("\n");
writeFileSync(reportFile, text);
if (process.env.README) writeFileSync(process.env.README, withReport(readFileSync(process.env.README, "utf8"), text));
console.log(text);
