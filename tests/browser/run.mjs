// All browser tests in one process, so that they share one Chromium: node --test tests/browser/run.mjs

import { after } from "node:test";

import { closeBrowser } from "./browser.mjs";

await import("./serve.test.mjs");
await import("./glue.test.mjs");

after(closeBrowser);
