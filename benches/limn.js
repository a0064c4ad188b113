// Limn behind the interface that measure.mjs drives: start, then run(format, sql) to rows of text.

import { Limn } from "/limn/limn.js";

const SOURCES = { parquet: "/data/lineitem.parquet", delta: "/data/lineitem" };
let limn;

globalThis.engine = {
  start: async () => {
    limn = await Limn.start();
  },
  run: async (format, sql) => {
    const url = new URL(SOURCES[format], location.href).href;
    const result = await limn.query(sql, { tables: { lineitem: { url } }, arrow: false });
    return { rows: result.rows.map((row) => Object.values(row).map(String)), stats: result.stats };
  },
};
