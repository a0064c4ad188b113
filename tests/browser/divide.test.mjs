// How a program is divided (src/bin/divide): what was called is learned, the first part does that alone, the rest comes
// when it is called for, and both together do what the whole does.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { ROOT, openTab, test } from "./browser.mjs";
import { Host } from "./host.mjs";
import { blank } from "./limn.mjs";

// Built with the site.
const DIVIDE = `${process.env.CARGO_TARGET_DIR ?? `${ROOT}target`}/debug/divide`;

let folder;
let host;
let tab;
let whole;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "limn-divide-"));
  const file = join(folder, "whole.wasm");
  const how = ["--edition=2024", "--crate-type=cdylib", "--target=wasm32-unknown-unknown", "-Copt-level=1", "-Csymbol-mangling-version=v0", "-Cdebuginfo=0"];
  execFileSync("rustc", [...how, `${ROOT}tests/browser/fixtures/divided.rs`, "-o", file], { cwd: ROOT });
  whole = await readFile(file);
  host = await Host.start({});
  host.fault("/blank.html", blank);
  tab = await openTab(`${host.origin}/blank.html`);
  await tab.page.evaluate(inPage);
});

after(async () => {
  await tab?.close();
  await host?.stop();
  if (folder) await rm(folder, { recursive: true });
});

function divide(words, input = whole) {
  return execFileSync(DIVIDE, words, { input, maxBuffer: 2 ** 26, stdio: ["pipe", "pipe", "pipe"] });
}

const text = (bytes) => bytes.toString("base64");

/** What the page does with programs: calls as `[name, ...numbers]`, and what they give. */
function inPage() {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const compiled = (text) => new WebAssembly.Module(bytes(text));
  const calling = (exports, calls) => calls.map(([name, ...numbers]) => String(exports[name](...numbers.map((n, at) => (name === "apply" && at === 0 ? n : BigInt(n))))));
  const heard = [];
  const imports = { env: { heard: (n) => heard.push(String(n)) } };
  window.takeHeard = () => heard.splice(0);
  window.runWhole = (program, calls) => calling(new WebAssembly.Instance(compiled(program), imports).exports, calls);
  window.runMarked = (program, calls) => {
    const { exports } = new WebAssembly.Instance(compiled(program), imports);
    calling(exports, calls);
    return Array.from(new Uint8Array(exports.marks.buffer));
  };
  window.runDivided = (first, rest, calls) => {
    let loads = 0;
    const load = () => {
      loads += 1;
      new WebAssembly.Instance(compiled(rest), { first: exports });
    };
    const { exports } = new WebAssembly.Instance(compiled(first), { ...imports, rest: { load } });
    return calls.map((call) => [...calling(exports, [call]), loads]);
  };
}

test("both parts together do what the whole does, and the usual is in the first", async () => {
  const usual = [["apply", 0, 8], ["direct", 5], ["calls"]];
  const marks = await tab.page.evaluate(([program, calls]) => window.runMarked(program, calls), [text(divide(["mark"])), usual]);
  const file = (name) => join(folder, name);
  await writeFile(file("marks"), Buffer.from(marks));
  await writeFile(file("used"), divide(["learn", file("marks")]));
  divide(["into", file("used"), file("first.wasm"), file("rest.wasm")]);
  const [first, rest] = await Promise.all(["first.wasm", "rest.wasm"].map((name) => readFile(file(name))));
  const calls = [...usual, ["direct", -3], ["apply", 1, 9], ["apply", 2, 4], ["direct", 6], ["apply", 0, 3], ["calls"]];
  const expected = await tab.page.evaluate(([program, calls]) => window.runWhole(program, calls), [text(whole), calls]);
  const expectedHeard = await tab.page.evaluate(() => window.takeHeard());
  const divided = await tab.page.evaluate(([first, rest, calls]) => window.runDivided(first, rest, calls), [text(first), text(rest), calls]);
  assert.deepEqual(divided.map(([value]) => value), expected);
  assert.ok(expectedHeard.length > 0);
  assert.deepEqual(await tab.page.evaluate(() => window.takeHeard()), expectedHeard);
  assert.deepEqual(divided.map(([, loads]) => loads), [0, 0, 0, 1, 1, 1, 1, 1, 1]);
  assert.ok(first.length < whole.length && rest.length < whole.length);
});

test("a program without names, and what is no program, are refused", () => {
  const refused = (input) => {
    try {
      divide(["mark"], input);
    } catch (error) {
      return String(error.stderr);
    }
    return "taken";
  };
  assert.match(refused(Buffer.from("0061736d01000000", "hex")), /has no names of functions/);
  assert.match(refused(Buffer.from("nonsense")), /^divide: /);
});
