// Files that are written while rows come: on disk where the browser lets a page do that (the File System Access API),
// else gathered and offered as a download. Nothing of a file that was given up is left looking finished.

// What is gathered has to fit into the browser's memory beside the engine.
const GATHERED_BYTES = 512 * 2 ** 20;

/** Asks where to write `names`; must be called from a click. Null when the person closed the browser's dialog. */
export async function chooseFiles(names, mime) {
  try {
    if (names.length === 1 && self.showSaveFilePicker) return await OnDisk.open([await chooseFile(names[0], mime)]);
    if (names.length > 1 && self.showDirectoryPicker) return await inFolder(names);
  } catch (error) {
    if (error.name === "AbortError") return null;
    throw error;
  }
  return new Gathered(names, mime);
}

function chooseFile(name, mime) {
  const extension = name.slice(name.lastIndexOf("."));
  return self.showSaveFilePicker({ suggestedName: name, types: [{ accept: { [mime]: [extension] } }] });
}

async function inFolder(names) {
  const folder = await self.showDirectoryPicker({ id: "limn", mode: "readwrite" });
  for (const name of names) {
    if (await has(folder, name)) throw new Error(`The folder ${folder.name} already has a file ${name}. Choose another folder, or another name.`);
  }
  const handles = [];
  for (const name of names) handles.push(await folder.getFileHandle(name, { create: true }));
  return OnDisk.open(handles);
}

async function has(folder, name) {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    return error.name !== "NotFoundError";
  }
}

/** Written beside the file and put in its place when it is complete. */
class OnDisk {
  #handles;
  #streams;

  static async open(handles) {
    const files = new OnDisk();
    files.#handles = handles;
    files.#streams = [];
    for (const handle of handles) files.#streams.push(await handle.createWritable());
    return files;
  }

  get names() {
    return this.#handles.map(({ name }) => name);
  }

  write(number, bytes) {
    return this.#streams[number].write(bytes);
  }

  async close() {
    await Promise.all(this.#streams.map((stream) => stream.close()));
  }

  /** The browser made empty files when they were chosen: they go as well, where it lets us. */
  async abort() {
    for (const stream of this.#streams) await stream.abort().catch(ignore);
    for (const handle of this.#handles) await handle.remove?.().catch(ignore);
  }
}

/** Held by the browser until it is complete. */
class Gathered {
  names;
  #mime;
  #parts;
  #bytes = 0;

  constructor(names, mime) {
    this.names = names;
    this.#mime = mime;
    this.#parts = names.map(() => []);
  }

  async write(number, bytes) {
    this.#bytes += bytes.byteLength;
    if (this.#bytes > GATHERED_BYTES) {
      throw new Error(
        `This browser cannot write to a file while rows come, and more than ${GATHERED_BYTES / 2 ** 20} MiB are not ` +
          "gathered in its memory. Ask for fewer rows or columns, take Parquet, or use a browser that can (Chrome or Edge).",
      );
    }
    // A Blob may be moved out of memory; an array could not.
    this.#parts[number].push(new Blob([bytes]));
  }

  async close() {
    this.names.forEach((name, number) => download(new Blob(this.#parts[number], { type: this.#mime }), name));
    this.#parts = [];
  }

  abort() {
    this.#parts = [];
  }
}

/** Offers `blob` as a download. */
export function download(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  // Some browsers begin to read it a moment later.
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

/** It is given up already: there is nobody to tell. */
function ignore() {}
