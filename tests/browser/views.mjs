// Every view of the page, in tours: each opens a link and goes from view to view as a person does, and calls `see(name)`
// at each. The accessibility test and scripts/screenshots take them. All tables lie on the site's own host, so that
// links and what the page shows of them are the same in every run.

import { Host, heldUntil, slow, status } from "./host.mjs";
import { DATA, DIST } from "./limn.mjs";
import { LimnPage } from "./page.mjs";

const SAMPLE = ["parts", "cameras", "inspections", "labels"].map((name) => `t.${name}=lake/${name}`).join("&");
const DAY_MILLIS = 86_400_000;
/** When the sample's first commit was made, so to speak: files have the times of a checkout. */
const FIRST_DAY = Date.UTC(2026, 7, 31, 6);

const WEEKS = `select week, camera_id as camera, round(avg(sharpness), 3) as sharpness
from inspections
where week >= date '2026-09-28'
group by week, camera_id
order by week, camera`;
const DEFECTS = `select inspection_id, camera_id, week, verdict, defect, score, box
from inspections
where week >= date '2026-11-09'
limit 5000`;
const ONE_CAMERA = `select part_id, score
from inspections
where camera_id = 'B2' and week >= date '2026-11-09' and score > 0.9
order by score desc`;

/** The built site, with the tests' tables below `data/`, on a port; what lies in a lake has fixed times. */
export async function startSite(port = 0) {
  const host = await Host.start({ "/": DIST, "/data/": DATA }, port);
  const reset = () => {
    host.reset();
    host.fault(/^\/(data|lake)\//, dated);
  };
  reset();
  return { origin: host.origin, fault: host.fault.bind(host), reset, stop: () => host.stop() };
}

/** A fault of a lake's file, at its fixed time. */
const late = (fault) => (exchange) => dated({ ...exchange, honest: () => fault(exchange) });

function dated({ path, response, honest }) {
  const version = Number(/(\d{20})\.json$/.exec(path)?.[1] ?? 0);
  const modified = new Date(FIRST_DAY + version * 7 * DAY_MILLIS).toUTCString();
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (code, headers) =>
    writeHead(code, headers?.["last-modified"] ? { ...headers, etag: '"fixed"', "last-modified": modified } : headers);
  honest();
}

/** Walks a tour in a tab of its own; `see(name, page)` is called at each of its views. Its clock may stand still, `now`. */
export async function walk(tour, site, see, { now, ...options } = {}) {
  site.reset();
  tour.before?.(site);
  const limn = await LimnPage.open(site.origin, tour.link, { reducedMotion: "reduce", ...options });
  if (now) await limn.page.clock.setFixedTime(now);
  try {
    await tour.go(new Walk(limn, site, see));
  } finally {
    await limn.closeTab();
  }
  return limn.said.violations;
}

/** What a tour is given. */
class Walk {
  constructor(limn, site, see) {
    Object.assign(this, { limn, site, page: limn.page });
    /** A view while something is under way. */
    this.seeHalf = (name) => see(name, this.page);
    this.see = async (name) => {
      await this.page.waitForFunction(() => !document.querySelector('.waiting, .skeleton, [data-look="loading"]'));
      await see(name, this.page);
    };
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }

  tab(name) {
    return this.page.getByRole("tab", { name, exact: true });
  }

  /** Opens what a button opens, sees it, and closes it. */
  async seeOpen(label, name, prepare) {
    await this.button(label).click();
    await this.page.locator(":popover-open").waitFor();
    await prepare?.(this.page.locator(":popover-open"));
    await this.see(name);
    await this.page.keyboard.press("Escape");
  }

  /** Shows the catalog, which narrow windows keep in a drawer. */
  async catalog() {
    const drawer = this.button("Tables");
    if (await drawer.isVisible()) await drawer.click();
  }

  /** The small pictures of the grid's header come one after the other. */
  async spreads() {
    await this.page.waitForFunction(() => {
      const { right } = document.querySelector(".grid-scroll").getBoundingClientRect();
      const heads = [...document.querySelectorAll(".spread-place")];
      return heads.every((head) => !head.offsetParent || head.firstElementChild || head.getBoundingClientRect().left > right);
    });
  }

  /** A cell of the grid, by its row and its place in it. */
  cell(row, place) {
    return this.page.locator(`[aria-rowindex="${row + 2}"] [aria-colindex="${place + 2}"]`);
  }
}

const asking = (sql, more = "") => `${SAMPLE}&q=${encodeURIComponent(sql)}${more}`;
const looking = (view) => `${SAMPLE}&view=${view}`;

/** A view of a table's page that is there when `text` is. */
const tablePage = (view, name, text) => ({
  link: looking(view),
  async go({ page, see }) {
    await page.getByRole("tabpanel").getByText(text).first().waitFor();
    await see(name);
  },
});

export const TOURS = {
  "the first screen and its menus": {
    link: "",
    async go(walk) {
      const { limn, page, see } = walk;
      await limn.answer();
      await walk.spreads();
      await limn.promised();
      await see("first");
      await walk.catalog();
      await limn.table("inspections").locator(".chevron").click();
      await page.getByRole("treeitem", { name: /^sharpness/ }).waitFor();
      await see("table");
      await page.keyboard.press("Escape");
      await walk.seeOpen("Copy link", "share");
      await walk.seeOpen("History", "history-menu");
      await walk.seeOpen("Tools", "tools");
    },
  },

  "what the keyboard reaches": {
    link: asking("select 1 as one"),
    async go({ limn, page, see }) {
      await limn.answer();
      await page.keyboard.press("ControlOrMeta+k");
      await page.getByRole("dialog", { name: "Commands" }).waitFor();
      await see("palette");
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "Rows" }).press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await see("keys");
    },
  },

  "the engine on its way": {
    link: asking("select 1 as one"),
    before: (site) => site.fault("engine_bg.wasm.zst", heldUntil(new Promise(() => {}))),
    async go({ page, seeHalf }) {
      await page.getByText(/^Loading the engine: .+ of .+/).waitFor();
      await seeHalf("loading");
    },
  },

  "an engine that does not come": {
    link: asking("select 1 as one"),
    before: (site) => site.fault("engine_bg.wasm.zst", status(404)),
    async go({ page, see }) {
      await page.getByText("The engine does not run.").waitFor();
      await see("no-engine");
    },
  },

  "no statement, and a table that is refused": {
    link: "t.parts=lake/parts&t.tomorrow=data/delta/unknown-feature",
    async go(walk) {
      await walk.catalog();
      await walk.limn.table("tomorrow").getByRole("alert").waitFor();
      await walk.limn.table("parts").getByText(/rows/).waitFor();
      await walk.see("refused");
      await walk.page.keyboard.press("Escape");
      await walk.see("welcome");
    },
  },

  "a statement that runs, is stopped, fails, finds nothing": {
    // It reads the footers.
    link: asking("select count(distinct model) as models from inspections"),
    async go({ limn, page, see, seeHalf, site }) {
      await limn.answer();
      // Longer than it takes to look at the page.
      site.fault(/inspections\/week.+parquet$/, late(slow(256)));
      await limn.start(WEEKS);
      await limn.result.getByText(/^\d+ requests?/).waitFor();
      await seeHalf("running");
      await limn.cancel.click();
      await limn.result.getByText(/^Stopped\. The rows/).waitFor();
      await see("stopped");
      site.reset();
      await limn.start("select camera_id, count(*) as images\nfrom inspections\nwhere verdikt = 'defect'\ngroup by camera_id");
      await limn.result.getByRole("button", { name: "Write verdict" }).waitFor();
      await see("failed");
      await limn.run("select *\nfrom inspections\nwhere week = date '2020-01-06'");
      await page.getByText(/^No rows\./).waitFor();
      await see("empty");
    },
  },

  "values of parameters": {
    link: asking(
      "select camera_id, count(*) as images\nfrom inspections\nwhere week >= $since and verdict = $verdict\ngroup by camera_id\norder by images desc",
      "&p.since=2026-10-26",
    ),
    async go({ limn, page, see }) {
      await limn.result.getByText(/The parameter \$verdict has no value/).waitFor();
      await page.locator(".parameter", { hasText: "string" }).waitFor();
      await see("parameters-missing");
      await page.getByLabel("$verdict").fill("defect");
      await page.getByLabel("$verdict").press("Enter");
      await limn.answer();
      await see("parameters");
    },
  },

  "the rows": {
    link: asking(DEFECTS),
    async go(walk) {
      const { limn, page, see } = walk;
      const column = page.locator("#column-menu");
      await limn.answer();
      await walk.spreads();
      await see("grid");
      await page.getByRole("button", { name: "Menu of verdict" }).click();
      await column.getByRole("group", { name: "Only these values" }).waitFor();
      await see("column-menu");
      await page.getByLabel("Value", { exact: true }).fill("defect");
      await column.getByRole("button", { name: "Filter", exact: true }).click();
      await page.getByText(/^\d+ of 5,000 rows$/).waitFor();
      await page.locator('[role="columnheader"]:has(.head-name:text-is("camera_id"))').click();
      await page.locator('[aria-sort="ascending"]').waitFor();
      await limn.answer();
      await walk.cell(1, 0).click();
      await walk.cell(6, 2).click({ modifiers: ["Shift"] });
      await page.locator(".totals").getByText("Cells").waitFor();
      await walk.spreads();
      await see("selection");
      await walk.seeOpen("Columns", "columns-menu");
      await walk.seeOpen("Copy", "copy-menu");
      await walk.button("Find").click();
      await page.getByLabel("Text to find").fill("scratch");
      await page.locator(".find-count").getByText(/^\d+ of /).waitFor();
      await see("find");
      await page.keyboard.press("Escape");
    },
  },

  "the value of a cell": {
    link: asking("select part_id, serial, size_mm, operations, weight_g from parts order by part_id limit 200"),
    async go(walk) {
      await walk.limn.answer();
      await walk.cell(2, 2).dblclick();
      await walk.page.getByRole("complementary", { name: "Value" }).locator("summary").waitFor();
      await walk.spreads();
      await walk.see("cell");
      await walk.page.getByLabel("As text").check();
      await walk.see("cell-text");
    },
  },

  "a chart": {
    link: asking(WEEKS, "&chart=line;x=week;y=sharpness;by=camera"),
    async go({ page, see }) {
      await page.locator('.chart-place[aria-busy="false"] canvas').first().waitFor();
      await see("chart");
      await page.getByRole("button", { name: "Show the numbers" }).click();
      await page.locator(".chart-table tbody").waitFor();
      await see("chart-numbers");
    },
  },

  "the plan": {
    link: asking(ONE_CAMERA),
    async go(walk) {
      await walk.limn.answer();
      await walk.tab("Plan").click();
      await walk.page.getByRole("heading", { name: "Bytes fetched" }).waitFor();
      await walk.see("plan");
      await walk.button("Dry run").click();
      await walk.limn.result.getByText("Planned, not run").first().waitFor();
      await walk.see("dry-run");
    },
  },

  "a statement that is dear": {
    link: asking("select *\nfrom inspections i join parts p on p.part_id = i.part_id"),
    async go({ page, see }) {
      await page.evaluate(() => localStorage.setItem("limn.askAbove", "500000"));
      await page.reload();
      await page.getByRole("button", { name: "Run anyway" }).waitFor();
      await see("ask");
    },
  },

  "what leaves the page": {
    link: asking(DEFECTS),
    async go(walk) {
      await walk.limn.answer();
      await walk.spreads();
      await walk.seeOpen("Export", "save", (dialog) => dialog.getByLabel(/^Split into three files/).check());
      await walk.seeOpen("Use elsewhere", "elsewhere", (dialog) => dialog.locator(".code", { hasText: "spark" }).waitFor());
    },
  },

  "the overview of a table": tablePage("inspections/overview", "overview", /^Version 11: WRITE/),
  "the overview of a table that requires much": {
    link: "t.t=data/delta/deletion-vectors&view=t/overview",
    async go({ page, see }) {
      await page.getByRole("row", { name: /^deletionVectors/ }).waitFor();
      await page.getByText(/^Version \d+: \w+/).waitFor();
      await see("features");
    },
  },

  "the columns of a table": {
    link: looking("inspections/columns/footers"),
    async go({ page, see }) {
      await page.getByRole("columnheader", { name: "Encodings" }).waitFor();
      await page.getByRole("tabpanel").getByRole("button", { name: "verdict" }).click();
      await page.getByRole("button", { name: "Read the values" }).click();
      await page.getByRole("columnheader", { name: "Most frequent" }).waitFor();
      await see("columns");
    },
  },

  "the history of a table": {
    link: looking("cameras/history"),
    async go({ page, see }) {
      await page.locator(".commit summary").first().click();
      await see("history");
    },
  },

  "two versions of a table": {
    link: looking("cameras/history/0/2"),
    async go({ page, see }) {
      const compare = page.getByRole("region", { name: "Version 0 compared with version 2" });
      await compare.getByText(/^\d+ files? \(/).first().waitFor();
      await compare.getByLabel("Rows are the same by").selectOption("camera_id");
      await compare.getByRole("button", { name: "Compare the rows" }).click();
      await compare.locator("td.changed").first().waitFor();
      await page.locator(".commit").first().waitFor();
      await see("compare");
    },
  },

  "the files of a table, and one of them": {
    link: looking("inspections/files"),
    async go({ page, see }) {
      const body = page.getByRole("tabpanel");
      await body.locator("th.path button").first().waitFor();
      await body.getByRole("heading", { name: "Clustering" }).waitFor();
      await see("files");
      await body.locator("th.path button").first().click();
      await body.getByRole("img", { name: /to scale from left to right/ }).waitFor();
      await see("file");
      await body.getByRole("button", { name: "Row group 0" }).click();
      await body.getByRole("heading", { name: "Column chunks of row group 0" }).waitFor();
      await body.locator("details.more summary").first().click();
      await see("row-group");
    },
  },

  "the log of a table": {
    link: looking("cameras/log"),
    async go({ page, see }) {
      await page.locator(".action summary").first().click();
      await see("log");
    },
  },

  "a table that the link does not open": {
    link: "t.parts=lake/parts&view=other/files",
    async go({ page, see }) {
      await page.getByRole("alert").waitFor();
      await see("no-such-table");
    },
  },
};
