// Limn behind the interface of all engines here: start(tables, options), run(sql) to rows of text.

import { Limn } from "/limn/limn.js";
import { mentioned } from "./mentioned.js";

let limn;
let tables;

globalThis.engine = {
  start: async (given, options) => {
    tables = Object.fromEntries(Object.entries(given).map(([name, { url, files }]) => [name, { url: url ?? files }]));
    limn = await Limn.start(options);
    globalThis.readyAt = performance.now();
  },
  /** `rows: false` leaves the rows in the engine. */
  run: async (sql, { rows = true } = {}) => {
    const result = await limn.query(sql, { tables: mentioned(tables, sql), rows, arrow: false });
    return { rows: rows && result.rows.map((row) => Object.values(row).map(String)), stats: result.stats };
  },
};
