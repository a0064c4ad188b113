// A finished result as JavaScript values. Each shape of src/protocol.rs has one decoder:
// integers are numbers, beyond 2^53 BigInt; decimals, dates, timestamps and times are strings; binary is Uint8Array;
// lists are arrays, maps are Map, structs are objects; NULL is null.

export class Result {
  #pages;
  #decode;
  #rows = null;

  /** `pages`: arrays of rows as the engine tells them; null when rows were not asked for. */
  constructor(answer, pages, arrow) {
    const keys = uniqueKeys(answer.columns.map((column) => column.name));
    /** `{ name, key, type, nullable }` each; `key` is the name in `rows`, unlike `name` where names repeat. */
    this.columns = answer.columns.map(({ name, typeName, nullable }, i) => ({ name, key: keys[i], type: typeName, nullable }));
    /** An Arrow IPC stream's bytes, or null. */
    this.arrow = arrow;
    /** What it cost: requests, bytes, files and row groups read of how many, milliseconds. */
    this.stats = answer.stats;
    /** The versions that were read, by table name. */
    this.versions = answer.versions;
    this.rowCount = answer.rows;
    this.#pages = pages;
    this.#decode = structDecoder(answer.columns.map(({ shape }, i) => [keys[i], shape]));
  }

  /** The rows as objects, decoded when first read; null when they were not asked for. */
  get rows() {
    if (this.#pages) {
      this.#rows = this.#pages.flatMap((page) => page.map(this.#decode));
      this.#pages = null;
    }
    return this.#rows;
  }
}

/** A decoder of one shape: from the protocol's typed JSON to a JavaScript value. */
export function decoder(shape) {
  const decode = decoders[shape.kind](shape);
  return (value) => (value === null ? null : decode(value));
}

const same = () => (value) => value;

const decoders = {
  null: same,
  boolean: same,
  integer: same,
  long: () => decodeLong,
  float: () => Number,
  decimal: same,
  text: same,
  binary: () => decodeHex,
  date: same,
  timestamp: same,
  time: same,
  list: ({ item }) => {
    const decode = decoder(item);
    return (values) => values.map(decode);
  },
  map: ({ key, value }) => {
    const [decodeKey, decodeValue] = [decoder(key), decoder(value)];
    return (pairs) => new Map(pairs.map(([k, v]) => [decodeKey(k), decodeValue(v)]));
  },
  struct: ({ fields }) => structDecoder(fields),
};

/** `fromEntries` defines its keys: a column named `__proto__` is a column and nothing else. */
function structDecoder(fields) {
  const keys = uniqueKeys(fields.map(([name]) => name));
  const decode = fields.map(([, shape]) => decoder(shape));
  return (values) => Object.fromEntries(values.map((value, i) => [keys[i], decode[i](value)]));
}

function decodeLong(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function decodeHex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Names in order, a repeated one as `name_2`, `name_3`: no value hides another. */
function uniqueKeys(names) {
  const taken = new Set(names);
  const seen = new Set();
  return names.map((name) => {
    if (!seen.has(name)) return seen.add(name) && name;
    let n = 2;
    while (taken.has(`${name}_${n}`)) n += 1;
    taken.add(`${name}_${n}`);
    return `${name}_${n}`;
  });
}
