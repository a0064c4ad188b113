// A loopback host that lies on request: an honest static server (www/serve.mjs) with faults around chosen paths, and
// the exact log of what was asked of it and what it gave.

import { execFileSync } from "node:child_process";
import { createReadStream, readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

import { listen, parseRange, site } from "../../www/serve.mjs";

export class Host {
  /** Every request in order of arrival: `{ method, path, range, status, bytes, aborted }`. */
  log = [];
  #faults = [];
  #sites = new Map();

  /** Serves `mounts`, a map of (encoded) path prefix to folder, on a port; 0 is a free one. */
  static async start(mounts, port = 0) {
    const host = Host.#of(mounts);
    ({ server: host.server, origin: host.origin } = await listen((request, response) => host.#serve(request, response), port));
    return host;
  }

  /** The same with TLS, under HTTP/2 alone and a certificate that nobody knows: tabs need `ignoreHTTPSErrors`. */
  static async startSecure(mounts) {
    const host = Host.#of(mounts);
    host.server = createSecureServer(certificate(), (request, response) => host.#serve(request, response));
    const sessions = new Set();
    host.server.on("session", (session) => sessions.add(session.once("close", () => sessions.delete(session))));
    host.server.closeAllConnections = () => sessions.forEach((session) => session.destroy());
    await new Promise((done) => host.server.listen(0, "127.0.0.1", done));
    host.origin = `https://127.0.0.1:${host.server.address().port}`;
    return host;
  }

  static #of(mounts) {
    const host = new Host();
    for (const [prefix, folder] of Object.entries(mounts)) host.#sites.set(prefix, site(folder));
    return host;
  }

  /** From now on a path that `pattern` (a text it ends with, or a RegExp) matches is answered by `fault`. */
  fault(pattern, fault) {
    this.#faults.unshift({ matches: typeof pattern === "string" ? (path) => path.endsWith(pattern) : (path) => pattern.test(path), fault });
  }

  /** Honest again, with an empty log. */
  reset() {
    this.#faults = [];
    this.log = [];
  }

  /** The logged requests whose path contains `text`. */
  asked(text) {
    return this.log.filter(({ path }) => path.includes(text));
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  #serve(request, response) {
    const { pathname: path, search } = new URL(request.url, "http://localhost");
    this.#record(request, response, path + search);
    const honest = () => this.#honest(request, response, path);
    const found = this.#faults.find(({ matches }) => matches(path));
    if (found) return found.fault({ request, response, path, honest });
    honest();
  }

  #record(request, response, path) {
    const entry = { method: request.method, path, range: request.headers.range ?? null, status: 0, bytes: 0, aborted: false };
    this.log.push(entry);
    // Under HTTP/2 `end` writes its piece with `write`.
    let isEnding = false;
    for (const name of ["write", "end"]) {
      const original = response[name].bind(response);
      response[name] = (chunk, ...rest) => {
        if (!isEnding && chunk && typeof chunk !== "function") entry.bytes += Buffer.byteLength(chunk);
        isEnding ||= name === "end";
        return original(chunk, ...rest);
      };
    }
    response.on("close", () => {
      entry.status = response.statusCode;
      entry.aborted = !response.writableFinished;
    });
  }

  #honest(request, response, path) {
    const prefix = [...this.#sites.keys()].filter((each) => path.startsWith(each)).sort((a, b) => b.length - a.length)[0];
    if (prefix === undefined) return response.writeHead(404).end();
    request.url = `/${request.url.slice(prefix.length)}`;
    this.#sites.get(prefix)(request, response);
  }
}

/** A key and its certificate for two days, made on the spot. */
function certificate() {
  const how = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout - -out -";
  const both = execFileSync("openssl", how.split(" "), { stdio: ["ignore", "pipe", "ignore"] });
  return { key: both, cert: both };
}

/** Answers with a status and nothing else, readable across origins. */
export const status = (code) => ({ response }) => {
  response.writeHead(code, { "access-control-allow-origin": "*" }).end();
};

/** The first `times` requests fail with `code`, the others are answered. */
export const failFirst = (times, code) => (exchange) => {
  if (times-- > 0) return status(code)(exchange);
  exchange.honest();
};

/** Sends the whole file whatever range was asked for. */
export const ignoreRange = ({ request, honest }) => {
  delete request.headers.range;
  honest();
};

/** Sends `size` bytes whatever range was asked for, until the client leaves. */
export const allOf = (size) => ({ response }) => {
  response.writeHead(200, { "access-control-allow-origin": "*", "content-length": size });
  Readable.from(pieces(size)).pipe(response);
};

function* pieces(size) {
  const piece = Buffer.alloc(64 << 10);
  for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

/** Says how long the answer is and closes the connection `missing` bytes before its end. */
export const cutShort = (missing) => ({ response, honest }) => {
  const { writeHead, write, end } = bound(response);
  let left = Infinity;
  response.writeHead = (code, headers) => {
    left = Number(headers["content-length"]) - missing;
    return writeHead(code, headers);
  };
  const send = (chunk) => {
    if (left <= 0) return;
    write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) setTimeout(() => response.destroy(), 20);
  };
  response.write = (chunk) => (send(chunk), true);
  response.end = (chunk) => (chunk ? send(chunk) : left > 0 && left !== Infinity ? undefined : end());
  honest();
};

/** Sends fewer bytes than were asked for, and says so: a proper answer that is not the one that was asked. */
export const shortRange = (missing) => ({ request, honest }) => {
  const range = parseRange(request.headers.range, Number.MAX_SAFE_INTEGER);
  if (range) request.headers.range = `bytes=${range.start}-${Math.max(range.start, range.end - 1 - missing)}`;
  honest();
};

/** From the `after`-th request on, `file` lies where another one was. */
export const replacedBy = (file, after) => {
  let asked = 0;
  const other = site(join(file, ".."));
  return ({ request, response, honest }) => {
    if (asked++ < after) return honest();
    laterThan(response);
    request.url = `/${encodeURIComponent(file.split("/").pop())}`;
    other(request, response);
  };
};

/** The same bytes under a later Last-Modified and another ETag from the `after`-th request on, `shift` bytes dropped. */
export const touched = (after) => {
  let asked = 0;
  return ({ response, honest }) => {
    if (asked++ >= after) laterThan(response);
    honest();
  };
};

/** A checkout gives all files one time; what replaces a file is younger. */
function laterThan(response) {
  const { writeHead } = bound(response);
  response.writeHead = (code, headers) =>
    writeHead(code, { ...headers, etag: '"another"', "last-modified": new Date(Date.now() + 3_600_000).toUTCString() });
}

/** A Parquet file made `size` bytes long by a gap before its footer: as valid as before, and large. */
export const padded = (file, size) => {
  const bytes = readFileSync(file);
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const gap = size - bytes.length;
  return ({ request, response }) => {
    const { start, end } = parseRange(request.headers.range, size);
    const body = Buffer.alloc(end - start);
    if (start < footer) bytes.copy(body, 0, start, Math.min(end, footer));
    const from = Math.max(start, footer + gap);
    if (end > from) bytes.copy(body, from - start, from - gap, end - gap);
    response.writeHead(206, { "access-control-allow-origin": "*", "content-length": body.length }).end(body);
  };
};

/** A text, instead. */
export const saying = (text) => ({ response }) => {
  response.writeHead(200, { "access-control-allow-origin": "*" }).end(text);
};

/** No header lets another origin read. */
export const noCors = ({ request, honest }) => {
  delete request.headers.origin;
  honest();
};

/** The connection breaks before an answer. */
export const hangUp = ({ request }) => request.socket.destroy();

export const hangUpFirst = (times) => (exchange) => {
  if (times-- > 0) return hangUp(exchange);
  exchange.honest();
};

/** Waits before answering. */
export const delay = (millis) => async ({ honest }) => {
  await sleep(millis);
  honest();
};

/** Never answers; the client has to give up. */
export const silence = () => {};

/** The body trickles, `bytesPerSecond`. */
export const slow = (bytesPerSecond) =>
  paced(async (chunk, response, write) => {
    for (let at = 0; at < chunk.length && !response.destroyed; at += 1024) {
      write(chunk.subarray(at, at + 1024));
      await sleep((1024 / bytesPerSecond) * 1000);
    }
  });

/** The first piece of the body arrives, the others once `released` is. */
export const heldUntil = (released) =>
  paced(async (chunk, response, write) => {
    write(chunk);
    await released;
  });

/** The body leaves as `send(chunk, response, write)` sends its pieces, one after the other. */
const paced = (send) => ({ response, honest }) => {
  const { write, end } = bound(response);
  let work = Promise.resolve();
  response.write = (chunk) => {
    work = work.then(() => send(chunk, response, write)).then(() => response.emit("drain"));
    return false;
  };
  response.end = (chunk) => void work.then(() => end(chunk));
  honest();
};

/** The whole file gzipped, as some hosts send what they think is text. */
export const gzipEncoded = (file) => ({ response }) => {
  response.writeHead(200, { "content-encoding": "gzip", "access-control-allow-origin": "*" }).end(gzipSync(readFileSync(file)));
};

/** What lies in `file`, instead. */
export const instead = (file) => ({ response }) => {
  const type = file.endsWith(".js") ? "text/javascript" : "application/octet-stream";
  response.writeHead(200, { "access-control-allow-origin": "*", "content-type": type });
  createReadStream(file).pipe(response);
};

function bound(response) {
  return Object.fromEntries(["writeHead", "write", "end"].map((name) => [name, response[name].bind(response)]));
}
