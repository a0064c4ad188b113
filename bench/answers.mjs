// Whether two answers are the same: cells as text, or as numbers that differ by no more than averages are rounded.

const ROUNDING = 1e-6;
// How the engines and the official answers write it.
const NULL = /^(null|None|)$/;

/** Throws unless `rows` are `expected`. */
export function assertSame(what, rows, expected) {
  const difference = differs(rows, expected);
  if (difference) throw new Error(`${what}: ${difference}`);
}

/** The first difference, in words; null when there is none. */
export function differs(rows, expected) {
  if (rows.length !== expected.length) return `${rows.length} rows instead of ${expected.length}`;
  for (const [at, row] of rows.entries()) {
    if (row.length !== expected[at].length) return `${row.length} columns instead of ${expected[at].length}`;
    const cell = row.findIndex((value, column) => !close(value, expected[at][column]));
    if (cell >= 0) return `row ${at}, column ${cell}: ${row[cell]} instead of ${expected[at][cell]}`;
  }
  return null;
}

function close(left, right) {
  if (left === right || (NULL.test(left) && NULL.test(right))) return true;
  const [a, b] = [left, right].map((text) => (text.trim() === "" ? NaN : Number(text)));
  // Decimal averages have six digits after the point.
  return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(b));
}
