//! A Control Room of no more than a login, in a process of its own.

import { createServer } from 'node:http';

const body = JSON.stringify({ token: 't0k3n', user: { roles: 'x'.repeat(4000) } });

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
