// The page's program without the network: keeps the files of a build as they were when it was built, and answers them
// from there, and the page itself. Tables, the sample lake and whatever else is asked for pass by.
// scripts/site.mjs puts BUILD in front: { version, bytes, files: { name: SHA-256 in base64 } }; a new build is another
// text, which the browser looks for by itself when the page is opened.

import { DECODER, FIRST, REST, packed, unpacked } from "./unpack.js";

const SCOPE = new URL(self.registration.scope);
// What lies in one cache is of one build. Other folders of the origin may have a Limn of their own.
const PREFIX = `limn:${SCOPE.pathname}:`;
const CACHE = PREFIX + BUILD.version;
const PAGE = "index.html";
// Kept unpacked, so that a browser keeps their machine code as well.
const ENGINE = [FIRST, REST];
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  wasm: "application/wasm",
};
// How a browser asks for a page that is loaded again; going back is none of them. Who reloads waits so long at most for
// a host that may be gone.
const RELOADS = ["no-cache", "reload", "no-store"];
const RELOAD_MILLIS = 3_000;

self.addEventListener("install", (event) => {
  // Requests for tables need not wake this worker where a browser can be told so.
  event.addRoutes?.(routes()).catch(() => {});
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

// Pages that were there before find what they load later here, and not what the host has by then.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page that has come to rest: by now others that were closed have let go of their builds.
self.addEventListener("message", (event) => event.waitUntil(sweep()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== SCOPE.origin || request.headers.has("range")) return;
  if (request.mode !== "navigate") {
    const file = fileOf(url);
    if (file) event.respondWith(answer(file.name, file.version, request));
  } else if (isPage(url)) {
    event.respondWith(page(request));
    event.waitUntil(sweep());
  }
});

function routes() {
  const folder = SCOPE.pathname.replace(/[\\:*+?.(){}]/g, "\\$&");
  const files = new URLPattern({ pathname: `${folder}:name`, search: "v=*", baseURL: SCOPE.origin });
  return [
    { condition: { requestMode: "navigate" }, source: "fetch-event" },
    { condition: { urlPattern: files }, source: "fetch-event" },
    { condition: { urlPattern: new URLPattern({}) }, source: "network" },
  ];
}

function isPage({ pathname }) {
  return pathname === SCOPE.pathname || pathname === SCOPE.pathname + PAGE;
}

/** The file of a build that a URL names by the mark of scripts/site.mjs; null for any other. */
function fileOf({ pathname, search }) {
  const [, version] = /^\?v=([0-9a-f]{12})$/.exec(search) ?? [];
  const name = pathname.slice(SCOPE.pathname.length);
  return version && pathname.startsWith(SCOPE.pathname) && /^[\w-]+\.(js|css|wasm(\.zst)?)$/.test(name) ? { name, version } : null;
}

async function page(request) {
  // Who reloads asks for what is there now.
  const newest = RELOADS.includes(request.cache) && (await soon(fetch(request)));
  return newest?.ok ? newest : ((await kept(PAGE, BUILD.version)) ?? fetch(request));
}

async function answer(name, version = BUILD.version, request = undefined) {
  // Who asks for what is packed takes it unpacked as well (unpack.js).
  const found = await kept(ENGINE.find((part) => packed(part) === name) ?? name, version);
  if (found) return found;
  return version === BUILD.version && name in BUILD.files ? obtain(name) : fetch(request);
}

/** A file as it was kept, if it was. */
function kept(name, version) {
  return caches.match(urlOf(name, version), { cacheName: PREFIX + version });
}

function urlOf(name, version = BUILD.version) {
  return new URL(name === PAGE ? "./" : `./${name}?v=${version}`, SCOPE).href;
}

/** Keeps all files of this build, or fails; what is there already is of this build. */
async function keepAll() {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota - usage < 2 * BUILD.bytes) throw new Error("this browser has no room for the program");
  const cache = await caches.open(CACHE);
  try {
    for (const name of Object.keys(BUILD.files)) {
      if (!(await cache.match(urlOf(name)))) await cache.put(urlOf(name), await obtain(name));
    }
    // A page that was opened meanwhile may have swept away what a former attempt had left of it.
    if (!(await caches.has(CACHE))) throw new Error("what was kept is gone");
  } catch (error) {
    if (error.name === "QuotaExceededError") await caches.delete(CACHE);
    throw error;
  }
}

/** A file of this build from the host, or from what the browser has of it. Another build's is refused. */
async function obtain(name) {
  for (const cache of [name === PAGE ? "no-cache" : "force-cache", "reload"]) {
    // What the browser has may be the answer of a host that failed.
    const found = await load(name, cache).catch(() => null);
    if (found && (await digest(found.bytes)) === BUILD.files[name]) return new Response(found.bytes, { headers: described(name, found.headers) });
  }
  throw new Error(`${name} is not there, or another build's`);
}

async function load(name, cache) {
  const response = await fetch(urlOf(ENGINE.includes(name) ? packed(name) : name), { cache });
  if (!response.ok) throw new Error(`${name} was answered with status ${response.status}`);
  const body = ENGINE.includes(name) ? new Response(await unpacked(response, answer(DECODER))) : response;
  return { bytes: await body.arrayBuffer(), headers: response.headers };
}

async function digest(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
}

/** A host's own headers, its security policy among them, for the bytes as they are kept. */
function described(name, headers) {
  const own = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "vary"]) own.delete(name);
  own.set("content-type", TYPES[name.split(".").pop()]);
  return own;
}

/** Deletes builds that no page has open: an open page holds a lock of its build's cache's name (www/keep.js). */
async function sweep() {
  // A newer one that is just coming has no page yet.
  if (self.registration.installing || self.registration.waiting) return;
  const { held } = await navigator.locks.query();
  const used = new Set([CACHE, ...held.map(({ name }) => name)]);
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && !used.has(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** What a promise gives, or nothing: when it fails, or does not end. */
function soon(promise) {
  const late = new Promise((resolve) => setTimeout(resolve, RELOAD_MILLIS));
  return Promise.race([promise.catch(() => null), late]);
}
