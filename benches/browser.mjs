// What both measurements need: the server as a process of its own, Chromium, and what this machine is.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const HERE = fileURLToPath(new URL(".", import.meta.url));

/** A server of its own, so that neither the measuring nor the browser waits for its work. */
export async function startServer(delayMillis, dist, data) {
  const mounts = [`/limn/=${dist}`, `/data/=${data}`, `/modules/=${HERE}node_modules`, `/bench/=${HERE}`];
  const child = spawn(process.execPath, [`${HERE}server.mjs`, String(delayMillis), ...mounts], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const origin = String(line).trim();
  /** Requests and bytes of /data/ since it was last asked. */
  const meter = async () => (await fetch(`${origin}/meter`)).json();
  return { server: child, origin, meter };
}

export function launch() {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: ["--no-sandbox", "--disable-gpu"] });
}

export function machine(browser) {
  const cpu = readFileSync("/proc/cpuinfo", "utf8").match(/model name\s*: (.*)/)?.[1] ?? "unknown processor";
  const cores = spawnSync("nproc", { encoding: "utf8" }).stdout.trim();
  return `Chromium ${browser.version()}, ${cores} cores of ${cpu}`;
}

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
  if (!found) throw new Error("no chromium on PATH: scripts/setup test installs it, or name one in CHROMIUM");
  return found;
}
