// What a part is run with, from the environment that `run` sets, and where it leaves its samples.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

export const SCALE = Number(process.env.SCALE ?? 1);
export const RUNS = Number(process.env.RUNS ?? 5);
export const CACHE = process.env.CACHE ?? "target/bench";
export const DATA = `${CACHE}/data-${process.env.SCALE ?? 1}`;
export const DIST = process.env.DIST ?? "dist";
export const PYTHON = `${CACHE}/venv/bin/python`;
const PARTS = process.env.PARTS ?? `${CACHE}/parts`;

export const TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];

/** The text or number `name` of the environment as a list, at its commas. */
export function list(name, otherwise) {
  return process.env[name]?.split(",") ?? otherwise;
}

/** Leaves what a part measured for the report. */
export function keep(part, measured) {
  mkdirSync(PARTS, { recursive: true });
  writeFileSync(`${PARTS}/${part}.json`, JSON.stringify({ when: new Date().toISOString(), scale: SCALE, runs: RUNS, ...measured }));
}

/** What a part left, now or before; null when it never ran. */
export function kept(part) {
  try {
    return JSON.parse(readFileSync(`${PARTS}/${part}.json`, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
