// What the browser keeps of tables beyond the tab: what a reload asks for then, how it is removed, and that it is never
// taken for another file's.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const LINK = "t.inspections=lake/inspections&q=select+verdict,count(*),avg(score)+from+inspections+group+by+1+order+by+1";

const asked = () => hosts.site.log.filter(({ path }) => path.includes("/lake/")).map(({ path }) => path);
const data = () => asked().filter((path) => !path.includes("_delta_log"));
const kept = () => limn.page.getByText(/^Kept in this browser: [\d.]+ [kM]B$/);

/** Opens the link, and waits until all that was read is kept. */
async function openAndKeep() {
  await openPage(LINK);
  const rows = await limn.answer();
  await kept().waitFor();
  const files = async () => {
    const root = await navigator.storage.getDirectory();
    let bytes = 0;
    for await (const file of (await root.getDirectoryHandle("limn-bytes-1")).values()) bytes += (await file.getFile()).size;
    return bytes;
  };
  let before = -1;
  for (let now = 0; now !== before || now === 0; now = await limn.page.evaluate(files)) {
    before = now;
    await limn.page.waitForTimeout(700);
  }
  return rows;
}

async function reload() {
  hosts.site.reset();
  await limn.page.reload();
  return limn.answer();
}

test("a reload asks for the log alone", async () => {
  const rows = await openAndKeep();
  assert.equal(new Set(data()).size, 12);
  const again = await reload();
  assert.deepEqual(again, rows);
  assert.deepEqual(data(), []);
  assert.ok(asked().length > 0);
  await limn.page.getByText(/^0 requests · 0 B of /).waitFor();
});

test("what is kept can be removed", async () => {
  await openAndKeep();
  await limn.page.getByRole("button", { name: "Remove", exact: true }).click();
  await limn.page.getByText("What this browser kept of tables is removed.").waitFor();
  await kept().waitFor({ state: "hidden" });
  await reload();
  assert.equal(new Set(data()).size, 12);
});

test("what was damaged on the disk is fetched again", async () => {
  const rows = await openAndKeep();
  const damaged = await limn.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    let count = 0;
    for await (const file of (await root.getDirectoryHandle("limn-bytes-1")).values()) {
      const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
      bytes[bytes.length >> 1] ^= 1;
      const writable = await file.createWritable();
      await writable.write(bytes);
      await writable.close();
      count += 1;
    }
    return count;
  });
  assert.ok(damaged >= 12, `${damaged} files`);
  assert.deepEqual(await reload(), rows);
  assert.equal(new Set(data()).size, 12);
});
