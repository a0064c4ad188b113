// Pictures as PNG made small without another program: pixels are read, put side by side, and written with a palette,
// which is all that a page of flat colors needs. PNG (third edition), sections 7-11.

import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** More would not be seen, and make a fifth more bytes. */
const COLORS = 160;
const CRC = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest >>> 0;
});
/** The color between pictures. */
const GAP = 0x808080;

/** Pictures of 8 bits a channel, not interlaced: `{ width, height, pixels }`, a number 0xRRGGBB each; opaque. */
export function decode(png) {
  const { header, data } = chunksOf(png);
  const [width, height, channels] = [header.readUInt32BE(0), header.readUInt32BE(4), { 2: 3, 6: 4 }[header[9]]];
  if (header[8] !== 8 || header[12] !== 0 || !channels) throw new Error("a PNG of another kind");
  const bytes = unfiltered(inflateSync(data), width * channels, height, channels);
  const pixels = new Uint32Array(width * height);
  for (let at = 0, from = 0; at < pixels.length; at += 1, from += channels) {
    pixels[at] = (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2];
  }
  return { width, height, pixels };
}

/** Pictures from left to right, as one. */
export function beside(pictures, gap) {
  const width = pictures.reduce((sum, picture) => sum + picture.width, gap * (pictures.length - 1));
  const height = Math.max(...pictures.map((picture) => picture.height));
  const pixels = new Uint32Array(width * height).fill(GAP);
  let left = 0;
  for (const picture of pictures) {
    for (let row = 0; row < picture.height; row += 1) {
      pixels.set(picture.pixels.subarray(row * picture.width, (row + 1) * picture.width), row * width + left);
    }
    left += picture.width + gap;
  }
  return { width, height, pixels };
}

/** A PNG with a palette. */
export function encode({ width, height, pixels }) {
  const palette = paletteOf(pixels);
  const indexes = nearest(palette);
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1) {
    for (let x = 0; x < width; x += 1) rows[row * (width + 1) + 1 + x] = indexes(pixels[row * width + x]);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("PLTE", colors), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunksOf(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error("not a PNG");
  const data = [];
  let header;
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const [name, body] = [png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at))];
    if (name === "IHDR") header = body;
    if (name === "IDAT") data.push(body);
  }
  return { header, data: Buffer.concat(data) };
}

/** Takes the filters off, row by row. */
function unfiltered(raw, stride, height, channels) {
  const bytes = new Uint8Array(stride * height);
  for (let row = 0; row < height; row += 1) {
    const [kind, from, to] = [raw[row * (stride + 1)], row * (stride + 1) + 1, row * stride];
    for (let x = 0; x < stride; x += 1) {
      const left = x >= channels ? bytes[to + x - channels] : 0;
      const above = row > 0 ? bytes[to + x - stride] : 0;
      const corner = row > 0 && x >= channels ? bytes[to + x - stride - channels] : 0;
      bytes[to + x] = raw[from + x] + [0, left, above, (left + above) >> 1, paeth(left, above, corner)][kind];
    }
  }
  return bytes;
}

function paeth(left, above, corner) {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

const far = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;

/** Takes the color that would be told worst by those before it, by how far it is from them and how often it is there. */
function paletteOf(pixels) {
  const counts = new Map();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const left = [...counts].sort(([a], [b]) => a - b).map(([color, count]) => ({ color, count, error: Infinity }));
  const palette = [];
  while (palette.length < Math.min(COLORS, left.length)) {
    const { color } = left.reduce((worst, one) => (one.error * one.count > worst.error * worst.count ? one : worst));
    palette.push(color);
    for (const one of left) one.error = Math.min(one.error, far(one.color, color));
  }
  return palette;
}

/** Finds the place of the color in the palette that is most like another. */
function nearest(palette) {
  const known = new Map(palette.map((color, place) => [color, place]));
  return (color) => {
    if (!known.has(color)) {
      const best = palette.reduce((best, other, place) => (far(color, other) < far(color, palette[best]) ? place : best), 0);
      known.set(color, best);
    }
    return known.get(color);
  };
}

function chunk(name, body) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE((named.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), -1) ^ -1) >>> 0);
  return Buffer.concat([length, named, sum]);
}
