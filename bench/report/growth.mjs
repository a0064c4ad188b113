// Growth as Markdown, with a plot beside the report, and the model's word on a table that nobody has here.

import { BIG, model, points } from "../model.mjs";
import { megabytes, ratio, seconds, setting, table } from "./format.mjs";
import { plot } from "./plot.mjs";

const KINDS = { rows: "rows, in 6,000,000", files: "files of a Delta table", columns: "columns of a file", groups: "row groups of a file" };
const LINKS = [{ latencyMillis: 30, mbit: 50 }, { latencyMillis: 30, mbit: 500 }];

export function section(measured) {
  return [
    "## Growth", "",
    `${setting(measured, false)} The engine runs already and has read nothing; the host adds no delay. "Again" is the same query with`,
    "everything in the engine's cache.", "", "![Time and bytes by rows, files, columns and row groups](growth.svg)", "",
    ...Object.entries(KINDS).flatMap(([kind, label]) => kindTable(measured.samples, kind, label)),
    ...modelLines(model(measured, LINKS)),
  ];
}

/** The SVG that the section shows. */
export function picture({ samples }) {
  const panels = (what, label) => Object.entries(KINDS).filter(([kind]) => queriesOf(samples, kind).length).map(([kind, x]) => ({
    title: label, x, series: queriesOf(samples, kind).map((query) => ({ name: query, points: points(samples, kind, query, what) })).filter((each) => each.points.length),
  }));
  return plot([...panels("millis", "milliseconds"), ...panels("bytes", "bytes")]);
}

function queriesOf(samples, kind) {
  return [...new Set(samples.filter((sample) => sample.kind === kind).map(({ query }) => query))];
}

function kindTable(samples, kind, label) {
  const rows = queriesOf(samples, kind).flatMap((query) => {
    const [requests, bytes, again] = ["requests", "bytes", "again"].map((what) => new Map(points(samples, kind, query, what)));
    const failed = samples.filter((sample) => sample.kind === kind && sample.query === query && sample.error).map(({ size, error }) => [query, size, error, "-", "-", "-"]);
    return [...points(samples, kind, query, "millis").map(([size, millis]) => [query, size.toLocaleString("en"), seconds(millis), seconds(again.get(size)), requests.get(size), megabytes(bytes.get(size))]), ...failed];
  });
  return rows.length ? table(["query", `>${label}`, ">time", ">again", ">requests", ">bytes"], rows) : [];
}

function modelLines(found) {
  if (!found) return [];
  const { lines, checks, costs } = found;
  const rows = costs.map(({ link, bytes, requests, millis, engine, linkMillis }) => [`${link.mbit} Mbit/s`, megabytes(bytes), requests, seconds(millis), seconds(engine), seconds(linkMillis)]);
  return [
    "### A table of 50 TB", "",
    `By straight lines through these measurements: ${BIG.files.toLocaleString("en")} files of which a query needs ${BIG.part * 100}%, in whole files that the log's`,
    `bounds tell. A file costs ${ratio(lines.logBytes.slope)} bytes of log and ${ratio(lines.logMillis.slope * 1000)} µs; data costs ${ratio(lines.dataMillis.slope * 1e6)} ms a megabyte.`, "",
    ...table(["link", ">bytes", ">requests", ">time", ">engine alone", ">link alone"], rows),
    "The lines, held against a measurement that they were not drawn through:", "",
    ...table(["", ">at", ">predicted", ">measured", ">ratio"], checks.map(({ name, at, predicted, measured, ratio: value }) => [name, at.toLocaleString("en"), Math.round(predicted).toLocaleString("en"), Math.round(measured).toLocaleString("en"), ratio(value)])),
  ];
}
