// A machine with less memory: a control group of Linux, for this process and all that it starts meanwhile.

import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

// The second version of control groups, and the first one.
const KINDS = [
  { root: "/sys/fs/cgroup", limit: "memory.max", mark: "cgroup.controllers", own: /^0::(.*)$/m },
  { root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", mark: "memory.limit_in_bytes", own: /^\d+:memory:(.*)$/m },
];
const PROCESSES = "cgroup.procs";

/** What `work` gives with at most so many bytes; null where the system does not let this process have such a group. */
export async function caged(bytes, work) {
  const leave = enter(bytes);
  if (!leave) return null;
  try {
    return await work();
  } finally {
    await leave();
  }
}

function enter(bytes) {
  const kind = KINDS.find(({ root, mark }) => statSync(`${root}/${mark}`, { throwIfNoEntry: false }));
  if (!kind) return null;
  const group = `${kind.root}/limn-bench`;
  const own = kind.own.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/";
  try {
    mkdirSync(group, { recursive: true });
    writeFileSync(`${group}/${kind.limit}`, String(bytes));
    writeFileSync(`${group}/${PROCESSES}`, String(process.pid));
  } catch (error) {
    console.error(`bench: no group of ${bytes} bytes: ${error.message}`);
    return null;
  }
  return async () => {
    writeFileSync(`${kind.root}${own}/${PROCESSES}`, String(process.pid));
    // The browser's last processes take a moment to end.
    for (let tries = 50; tries > 0; tries -= 1) {
      try {
        return rmdirSync(group);
      } catch {
        await sleep(100);
      }
    }
  };
}
