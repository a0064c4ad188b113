// The page when its engine dies, or lacks a part of itself.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { status } from "./host.mjs";
import { hosts, limn, openPage } from "./stage.mjs";

const link = (sql = "") => `t.t=${encodeURIComponent(`${hosts.lake.origin}/delta/commits`)}&q=${encodeURIComponent(sql)}`;

test("a crashed engine is told, started again, and its tables opened again", async () => {
  await openPage(link("select count(*) as n from t"));
  const before = await limn.answer();
  const [worker] = limn.page.workers();
  await worker.evaluate(() => void setTimeout(() => Promise.reject(new WebAssembly.RuntimeError("unreachable"))));
  await limn.result.getByText("The engine stopped").waitFor();
  await limn.engineIsReady();
  assert.deepEqual(await limn.run("select count(*) as n from t"), before);
});

test("what the engine lacks without its rest is told in one place, and nothing else is lost", async () => {
  hosts.site.fault("engine_rest.wasm.zst", status(404));
  await openPage(link());
  await limn.engineIsReady();
  const said = limn.page.evaluate(
    () =>
      new Promise((resolve) => {
        const remark = document.querySelector(".remark");
        new MutationObserver(() => remark.textContent && resolve(remark.textContent)).observe(remark, { subtree: true, childList: true, characterData: true });
        setTimeout(() => resolve(""), 3_000);
      }),
  );
  await limn.start("select string_agg(cast(value as varchar), '-' order by value desc) as s from generate_series(1, 4)");
  await limn.result.getByText("A part of Limn could not be loaded").waitFor();
  assert.equal(await said, "");
  assert.deepEqual(await limn.run("select count(*) > 0 as some from t"), [["true"]]);
});
