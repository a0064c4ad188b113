// Small charts on logarithmic axes, as one SVG file: a panel each, with a line and its points for each series.

const PANEL = { width: 300, height: 220, left: 58, right: 12, top: 28, bottom: 34 };
const COLORS = ["#0f766e", "#b45309", "#4338ca", "#be123c"];
const PANELS_A_ROW = 4;

/** `panels`: `{ title, x, series: [{ name, points: [[x, y], ...] }] }`; both axes are logarithmic. */
export function plot(panels) {
  const rows = Math.ceil(panels.length / PANELS_A_ROW);
  const [width, height] = [PANELS_A_ROW * PANEL.width, rows * PANEL.height];
  const drawn = panels.map((panel, at) => {
    const place = `translate(${(at % PANELS_A_ROW) * PANEL.width} ${Math.floor(at / PANELS_A_ROW) * PANEL.height})`;
    return `<g transform="${place}">${drawPanel(panel)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`, ...drawn, "</svg>", "",
  ].join("\n");
}

function drawPanel({ title, x: label, series }) {
  const points = series.flatMap((each) => each.points);
  const across = axis(points.map(([x]) => x), PANEL.left, PANEL.width - PANEL.right);
  const up = axis(points.map(([, y]) => y), PANEL.height - PANEL.bottom, PANEL.top);
  const foot = PANEL.height - PANEL.bottom;
  return [
    text(PANEL.left, 16, title, 'font-weight="bold"'),
    text((PANEL.left + PANEL.width) / 2, PANEL.height - 4, label, 'text-anchor="middle"'),
    ...across.ticks.map((tick) => line([across.at(tick), PANEL.top], [across.at(tick), foot]) + text(across.at(tick), foot + 13, short(tick), 'text-anchor="middle"')),
    ...up.ticks.map((tick) => line([PANEL.left, up.at(tick)], [PANEL.width - PANEL.right, up.at(tick)]) + text(PANEL.left - 5, up.at(tick) + 4, short(tick), 'text-anchor="end"')),
    ...series.map((each, at) => drawSeries(each, COLORS[at % COLORS.length], at, (point) => [across.at(point[0]), up.at(point[1])])),
  ].join("\n");
}

function drawSeries({ name, points }, color, at, place) {
  const places = points.map((point) => place(point).map((value) => value.toFixed(1)));
  const path = `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${places.map((each) => each.join(",")).join(" ")}"/>`;
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5" fill="${color}"/>`);
  return [path, ...dots, text(PANEL.left + 6, PANEL.top + 12 + 13 * at, name, `fill="${color}"`)].join("");
}

/** Whole decades around the values, and where each value is between two places. */
function axis(values, from, to) {
  const [least, most] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const span = Math.max(1, most - least);
  const at = (value) => from + ((Math.log10(value) - least) / span) * (to - from);
  return { at, ticks: Array.from({ length: span + 1 }, (_, decade) => 10 ** (least + decade)) };
}

function line([x1, y1], [x2, y2]) {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#e5e5e5"/>`;
}

function text(x, y, content, more = "") {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${x}" y="${y}" fill="#333333" ${more}>${escaped}</text>`.replace(/fill="#333333" (.*fill=)/, "$1");
}

function short(value) {
  const units = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [unit, name] = units.find(([unit]) => value >= unit) ?? [1, ""];
  return `${Number((value / unit).toPrecision(3))}${name}`;
}
