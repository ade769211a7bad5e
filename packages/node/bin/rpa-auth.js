#!/usr/bin/env node
// Runs the program `rpa-auth`. It is in a package of its own for each platform, which npm
// installs as an optional dependency where it fits. `cargo xtask dist` names these in
// package.json: npm would not work in a clone on a platform that one of them is not for.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

const require = createRequire(import.meta.url);
const { name, version, optionalDependencies = {} } = require('../package.json');

/** Returns the program's file, or says on standard error why there is none. */
function find() {
  const platform = `${process.platform}-${process.arch}`;
  const packages = Object.keys(optionalDependencies).filter((one) => one.includes(platform));
  for (const one of packages) {
    try {
      return require.resolve(`${one}/bin/rpa-auth`);
    } catch {
      // Not installed: for another C library, or optional dependencies are left out.
    }
  }
  console.error(
    packages.length === 0
      ? `rpa-auth: ${name} ${version} has no program for ${platform}; its JavaScript works here, and so does a build from the sources`
      : `rpa-auth: the program for ${platform} is in ${packages.join(' or ')}, which is not installed: optional dependencies are left out, or it is made for another C library`,
  );
  return undefined;
}

/** Returns the descriptors that arguments such as `fd:3` name, each in its place. */
function descriptors() {
  const stdio = ['inherit', 'inherit', 'inherit'];
  for (const argument of process.argv.slice(2)) {
    const named = /(?:^|=)fd:(\d{1,4})$/.exec(argument);
    if (named) stdio[Number(named[1])] = Number(named[1]);
  }
  return Array.from(stdio, (one) => one ?? 'ignore');
}

function run(program) {
  const child = spawn(program, process.argv.slice(2), { stdio: descriptors() });
  // A terminal sends these to both. TERM it never sends.
  const atTerminal = [process.stdin, process.stdout, process.stderr].some((one) => one.isTTY);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP']) {
    process.on(signal, () => atTerminal || child.kill(signal));
  }
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`rpa-auth: ${program}: ${error.code}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Where the signal does not end this process.
    process.exitCode = 128 + constants.signals[signal];
  });
}

const program = find();
if (program === undefined) {
  process.exitCode = 1;
} else {
  run(program);
}
