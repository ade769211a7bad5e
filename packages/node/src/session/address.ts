//! Where a platform's API is, and which paths of it may be called.

import type { Account } from '../generated/glue/interfaces/rpa-auth-session-steps.js';
import { InvalidArgument } from '../errors.js';

/** How often an escape is read that is itself written with escapes. */
const MOST_ESCAPES = 4;

/** The address that paths stand behind. */
export class Address {
  /** Without a slash at its end; none where the account does not say it. */
  readonly #url: string | undefined;
  /** Where one logs in and out, behind the address, in small letters. */
  readonly #isLogin: (segments: string[]) => boolean;

  constructor(account: Account, apiUrl: string | undefined) {
    const { url, more, allowHttp, authenticatePath } = ofAccount(account);
    const whole = apiUrl ?? url;
    this.#url = whole === undefined ? undefined : checked(whole, apiUrl === undefined ? more : [], allowHttp);
    const login = segmentsOf(authenticatePath ?? 'api/account/authenticate');
    this.#isLogin =
      account.tag === 'control-room'
        ? ([version, word]) => (version === 'v1' || version === 'v2') && word === 'authentication'
        : (segments) => login.length > 0 && login.every((part, at) => segments.at(at - login.length) === part);
  }

  /** The whole address of a path and a query. */
  with(path: unknown): string {
    if (this.#url === undefined) {
      throw new InvalidArgument('options.apiUrl', 'is missing: the account of an external application does not say where its API is');
    }
    if (typeof path !== 'string' || !path.startsWith('/') || /[^\x21-\x7e]/.test(path) || path.includes('#')) {
      throw new InvalidArgument('path', 'must begin with / and be what stands behind the address of the platform, percent-encoded');
    }
    const [name = ''] = path.split('?', 1);
    const segments = segmentsOf(name);
    if (segments.some((segment) => segment === '.' || segment === '..')) {
      throw new InvalidArgument('path', 'with . or .. may leave the address of the platform: write it out');
    }
    if (this.#isLogin(segments)) {
      throw new InvalidArgument('path', 'logs in or out, which would displace the token that everybody shares: the session does both');
    }
    return this.#url + path;
  }
}

function ofAccount(account: Account) {
  if (account.tag === 'control-room') {
    const { url, transport } = account.val.controlRoom;
    return { url, more: [], allowHttp: transport?.allowHttp ?? false, authenticatePath: undefined };
  }
  if (account.tag === 'ropc') {
    const { url, organization, tenant, authenticatePath, transport } = account.val.orchestrator;
    const more = [organization, tenant].filter((part) => part !== undefined);
    return { url, more, allowHttp: transport?.allowHttp ?? false, authenticatePath };
  }
  const { transport } = account.val.identityServer;
  return { url: undefined, more: [], allowHttp: transport?.allowHttp ?? false, authenticatePath: undefined };
}

function checked(text: string, more: string[], allowHttp: boolean): string {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    url = undefined;
  }
  const isGood = url?.protocol === 'https:' || (url?.protocol === 'http:' && allowHttp);
  if (!url || !isGood || url.username || url.password || url.search || url.hash || !/^https?:\/\//.test(text)) {
    throw new InvalidArgument('options.apiUrl', 'must be https://host[:port][/prefix], or http:// where allowHttp is set');
  }
  const prefix = url.pathname.replace(/\/+$/, '');
  return url.origin + prefix + more.map((part) => `/${encodeURIComponent(part)}`).join('');
}

/**
 * The segments of a path as some server may read them: escapes read, how often they are written;
 * what stands behind `;`, `?` and `#` left out, and dots and spaces at the end, as Windows does;
 * empty ones left out; in small letters.
 */
function segmentsOf(path: string): string[] {
  let read = path;
  for (let times = 0; times < MOST_ESCAPES; times += 1) {
    read = read.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  }
  const pieces = read.split(/[/\\]/).map((piece) => {
    const [name = ''] = piece.split(/[;?#]/, 1);
    const trimmed = name.replace(/^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu, '');
    return /^\.*$/.test(trimmed) ? trimmed : trimmed.replace(/[.\s\p{Cc}]+$/u, '').toLowerCase();
  });
  return pieces.filter((piece) => piece !== '');
}
