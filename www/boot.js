// Starts the page's program. A file of its own because the page's security policy allows no inline script.

import init from "./app.js";
import { keep } from "./keep.js";

try {
  await init({ module_or_path: new URL(`./app_bg.wasm${new URL(import.meta.url).search}`, import.meta.url) });
} catch (error) {
  const place = document.getElementById("boot");
  if (place) place.textContent = `Limn could not start in this browser: ${error.message ?? error}`;
  throw error;
}
keep();
