// What is shipped, as Markdown and as what is held against limits.

import { ENGINE, LIMITS, PAGE, REST, limited } from "../sizes.mjs";
import { held, kilobytes, table } from "./format.mjs";

export function section({ files }) {
  const rows = files.toSorted((a, b) => b.raw - a.raw).map(({ name, raw, shipped, gzip, brotli }) => [named(name), ...[raw, shipped, gzip, brotli].map(kilobytes)]);
  const told = [
    "The engine comes in two parts. Answers begin with the first; the rest is loaded when there is nothing else to do, or",
    "when something is asked for that needs it, which then waits for it.",
  ];
  const sum = (weight) => kilobytes(files.filter(({ name }) => [ENGINE, REST].includes(name)).reduce((all, file) => all + file[weight], 0));
  told.push(`Both together: ${sum("brotli")} as Brotli, ${sum("shipped")} as they are shipped.`);
  return ["## Shipped files", "", ...told, "", ...table(["file", ">raw", ">shipped", ">gzip", ">Brotli"], rows)];
}

function named(file) {
  const parts = { [ENGINE]: "the engine's first part", [REST]: "the engine's rest" };
  const part = PAGE.includes(file) ? "page" : parts[file];
  return part ? `${file} (${part})` : file;
}

/** `{ text, pass }` of each limit. */
export function limits({ files }) {
  const names = {
    pageBrotli: "the page's program as Brotli", engineBrotli: "the engine, its first part, as Brotli", engineGzip: "the same as gzip",
    engineShipped: "the same as it is shipped", raw: "the largest file",
  };
  return Object.entries(limited(files)).map(([name, bytes]) => ({
    text: `${names[name]}: ${held(bytes, LIMITS[name], kilobytes(bytes))} (limit ${kilobytes(LIMITS[name])})`,
    pass: bytes <= LIMITS[name],
  }));
}
