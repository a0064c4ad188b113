// Buffers that crossed from one worker to another and are filled again. A fresh one is memory that the system has to find
// and to clear first, which takes longer than to fill it.

// Smaller ones are not worth keeping.
const LEAST_BYTES = 64 * 2 ** 10;
// What is kept at most.
const MOST_BYTES = 64 * 2 ** 20;

export class Spares {
  #kept = []; // of buffers, the last first to be taken
  #bytes = 0;

  /** A view of so many bytes, on a buffer that may be longer. */
  take(bytes) {
    if (bytes < LEAST_BYTES) return new Uint8Array(bytes);
    const fits = ({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes;
    const place = this.#kept.findLastIndex(fits);
    if (place < 0) return new Uint8Array(new ArrayBuffer(rounded(bytes)), 0, bytes);
    const [buffer] = this.#kept.splice(place, 1);
    this.#bytes -= buffer.byteLength;
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Keeps buffers that are not needed any more. */
  give(buffers) {
    for (const buffer of buffers) {
      if (buffer.byteLength < LEAST_BYTES || this.#bytes + buffer.byteLength > MOST_BYTES) continue;
      this.#kept.push(buffer);
      this.#bytes += buffer.byteLength;
    }
  }

  clear() {
    this.#kept = [];
    this.#bytes = 0;
  }
}

/** A little more than is needed, so that one fits others that are nearly alike: at most a quarter. */
function rounded(bytes) {
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}
