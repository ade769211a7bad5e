//! The two clients of Redis, as one function that sends a command.

/** Sends a command and gives its answer, texts of the server as bytes. */
export type Command = (command: (string | Uint8Array)[]) => Promise<unknown>;

interface Commands {
  command: Command;
  /** Calls back each time that a connection is there. */
  onConnected(callback: () => void): void;
}

/** A client of `ioredis`. */
interface IoRedis {
  callBuffer(name: string, ...given: (string | Uint8Array)[]): Promise<unknown>;
  on(event: 'ready', callback: () => void): void;
  isCluster?: boolean;
  options?: { keyPrefix?: string };
}

/** A client of `redis`. */
interface NodeRedis {
  sendCommand(command: (string | Uint8Array)[], options: object): Promise<unknown>;
  on(event: 'ready', callback: () => void): void;
}

/** How RESP marks a text: what becomes bytes. */
const BLOB_STRING = '$'.charCodeAt(0);

/** Returns how to use a client, or why it cannot be used. */
export function commandsOf(client: unknown): Commands | string {
  if (typeof client !== 'object' || client === null) return 'must be a client of redis or of ioredis';
  const io = client as IoRedis;
  const isCluster = io.isCluster === true || 'masters' in client || 'nodeClient' in client;
  if (isCluster) return 'is one of a Redis Cluster, which is not spoken here: share the token by another store, or through the service';
  if (typeof io.callBuffer === 'function' && typeof io.on === 'function') {
    if (io.options?.keyPrefix) return 'has a keyPrefix: other programs would look for the token elsewhere';
    return {
      command: ([name = '', ...given]) => io.callBuffer(String(name), ...given),
      onConnected: (callback) => io.on('ready', callback),
    };
  }
  const node = client as NodeRedis;
  if (typeof node.sendCommand === 'function' && typeof node.on === 'function' && !('getSentinelNode' in client)) {
    const options = { typeMapping: { [BLOB_STRING]: Buffer }, returnBuffers: true };
    return {
      command: (command) => node.sendCommand(command, options),
      onConnected: (callback) => node.on('ready', callback),
    };
  }
  return 'must be a client of redis (createClient) or of ioredis (new Redis)';
}
