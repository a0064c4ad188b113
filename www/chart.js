// Charts: ECharts behind the few calls that the page needs (src/ui/chart/canvas.rs). Loaded when the first chart is shown.
// It draws on a canvas, tooltips included: the page's security policy allows neither style elements nor markup from data.
// Colors are the page's custom properties; when the system turns light or dark, the chart is drawn again.

import { BarChart, BoxplotChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendScrollComponent, TooltipComponent, VisualMapContinuousComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([
  BarChart, BoxplotChart, HeatmapChart, LineChart, ScatterChart,
  GridComponent, LegendScrollComponent, TooltipComponent, VisualMapContinuousComponent,
  CanvasRenderer, SVGRenderer,
]);

const COLORS = 8;
// Lines with fewer points show each of them.
const MARKED_POINTS = 80;
const SHAPES = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "circle"];
const LETTER_PX = 7;
// A day and a month, with room beside them.
const LABEL_PX = 72;
const TIMES = {
  year: "{yyyy}", month: "{MMM} {yyyy}", day: "{d} {MMM}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}",
  millisecond: "{HH}:{mm}:{ss}.{SSS}",
};

const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 7 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

export class Chart {
  #host;
  #chart = null;
  #picture = null;
  #watch = new AbortController();
  #observer;

  constructor(host) {
    this.#host = host;
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(host);
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"]) {
      matchMedia(query).addEventListener("change", () => this.#show(), { signal: this.#watch.signal });
    }
  }

  /** Draws a picture (src/ui/chart/picture.rs, as JSON) in place of the former. */
  draw(json) {
    this.#picture = JSON.parse(json);
    this.#show();
  }

  /** The picture as a PNG file, twice as fine as the screen counts. */
  async png() {
    const canvas = document.createElement("canvas");
    const { chart, look } = this.#copy(canvas, { renderer: "canvas", devicePixelRatio: 2 });
    chart.setOption({ backgroundColor: look.ground });
    chart.getZr().flush();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    chart.dispose();
    return blob.arrayBuffer();
  }

  /** The picture as an SVG file. */
  svg() {
    const { chart, look } = this.#copy(null, { renderer: "svg", ssr: true });
    chart.setOption({ backgroundColor: look.ground });
    const text = chart.renderToSVGString();
    chart.dispose();
    return new TextEncoder().encode(text).buffer;
  }

  dispose() {
    this.#watch.abort();
    this.#observer.disconnect();
    this.#chart?.dispose();
  }

