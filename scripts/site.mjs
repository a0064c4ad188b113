// Trunk's last step (Trunk.toml): makes what it built and what it does not know of into the site.
// Bundles scripts and styles, copies the static files, divides and packs the engine, marks every file with one version, tells
// the service worker what they are, checks sizes.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const WWW = fileURLToPath(new URL("../www/", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../target", import.meta.url));
const STATIC = ["lazy.js", "save.js", "disk.js", "api.html", "api-example.js", "api.css"];
const MODULE = { format: "esm", legalComments: "eof", target: "es2022" };
// Some hosts send WebAssembly as something else, which a browser refuses to compile while it comes.
const INSTANTIATE = `
async function instantiate(src, imports) {
  const response = await src;
  if (!response.ok) throw new Error(response.url + ": " + response.status);
  const isWasm = response.headers.get("content-type") === "application/wasm";
  return isWasm ? WebAssembly.instantiateStreaming(response, imports) : WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
`;
const ENGINE = { whole: "engine_bg.wasm", parts: ["engine_bg.wasm", "engine_rest.wasm"] };
// Which of its functions are in the first part (src/bin/divide); scripts/learn writes it.
const USED = fileURLToPath(new URL("engine.used", import.meta.url));
const LEVEL = ["-19", "--long=23"];
// Some static hosts refuse larger files.
const MAX_BYTES = 25 * 2 ** 20;

const out = process.env.TRUNK_STAGING_DIR ?? process.argv[2];
// What is needed together is one file: over HTTP/1.1 each file of a chain is a round trip.
await bundle("boot.js", { ...MODULE, external: ["./app.js", "./limn.js"] });
await bundle("limn.js", MODULE);
await bundle("worker.js", MODULE);
await bundle("hands.js", MODULE);
await bundle("loader.js", MODULE);
await bundle("editor.js", MODULE);
await bundle("chart.js", MODULE);
await bundle("style/index.css", { outfile: join(out, "style.css") });
for (const name of STATIC) await cp(join(WWW, name), join(out, name));
await cp(join(WWW, "lake"), join(out, "lake"), { recursive: true, filter: (path) => !path.endsWith(".py") });
// Without it GitHub Pages drops every folder that begins with _, a table's _delta_log among them.
await writeFile(join(out, ".nojekyll"), "");
for (const name of await divide("app")) await lean(name);
const engine = await packEngine();
await serveFromCache(await markVersion(), engine);
await checkSizes();

async function bundle(name, options) {
  const { build } = createRequire(join(WWW, "package.json"))("esbuild");
  await build({ entryPoints: [join(WWW, name)], outfile: join(out, name), bundle: true, minify: true, ...options });
}

