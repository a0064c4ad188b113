// Charts in Chromium: drawn, told in numbers, kept in the link, saved as files, and computed in the engine.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { test } from "./browser.mjs";
import { closePage, hosts, limn, openPage } from "./stage.mjs";

const SALES = `select * from (values
  ('a', date '2024-01-01', 1.5, 1), ('b', date '2024-02-01', 2.5, 2), ('a', date '2024-03-01', 4.0, 3),
  ('c', date '2024-04-01', 8.0, 4), ('b', date '2024-05-01', null, 5)) as t(shop, day, price, n)`;
// Every value is its row, so that numbers can be told from the rows.
const MANY = "select value as n, value % 7 as k, 'p' || cast(value % 100 as string) as p from range(0, 2000000)";

async function open(sql, chart, options) {
  await openPage(`q=${encodeURIComponent(sql)}${chart ? `&chart=${chart}` : ""}`, options);
  return limn;
}

const pane = () => limn.result.getByRole("tabpanel", { name: "Chart" });
const picture = () => pane().getByRole("img");
const tab = (name) => limn.result.getByRole("tab", { name });
const choice = (name) => pane().getByRole("combobox", { name, exact: true });
const notes = () => pane().locator(".chart-notes li").allInnerTexts();
const fragment = () => limn.page.evaluate(() => decodeURIComponent(location.hash.slice(1)));

/** Waits until the chart is computed and drawn, and gives its numbers as they stand in the table. */
async function numbers() {
  await picture().locator("canvas").first().waitFor();
  await limn.page.locator('.chart-place[aria-busy="false"]').waitFor();
  const show = pane().getByRole("button", { name: "Show the numbers" });
  if (await show.isVisible()) await show.click();
  await pane().locator(".chart-table tbody").waitFor();
  return pane().locator(".chart-table tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

/** How many colors the canvas shows: one is a blank one. */
async function colors() {
  await limn.page.waitForTimeout(600);
  return picture().locator("canvas").first().evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

/** Runs in the page: notes how many characters each message of the worker has. */
function hearWorker() {
  window.heard = [];
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => window.heard.push(JSON.stringify(data).length));
    }
  };
}

const KINDS = {
  bar: ["bar;x=shop;y=price;agg=sum", [["c", "8"], ["a", "5.5"], ["b", "2.5"]]],
  line: ["line;x=day;y=n", [["2024-01-01", "1"], ["2024-02-01", "2"], ["2024-03-01", "3"], ["2024-04-01", "4"], ["2024-05-01", "5"]]],
  area: ["area;x=n;y=price;agg=max", [["1", "1.5"], ["2", "2.5"], ["3", "4"], ["4", "8"], ["5", "–"]]],
  scatter: ["scatter;x=n;y=price", [["1", "1.5"], ["2", "2.5"], ["3", "4"], ["4", "8"]]],
  histogram: ["histogram;x=n;bins=2", [["0 – 1", "1"], ["2 – 3", "2"], ["4 – 5", "2"]]],
  box: ["box;y=n", [["n", "5", "1", "1", "2", "3", "4", "5", "5", "0"]]],
  heat: ["heat;x=shop;by=n;agg=count", [["a", "1", "1"], ["b", "2", "1"], ["a", "3", "1"], ["c", "4", "1"], ["b", "5", "1"]]],
};

for (const [kind, [chart, expected]] of Object.entries(KINDS)) {
  test(`a ${kind} chart is drawn and told in numbers`, async () => {
    await open(SALES, chart);
    assert.deepEqual(await numbers(), expected);
    assert.ok((await colors()) > 10);
    assert.match(await picture().getAttribute("aria-label"), /^[A-Z][a-z ]+: .+ below it\.$/);
  });
}

test("the chart that suits is shown at once, and every choice is a step", async () => {
  await open(SALES);
  await limn.answer();
  await tab("Chart").click();
  assert.deepEqual((await numbers())[0], ["2024-01-01", "–", "1.5", "–"]);
  assert.match(await fragment(), /&chart=auto$/);
  assert.deepEqual(await notes(), ["1 row without a finite value of “price” is left out of its average."]);
  await choice("Chart").selectOption("bar");
  await choice("Along").selectOption({ label: "shop" });
  await choice("Divided by").selectOption({ label: "(nothing)" });
  await choice("Value").selectOption({ label: "Greatest" });
  assert.deepEqual(await numbers(), [["c", "8"], ["a", "4"], ["b", "2.5"]]);
  assert.match(await fragment(), /&chart=bar;x=shop;y=price;agg=max$/);
  await limn.page.goBack();
  await limn.page.waitForFunction(() => location.hash.includes("agg=avg"));
  assert.deepEqual(await numbers(), [["c", "8"], ["a", "2.75"], ["b", "2.5"]]);
  assert.equal(await choice("Value").inputValue(), "avg");
  for (const _ of [1, 2, 3, 4]) await limn.page.goBack();
  await limn.page.locator("#panel-rows").waitFor();
  assert.doesNotMatch(await fragment(), /chart=/);
});

