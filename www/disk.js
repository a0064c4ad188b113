// The engine's place for bytes that outlive the tab: files of the origin's private file system, which only workers may
// write at once. Nothing throws: where the browser has no such place, or no room in it, nothing is kept.

const FOLDER = "limn-bytes-1";

let opened;

function folder() {
  opened ??= navigator.storage.getDirectory().then((root) => root.getDirectoryHandle(FOLDER, { create: true }));
  return opened;
}

export async function names() {
  try {
    const found = [];
    for await (const name of (await folder()).keys()) found.push(name);
    return found;
  } catch {
    return null;
  }
}

export async function read(name) {
  try {
    const file = await (await (await folder()).getFileHandle(name)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return null;
  }
}

export async function write(name, bytes) {
  try {
    const file = await (await folder()).getFileHandle(name, { create: true });
    const handle = await file.createSyncAccessHandle();
    try {
      handle.truncate(0);
      const written = handle.write(bytes);
      handle.flush();
      return written === bytes.length;
    } finally {
      handle.close();
    }
  } catch (error) {
    // Another tab writes the very same; should it fail, the checksum tells.
    return error.name === "NoModificationAllowedError";
  }
}

export async function remove(names) {
  for (const name of names) {
    try {
      await (await folder()).removeEntry(name);
    } catch {
      // It is gone, or another tab is reading it, which will find it old soon enough.
    }
  }
}
