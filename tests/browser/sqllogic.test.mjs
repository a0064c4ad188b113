// DataFusion's own SQL tests, replayed in Chromium: the statements that passed natively (tests/native/sqllogic.rs
// leaves them in target/sqllogic) give the same cells from the wasm engine.
// Files that cannot be replayed are in sqllogic-left-out.txt with the reason. A long file is sampled;
// LIMN_SQLLOGIC_ALL=1 asks every statement, LIMN_SQLLOGIC=<part of a path> some files.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before } from "node:test";

import { ROOT, openTab, test } from "./browser.mjs";
import { instead } from "./host.mjs";
import { startHosts } from "./limn.mjs";

const FOLDER = `${process.env.CARGO_TARGET_DIR ?? `${ROOT}target`}/sqllogic`;
// Files are many and alike: of each, this many statements and all that the others rest on.
const STATEMENTS = process.env.LIMN_SQLLOGIC_ALL ? Infinity : 40;

let hosts;
let tab;

before(async () => {
  hosts = await startHosts();
  hosts.site.fault("/replay.js", instead(`${ROOT}tests/browser/fixtures/replay.js`));
  tab = await openTab(`${hosts.site.origin}/blank.html`);
});

after(async () => {
  await tab?.close();
  await hosts?.stop();
});

const index = existsSync(`${FOLDER}/index.json`) ? JSON.parse(readFileSync(`${FOLDER}/index.json`, "utf8")) : {};
const leftOut = readFileSync(`${ROOT}tests/browser/sqllogic-left-out.txt`, "utf8").match(/^[^#\s]\S*/gm);
const names = Object.keys(index)
  .filter((name) => name.includes(process.env.LIMN_SQLLOGIC ?? ""))
  .filter((name) => !leftOut.includes(name.replace(/\.json$/, "")));

test("the native tests left statements to replay", () => assert.ok(names.length > 0, `run the native tests first: ${FOLDER} is empty`));

for (const name of names) {
  test(`sqllogic ${name}`, async () => {
    const statements = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
    const stride = Math.max(1, Math.ceil(statements.length / STATEMENTS));
    const { asked, differences } = await tab.page.evaluate(
      async ([statements, stride]) => (await import("/replay.js")).replay(statements, stride),
      [statements, stride],
    );
    assert.ok(asked > 0 || statements.length === 0);
    assert.deepEqual(differences, []);
  });
}
