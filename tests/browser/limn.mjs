// A tab with the JavaScript API in it, on the built site: what a test asks of the engine without the page.

import { existsSync } from "node:fs";

import { ROOT, openTab } from "./browser.mjs";
import { Host } from "./host.mjs";

export const DIST = process.env.DIST ?? `${ROOT}dist`;
export const DATA = `${ROOT}tests/data`;

/** An empty page of the site's own origin. */
export const blank = ({ response }) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");

/** The built site on a port, and the tests' tables on another: every read of a table crosses origins. */
export async function startHosts() {
  if (!existsSync(`${DIST}/limn.js`)) throw new Error("dist/ is not built: make dist");
  const [site, lake] = await Promise.all([
    Host.start({ "/": DIST }),
    Host.start({ "/": DATA, "/lake/": `${DIST}/lake/` }),
  ]);
  site.fault("/blank.html", blank);
  return { site, lake, stop: () => Promise.all([site.stop(), lake.stop()]) };
}

/** A tab in which `limn` has started. */
export class LimnTab {
  static async open(origin, options) {
    const tab = new LimnTab();
    Object.assign(tab, await openTab(`${origin}/blank.html`, options));
    await tab.startAnew();
    return tab;
  }

  /** Another engine, which knows nothing and has read nothing; its code is there already. */
  async startAnew(options = {}) {
    await this.page.evaluate(async (options) => {
      const { Limn } = await import("/limn.js");
      window.limn?.close();
      window.states = [];
      window.limn = await Limn.start({ ...options, onState: ({ state }) => window.states.push(state) });
    }, options);
  }

  /** `{ rows, columns, stats, versions }`, or `{ kind, subject, detail }` of the error. */
  query(sql, tables = {}) {
    return this.page.evaluate(
      ([sql, tables]) =>
        window.limn.query(sql, { tables, arrow: false }).then(
          ({ rows, columns, stats, versions }) => ({ rows, columns, stats, versions }),
          ({ kind, subject, detail, message }) => ({ kind, subject, detail, message }),
        ),
      [sql, tables],
    );
  }

  /** The plan, or the error. */
  plan(sql, tables = {}) {
    return this.page.evaluate(
      ([sql, tables]) =>
        window.limn.plan(sql, { tables }).catch(({ kind, subject, detail, message }) => ({ kind, subject, detail, message })),
      [sql, tables],
    );
  }

  /** The one value of a result of one row and one column; an error is thrown. */
  async value(sql, tables) {
    const { rows, kind, message } = await this.query(sql, tables);
    if (kind) throw new Error(`${kind}: ${message}`);
    return Object.values(rows[0])[0];
  }
}
