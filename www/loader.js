// Downloads, unpacks and compiles a part of the engine in a worker that ends with it: the buffers that this takes are several
// times the part's size, and would otherwise be kept until the page collects garbage.
// Message in: the part's name; out: { module } or { error }.

import { beside } from "./download.js";
import { DECODER, packed, unpackedAtOnce } from "./unpack.js";

self.addEventListener("message", async ({ data: name }) => {
  try {
    const [bytes, decoder] = await Promise.all([packed(name), DECODER].map(read));
    self.postMessage({ module: await WebAssembly.compile(unpackedAtOnce(bytes, () => decoder)) });
  } catch (error) {
    self.postMessage({ error: error.message });
  }
});

async function read(file) {
  const response = await fetch(beside(`./${file}`), { priority: "low" });
  if (!response.ok) throw new Error(`${response.url} was answered with status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
