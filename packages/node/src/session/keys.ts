/** A key: 64 hexadecimal digits, or 32 bytes. `openssl rand -hex 32` makes one. A secret. */
export type Key = string | Uint8Array;
