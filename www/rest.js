// The rest of the engine's program (src/bin/divide), which first answers do without. The page hands it over when nothing
// else is to be done (host.js). What is called before that loads it, and waits.

import { DECODER, REST, packed, unpackedAtOnce } from "./unpack.js";

const VERSION = new URL(import.meta.url).search;
// A host may never answer, and nothing but its end stops a worker that waits.
const MOST_MILLIS = 120_000;

/** The rest cannot be had. Its engine cannot go on, but is not to blame. */
export class Missing extends Error {
  constructor(why) {
    super(`What of the engine this statement needs could not be loaded: ${why}`);
  }
}

export class Rest {
  #first;
  #onLoaded;
  #isHere = false;

  /** `first` are the exports of the first part; `onLoaded(module)` is called when it had to be loaded here. */
  constructor(first, onLoaded) {
    this.#first = first;
    this.#onLoaded = onLoaded;
  }

  /** Takes its compiled code, which is part of the program from then on. Another build's is not taken: who needs it will say so. */
  take(module) {
    if (this.#isHere) return;
    try {
      new WebAssembly.Instance(module, { first: this.#first });
      this.#isHere = true;
    } catch (error) {
      if (!(error instanceof WebAssembly.LinkError)) throw error;
    }
  }

  /** Has it loaded and taken when this returns. */
  load() {
    const module = new WebAssembly.Module(unpackedAtOnce(read(packed(REST)), () => read(DECODER)));
    this.take(module);
    if (!this.#isHere) throw new Missing("the host has another build's by now. Load the page again.");
    this.#onLoaded(module);
  }
}

/** The bytes of a file beside this one, waited for, as only a worker may; asked for a second time when the first fails. */
function read(name) {
  const url = new URL(`./${name}${VERSION}`, import.meta.url);
  try {
    return answer(url);
  } catch {
    return answer(url);
  }
}

function answer(url) {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.timeout = MOST_MILLIS;
  try {
    request.send();
  } catch {
    throw new Missing(`${url} was not answered. Try again when the host can be reached.`);
  }
  if (request.status !== 200) throw new Missing(`${url} was answered with status ${request.status}. Try again, or load the page again.`);
  return new Uint8Array(request.response);
}
