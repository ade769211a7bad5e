const { authenticate } = require('rpa-auth');

const room = { url: process.argv[2], api: 'v2', transport: { allowHttp: true } };
authenticate(room, { username: 'ada', secret: { password: 'password' } }).then((token) => {
  console.log(token.value);
});
