// hyparquet with squirreling behind the same interface. It runs on the page's own thread and reads no Delta: it gets the
// list of the table's files. Row groups and pages are skipped by the comparisons of a column with a value. Its SQL knows
// no dates: here they are texts, whose order is the same.

import { asyncBufferFromUrl, cachedAsyncBuffer, parquetMetadataAsync, parquetScan } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { collect, executeSql } from "squirreling";
import { mentioned } from "./mentioned.js";

const OPERATORS = { "=": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte" };
const DATE = /\bcast\(('[\d-]+') as date\)|\bdate ('[\d-]+')/gi;
const PARSERS = { dateFromDays: (days) => new Date(days * 86_400_000).toISOString().slice(0, 10) };
const opened = new Map();
let tables;
let bytesOf = (url) => asyncBufferFromUrl({ url }).then(cachedAsyncBuffer);

globalThis.engine = {
  start: async (given) => {
    tables = given;
  },
  /** All files as buffers in memory. */
  hold: async () => {
    const held = new Map();
    for (const url of Object.values(tables).flatMap(filesOf)) held.set(url, await (await fetch(url)).arrayBuffer());
    bytesOf = async (url) => held.get(url);
  },
  run: async (sql) => {
    const sources = {};
    for (const [name, table] of Object.entries(mentioned(tables, sql))) sources[name] = source(await Promise.all(filesOf(table).map(open)));
    const rows = await collect(executeSql({ tables: sources, query: sql.replace(DATE, "$1$2") }));
    return { rows: rows.map((row) => Object.values(row).map(String)) };
  },
};

/** A file's bytes and footer, kept for the next query. */
function open(url) {
  if (!opened.has(url)) {
    opened.set(url, bytesOf(url).then(async (file) => ({ file, metadata: await parquetMetadataAsync(file, { parsers: PARSERS }) })));
  }
  return opened.get(url);
}

/** squirreling's view of files that are one table. */
function source(files) {
  const columns = files[0].metadata.schema.slice(1).map(({ name }) => name);
  const numRows = files.reduce((sum, { metadata }) => sum + Number(metadata.num_rows), 0);
  return {
    columns,
    numRows,
    scan: ({ columns: wanted = columns, where }) => ({ rows: () => rowsOf(files, wanted, pruning(where)), appliedWhere: false, appliedLimitOffset: false }),
  };
}

async function* rowsOf(files, columns, pruningFilter) {
  for (const { file, metadata } of files) {
    const { ranges, readColumn } = await parquetScan({ file, metadata, columns, compressors, parsers: PARSERS, pruningFilter, usePageIndex: Boolean(pruningFilter) });
    for (const { rowStart, rowEnd } of ranges) {
      const read = await Promise.all(columns.map((column) => readColumn({ column, rowStart, rowEnd })));
      for (let row = 0; row < rowEnd - rowStart; row += 1) yield rowOf(columns, read, row);
    }
  }
}

function rowOf(columns, read, row) {
  const resolved = {};
  const cells = {};
  for (const [at, column] of columns.entries()) {
    resolved[column] = read[at][row];
    cells[column] = () => Promise.resolve(read[at][row]);
  }
  return { columns, cells, resolved };
}

/** The comparisons of columns with values that a condition has joined by AND, as hyparquet takes them. */
function pruning(where) {
  const found = comparisons(where);
  return found.length ? { $and: found } : undefined;
}

function comparisons(node) {
  if (node?.type !== "binary") return [];
  if (node.op === "AND") return [...comparisons(node.left), ...comparisons(node.right)];
  const operator = OPERATORS[node.op];
  const isSimple = operator && node.left.type === "identifier" && node.right.type === "literal";
  return isSimple ? [{ [node.left.name]: { [operator]: node.right.value } }] : [];
}

function filesOf({ url, files }) {
  return files ?? [url];
}
