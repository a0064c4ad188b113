// Sends requests in order, each as soon as so many answers have come as had come when it was asked first.

onmessage = async ({ data: asked }) => {
  postMessage(await replay(asked).then(() => null, (error) => error.message));
};

function replay(asked) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let come = 0;
    const advance = () => {
      if (come === asked.length) resolve();
      for (; sent < asked.length && asked[sent].after <= come; sent += 1) {
        ask(asked[sent]).then(() => {
          come += 1;
          advance();
        }, reject);
      }
    };
    advance();
  });
}

/** As Limn asks (src/http/fetch.rs). */
async function ask({ path, range }) {
  const response = await fetch(path, { headers: range ? { range } : {}, credentials: "omit", cache: "no-store" });
  await response.arrayBuffer();
}
