// What is asked cold of every engine, in SQL that all understand, with what has to be read for it at least: columns,
// conditions by whose bounds pages can be left out, and `top`, the column and number of the greatest values.

export const FORMATS = { parquet: "Parquet, one file", delta: "Delta, 16 files" };

const Q1_COLUMNS = ["l_returnflag", "l_linestatus", "l_quantity", "l_extendedprice", "l_discount", "l_tax", "l_shipdate"];

const LINEITEM = (scale) => ({
  count: { sql: "select count(*) as n from lineitem", columns: [] },
  Q1: {
    sql: `select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
      sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
      sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
      avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order
    from lineitem where l_shipdate <= date '1998-09-02'
    group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus`,
    columns: Q1_COLUMNS,
    where: [["l_shipdate", "<=", "1998-09-02"]],
  },
  Q6: {
    sql: `select sum(l_extendedprice * l_discount) as revenue from lineitem
    where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'
      and l_discount between 0.05 and 0.07 and l_quantity < 24`,
    columns: ["l_shipdate", "l_discount", "l_quantity", "l_extendedprice"],
    where: [
      ["l_shipdate", ">=", "1994-01-01"], ["l_shipdate", "<", "1995-01-01"], ["l_discount", ">=", "0.05"],
      ["l_discount", "<=", "0.07"], ["l_quantity", "<", "24"],
    ],
  },
  "one key": {
    sql: `select l_orderkey, l_linenumber, l_partkey, l_quantity, l_extendedprice, l_shipmode from lineitem
    where l_orderkey = ${3_000_000 * scale} order by l_linenumber`,
    columns: ["l_orderkey", "l_linenumber", "l_partkey", "l_quantity", "l_extendedprice", "l_shipmode"],
    where: [["l_orderkey", "=", String(3_000_000 * scale)]],
  },
  "top ten": {
    sql: `select l_orderkey, l_linenumber, l_extendedprice from lineitem
    order by l_extendedprice desc, l_orderkey, l_linenumber limit 10`,
    columns: ["l_orderkey", "l_linenumber", "l_extendedprice"],
    top: ["l_extendedprice", 10],
  },
});

const Q3 = {
  sql: `select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate, o_shippriority
    from customer, orders, lineitem
    where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
      and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
    group by l_orderkey, o_orderdate, o_shippriority order by revenue desc, o_orderdate limit 10`,
  tables: [
    { file: "customer.parquet", columns: ["c_mktsegment", "c_custkey"] },
    { file: "orders.parquet", columns: ["o_custkey", "o_orderkey", "o_orderdate", "o_shippriority"], where: [["o_orderdate", "<", "1995-03-15"]] },
    { file: "lineitem.parquet", columns: ["l_orderkey", "l_extendedprice", "l_discount", "l_shipdate"], where: [["l_shipdate", ">", "1995-03-15"]] },
  ],
};

/** `{ name, format, sql, tables }`; `tables` is what ideal.py reads. */
export function coldQueries(scale) {
  const ofLineitem = Object.keys(FORMATS).flatMap((format) => Object.entries(LINEITEM(scale)).map(([name, { sql, ...read }]) => {
    const place = format === "delta" ? { delta: "lineitem" } : { file: "lineitem.parquet" };
    return { name, format, sql, tables: [{ ...place, ...read }] };
  }));
  return [...ofLineitem, { name: "Q3", format: "parquet", ...Q3 }];
}
