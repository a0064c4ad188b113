// The browser alone, behind the same interface: what is run is no statement but what a host was asked (server.mjs).

const worker = new Worker("browser-worker.js", { type: "module" });

globalThis.engine = {
  start: async () => {},
  run: (asked) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: error }) => (error ? reject(new Error(error)) : resolve({}));
      worker.postMessage(asked);
    }),
};
