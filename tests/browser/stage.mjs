// The hosts of a file's tests, and the page that a test has open: there before a test, closed and honest again behind it.

import { after, afterEach, before } from "node:test";

import { startHosts } from "./limn.mjs";
import { LimnPage } from "./page.mjs";

export let hosts;
export let limn = null;

before(async () => {
  hosts = await startHosts();
});

after(async () => {
  await hosts?.stop();
});

afterEach(async () => {
  await closePage();
  hosts.site.reset();
  hosts.lake.reset();
});

/** Opens the page at a link's fragment (without the #); it is `limn` from then on. */
export async function openPage(fragment, options) {
  limn = await LimnPage.open(hosts.site.origin, fragment, options);
  return limn;
}

/** Closes it, if one is open. */
export async function closePage() {
  const open = limn;
  limn = null;
  await open?.close();
}
