//! A server that answers byte for byte what a test says, and counts what it is sent.

import { createServer } from 'node:http';
import { createServer as createRaw } from 'node:net';

/** An HTTP server whose every request goes to `answer`. */
export async function httpServer(answer, tls) {
  const create = tls ? (await import('node:https')).createServer : createServer;
  const server = tls ? create(tls) : create();
  const requests = [];
  server.on('request', async (request, response) => {
    const pieces = [];
    const seen = { method: request.method, url: request.url, headers: request.headers, request };
    requests.push(seen);
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return;
    }
    seen.body = Buffer.concat(pieces).toString();
    await answer(response, seen, requests.length);
  });
  return listening(server, requests, tls ? 'https' : 'http');
}

/** A server of bytes: `serve` gets each socket. */
export async function rawServer(serve) {
  const sockets = [];
  const server = createRaw((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    serve(socket, sockets.length);
  });
  return listening(server, sockets, 'http');
}

async function listening(server, requests, scheme) {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  return {
    server,
    port,
    requests,
    origin: `${scheme}://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections?.();
      for (const socket of requests) socket.destroy?.();
      server.close(resolve);
    }),
  };
}

export const TOKEN = '{"token":"t0k3n-of-ada"}';

/** The answer to a login that went well. */
export function good(response) {
  response.setHeader('content-type', 'application/json');
  response.end(TOKEN);
}
