// zstd's decoder, a WebAssembly module of the npm package zstddec, on buffers in its memory.

// ZSTD_inBuffer and ZSTD_outBuffer: address, size, position.
const BUFFER_BYTES = 12;
const DAMAGED = "the engine's file is damaged";
// No part of the engine is nearly as large.
const MOST_BYTES = 2 ** 28;
const IMPORTS = { env: { emscripten_notify_memory_growth() {} } };

/** ZSTD_decompressStream. */
export class Decoder {
  isAtEnd = false;
  #zstd;
  #context;
  #input;
  #inputBytes;
  #output;
  #outputBytes;
  #buffers; // ZSTD_inBuffer, and behind it ZSTD_outBuffer

  /** From the module's bytes. */
  static async from(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, IMPORTS);
    return new Decoder(instance.exports);
  }

  /** From the module's bytes, at once: for a worker, which may wait. */
  static of(bytes) {
    return new Decoder(new WebAssembly.Instance(new WebAssembly.Module(bytes), IMPORTS).exports);
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

  /** How many bytes a whole file unpacks to, as it tells itself. */
  sizeOf(bytes) {
    const place = this.#zstd.malloc(bytes.length);
    new Uint8Array(this.#zstd.memory.buffer).set(bytes, place);
    const size = Number(this.#zstd.ZSTD_findDecompressedSize(place, bytes.length));
    this.#zstd.free(place);
    // Errors, and a size that is not told, are negative.
    if (size < 0 || size > MOST_BYTES) throw new Error(DAMAGED);
    return size;
  }

  /** Gives `onBytes` what `bytes` unpack to, piece by piece: each is there until it returns. */
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
    if (left < 0) throw new Error(DAMAGED);
    this.isAtEnd = left === 0;
    const [read, written] = [this.#position(0), this.#position(BUFFER_BYTES)];
    if (written > 0) onBytes(new Uint8Array(this.#zstd.memory.buffer, this.#output, written));
    return read < inputBytes || written === this.#outputBytes;
  }

  #describe(buffer, address, size) {
    new Uint32Array(this.#zstd.memory.buffer, this.#buffers + buffer, 3).set([address, size, 0]);
  }

  #position(buffer) {
    return new Uint32Array(this.#zstd.memory.buffer, this.#buffers + buffer, 3)[2];
  }
}
