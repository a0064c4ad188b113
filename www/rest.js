// The rest of the engine's program (src/bin/divide), which first answers do without. The page hands it over when nothing
// else is to be done (host.js). What is called before that loads it, and waits.

import { DECODER, REST, packed, unpackedAtOnce } from "./unpack.js";

const VERSION = new URL(import.meta.url).search;

export class Rest {
  #first;
  #onLoaded;
  #isHere = false;

  /** `first` are the exports of the first part; `onLoaded(module)` is called when it had to be loaded here. */
  constructor(first, onLoaded) {
    this.#first = first;
    this.#onLoaded = onLoaded;
  }

  /** Takes its compiled code; from then on it is part of the program. */
  take(module) {
    if (this.#isHere) return;
    new WebAssembly.Instance(module, { first: this.#first });
    this.#isHere = true;
  }

  /** Has it loaded and taken when this returns. */
  load() {
    const module = new WebAssembly.Module(unpackedAtOnce(read(packed(REST)), () => read(DECODER)));
    this.take(module);
    this.#onLoaded(module);
  }
}

/** The bytes of a file beside this one, waited for, as only a worker may. */
function read(name) {
  const url = new URL(`./${name}${VERSION}`, import.meta.url);
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`the rest of the engine is missing: ${url} was answered with status ${request.status}`);
  return new Uint8Array(request.response);
}
