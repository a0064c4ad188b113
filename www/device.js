// What the device has room for, as far as the browser tells: the protocol's Options by themselves.

const MIB = 2 ** 20;
// Each hand has an engine of its own: more gain little over the one that takes what they decode.
const HANDS = 6;
// With less there is no room for hands.
const HANDS_MEMORY_GIB = 2;
// What operators count is up to three times as much in memory: a table that grows is there twice, and memory is found in
// ever larger pieces. Budgets for each GiB that the device has; where it has plenty, or does not say, the engine's own hold.
const BUDGETS_MIB = { memoryBytes: 192, resultBytes: 192, cacheBytes: 64 };
const PLENTY_GIB = 8;

/** How many other engines may decode for this one, and its budgets. */
export function suited() {
  // Chromium alone tells, in powers of two and never more than 8 (later versions: 32).
  const gib = navigator.deviceMemory ?? PLENTY_GIB;
  const budgets = gib < PLENTY_GIB ? Object.entries(BUDGETS_MIB) : [];
  return { hands: hands(gib), ...Object.fromEntries(budgets.map(([name, mib]) => [name, mib * gib * MIB])) };
}

/** As many as there are cores; alone, it has nothing to hand over. */
function hands(gib) {
  const cores = navigator.hardwareConcurrency ?? 1;
  return cores > 1 && gib > HANDS_MEMORY_GIB ? Math.min(cores, HANDS) : 0;
}
