/** Of `tables`, those whose names a statement has: an engine pays only for what is asked for. */
export function mentioned(tables, sql) {
  return Object.fromEntries(Object.entries(tables).filter(([name]) => new RegExp(`\\b${name}\\b`, "i").test(sql)));
}