/** Divides a program into the parts that src/ui/later.rs names, and what they share, in place of the whole. */
async function divide(program) {
  const parts = await mkdtemp(join(tmpdir(), "limn-"));
  const whole = join(TARGET, "wasm32-unknown-unknown/page", `${program}.wasm`);
  const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  run("wasm-split-cli", "--target", "web", "--out-name", program, whole, parts);
  run(
    "wasm-bindgen", "--keep-lld-exports", "--target", "web", "--no-typescript", "--out-name", program, "--out-dir", out,
    join(parts, `${program}.wasm`),
  );
  const names = (await readdir(parts)).filter((name) => name.endsWith(".wasm") && name !== `${program}.wasm`);
  for (const name of names) await cp(join(parts, name), join(out, name));
  const streamed = "WebAssembly.instantiateStreaming(src, imports)";
  const loader = await readFile(join(parts, "__wasm_split.js"), "utf8");
  if (!loader.includes(streamed)) throw new Error("__wasm_split.js loads parts in another way than scripts/site.mjs knows");
  await writeFile(join(out, "parts.js"), loader.replaceAll(streamed, "instantiate(src, imports)") + INSTANTIATE);
  // What the program calls its imports by stays: only the file has another name.
  await rewrite(`${program}.js`, /(\bfrom\s*["']\.\/)__wasm_split\.js/g, "$1parts.js");
  await rm(parts, { recursive: true });
  return [`${program}_bg.wasm`, ...names];
}

async function lean(name) {
  const path = join(out, name);
  await writeFile(path, withoutCustomSections(await readFile(path)));
}

/** Divides the engine and packs its parts, with what unpacks them beside them (www/unpack.js); gives the parts unpacked. */
async function packEngine() {
  const parts = await divideEngine();
  await rm(join(out, ENGINE.whole));
  await letLoadRest();
  const folder = join(TARGET, "packed");
  await mkdir(folder, { recursive: true });
  const files = ENGINE.parts.map((name) => `${sha256(parts[name], "hex")}-${LEVEL.join("")}.zst`);
  // What was packed before is kept, as an engine seldom changes and packing takes half a minute; the last build is enough.
  for (const old of await readdir(folder)) if (!files.includes(old)) await rm(join(folder, old));
  for (const [at, name] of ENGINE.parts.entries()) {
    const file = join(folder, files[at]);
    if (!existsSync(file)) await pack(parts[name], file);
    await cp(file, join(out, `${name}.zst`));
  }
  await writeFile(join(out, "unzstd.wasm"), await decoder());
  return parts;
}

/** The engine's parts, by name. Its whole has the names of functions, the parts have not. */
async function divideEngine() {
  const folder = await mkdtemp(join(tmpdir(), "limn-"));
  const paths = ENGINE.parts.map((name) => join(folder, name));
  const build = ["run", "--quiet", "--locked", "--bin", "divide", "--features", "divide", "--", "into", USED, ...paths];
  execFileSync("cargo", build, { input: await readFile(join(out, ENGINE.whole)), stdio: ["pipe", "inherit", "inherit"] });
  const parts = await Promise.all(paths.map((path) => readFile(path)));
  await rm(folder, { recursive: true });
  return Object.fromEntries(ENGINE.parts.map((name, at) => [name, parts[at]]));
}

/** The first part imports what loads the rest (www/worker.js) beside what wasm-bindgen knows of. */
async function letLoadRest() {
  const glue = await readFile(join(out, "engine.js"), "utf8");
  const known = /("\.\/engine_bg\.js": import0,)/;
  if (!known.test(glue)) throw new Error("engine.js imports in another way than scripts/site.mjs knows");
  await rewrite("engine.js", known, '$1 "rest": { load: () => self.limn_rest() },');
}

async function pack(wasm, file) {
  await writeFile(`${file}.raw`, wasm);
  execFileSync("zstd", ["--quiet", "--force", ...LEVEL, `${file}.raw`, "-o", `${file}.unfinished`]);
  await rm(`${file}.raw`);
  await rename(`${file}.unfinished`, file);
}

/** The package has it as a text in its script, which would be fetched as a data: URL. */
async function decoder() {
  const script = await readFile(join(WWW, "node_modules/zstddec/dist/zstddec-stream.mjs"), "utf8");
  const wasm = Buffer.from(/["']([\w+/]{10000,}={0,2})["']/.exec(script)?.[1] ?? "", "base64");
  if (!WebAssembly.validate(wasm)) throw new Error("zstddec has its decoder in another form than scripts/site.mjs knows");
  return wasm;
}

function sha256(bytes, encoding) {
  return createHash("sha256").update(bytes).digest(encoding);
}

/** Custom sections (function names, producers) mean nothing to a browser: WebAssembly core 1.0, section 5.5.3. */
function withoutCustomSections(wasm) {
  const kept = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const { value: size, end } = readLeb(wasm, at + 1);
    if (wasm[at] !== 0) kept.push(wasm.subarray(at, end + size));
    at = end + size;
  }
  return Buffer.concat(kept);
}

function readLeb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    value += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at] < 0x80) return { value, end: at + 1 };
  }
}

/** One ?v=<hash> on every import, script and style: a cache never pairs files of two builds. Gives the hash. */
async function markVersion() {
  const names = (await readdir(out)).filter((name) => /\.(js|css|html|wasm|zst)$/.test(name)).sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(join(out, name)));
  const version = hash.digest("hex").slice(0, 12);
  const mark = `?v=${version}`;
  const imports = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.\/[\w.-]+\.js)\2/g;
  const parts = /(\bnew URL\()(["'])(\.\/[\w.-]+\.wasm)\2/g;
  const tags = /(<(?:script|link)\b[^>]*\b(?:src|href)=["']?)(\.\/[\w.-]+\.(?:js|css|wasm))(?=["'\s>])/g;
  for (const name of names) {
    if (name.endsWith(".js")) await rewrite(name, imports, `$1$2$3${mark}$2`);
    if (name === "parts.js") await rewrite(name, parts, `$1$2$3${mark}$2`);
    if (name.endsWith(".html")) await rewrite(name, tags, `$1$2${mark}`);
  }
  return version;
}

/** Bundles the service worker with what it keeps: the program's files as they are now, the engine's parts unpacked. */
async function serveFromCache(version, engine) {
  const build = { version, bytes: 0, files: {} };
  const names = (await readdir(out)).filter((name) => /\.(html|js|css|wasm)$/.test(name) && !/^(api\b|api-|sw\.js)/.test(name));
  // First what a host is most likely to have changed, last what takes longest.
  for (const name of names.sort((a, b) => b.endsWith(".html") - a.endsWith(".html"))) {
    const bytes = await readFile(join(out, name));
    build.files[name] = sha256(bytes, "base64");
    build.bytes += bytes.length;
  }
  for (const [name, wasm] of Object.entries(engine)) {
    build.files[name] = sha256(wasm, "base64");
    build.bytes += wasm.length;
  }
  await bundle("sw.js", { format: "iife", target: "es2022", banner: { js: `const BUILD=${JSON.stringify(build)};` } });
}

async function rewrite(name, pattern, replacement) {
  const path = join(out, name);
  await writeFile(path, (await readFile(path, "utf8")).replace(pattern, replacement));
}

async function checkSizes() {
  const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const entry of files) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new Error(`${relative(out, path)} has ${size} bytes; static hosts refuse more than ${MAX_BYTES}`);
  }
}
