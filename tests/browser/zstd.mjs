// A file of the engine as a host sends it.

/** Zstandard's frame around a few bytes as they are: RFC 8878, section 3.1.1. */
export function zstd(bytes) {
  const block = (bytes.length << 3) | 1;
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length, block & 255, block >> 8, 0]), bytes]);
}

/** Answers with it. */
export const wasm = (body, headers = {}) => ({ response }) =>
  response.writeHead(200, { "content-length": body.length, "access-control-allow-origin": "*", ...headers }).end(body);
