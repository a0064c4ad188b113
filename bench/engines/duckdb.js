// duckdb-wasm behind the same interface. It does not read Delta: it gets the list of the table's files.

import * as duckdb from "/modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs";
import { mentioned } from "./mentioned.js";

const DIST = "/modules/@duckdb/duckdb-wasm/dist/";
let database;
let connection;
let tables;
let held = false;

globalThis.engine = {
  start: async (given) => {
    tables = given;
    database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(`${DIST}duckdb-browser-eh.worker.js`));
    await database.instantiate(new URL(`${DIST}duckdb-eh.wasm`, location.href).href);
    connection = await database.connect();
  },
  /** All files as buffers in its memory, and a view over those of each table. */
  hold: async () => {
    for (const [name, table] of Object.entries(tables)) {
      const names = filesOf(table).map((_, file) => `${name}-${file}.parquet`);
      for (const [file, url] of filesOf(table).entries()) {
        await database.registerFileBuffer(names[file], new Uint8Array(await (await fetch(url)).arrayBuffer()));
      }
      await connection.query(`create view ${name} as from ${scanOf(names)}`);
    }
    held = true;
  },
  run: async (sql, { rows = true } = {}) => {
    // As text inside the engine: its decimals arrive as raw words otherwise.
    const statement = rows ? `select cast(columns(*) as varchar) from (${sql})` : sql;
    const table = await connection.query(held ? statement : remote(sql) + statement);
    return { rows: rows && table.toArray().map((row) => [...row].map(([, value]) => String(value))) };
  },
};

/** The tables of a statement over HTTP, as common table expressions that it may begin with. */
function remote(sql) {
  const given = Object.entries(mentioned(tables, sql));
  return given.length ? `with ${given.map(([name, table]) => `${name} as (from ${scanOf(filesOf(table))})`).join(", ")} ` : "";
}

function scanOf(names) {
  return `read_parquet([${names.map((name) => `'${name}'`).join(", ")}])`;
}

function filesOf({ url, files }) {
  return files ?? [url];
}
