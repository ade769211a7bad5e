//! The flows' component, loaded when it is first needed. It keeps nothing between two steps.

import { compile } from '#place';
import type { Root } from '#glue/flows';

export type FlowSteps = Root['flowSteps'];

let compiled: Promise<WebAssembly.Module> | undefined;
let instance: Promise<FlowSteps> | undefined;

/** Returns the instance that all calls share. */
export function flows(): Promise<FlowSteps> {
  instance ??= instantiate().catch((error: unknown) => {
    // A file that could not be read may be there the next time.
    instance = undefined;
    compiled = undefined;
    throw error;
  });
  return instance;
}

/** Gives up an instance that has trapped: the next call gets a new one. */
export function giveUp(broken: FlowSteps): void {
  void instance?.then((current) => {
    if (current === broken) instance = undefined;
  });
}

async function instantiate(): Promise<FlowSteps> {
  compiled ??= compile('flows');
  const [{ instantiate }, module] = await Promise.all([import('#glue/flows'), compiled]);
  const root = await instantiate(() => module, {}, (core, imports) => WebAssembly.instantiate(core, imports));
  return root.flowSteps;
}
