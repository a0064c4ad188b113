// Starts workers: the engine's, those of the engine itself, and what loads a part of it.

import { beside } from "./download.js";

const shims = new Map(); // script -> its URL here

/** A module worker that runs `script`. */
export function spawn(name, script = "./worker.js") {
  return new Worker(urlOf(script), { type: "module", name });
}

/** A worker's script must be of the page's own origin: from elsewhere it is imported by one that is. */
function urlOf(script) {
  const url = beside(script);
  if (url.origin === self.location.origin) return url;
  if (!shims.has(script)) {
    const shim = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
    shims.set(script, URL.createObjectURL(shim));
  }
  return shims.get(script);
}