  #copy(element, options) {
    const { clientWidth: width, clientHeight: height } = this.#host;
    const chart = init(element, null, { ...options, width, height });
    const look = lookOf(this.#host);
    chart.setOption({ ...optionOf(this.#picture, look, width), animation: false });
    return { chart, look };
  }

  #resize() {
    if (!this.#chart) return this.#show();
    this.#chart.resize();
    // Labels turn and legends fold by the width.
    if (this.#host.clientWidth > 0) this.#show();
  }

  #show() {
    // A hidden panel has no size; it will have one when it is shown.
    if (!this.#picture || this.#host.clientWidth === 0 || this.#host.clientHeight === 0) return;
    this.#chart ??= init(this.#host, null, { renderer: "canvas" });
    this.#chart.setOption(optionOf(this.#picture, lookOf(this.#host), this.#host.clientWidth), { notMerge: true });
  }
}

function lookOf(host) {
  const style = getComputedStyle(host);
  const color = (name) => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: COLORS }, (_, index) => color(`--chart-${index + 1}`)),
    rest: color("--chart-rest"),
    low: color("--chart-low"),
    high: color("--chart-high"),
    text: color("--text"),
    dim: color("--text-dim"),
    line: color("--line"),
    strong: color("--line-strong"),
    ground: color("--surface"),
    raised: color("--surface-2"),
    font: style.fontFamily,
    moves: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
}

function optionOf(picture, look, width) {
  const names = namesOf(picture.series);
  const hasLegend = picture.series.length > 1 && picture.kind !== "heat";
  return {
    animation: look.moves,
    animationDuration: 200,
    animationDurationUpdate: 200,
    useUTC: true,
    color: look.series,
    textStyle: { color: look.text, fontFamily: look.font, fontSize: 12 },
    grid: { left: 12, right: 20, top: hasLegend ? 44 : 20, bottom: picture.kind === "heat" ? 60 : 12, outerBoundsMode: "same", outerBoundsContain: "all" },
    legend: hasLegend && { type: "scroll", top: 8, left: 12, right: 12, data: names, ...legendLook(look) },
    tooltip: tooltipOf(picture, look, names),
    xAxis: horizontal(picture, look, width),
    yAxis: vertical(picture, look),
    visualMap: picture.kind === "heat" ? shades(picture, look) : undefined,
    series: seriesOf(picture, look, names),
  };
}

/** The library knows series by their names, which must differ therefore. */
function namesOf(series) {
  const taken = new Set();
  return series.map(({ name }) => {
    let unique = name || "value";
    while (taken.has(unique)) unique += "\u200b";
    taken.add(unique);
    return unique;
  });
}

const legendLook = (look) => ({
  icon: "roundRect", itemWidth: 12, itemHeight: 12, itemGap: 16,
  textStyle: { color: look.text, overflow: "truncate", width: 160 },
  pageTextStyle: { color: look.dim }, pageIconColor: look.dim, pageIconInactiveColor: look.line, pageIconSize: 12,
});

const titleLook = (look) => ({ nameLocation: "middle", nameTextStyle: { color: look.dim, fontSize: 12 } });

function axisLook(look) {
  return {
    axisLine: { lineStyle: { color: look.strong } },
    axisTick: { lineStyle: { color: look.strong } },
    axisLabel: { color: look.dim, hideOverlap: true },
    splitLine: { lineStyle: { color: look.line } },
  };
}

function horizontal(picture, look, width) {
  const { x } = picture;
  const common = { name: clip(x.title, width / LETTER_PX), nameGap: 28, ...titleLook(look) };
  const lined = axisLook(look);
  if (x.scale === "time") {
    lined.axisLabel.formatter = TIMES;
    const times = [...new Set(picture.series.flatMap(({ data }) => data.map(([time]) => time)))];
    // Few times are told themselves; of many, those of a calendar.
    if (times.length * LABEL_PX <= width) lined.axisLabel.customValues = lined.axisTick.customValues = times;
    return { type: "time", ...common, ...lined, splitLine: { show: false } };
  }
  if (x.scale === "number") {
    lined.axisLabel.formatter = short;
    return { type: "value", scale: true, ...common, ...lined, splitLine: { show: false } };
  }
  const bands = { type: "category", data: x.labels, ...common, ...lined, splitLine: { show: false } };
  bands.axisLabel = { ...bands.axisLabel, ...turned(x, width) };
  if (!x.edges) return bands;
  // Bars stand between the edges of their bins, on a ruler.
  const [min, max] = x.edges;
  lined.axisLabel.formatter = short;
  const ruler = { type: "value", min, max, position: "bottom", ...common, ...lined, splitLine: { show: false } };
  return [{ type: "category", data: x.labels, show: false }, ruler];
}

/** Names that have no room side by side are turned; times and numbers are thinned out instead. */
function turned({ scale, labels }, width) {
  const longest = Math.min(24, Math.max(0, ...labels.map((label) => label.length)));
  const room = (width - 80) / Math.max(1, labels.length);
  if (scale !== "name") return {};
  if (longest * LETTER_PX + 8 < room) return { width: Math.max(60, room), overflow: "truncate" };
  return { rotate: 40, interval: room > 16 ? 0 : "auto", width: 140, overflow: "truncate" };
}

function vertical(picture, look) {
  const { y } = picture;
  const lined = axisLook(look);
  if (y.scale === "band" || y.scale === "name") {
    lined.axisLabel = { ...lined.axisLabel, width: 120, overflow: "truncate" };
    return { type: "category", data: y.labels, inverse: true, name: y.title, nameGap: 40, ...titleLook(look), ...lined, splitLine: { show: false } };
  }
  lined.axisLabel.formatter = short;
  // Bars and areas are read by their length: their axis begins at zero.
  const scale = ["line", "scatter", "box"].includes(picture.kind);
  return { type: "value", scale, name: clip(y.title, 48), nameGap: 44, ...titleLook(look), ...lined, axisLine: { show: false }, axisTick: { show: false } };
}

function shades(picture, look) {
  const values = picture.series[0].data.map(([, , value]) => value);
  const min = values.reduce((a, b) => Math.min(a, b), Infinity);
  const max = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return {
    type: "continuous", min: Number.isFinite(min) ? min : 0, max: max > min ? max : min + 1, calculable: false,
    orient: "horizontal", left: "center", bottom: 4, itemWidth: 12, itemHeight: 160,
    text: [short(max), short(min)], textStyle: { color: look.dim }, inRange: { color: [look.low, look.high] },
  };
}

function seriesOf(picture, look, names) {
  const make = { bar, histogram: bar, line, area: line, scatter, box, heat }[picture.kind];
  return picture.series.flatMap((layer, index) => {
    const color = layer.isRest ? look.rest : look.series[index % COLORS];
    return make({ picture, layer, look, index, color, name: names[index] });
  });
}

function bar({ picture, layer, color, name }) {
  const gap = picture.x.edges ? "3%" : picture.kind === "histogram" ? "6%" : "25%";
  const widest = picture.x.edges || picture.kind === "histogram" ? undefined : 64;
  return {
    type: "bar", name, data: layer.data, itemStyle: { color }, stack: picture.stacked ? "all" : undefined,
    barCategoryGap: gap, barGap: "8%", barMaxWidth: widest, barMinHeight: picture.stacked ? 0 : 1, emphasis: { focus: "none" },
  };
}

function line({ picture, layer, index, color, name }) {
  const values = layer.data.filter((point) => (Array.isArray(point) ? point[1] : point) !== null).length;
  const isArea = picture.kind === "area";
  return {
    type: "line", name, data: layer.data, itemStyle: { color }, connectNulls: true, symbol: "circle", symbolSize: 5,
    showSymbol: values === 1 || (!isArea && layer.data.length <= MARKED_POINTS), stack: picture.stacked ? "all" : undefined,
    lineStyle: { width: picture.stacked ? 1 : 2, color, type: index < COLORS / 2 || isArea ? "solid" : "dashed" },
    areaStyle: isArea ? { color, opacity: picture.stacked ? 0.75 : 0.25 } : undefined,
    emphasis: { focus: "none" },
  };
}

function scatter({ picture, layer, index, color, name }) {
  const many = picture.series.reduce((sum, { data }) => sum + data.length, 0) > 1500;
  return { type: "scatter", name, data: layer.data, symbol: SHAPES[index % SHAPES.length], symbolSize: many ? 5 : 7, itemStyle: { color, opacity: many ? 0.5 : 0.75 } };
}

function box({ layer, look, color, name }) {
  const boxes = layer.data.map((values) => values.slice(1, 6));
  const ends = layer.data.flatMap(([least, low, , , , high, greatest], place) => [
    ...(least < low ? [[place, least]] : []),
    ...(greatest > high ? [[place, greatest]] : []),
  ]);
  return [
    { type: "boxplot", name, data: boxes, boxWidth: [8, 48], itemStyle: { color: look.raised, borderColor: color, borderWidth: 1.5 } },
    { type: "scatter", name: `${name} `, data: ends, symbolSize: 6, itemStyle: { color }, silent: true },
  ];
}

const heat = ({ layer, look, name }) => ({ type: "heatmap", name, progressive: 0, data: layer.data, itemStyle: { borderColor: look.ground, borderWidth: 1 } });

function tooltipOf(picture, look, names) {
  const byAxis = !["scatter", "box", "heat"].includes(picture.kind);
  return {
    trigger: byAxis ? "axis" : "item", renderMode: "richText", confine: true, transitionDuration: look.moves ? 0.2 : 0,
    backgroundColor: look.ground, borderColor: look.strong, borderWidth: 1, padding: 8,
    textStyle: { color: look.text, fontFamily: look.font, fontSize: 12, lineHeight: 18 },
    axisPointer: { type: ["line", "area"].includes(picture.kind) ? "line" : "shadow", lineStyle: { color: look.strong }, shadowStyle: { color: look.line, opacity: 0.5 } },
    formatter: (at) => safe(byAxis ? along(picture, names, at) : single(picture, names, at)),
  };
}

function along(picture, names, points) {
  const lines = points.map(({ seriesName, value }) => [seriesName, Array.isArray(value) ? value[1] : value]);
  const told = lines.filter(([, value]) => value !== null && value !== undefined && !(picture.stacked && value === 0));
  const label = picture.x.labels[points[0]?.dataIndex] ?? "";
  const title = (name) => (names.length > 1 ? name : picture.y.title);
  return [clip(label, 60), ...told.map(([name, value]) => `${clip(title(name), 40)}: ${full(value)}`)].join("\n");
}

function single(picture, names, { seriesName, dataIndex, value }) {
  if (picture.kind === "heat") {
    const [column, row, shade] = value;
    return `${clip(picture.x.labels[column], 40)}, ${clip(picture.y.labels[row], 40)}\n${clip(names[0], 40)}: ${full(shade)}`;
  }
  if (picture.kind === "box") {
    const [least, low, q1, median, q3, high, greatest] = picture.series[0].data[dataIndex] ?? [];
    const facts = { greatest, "upper whisker": high, "upper quartile": q3, median, "lower quartile": q1, "lower whisker": low, least };
    return [clip(picture.x.labels[dataIndex], 60), ...Object.entries(facts).map(([name, fact]) => `${name}: ${full(fact)}`)].join("\n");
  }
  const [x, y] = value;
  const at = picture.x.scale === "time" ? new Date(x).toISOString().replace("T", " ").replace(/(\.000)?Z$/, "") : full(x);
  const series = names.length > 1 ? [clip(seriesName, 60)] : [];
  return [...series, `${clip(picture.x.title, 40)}: ${at}`, `${clip(picture.y.title, 40)}: ${full(y)}`].join("\n");
}

/** Rich text gives {name|text} a meaning, which data must not have. */
const safe = (text) => text.replaceAll("{", "{\u200b");

const clip = (text = "", letters) => (text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text);

function full(value) {
  if (value !== 0 && (Math.abs(value) >= 1e15 || Math.abs(value) < 1e-4)) return value.toExponential(4);
  return Number.isInteger(value) ? whole.format(value) : plain.format(value);
}

function short(value) {
  if (value !== 0 && (Math.abs(value) >= 1e15 || Math.abs(value) < 1e-4)) return value.toExponential(1);
  return Math.abs(value) >= 1e6 ? compact.format(value) : plain.format(value);
}
