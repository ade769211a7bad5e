//! What a call of a platform's API is made with.

/** How a request to the API is made: what `fetch` takes, but for what would send it elsewhere. */
export interface ApiInit {
  /** Default GET. */
  method?: string;
  /** Those that carry the token, or that lead past the path, are left out. `accept` is JSON if nothing is said. */
  headers?: Record<string, string> | [string, string][] | Headers;
  /** Whatever `fetch` takes. A stream is sent once. */
  // The types of the body differ between environments.
  body?: any;
  /** Gives the request up. */
  signal?: AbortSignal;
}
