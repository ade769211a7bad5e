//! Each store, held against what a store promises.

import { after, before, describe, it } from 'node:test';

import { PLACES } from './support/places.js';
import { CHECKS, Place } from './support/store-contract.js';

for (const [name, start] of Object.entries(PLACES)) {
  describe(`the store ${name}`, () => {
    let server;
    let place;
    before(async () => {
      server = await start();
      place = new Place(server.open);
    });
    after(() => server.stop());

    for (const [promise, check] of Object.entries(CHECKS)) it(promise, () => check(place));
  });
}
