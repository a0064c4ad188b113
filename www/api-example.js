// The JavaScript API on one page: start, query with progress, stop, plan. Copy what you need.

import { Limn } from "./limn.js";

const tables = { inspections: { url: "lake/inspections" }, cameras: { url: "lake/cameras", version: 0 } };

const place = (id) => document.getElementById(id);
place("sql").value = `select i.camera_id, c.lens, count(*) as images
from inspections i join cameras c on c.camera_id = i.camera_id
where i.week >= date '2026-11-02'
group by i.camera_id, c.lens order by i.camera_id`;

const limn = await Limn.start({
  onState: ({ state, loaded, total }) => state === "loading" && say(`Loading the engine: ${loaded} of ${total} bytes`),
});
say("Ready.");

let stop = null;

place("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  stop = new AbortController();
  place("stop").disabled = false;
  try {
    const onProgress = ({ requests, bytes }) => say(`Running: ${requests} requests, ${bytes} bytes`);
    const result = await limn.query(place("sql").value, { tables, signal: stop.signal, onProgress });
    show(result);
    const { requests, bytes, filesRead, filesTotal, millis } = result.stats;
    say(`${result.rowCount} rows: ${requests} requests, ${bytes} bytes, ${filesRead} of ${filesTotal} files, ${Math.round(millis)} ms`);
  } catch (error) {
    say(`${error.kind}: ${error.message}`);
  }
  place("stop").disabled = true;
});

place("stop").addEventListener("click", () => stop.abort());

place("plan").addEventListener("click", async () => {
  try {
    const plan = await limn.plan(place("sql").value, { tables });
    place("text").hidden = false;
    place("text").textContent = JSON.stringify(plan.scans, null, 2);
    say(`Would read ${plan.bytes} bytes in ${plan.requests} requests`);
  } catch (error) {
    say(`${error.kind}: ${error.message}`);
  }
});

// Names and values are data, some of it hostile: they go in as text, never as markup.
function show({ columns, rows }) {
  const head = document.createElement("tr");
  head.append(...columns.map(({ name, type }) => cell("th", name, type)));
  const body = rows.map((row) => {
    const line = document.createElement("tr");
    line.append(...columns.map(({ key }) => cell("td", String(row[key] ?? ""))));
    return line;
  });
  place("rows").replaceChildren(head, ...body);
}

function cell(tag, text, title = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.title = title;
  return element;
}

function say(text) {
  place("status").textContent = text;
}
