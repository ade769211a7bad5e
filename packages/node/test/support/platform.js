//! A platform that plays the exchanges of a case: a real server, which answers each request as
//! the case says, and notes what was asked.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { withOrigin } from './values.js';

export class Platform {
  #server;
  #cors;
  #exchanges = [];
  #wrong = [];

  constructor(server, { cors = false } = {}) {
    this.#server = server;
    this.#cors = cors;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /** Starts one. With `cors`, a page of any origin may call and read the answers. */
  static async start(options) {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new Platform(server, options);
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Plays these exchanges, in order, and none besides. */
  expect(exchanges = []) {
    this.#exchanges = exchanges.map((exchange) => withOrigin(exchange, this.origin));
    this.#wrong = [];
  }

  /** Fails unless exactly what was expected has come. */
  check() {
    assert.deepEqual(this.#wrong, []);
    assert.equal(this.#exchanges.length, 0, 'a request did not come');
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request, response) {
    if (this.#cors && openToPages(request, response)) return;
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const exchange = this.#exchanges.shift();
    if (!exchange) {
      this.#wrong.push(`one request too many: ${request.method} ${request.url}`);
      response.writeHead(500).end();
      return;
    }
    try {
      compareRequest(exchange.request, request, Buffer.concat(pieces));
    } catch (error) {
      this.#wrong.push(error.message);
    }
    play(exchange.answer, response);
  }
}

/** Opens an answer to pages of other origins. True where it was a preflight, and is answered. */
function openToPages(request, response) {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', 'date, location, retry-after, www-authenticate');
  if (request.method !== 'OPTIONS') return false;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '');
  response.writeHead(204).end();
  return true;
}

/** Sends the answer of a case. */
export function play(answer, response) {
  const { status, headers = {}, body = '' } = answer;
  response.sendDate = false;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const filler = answer['body-filler'];
  response.writeHead(status).end(filler === undefined ? body : filler.repeat(answer['body-length']));
}

function compareRequest(expected, request, body) {
  assert.equal(request.method, expected.method);
  assert.equal(request.url, expected.path);
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    assert.deepEqual(request.headersDistinct[name], [value], `the header ${name}`);
  }
  const text = body.toString('utf8');
  if (expected.json === undefined) assert.equal(text, expected.form ?? '');
  else assert.deepEqual(JSON.parse(text), JSON.parse(expected.json));
}
