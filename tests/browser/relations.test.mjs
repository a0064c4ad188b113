// What completion knows of a statement that is being written. Pure: no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { callAt, fieldsOf, statementAt, visibleAt } from "../../www/relations.js";

const COLUMNS = [
  { name: "id", type: "bigint" },
  { name: "s", type: 'struct<a: int, "B c": struct<d: string, e: decimal(3,2)>, f: list<string>>' },
];
const TABLES = [{ name: "t", columns: COLUMNS }, { name: "My T", columns: [{ name: "x", type: "int" }] }];

/** What can be named at the `|`: `alias(columns)`, and the common tables. */
function at(marked) {
  const pos = marked.indexOf("|");
  const { relations, common } = visibleAt(statementAt(marked.replace("|", ""), pos), pos, TABLES);
  return [...relations.map(({ alias, columns }) => `${alias}(${columns.map(({ name }) => name)})`), ...common.map(({ name }) => name)].join(" ");
}

for (const [marked, expected] of [
  ["select | from t", "t(id,s)"],
  ['select | from public."My T" as m', "m(x)"],
  ["select 1 from t; select | from t as u for", "u(id,s)"],
  ["select * from t for version as of 3 v where |", "v(id,s)"],
  ["select * from t a, t b where |", "a(id,s) b(id,s)"],
  ["select * from t where id in (select | from t q)", "q(id,s) t(id,s)"],
  ["with a as (select id, s as z, count(*) n, t.* from t) select | from a", "a(id,z,n,id,s) a"],
  ["with a as (select 1), b(q) as (select | from t) select 1 from b", "t(id,s) a b"],
  ["select | from (select id + 1 as k, 'from t' as l from t) j join t on", "j(k,l) t(id,s)"],
  ["select -- from t\n | from generate_series(1, 2) g left join t", "t(id,s)"],
  ["select | from nothing, (select 1", ""],
  ["|", ""],
]) {
  test(`names at ${marked}`, () => assert.equal(at(marked), expected));
}

test("the call around a place, and which argument is written", () => {
  const call = (marked) => {
    const found = callAt(statementAt(marked.replace("|", ""), marked.indexOf("|")), marked.indexOf("|"));
    return found && [found.name, found.argument];
  };
  assert.deepEqual(call("select substr('a(,', | from t"), ["substr", 1]);
  assert.deepEqual(call("select coalesce(id, max(1, 2), |)"), ["coalesce", 2]);
  assert.deepEqual(call("select (1, |)"), ["select", 1]);
  assert.equal(call("select max(id) | from t"), null);
});

test("fields of structs", () => {
  const names = (type) => fieldsOf(type).map(({ name }) => name);
  assert.deepEqual(names(COLUMNS[1].type), ["a", "B c", "f"]);
  assert.deepEqual(fieldsOf(COLUMNS[1].type)[1].type, "struct<d: string, e: decimal(3,2)>");
  assert.deepEqual([names("list<struct<a: int>>"), names("int"), names(undefined)], [[], [], []]);
});
