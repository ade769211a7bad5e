//! The directory, open and checked. Its files are reached through what is open, so that nobody can put
//! another directory in its place meanwhile.

import { type FileHandle, chown, constants, lstat, mkdir, open, realpath, rename, rmdir, stat, statfs, chmod, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { randomVersion } from '../../session/store.js';
import { objection, type Owner, sharedByMachines } from './rules.js';
import { codeOf, failed, refused } from './trouble.js';

/** Never follows a link, never waits for the other end of a pipe, never becomes a terminal's process. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

const NOT_REGULAR = 'is not a regular file, so it is none of ours: delete it';

const me = () => process.geteuid?.() ?? -1;

export class Dir {
  readonly path: string;
  readonly owner: Owner;
  readonly #handle: FileHandle;
  /** Whether its group shares it. */
  readonly #isShared: boolean;

  private constructor(path: string, handle: FileHandle, owner: Owner, isShared: boolean) {
    this.path = path;
    this.#handle = handle;
    this.owner = owner;
    this.#isShared = isShared;
  }

  /** Opens it; nothing where it is not there. `group` is the one that shares it, if any. */
  static async open(path: string, group: number | undefined): Promise<Dir | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      if (codeOf(error) === 'EACCES') await refuseOfOthers(path, path);
      throw failed(path, error);
    }
    try {
      const there = await handle.stat();
      const owner = { uid: there.uid, gid: there.gid };
      const reason = objection(owner, there.mode, me(), group) ?? (await objectionToFileSystem(handle));
      if (reason !== undefined) throw refused(`the store's directory ${path}: ${reason}`);
      return new Dir(path, handle, owner, group !== undefined);
    } catch (error) {
      await handle.close();
      throw failed(path, error);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** The whole of a file, or its first `limit` bytes; nothing where there is none. */
  async read(name: string, limit: number): Promise<Buffer | undefined> {
    const file = await this.#openFile(name, constants.O_RDONLY);
    if (!file) return undefined;
    try {
      const bytes = Buffer.alloc(limit);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, limit - length);
        length += bytesRead;
        if (bytesRead === 0 || length === limit) return bytes.subarray(0, length);
      }
    } catch (error) {
      throw failed(join(this.path, name), error);
    } finally {
      await file.close();
    }
  }

  /** Puts a file in the place of one of that name, so that it is on the disk. */
  async replace(name: string, by: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.remove(by);
      const file = await this.#create(by, constants.O_WRONLY);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(this.#at(by), this.#at(name));
      await this.#handle.sync();
    } catch (error) {
      await this.remove(by).catch(() => {});
      throw failed(join(this.path, name), error);
    }
  }

  /** A file that is only there to be locked. It is made if it is not there. */
  async lockFile(name: string): Promise<FileHandle> {
    for (;;) {
      const file = await this.#openFile(name, constants.O_RDWR);
      if (file) return file;
      try {
        return await this.#create(name, constants.O_RDWR);
      } catch (error) {
        // Somebody else was faster.
        if (codeOf(error) !== 'EEXIST') throw failed(join(this.path, name), error);
      }
    }
  }

  /** Whether `file` is still what its name leads to. */
  async isAt(file: FileHandle, name: string): Promise<boolean> {
    const held = await file.stat({ bigint: true });
    try {
      const there = await lstat(this.#at(name), { bigint: true });
      return held.dev === there.dev && held.ino === there.ino;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw failed(join(this.path, name), error);
    }
  }

  /** Removes a file, if it is there. */
  async remove(name: string): Promise<void> {
    try {
      await unlink(this.#at(name));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw failed(join(this.path, name), error);
    }
  }

  /** A name within what is open, as Linux shows it. */
  #at(name: string): string {
    return `/proc/self/fd/${this.#handle.fd}/${name}`;
  }

  async #openFile(name: string, access: number): Promise<FileHandle | undefined> {
    const path = join(this.path, name);
    let file: FileHandle;
    try {
      file = await open(this.#at(name), access | SAFE);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return undefined;
      if (['ELOOP', 'ENXIO', 'ENODEV', 'EISDIR'].includes(code)) throw refused(`${path} ${NOT_REGULAR}`);
      if (code === 'EACCES' || code === 'EPERM') await refuseOfOthers(path, this.#at(name));
      throw failed(path, error);
    }
    const there = await file.stat();
    if (there.isFile() && !(there.mode & 0o002)) return file;
    await file.close();
    throw refused(
      there.isFile() ? `${path} can be written to by everybody: take that away with chmod o-w` : `${path} ${NOT_REGULAR}`,
    );
  }

  async #create(name: string, access: number): Promise<FileHandle> {
    const file = await open(this.#at(name), access | SAFE | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await this.#handOver(file);
      return file;
    } catch (error) {
      await file.close();
      await this.remove(name);
      throw error;
    }
  }

  /** Gives a new file to whom the directory belongs to. Root alone can give files away. */
  async #handOver(file: FileHandle): Promise<void> {
    const { uid, gid } = await file.stat();
    const isOther = uid !== this.owner.uid || gid !== this.owner.gid;
    if (me() === 0 && isOther) await file.chown(this.owner.uid, this.owner.gid);
    else if (this.#isShared && gid !== this.owner.gid) await file.chown(uid, this.owner.gid);
    // The mode of a new file is cut by the process's mask.
    if (this.#isShared) await file.chmod(0o660);
  }
}

/** Makes a directory, and what lies above it. `owner` is whose it was before, if it was there. */
export async function make(path: string, group: number | undefined, owner: Owner | undefined): Promise<void> {
  const isOthers = me() === 0 && owner !== undefined && (owner.uid !== 0 || owner.gid !== process.getegid?.());
  if (group === undefined && !isOthers) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return;
  }
  // Others must not see it before it is theirs.
  const parent = dirname(path);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const made = join(parent, `.${randomVersion()}`);
  await mkdir(made, { mode: 0o700 });
  try {
    await chown(made, isOthers ? owner.uid : me(), group ?? owner?.gid ?? -1);
    if (group !== undefined) await chmod(made, 0o2770);
    await rename(made, path);
  } catch (error) {
    await rmdir(made).catch(() => {});
    // Somebody else made it, and has written already.
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** Refuses a directory that everybody can put another one in the place of. */
export async function checkAbove(path: string): Promise<void> {
  let above = dirname(await realpath(path));
  for (;;) {
    const { mode } = await stat(above);
    if (mode & 0o002 && !(mode & 0o1000)) {
      throw refused(
        `the store's directory ${path} can be replaced by everybody, because everybody can write to ${above} (mode ${(mode & 0o7777).toString(8)}): take that away with chmod o-w, or add chmod +t`,
      );
    }
    if (above === dirname(above)) return;
    above = dirname(above);
  }
}

async function objectionToFileSystem(handle: FileHandle): Promise<string | undefined> {
  const name = sharedByMachines((await statfs(`/proc/self/fd/${handle.fd}/.`)).type);
  return (
    name &&
    `it lies on a file system that machines share (${name}), whose locks and clocks cannot be relied on: take a local one, or a Redis`
  );
}

async function refuseOfOthers(path: string, at: string): Promise<void> {
  const there = await lstat(at).catch(() => undefined);
  if (!there) return;
  throw refused(
    `${path} belongs to user ${there.uid} and group ${there.gid} (mode ${(there.mode & 0o7777).toString(8)}), and user ${me()} may not open it: give it to the user that the store's directory is meant for with chown`,
  );
}