test("a chart outlives its statement as long as its columns are there", async () => {
  await open(SALES, "bar;x=shop");
  await numbers();
  await limn.start("select 'z' as shop");
  await pane().locator(".chart-table").getByText("z", { exact: true }).waitFor();
  assert.deepEqual(await numbers(), [["z", "1"]]);
  await limn.start("select 1 as other");
  await pane().getByText("The chart uses a column “shop”, which this result does not have.").waitFor();
  await pane().getByRole("button", { name: "Propose a chart" }).click();
  assert.deepEqual(await numbers(), [["1", "1"]]);
});

test("two million rows are brought together in the engine", async () => {
  await open(MANY, "bar;x=k");
  await limn.page.addInitScript(hearWorker);
  await limn.page.reload();
  const rows = await numbers();
  assert.deepEqual(rows.map(([k]) => k), ["0", "1", "2", "3", "4", "5", "6"]);
  assert.equal(rows.reduce((sum, [, count]) => sum + Number(count), 0), 2_000_000);
  await choice("Chart").selectOption("histogram");
  const bins = await numbers();
  assert.equal(bins.reduce((sum, [, count]) => sum + Number(count), 0), 2_000_000);
  await choice("Chart").selectOption("scatter");
  await pane().getByText("5,000 of 2,000,000 points are shown: one row of 400, in the order of the result.").waitFor();
  const heard = await limn.page.evaluate(() => window.heard);
  // 5,000 points of three values; two million rows would be sixty times as much.
  assert.ok(heard.length > 5 && Math.max(...heard) < 500_000, `${Math.max(...heard)} characters at once`);
});

test("names from data are text and nothing else", async () => {
  const odd = "<img src=x onerror=alert(1)>{a|b}";
  await open(`select '${odd}' as "${odd}", 1 as n`, "bar");
  assert.deepEqual(await numbers(), [[odd, "1"]]);
  const { x, y, width, height } = await picture().boundingBox();
  await limn.page.mouse.move(x + width / 2, y + height / 2);
  assert.ok((await colors()) > 10);
});

test("hostile and half-known charts do no harm", async () => {
  for (const chart of ["bar;x=%00;y=%FF,,,;bins=0;later=%3Cb%3E", "heat;x=n*4294967295", "pie;x=a", "scatter;;;;", "box;y=*;by=*"]) {
    await open("select 1 as n, 'a' as k", chart);
    assert.deepEqual(await limn.answer(), [["1", "a"]]);
    assert.ok((await limn.page.evaluate(() => location.hash)).includes(`chart=${chart}`));
    await closePage();
  }
});

test("a chart is saved as PNG and as SVG", async () => {
  await open(SALES, "bar;x=shop;y=price;agg=sum");
  await numbers();
  const saved = async (name) => {
    await pane().getByRole("button", { name: "Save picture" }).click();
    const [download] = await Promise.all([limn.page.waitForEvent("download"), pane().getByRole("button", { name, exact: true }).click()]);
    return [download.suggestedFilename(), await readFile(await download.path())];
  };
  const [pngName, png] = await saved("PNG");
  assert.equal(pngName, "limn-chart.png");
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  const { width } = await picture().boundingBox();
  assert.equal(png.readUInt32BE(16), Math.round(width) * 2);
  assert.ok(png.length > 3000);
  const [svgName, svg] = await saved("SVG");
  assert.equal(svgName, "limn-chart.svg");
  assert.match(svg.toString(), /^<svg [\s\S]*Sum of price[\s\S]*<\/svg>\s*$/);
});

test("the tabs are walked with arrows, and a failed statement says so beside its chart, too", async () => {
  await open(SALES, "bar");
  await numbers();
  await tab("Chart").focus();
  await limn.page.keyboard.press("ArrowRight");
  await tab("Plan").and(limn.page.locator(":focus")).waitFor();
  await limn.page.keyboard.press("ArrowRight");
  await tab("Rows").and(limn.page.locator(":focus")).waitFor();
  await limn.page.keyboard.press("ArrowRight");
  await tab("Chart").and(limn.page.locator(":focus")).waitFor();
  await numbers();
  await limn.start("select nonsense");
  await pane().getByRole("alert").getByText("The statement does not work").waitFor();
});

test("the drawing program is loaded with the first chart and not before", async () => {
  hosts.site.reset();
  await open(SALES);
  await limn.answer();
  assert.equal(hosts.site.asked("/chart.js").length, 0);
  await tab("Chart").click();
  await numbers();
  assert.equal(hosts.site.asked("/chart.js").length, 1);
});

test("without its drawing program a chart says so, and its numbers are there", async () => {
  hosts.site.fault(/\/chart\.js$/, ({ response }) => response.writeHead(404).end());
  await open(SALES, "bar;x=shop");
  await pane().getByText(/program that draws charts could not be loaded/).waitFor();
  await pane().getByRole("button", { name: "Show the numbers" }).click();
  await pane().locator(".chart-table").getByRole("row", { name: "a 2" }).waitFor();
  hosts.site.reset();
});
