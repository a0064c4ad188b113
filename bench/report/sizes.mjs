// What is shipped, as Markdown and as what is held against limits.

import { LIMITS, PAGE, limited } from "../sizes.mjs";
import { held, kilobytes, table } from "./format.mjs";

export function section({ files }) {
  const rows = files.toSorted((a, b) => b.raw - a.raw).map(({ name, raw, shipped, gzip, brotli }) => [PAGE.includes(name) ? `${name} (page)` : name, ...[raw, shipped, gzip, brotli].map(kilobytes)]);
  return ["## Shipped files", "", ...table(["file", ">raw", ">shipped", ">gzip", ">Brotli"], rows)];
}

/** `{ text, pass }` of each limit. */
export function limits({ files }) {
  const names = {
    pageBrotli: "the page's program as Brotli", engineBrotli: "the engine as Brotli", engineGzip: "the engine as gzip",
    engineShipped: "the engine as it is shipped", raw: "the largest file",
  };
  return Object.entries(limited(files)).map(([name, bytes]) => ({
    text: `${names[name]}: ${held(bytes, LIMITS[name], kilobytes(bytes))} (limit ${kilobytes(LIMITS[name])})`,
    pass: bytes <= LIMITS[name],
  }));
}
