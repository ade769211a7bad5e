//! `rpa-auth` for pages and workers.

import { setPlace } from './place.js';
import { PLACE } from './place/web.js';

setPlace(PLACE);

export * from './core.js';
