// The engine's file as hosts have it: packed, for many of them do not compress, and some refuse what it is unpacked.
// Zstandard, because it unpacks faster than gzip and is a third smaller; browsers have it for whole answers of hosts
// only, so that its decoder (of the npm package zstddec) comes with the page.

export const PACKED = "engine_bg.wasm.zst";
export const DECODER = "unzstd.wasm";

// RFC 8878, section 3.1.1; WebAssembly begins with another byte.
const FIRST_BYTE = 0x28;
// ZSTD_inBuffer and ZSTD_outBuffer: address, size, position.
const BUFFER_BYTES = 12;

/**
 * The engine in a host's answer, as a stream; `decoder` resolves with the answer for DECODER. `onBytes(bytes, total)`
 * counts what came; `total` is 0 when it is not told.
 */
export async function unpacked(answer, decoder, onBytes = () => {}) {
  // Nobody waits for it where the host sends the engine unpacked.
  decoder.catch(() => {});
  const response = whole(await answer);
  // A host that sends the file as `Content-Encoding: zstd` has it unpacked by the browser: what arrives is wasm, and
  // the length told is not the length of what is read.
  const reader = response.body.getReader();
  const first = await firstBytes(reader);
  const isPacked = first[0] === FIRST_BYTE;
  const length = isPacked ? Number(response.headers.get("content-length")) : 0;
  const total = Number.isSafeInteger(length) ? length : 0;
  const counted = rest(first, reader, (bytes) => onBytes(bytes, total));
  return isPacked ? counted.pipeThrough(unpacking(await Decoder.from(whole(await decoder)))) : counted;
}

function whole(response) {
  if (!response.ok) throw new Error(`${response.url} was answered with status ${response.status}`);
  return response;
}

async function firstBytes(reader) {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("the engine's file is empty");
    if (value.length > 0) return value;
  }
}

function rest(first, reader, onBytes) {
  let pending = first;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = pending ? { done: false, value: pending } : await reader.read();
      pending = null;
      if (done) return controller.close();
      onBytes(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function unpacking(decoder) {
  return new TransformStream({
    transform: (bytes, controller) => decoder.decode(bytes, (unpacked) => controller.enqueue(unpacked)),
    flush() {
      if (!decoder.isAtEnd) throw new Error("the engine's file ends too early");
    },
  });
}

/** zstd's ZSTD_decompressStream on buffers in the memory of its module. */
class Decoder {
  isAtEnd = false;
  #zstd;
  #context;
  #input;
  #inputBytes;
  #output;
  #outputBytes;
  #buffers; // ZSTD_inBuffer, and behind it ZSTD_outBuffer

  static async from(response) {
    const imports = { env: { emscripten_notify_memory_growth() {} } };
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports);
    return new Decoder(instance.exports);
  }

  constructor(zstd) {
    this.#zstd = zstd;
    this.#context = zstd.ZSTD_createDCtx();
    this.#inputBytes = zstd.ZSTD_DStreamInSize();
    this.#outputBytes = zstd.ZSTD_DStreamOutSize();
    this.#input = zstd.malloc(this.#inputBytes);
    this.#output = zstd.malloc(this.#outputBytes);
    this.#buffers = zstd.malloc(2 * BUFFER_BYTES);
  }

  /** Gives `onBytes` what `bytes` unpack to, piece by piece. */
  decode(bytes, onBytes) {
    for (let at = 0; at < bytes.length; at += this.#inputBytes) {
      const piece = bytes.subarray(at, at + this.#inputBytes);
      new Uint8Array(this.#zstd.memory.buffer).set(piece, this.#input);
      this.#describe(0, this.#input, piece.length);
      while (this.#step(piece.length, onBytes));
    }
  }

  /** One call; is there more to be had of the same input? */
  #step(inputBytes, onBytes) {
    this.#describe(BUFFER_BYTES, this.#output, this.#outputBytes);
    const left = this.#zstd.ZSTD_decompressStream(this.#context, this.#buffers + BUFFER_BYTES, this.#buffers);
    // Errors are negative numbers; what is left to read is never close to them.
    if (left < 0) throw new Error("the engine's file is damaged");
    this.isAtEnd = left === 0;
    const [read, written] = [this.#position(0), this.#position(BUFFER_BYTES)];
    // Its memory is written again, and moves when it grows.
    if (written > 0) onBytes(new Uint8Array(this.#zstd.memory.buffer, this.#output, written).slice());
    return read < inputBytes || written === this.#outputBytes;
  }

  #describe(buffer, address, size) {
    new Uint32Array(this.#zstd.memory.buffer, this.#buffers + buffer, 3).set([address, size, 0]);
  }

  #position(buffer) {
    return new Uint32Array(this.#zstd.memory.buffer, this.#buffers + buffer, 3)[2];
  }
}
