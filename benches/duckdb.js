// duckdb-wasm behind the same interface. It does not read Delta: it gets the list of the table's files.

import * as duckdb from "/modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs";

const DIST = "/modules/@duckdb/duckdb-wasm/dist/";
let connection;

globalThis.engine = {
  start: async () => {
    const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(`${DIST}duckdb-browser-eh.worker.js`));
    await database.instantiate(new URL(`${DIST}duckdb-eh.wasm`, location.href).href);
    connection = await database.connect();
  },
  run: async (format, sql) => {
    const names = format === "delta" ? globalThis.deltaFiles.map((file) => `lineitem/${file}`) : ["lineitem.parquet"];
    const urls = names.map((name) => `'${new URL(`/data/${name}`, location.href).href}'`);
    const statement = sql.replace(/\blineitem\b/, `read_parquet([${urls.join(", ")}])`);
    // As text inside the engine: its decimals arrive as raw words otherwise.
    const table = await connection.query(`select cast(columns(*) as varchar) from (${statement})`);
    return { rows: table.toArray().map((row) => [...row].map(([, value]) => String(value))) };
  },
};
