// Limn by its own protocol (src/protocol): its requests open and plan apart from running, and leave a result in the engine.

import { Host } from "/limn/limn.js";

const waiting = new Map();
let ticket = 0;
let host;

globalThis.engine = {
  start: () => new Promise((resolve, reject) => {
    host = new Host(receive, (json) => {
      const { state, detail } = JSON.parse(json);
      if (state === "ready") resolve();
      if (state !== "crashed" && state !== "failed") return;
      for (const call of waiting.values()) call.reject(new Error(detail));
      reject(new Error(detail));
    });
    host.start("{}");
  }),
  open: (path, name = "t") => ask({ type: "open", name, source: { urls: [new URL(path, location.href).href] } }),
  plan: (sql) => ask({ type: "plan", sql }),
  run: async (sql) => {
    const { reply: { answer }, millis } = await ask({ type: "query", sql });
    const { reply } = await ask({ type: "values", result: answer.result, start: 0, count: 10 });
    return { reply, millis };
  },
  query: (sql) => ask({ type: "query", sql }),
  drop: (result) => ask({ type: "drop", result }),
};

/** A reply, and the milliseconds until it was there. */
function ask(request) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    ticket += 1;
    waiting.set(ticket, { resolve: (reply) => resolve({ reply, millis: performance.now() - start }), reject });
    host.post(JSON.stringify({ ticket, request }));
  });
}

function receive(json) {
  const { ticket: answered, reply, error } = JSON.parse(json);
  if (!reply && !error) return;
  const call = waiting.get(answered);
  waiting.delete(answered);
  if (error) call.reject(new Error(`${error.kind}: ${error.subject}: ${error.detail}`));
  else call.resolve(reply);
}
