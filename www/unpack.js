// The engine's files as hosts have them: packed, for many of them do not compress, and some refuse what it is unpacked.
// Zstandard, because it unpacks faster than gzip and is a third smaller; browsers have it for whole answers of hosts
// only, so that its decoder comes with the page.

import { Decoder } from "./zstd.js";

/** The program that answers begin with, and what of it they seldom need (src/bin/divide). */
export const FIRST = "engine_bg.wasm";
export const REST = "engine_rest.wasm";
export const DECODER = "unzstd.wasm";

/** The file that a host has of one of both. */
export const packed = (name) => `${name}.zst`;

// RFC 8878, section 3.1.1; WebAssembly begins with another byte.
const FIRST_BYTE = 0x28;
const ENDS_EARLY = "the engine's file ends too early";
/**
 * A file of the engine in a host's answer, as a stream; `decoder` resolves with the answer for DECODER. `onBytes(bytes, total)`
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
  return isPacked ? counted.pipeThrough(unpacking(await Decoder.from(await whole(await decoder).arrayBuffer()))) : counted;
}

/** A file of the engine that came as `bytes`, at once; `decoder()` gives the bytes of DECODER if they are needed. */
export function unpackedAtOnce(bytes, decoder) {
  if (bytes[0] !== FIRST_BYTE) return bytes;
  const decoding = Decoder.of(decoder());
  const whole = new Uint8Array(decoding.sizeOf(bytes));
  let at = 0;
  decoding.decode(bytes, (piece) => {
    whole.set(piece, at);
    at += piece.length;
  });
  if (!decoding.isAtEnd) throw new Error(ENDS_EARLY);
  return whole;
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
    transform: (bytes, controller) => decoder.decode(bytes, (piece) => controller.enqueue(piece.slice())),
    flush() {
      if (!decoder.isAtEnd) throw new Error(ENDS_EARLY);
    },
  });
}
