// Starts the engine's workers, those of the page and those of the engine itself.

import { beside } from "./download.js";

let shim = null;

/** A module worker that runs worker.js. */
export function spawn(name) {
  return new Worker(workerUrl(), { type: "module", name });
}

/** A worker's script must be of the page's own origin: from elsewhere it is imported by one that is. */
function workerUrl() {
  const url = beside("./worker.js");
  if (url.origin === self.location.origin) return url;
  return shim ??= URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" }));
}
