// What is around the engine: its worker, its death and restart, and the JavaScript API's values,
// with an engine of our own in its seat that does what the statement says.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { host, tab } from "./seat.mjs";

/** Runs `code` in the page with a started Limn; its states are in `states`. */
const withLimn = (code, argument) =>
  tab.page.evaluate(
    async ([body, argument]) => {
      const { Limn, LimnError } = await import("/limn.js");
      const states = [];
      const limn = await Limn.start({ onState: (state) => states.push(state) });
      const caught = (promise) => promise.then((value) => ({ value }), ({ kind, subject, detail, message, name }) => ({ kind, subject, detail, message, name }));
      return new Function("limn", "states", "caught", "LimnError", "argument", `return (async () => { ${body} })()`)(
        limn, states, caught, LimnError, argument,
      );
    },
    [code, argument],
  );

test("values arrive as the types that the API promises", async () => {
  const seen = await withLimn(`
    const result = await limn.query("rows");
    const [first, second] = result.rows;
    return {
      names: result.columns.map(({ name, key, type }) => [name, key, type]),
      keys: Object.keys(first),
      own: Object.hasOwn(first, "__proto__") && first["__proto__"],
      plain: Object.getPrototypeOf(first) === Object.prototype,
      safe: first.id, big: typeof second.id + second.id, again: first.id_2, price: first.price,
      nan: Number.isNaN(first.f), infinity: second.f === -Infinity,
      bytes: first.bytes instanceof Uint8Array && [...first.bytes],
      map: first.m instanceof Map && [...first.m],
      struct: [Object.entries(first.s), Object.getPrototypeOf(first.s) === Object.prototype],
      nulls: [second.id_2, second.price, second.bytes, second.m, second.s],
      count: result.rows.length, same: result.rows === result.rows, last: result.rows.at(-1).id,
      arrow: result.arrow instanceof Uint8Array && [...result.arrow],
      stats: result.stats, versions: result.versions,
    }`);
  assert.deepEqual(seen.keys, ["id", "id_2", "__proto__", "price", "f", "bytes", "m", "s"]);
  assert.deepEqual(seen.names.slice(0, 2), [["id", "id", "long"], ["id", "id_2", "integer"]]);
  assert.equal(seen.own, "<img src=x onerror=alert(1)>");
  assert.ok(seen.plain && seen.nan && seen.infinity && seen.same);
  assert.deepEqual([seen.safe, seen.big, seen.again, seen.price], [9007199254740991, "bigint9007199254740993", 1, "12.340"]);
  assert.deepEqual([seen.bytes, seen.map, seen.arrow], [[0, 255, 16], [["a", 1]], [1, 2, 3]]);
  assert.deepEqual(seen.struct, [[["__proto__", "p"], ["xs", [1, null]]], true]);
  assert.deepEqual(seen.nulls, [null, null, null, null, null]);
  assert.deepEqual([seen.count, seen.last], [20_002, -19_999]);
  assert.deepEqual([seen.stats.filesTotal, seen.versions], [3, { t: 3 }]);
});

test("a result that outgrew its budget is no result", async () => {
  const { kind } = await withLimn(`return caught(limn.query("partial"))`);
  assert.equal(kind, "TooBig");
});

test("errors are LimnError with kind, subject and detail", async () => {
  const seen = await withLimn(`
    const error = await limn.query("error Denied").catch((error) => error);
    return [error instanceof LimnError, error instanceof Error, error.kind, error.subject, error.detail, error.message]`);
  assert.deepEqual(seen, [true, true, "Denied", "fake", "as told", "fake: as told"]);
});

test("progress is told while a query runs", async () => {
  const seen = await withLimn(`
    const told = [];
    await limn.query("slow 20", { onProgress: (stats) => told.push(stats) });
    return told`);
  assert.deepEqual(seen, [{ requests: 1, bytes: 2, rows: 0 }]);
});

test("a signal stops a query that listens, and nothing else", async () => {
  const seen = await withLimn(`
    const stop = new AbortController();
    const other = limn.query("slow 300");
    const stopped = caught(limn.query("never", { signal: stop.signal }));
    setTimeout(() => stop.abort(), 20);
    return { stopped: (await stopped).kind, other: (await caught(other)).kind ?? "fine", states: states.map((s) => s.state) }`);
  assert.equal(seen.stopped, "Cancelled");
  assert.equal(seen.other, "fine");
  assert.ok(!seen.states.includes("crashed"));
});

test("a signal that was aborted before asks nothing", async () => {
  const { kind } = await withLimn(`return caught(limn.query("rows", { signal: AbortSignal.abort() }))`);
  assert.equal(kind, "Cancelled");
});

test("a query that does not listen is stopped with its engine, and the next one works", async () => {
  const seen = await withLimn(`
    const stop = new AbortController();
    const tables = { t: { url: "/t" } };
    await caught(limn.query("rows", { tables }));
    const bystander = caught(limn.query("never"));
    const stopped = caught(limn.query("spin", { signal: stop.signal }));
    setTimeout(() => stop.abort(), 20);
    const kind = (await stopped).kind;
    const opened = JSON.parse((await caught(limn.query("tables", { tables }))).detail);
    return { kind, bystander: (await bystander).kind, opened, states: states.map((s) => s.state) }`);
  assert.equal(seen.kind, "Cancelled");
  assert.equal(seen.bystander, "Crashed");
  assert.deepEqual(seen.opened, { t: { urls: [`${host.origin}/t`] }, opened: 1 });
  assert.ok(seen.states.join().endsWith("ready,crashed,starting,ready"), seen.states.join());
});

