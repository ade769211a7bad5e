const { ropcAuthenticate } = require('rpa-auth');

async function main() {
  const orchestrator = { url: process.env.ORCHESTRATOR };
  const token = await ropcAuthenticate(orchestrator, {
    tenancyName: 'Default',
    usernameOrEmailAddress: 'ada',
    password: process.env.UIPATH_PASSWORD,
  });
  console.log(`a token for ${token.lifetimeSeconds} s, sent as ${token.header.name}`);
}

main();
