//! One call: the component says what to send, the driver sends it, until there is a result.

import type { Answer as GlueAnswer, AuthError as GlueError, Call, Outcome } from './generated/glue/interfaces/rpa-auth-flow-steps.js';
import { lowered } from './arguments.js';
import { type FlowSteps, flows, giveUp, payloadOf } from './component.js';
import { type AuthErrorValue, authError, Redirected, Stopped } from './errors.js';
import { FUNCTIONS } from './generated/table.js';
import type { User } from './generated/types.js';
import { Deadline } from './http/deadline.js';
import { Transport } from './http/transport.js';
import type { CallOptions } from './options.js';
import { Token } from './token.js';

/** Makes a call by the name it has in the contract. */
export async function call(
  name: Call['tag'],
  given: Record<string, unknown>,
  options: CallOptions | undefined,
): Promise<Token | boolean | User | undefined> {
  const parameters = FUNCTIONS[name] ?? [];
  const { transport, signal } = Transport.of(options, 'options');
  signal?.throwIfAborted();
  const asked = { tag: name, val: lowered(parameters, given) } as Call;
  const component = await flows();
  signal?.throwIfAborted();
  return resultOf(await outcome(component, asked, transport, signal));
}

async function outcome(
  component: FlowSteps,
  asked: Call,
  transport: Transport,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const answers: GlueAnswer[] = [];
  const deadline = new Deadline(signal);
  try {
    for (;;) {
      const step = next(component, asked, answers);
      if (step.tag === 'done') return step.val;
      const answer = await transport.send(step.val, deadline);
      // A browser says neither where to, nor which of the redirects it was.
      if (answer.isOpaque) throw new Redirected({ status: undefined });
      answers.push(answer.told);
    }
  } finally {
    deadline.end();
  }
}

function next(component: FlowSteps, asked: Call, answers: GlueAnswer[]) {
  try {
    return component.next(asked, answers);
  } catch (error) {
    const payload = payloadOf(error);
    if (payload) throw authError(payload as GlueError as AuthErrorValue);
    void giveUp(component);
    throw new Stopped(answers.length > 0);
  }
}

function resultOf(outcome: Outcome): Token | boolean | User | undefined {
  switch (outcome.tag) {
    case 'token':
      return new Token({ ...outcome.val, expiresAtSeconds: Number(outcome.val.expiresAtSeconds) });
    case 'validated':
      return outcome.val;
    case 'user':
      return outcome.val;
    case 'logged-out':
      return undefined;
  }
}
