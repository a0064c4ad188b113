// What is asked of both engines, in SQL that both understand. Only one table is named in each.

export const queries = (scale) => ({
  count: "select count(*) as n from lineitem",
  Q1: `select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
      sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
      sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
      avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order
    from lineitem where l_shipdate <= date '1998-09-02'
    group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus`,
  Q6: `select sum(l_extendedprice * l_discount) as revenue from lineitem
    where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'
      and l_discount between 0.05 and 0.07 and l_quantity < 24`,
  "one key": `select l_orderkey, l_linenumber, l_partkey, l_quantity, l_extendedprice, l_shipmode from lineitem
    where l_orderkey = ${3_000_000 * scale} order by l_linenumber`,
  "top ten": `select l_orderkey, l_linenumber, l_extendedprice from lineitem
    order by l_extendedprice desc, l_orderkey, l_linenumber limit 10`,
});

/** Throws unless two answers are the same: as text, or as numbers that differ by no more than averages are rounded. */
export function assertSame(what, left, right) {
  const same = left.length === right.length && left.every((row, i) => row.length === right[i].length && row.every((cell, j) => close(cell, right[i][j])));
  if (!same || left.length === 0) {
    throw new Error(`${what}: the answers differ\n${JSON.stringify(left)}\n${JSON.stringify(right)}`);
  }
}

const ROUNDING = 1e-6;

function close(left, right) {
  if (left === right) return true;
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a) * 1e-6);
}
