// A small static server for the built site: byte ranges, validators, the right types, CORS for loopback pages.
// `node www/serve.mjs [folder] [port]`; tests import `site` and put their faults around it. No dependencies.

import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** An HTTP handler that serves the files below `root`. */
export function site(root) {
  return async (request, response) => {
    try {
      await serve(resolve(root), request, response);
    } catch (error) {
      if (!response.headersSent) refuse(response, 500, error.code ?? "error");
      else response.destroy();
    }
  };
}

/** A server on a loopback port (0: a free one), and its origin. */
export async function listen(handler, port = 0) {
  const server = createServer(handler);
  await new Promise((done, failed) => server.once("error", failed).listen(port, "127.0.0.1", done));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

async function serve(root, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "only GET and HEAD");
  cors(request, response);
  const url = new URL(request.url, "http://localhost");
  const path = await find(root, url.pathname);
  if (!path) return refuse(response, 404, "not found");
  if (path.directory) return response.writeHead(301, { location: `${url.pathname}/${url.search}` }).end();
  const headers = describe(path);
  if (request.headers["if-none-match"] === headers.etag) return response.writeHead(304, headers).end();
  send(request, response, path, headers);
}

/** The file that a path names, if it lies inside the root, links followed. */
async function find(root, pathname) {
  let name;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (name.includes("\0")) return null;
  try {
    const base = await realpath(root);
    const file = await realpath(join(base, name.endsWith("/") ? `${name}index.html` : name));
    if (!file.startsWith(base + sep)) return file === base ? { directory: true } : null;
    const info = await stat(file);
    return { file, size: info.size, modified: info.mtime, directory: info.isDirectory() };
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(error.code)) return null;
    throw error;
  }
}

function describe({ file, size, modified }) {
  return {
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    etag: `"${size.toString(16)}-${modified.valueOf().toString(16)}"`,
    "last-modified": modified.toUTCString(),
    "x-content-type-options": "nosniff",
  };
}

function send(request, response, { file, size }, headers) {
  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") return refuse(response, 416, "no such range", { "content-range": `bytes */${size}` });
  const { start, end } = range ?? { start: 0, end: size };
  const length = { "content-length": end - start };
  if (range) length["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  response.writeHead(range ? 206 : 200, { ...headers, ...length });
  if (request.method === "HEAD" || start === end) return response.end();
  const body = createReadStream(file, { start, end: end - 1 });
  body.on("error", () => response.destroy());
  response.on("close", () => body.destroy());
  body.pipe(response);
}

/** One range of RFC 9110 section 14.1.2, half-open; null when there is none, or none that this server honors. */
export function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const [first, last] = match.slice(1).map((digits) => (digits === "" ? null : Number(digits)));
  if (first !== null && last !== null && last < first) return null;
  const start = first ?? Math.max(0, size - last);
  const end = first === null || last === null ? size : Math.min(size, last + 1);
  return start < size && start < end ? { start, end } : "unsatisfiable";
}

/** A page of another loopback port may read, as a page does that embeds limn.js; any other site may not. */
function cors(request, response) {
  const { origin } = request.headers;
  response.setHeader("vary", "origin");
  if (origin && /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin)) {
    response.setHeader("access-control-allow-origin", origin);
  }
}

function refuse(response, status, text, headers = {}) {
  response.writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

async function main([folder = "dist", port = "8080"]) {
  try {
    const { server } = await listen(site(folder), Number(port));
    console.log(`Limn is at http://localhost:${server.address().port} (Ctrl-C stops it)`);
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    console.error(`Port ${port} is taken. Choose another: make serve PORT=8081`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv.slice(2));
