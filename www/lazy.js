// What the page loads only when it is asked for.

export const openChart = async (host) => new (await import("./chart.js")).Chart(host);