for (const death of ["panic", "trap"]) {
  test(`an engine that dies by ${death} is told, restarted, and asked again`, async () => {
    const seen = await withLimn(`
      const first = await caught(limn.query("${death}"));
      const second = await limn.query("rows", { arrow: false });
      return { first, rows: second.rows.length, arrow: second.arrow, states: states.filter((s) => s.state === "crashed") }`);
    assert.equal(seen.first.kind, "Crashed");
    assert.match(seen.first.detail, death === "panic" ? /the fake panicked/ : /unreachable/);
    assert.match(seen.first.detail, /started again/);
    assert.deepEqual([seen.rows, seen.arrow, seen.states.length], [20_002, null, 1]);
  });
}

test("a rejected promise that nobody took does not end the engine", async () => {
  const seen = await withLimn(`
    await limn.query("harmless");
    return states.map((s) => s.state)`);
  assert.ok(!seen.includes("crashed"));
});

test("an engine that dies again and again is given up with a reason", async () => {
  const seen = await withLimn(`
    const kinds = [];
    for (let i = 0; i < 5; i++) kinds.push(await caught(limn.query("panic")));
    return { kinds: kinds.map((k) => k.kind), last: kinds.at(-1).detail, states: states.map((s) => s.state) }`);
  assert.deepEqual(seen.kinds, Array(5).fill("Crashed"));
  assert.match(seen.last, /4 times in a minute/);
  assert.equal(seen.states.at(-1), "failed");
});

test("a worker that was killed is found out by its silence", async () => {
  await tab.page.clock.install();
  await tab.page.evaluate(async () => {
    const { Limn } = await import("/limn.js");
    window.states = [];
    window.limn = await Limn.start({ onState: ({ state }) => window.states.push(state) });
    window.killed = window.limn.query("killed").catch((error) => error);
  });
  await tab.page.clock.runFor(60_000);
  const seen = await tab.page.evaluate(async () => {
    const { kind, detail } = await window.killed;
    return { kind, detail, rows: (await window.limn.query("rows")).rowCount, states: window.states };
  });
  assert.deepEqual([seen.kind, seen.rows], ["Crashed", 20_002]);
  assert.match(seen.detail, /stopped answering/);
  assert.equal(seen.states.at(-1), "ready");
});

test("a statement that takes long is not taken for a dead engine", async () => {
  await tab.page.clock.install();
  await tab.page.evaluate(async () => {
    const { Limn } = await import("/limn.js");
    window.states = [];
    window.limn = await Limn.start({ onState: ({ state }) => window.states.push(state) });
    window.limn.query("never").catch(() => {});
  });
  // In steps, so that the answers to pings, which come from another thread, are heard in between.
  for (let i = 0; i < 20; i++) await tab.page.clock.runFor(5_000);
  assert.ok(!(await tab.page.evaluate(() => window.states)).includes("crashed"));
});

test("tables are shared by what they are and replaced when no query uses them", async () => {
  const seen = await withLimn(`
    const ask = async (tables) => JSON.parse((await caught(limn.query("tables", { tables }))).detail);
    const one = await ask({ t: { url: "/a", version: 1 } });
    const same = await ask({ t: { url: "/a", version: 1 } });
    const when = await ask({ t: { url: "/a", version: new Date(0) } });
    const files = await ask({ t: { url: ["/a.parquet", "b.parquet"] } });
    return { one, same, when, files }`);
  const { origin } = host;
  assert.deepEqual(seen.one, { t: { urls: [`${origin}/a`], version: { version: 1 } }, opened: 1 });
  assert.equal(seen.same.opened, 1);
  assert.deepEqual(seen.when, { t: { urls: [`${origin}/a`], version: { timestamp: "1970-01-01T00:00:00.000Z" } }, opened: 2 });
  assert.deepEqual(seen.files, { t: { urls: [`${origin}/a.parquet`, `${origin}/b.parquet`] }, opened: 3 });
});

test("a query waits for the name that another one uses for another table", async () => {
  const seen = await withLimn(`
    const order = [];
    const note = (name) => () => order.push(name);
    const first = limn.query("slow 150", { tables: { t: { url: "/a" } } }).then(note("first"));
    const second = caught(limn.query("tables", { tables: { t: { url: "/b" } } })).then((seen) => (order.push("second"), seen));
    const impatient = caught(limn.query("tables", { tables: { t: { url: "/c" } }, signal: AbortSignal.timeout(20) }));
    return { impatient: (await impatient).kind, second: JSON.parse((await second).detail), order: (await first, order) }`);
  assert.equal(seen.impatient, "Cancelled");
  assert.deepEqual(seen.order, ["first", "second"]);
  assert.deepEqual(seen.second, { t: { urls: [`${host.origin}/b`] }, opened: 2 });
});

test("a table that cannot be opened fails its query only, and is tried again", async () => {
  const seen = await withLimn(`
    const tables = { t: { url: "/missing" } };
    const first = await caught(limn.query("rows", { tables }));
    const second = await caught(limn.query("rows", { tables }));
    const third = await caught(limn.query("rows", { tables: { t: { url: "http://[" } } }));
    const fourth = await caught(limn.query("rows", { tables: { t: { url: "/a", version: -1 } } }));
    return [first.kind, second.kind, third.kind, fourth.kind, (await limn.query("rows")).rowCount]`);
  assert.deepEqual(seen, ["NotFound", "NotFound", "BadLink", "BadLink", 20_002]);
});

test("closing ends what is under way", async () => {
  const seen = await withLimn(`
    const open = caught(limn.query("never"));
    await new Promise((done) => setTimeout(done, 20));
    limn.close();
    return [(await open).kind, (await caught(limn.query("rows"))).kind]`);
  assert.deepEqual(seen, ["Cancelled", "Cancelled"]);
});
