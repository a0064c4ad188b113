// The built site as another build would leave it on its host: other bytes, other marks, another service worker.

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const MARK = /\?v=([0-9a-f]{12})/g;

/** The version that a built site's files are marked with. */
export async function versionOf(folder) {
  const [[, version]] = (await readFile(join(folder, "index.html"), "utf8")).matchAll(MARK);
  return version;
}

/** Makes the site in `folder` another build, whose version it gives. */
export async function rebuild(folder) {
  const version = createHash("sha256").update(await versionOf(folder)).digest("hex").slice(0, 12);
  for (const name of await readdir(folder)) {
    if (!/\.(html|js)$/.test(name) || name === "sw.js") continue;
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), text.replace(MARK, `?v=${version}`));
  }
  await rewriteWorker(folder, version);
  return version;
}

async function rewriteWorker(folder, version) {
  const path = join(folder, "sw.js");
  const [line, json] = /^const BUILD=(.*?);$/m.exec(await readFile(path, "utf8"));
  const build = { ...JSON.parse(json), version };
  for (const name of Object.keys(build.files).filter((name) => /\.(html|js)$/.test(name))) {
    build.files[name] = createHash("sha256").update(await readFile(join(folder, name))).digest("base64");
  }
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(line, () => `const BUILD=${JSON.stringify(build)};`));
}
