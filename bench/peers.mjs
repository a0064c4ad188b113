// A native peer: a Python process that answers statements one after another (native/peer.py).

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { HERE } from "./browser.mjs";
import { PYTHON } from "./setting.mjs";

/** The peer `name` over `tables`, a map of name and path. `run(sql)` resolves with `{ millis, rows }`. */
export async function startPeer(name, tables) {
  const child = spawn(PYTHON, [`${HERE}native/${name}_peer.py`, JSON.stringify(tables)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended without an answer`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`${name}: ${answer.error}`);
    return answer;
  };
  const { version } = await next();
  return {
    version,
    run: (sql) => (child.stdin.write(`${JSON.stringify({ sql })}\n`), next()),
    close: () => child.stdin.end(),
  };
}
