// Every view of the page is held against axe-core's rules (WCAG 2.0 to 2.2, A and AA, and its best practice), in light
// and dark, wide and narrow. axe is evaluated in the page, which needs no loosening of the page's security policy.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";

import { ROOT, test } from "./browser.mjs";
import { startSite, TOURS, walk } from "./views.mjs";

const AXE = readFileSync(`${ROOT}www/node_modules/axe-core/axe.min.js`, "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const WINDOWS = { wide: { width: 1400, height: 900 }, narrow: { width: 390, height: 844 } };

let site;

before(async () => {
  site = await startSite();
});

after(async () => {
  await site?.stop();
});

/** Violations as lines: the view, the rule, the element, and what is wrong with it. */
async function violations(page, view) {
  const found = [];
  await page.evaluate(AXE);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const results = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), TAGS);
    for (const { id, nodes } of results.violations) {
      for (const { target, html, failureSummary } of nodes) {
        found.push(`${view}, ${colorScheme}: ${id}: ${target.join(" ")} ${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, " ")}`);
      }
    }
  }
  return found;
}

for (const [size, viewport] of Object.entries(WINDOWS)) {
  for (const [name, tour] of Object.entries(TOURS)) {
    test(`${size}: ${name}`, async () => {
      const found = [];
      const see = async (view, page) => void found.push(...(await violations(page, view)));
      const refused = await walk(tour, site, see, { viewport });
      assert.deepEqual([found, refused], [[], []]);
    });
  }
}
