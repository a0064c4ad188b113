// Has the service worker (sw.js) keep this build's files, so that the next visit needs no network. Whatever the browser
// refuses of that (a private window, no room, a page that is not secure) is no loss: the page has come without it.

import { compiled, keptEngine } from "./limn.js";

const { href, search } = new URL(import.meta.url);
const SCOPE = new URL("./", href);
const CACHES = `limn:${SCOPE.pathname}:`;
const SCRIPT = new URL("./sw.js", SCOPE);
// The first answers are more urgent than the next visit.
const QUIET_MILLIS = 3_000;
// A page of which nothing is painted may never be told that it is idle.
const MOST_MILLIS = 10_000;
const GONE = [404, 410];

/** Until the page is closed. */
export async function keep() {
  if (!navigator.serviceWorker || !navigator.locks) return;
  // As long as it is held, this build's files are not deleted.
  navigator.locks.request(CACHES + search.slice("?v=".length), { mode: "shared" }, () => new Promise(() => {}));
  await compiled;
  await new Promise((resolve) => setTimeout(resolve, QUIET_MILLIS));
  await new Promise((resolve) => (self.requestIdleCallback ?? setTimeout)(resolve, { timeout: MOST_MILLIS }));
  try {
    await (navigator.serviceWorker.controller ? look() : begin());
  } catch {
    // It is tried again at the next visit.
  }
}

async function begin() {
  const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  await navigator.serviceWorker.register(SCRIPT, { scope: SCOPE });
  await controlled;
  // The bytes are those of the engine that runs already, and so is the code: asked for by its URL, the browser keeps it.
  await keptEngine();
}

/** A host that has no service worker any more went back to a build without: then this one has to go. */
async function look() {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  registration.active?.postMessage("sweep");
  try {
    await registration.update();
  } catch {
    const { status } = await fetch(SCRIPT, { cache: "no-store" });
    if (!GONE.includes(status)) return;
    await registration.unregister();
    for (const name of await caches.keys()) if (name.startsWith(CACHES)) await caches.delete(name);
  }
}
