//! The two components, each compiled when it is first needed.

import type { Root as FlowsRoot } from '#glue/flows';
import type { Root as SessionRoot } from '#glue/session';
import { OtherError } from './errors.js';
import { SMALL as SMALL_OF_FLOWS } from './generated/flows-modules.js';
import { SMALL as SMALL_OF_SESSION } from './generated/session-modules.js';
import { place } from './place.js';

export type FlowSteps = FlowsRoot['flowSteps'];
export type SessionSteps = SessionRoot['sessionSteps'];

interface Glue<Root> {
  instantiate(module: (path: string) => WebAssembly.Module, imports: object, core: typeof instantiateCore): Root | Promise<Root>;
}

/** A component, of which any number of instances are made. */
class Component<Root> {
  readonly #name: 'flows' | 'session';
  readonly #glue: () => Promise<Glue<Root>>;
  readonly #small: Record<string, string>;
  #loaded: Promise<[Glue<Root>, WebAssembly.Module]> | undefined;

  constructor(name: 'flows' | 'session', glue: () => Promise<Glue<Root>>, small: Record<string, string>) {
    this.#name = name;
    this.#glue = glue;
    this.#small = small;
  }

  async instantiate(): Promise<Root> {
    this.#loaded ??= Promise.all([this.#glue(), compile(this.#name)]);
    try {
      const [glue, core] = await this.#loaded;
      return await glue.instantiate((path) => this.#module(path, core), {}, instantiateCore);
    } catch (error) {
      // What could not be read may be there the next time.
      this.#loaded = undefined;
      throw error;
    }
  }

  #module(path: string, core: WebAssembly.Module): WebAssembly.Module {
    const small = this.#small[path];
    return small === undefined ? core : new WebAssembly.Module(Uint8Array.from(atob(small), (byte) => byte.charCodeAt(0)));
  }
}

const FLOWS = new Component<FlowsRoot>('flows', () => import('#glue/flows') as Promise<Glue<FlowsRoot>>, SMALL_OF_FLOWS);
const SESSIONS = new Component<SessionRoot>(
  'session',
  () => import('#glue/session') as Promise<Glue<SessionRoot>>,
  SMALL_OF_SESSION,
);

let shared: Promise<FlowSteps> | undefined;

/** Returns the instance of the flows that all calls share: it keeps nothing between two steps. */
export function flows(): Promise<FlowSteps> {
  shared ??= FLOWS.instantiate().then(
    (root) => root.flowSteps,
    (error: unknown) => {
      shared = undefined;
      throw error;
    },
  );
  return shared;
}

/** Gives up an instance of the flows that has trapped: the next call gets a new one. */
export async function giveUp(broken: FlowSteps): Promise<void> {
  const given = shared;
  if (given && (await given) === broken && shared === given) shared = undefined;
}

/** Returns a new instance of the sessions. */
export async function sessions(): Promise<SessionSteps> {
  return (await SESSIONS.instantiate()).sessionSteps;
}

/** Returns what a component gave as an error. Anything else that it throws is a trap. */
export function payloadOf(error: unknown): object | undefined {
  return error instanceof Error && 'payload' in error ? (error.payload as object) : undefined;
}

async function compile(name: 'flows' | 'session'): Promise<WebAssembly.Module> {
  let bytes: BufferSource;
  try {
    bytes = await place().read(name);
  } catch {
    throw new OtherError(`the file ${name}.wasm of the package cannot be read: it lies beside its scripts, and a bundler copies it`, false);
  }
  return WebAssembly.compile(bytes);
}

function instantiateCore(core: WebAssembly.Module, imports?: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  return WebAssembly.instantiate(core, imports);
}
