//! How a call is made.

import type { FetchLike } from './http/fetch.js';

/** How a call is made. */
export interface CallOptions {
  /**
   * What sends the requests: any function that is like `fetch`. It follows no redirect where it is
   * told so, and sends nothing twice. Default the global one.
   */
  fetch?: FetchLike;
  /**
   * An undici dispatcher for `fetch`, an `Agent` or a `ProxyAgent` say: with a company's CA, a
   * client certificate, a proxy. It neither repeats requests nor follows redirects.
   */
  dispatcher?: object;
  /**
   * Gives the call up. It then ends with the signal's reason. A request that has left stays sent:
   * a login may have displaced the earlier token, or count as refused.
   */
  signal?: AbortSignal;
}
