// Buffers that cross between workers and are filled again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Spares } from "../../www/spares.js";

test("a buffer that came back is taken again for as much, or a little less", () => {
  const spares = new Spares();
  const first = spares.take(100_000);
  assert.equal(first.byteLength, 100_000);
  assert.ok(first.buffer.byteLength >= 100_000 && first.buffer.byteLength <= 125_000);
  spares.give([first.buffer]);
  const second = spares.take(90_000);
  assert.equal(second.buffer, first.buffer);
  assert.equal(second.byteLength, 90_000);
  assert.notEqual(spares.take(90_000).buffer, first.buffer, "it is taken");
});

test("one that is too small, or far too large, stays", () => {
  const spares = new Spares();
  const { buffer } = spares.take(400_000);
  spares.give([buffer]);
  assert.notEqual(spares.take(buffer.byteLength + 1).buffer, buffer);
  assert.notEqual(spares.take(100_000).buffer, buffer);
  assert.equal(spares.take(400_000).buffer, buffer);
});

test("what is small, or too much, is not kept", () => {
  const spares = new Spares();
  const { buffer: small } = spares.take(1000);
  assert.equal(small.byteLength, 1000);
  spares.give([small]);
  assert.notEqual(spares.take(1000).buffer, small);
  const large = Array.from({ length: 3 }, () => new ArrayBuffer(30 * 2 ** 20));
  spares.give(large);
  const taken = Array.from({ length: 3 }, () => spares.take(30 * 2 ** 20).buffer);
  assert.deepEqual(taken.map((buffer) => large.includes(buffer)), [true, true, false]);
  spares.give(taken);
  spares.clear();
  assert.ok(!taken.includes(spares.take(30 * 2 ** 20).buffer));
});

test("nothing to take is nothing", () => {
  assert.equal(new Spares().take(0).byteLength, 0);
});
