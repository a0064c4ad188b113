// One Chromium for all tests of a file, closed behind them, and what a tab in it said. With FIREFOX, a path, one of those
// instead, as it is installed: `make test-firefox`.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { after, test as plainTest } from "node:test";
import { fileURLToPath } from "node:url";

const { chromium, firefox } = createRequire(new URL("../../www/package.json", import.meta.url))("playwright-core");

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const { FIREFOX } = process.env;

// Nothing that a browser does on its own account may look for a network outside the machine.
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

// What takes a second on a quiet machine may take twenty on one that builds something else: a wait ends late, so that
// it fails for what it waits for and not for the machine. A test that hangs fails alone, and not the file with it.
const WAIT_MILLIS = 120_000;
const TEST_MILLIS = 300_000;

export const test = (name, work) => plainTest(name, { timeout: TEST_MILLIS }, work);

let browser = null;

// Others than tests leave their browser to the end of the process.
if (process.argv[1]?.endsWith(".test.mjs")) {
  after(async () => {
    const open = browser;
    browser = null;
    await open?.close();
  });
}

/**
 * A tab of its own, with nothing stored, or one more of `context`. `{ page, said, close }`; `said` holds console errors and
 * policy violations. What the page has its browser keep for the next visit is left out unless a test is about it: it would
 * be written beside whatever else a test does.
 */
export async function openTab(url, { context, ...options } = {}) {
  context ??= await openContext(options);
  const page = await context.newPage();
  const said = { errors: [], violations: [] };
  page.on("console", (message) => message.type() === "error" && said.errors.push(message.text()));
  await page.exposeBinding("tellViolation", (_, violation) => said.violations.push(violation));
  await page.addInitScript(watchPolicy);
  page.on("pageerror", (error) => said.errors.push(String(error)));
  await page.goto(url);
  return { page, said, close: async () => browser && (await context.close()) };
}

async function openContext(options) {
  browser ??= await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block", ...options });
  if (!FIREFOX) await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  context.setDefaultTimeout(WAIT_MILLIS);
  return context;
}

function launch() {
  if (FIREFOX) return firefox.launch({ channel: "moz-firefox", executablePath: FIREFOX, headless: true });
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: FLAGS });
}

/** Runs in the page: tells what the security policy refused. */
function watchPolicy() {
  document.addEventListener("securitypolicyviolation", (event) => {
    // Chromium's own editing writes style attributes into an editable line, is refused, and does without.
    const isEditing = event.effectiveDirective === "style-src-attr" && event.composedPath()[0].isContentEditable;
    if (!isEditing) window.tellViolation(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
  });
}

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
  if (!found) throw new Error("no chromium on PATH: scripts/setup test installs it, or name one in CHROMIUM");
  return found;
}
