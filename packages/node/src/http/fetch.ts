//! What is asked of a function that is like `fetch`.

/** What a `fetch` is asked. */
export interface FetchInit {
  method: 'GET' | 'POST';
  headers: [string, string][];
  // The types of the body differ between environments.
  body?: any;
  redirect: 'manual';
  credentials: 'omit';
  cache: 'no-store';
  referrer: '';
  referrerPolicy: 'no-referrer';
  signal: AbortSignal;
  // It belongs to undici, which this package does not depend on.
  dispatcher?: any;
}

/** What a `fetch` gives. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
  readonly type?: string;
  readonly redirected?: boolean;
}

/** A function that is like `fetch`. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;
