//! Calls to a platform's API with an account's shared token put on.

import type { Account } from '../generated/glue/interfaces/rpa-auth-session-steps.js';
import { Fields } from '../arguments.js';
import { InvalidArgument } from '../errors.js';
import { signalOf, type Transport } from '../http/transport.js';
import type { Token } from '../token.js';
import { Address } from './address.js';
import type { ApiInit } from './init.js';

const KNOWN = ['method', 'headers', 'body', 'signal'];

/** What is said anew to the platform, and what has some servers take another path or method. */
const LEFT_OUT = [
  'authorization',
  'x-authorization',
  'cookie',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'proxy-authorization',
  'proxy-connection',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
];

/** The API of an account's platform. */
export class Api {
  readonly #address: Address;
  readonly #transport: Transport;
  /** What every request has, for a gateway in front of the platform. */
  readonly #own: { name: string; value: string }[];

  constructor(account: Account, apiUrl: string | undefined, transport: Transport) {
    this.#address = new Address(account, apiUrl);
    this.#transport = transport;
    this.#own = transportOf(account)?.headers ?? [];
  }

  /** Checks a request. */
  request(path: string, init: ApiInit | undefined): ApiRequest {
    const url = this.#address.with(path);
    const fields = new Fields(init ?? {}, 'init');
    fields.refuseOthers(KNOWN);
    const method = fields.read('method') ?? 'GET';
    if (typeof method !== 'string' || !/^[A-Za-z]+$/.test(method) || /^(CONNECT|TRACE|TRACK)$/i.test(method)) {
      throw new InvalidArgument('init.method', 'is none that is sent');
    }
    let headers: Headers;
    try {
      headers = new Headers(fields.read('headers') as HeadersInit | undefined);
      for (const name of LEFT_OUT) headers.delete(name);
      if (!headers.has('accept')) headers.set('accept', 'application/json');
      for (const { name, value } of this.#own) headers.set(name, value);
    } catch {
      throw new InvalidArgument('init.headers', 'cannot be sent');
    }
    const signal = signalOf(fields.read('signal'), 'init.signal');
    return new ApiRequest(url, method.toUpperCase(), headers, fields.read('body'), signal, this.#transport);
  }
}

/** One request, which may be sent with one token and then with another. */
class ApiRequest {
  constructor(
    readonly url: string,
    readonly method: string,
    readonly headers: Headers,
    readonly body: unknown,
    readonly signal: AbortSignal | undefined,
    readonly transport: Transport,
  ) {}

  /** Whether the body can be sent again. */
  get isRepeatable(): boolean {
    const { body } = this;
    return (
      body === undefined ||
      body === null ||
      typeof body === 'string' ||
      body instanceof ArrayBuffer ||
      ArrayBuffer.isView(body) ||
      body instanceof Blob ||
      body instanceof FormData ||
      body instanceof URLSearchParams
    );
  }

  /** Sends it with a token. */
  async send(token: Token): Promise<Response> {
    const headers = new Headers(this.headers);
    headers.set(token.header.name, token.header.value);
    return this.transport.passOn(this.url, {
      method: this.method,
      headers,
      body: this.body,
      redirect: 'manual',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: this.signal,
      ...(!this.isRepeatable && { duplex: 'half' }),
    });
  }
}

function transportOf(account: Account) {
  switch (account.tag) {
    case 'control-room':
      return account.val.controlRoom.transport;
    case 'ropc':
      return account.val.orchestrator.transport;
    case 'client-credentials':
      return account.val.identityServer.transport;
  }
}
