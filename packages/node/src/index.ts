//! `rpa-auth`: login tokens of Automation Anywhere Control Room and UiPath Orchestrator.

import { PLACE } from '#place';
import { setPlace } from './place.js';

setPlace(PLACE);

export * from './core.js';
export { DirectoryStore, type DirectoryStoreOptions } from './stores/directory.js';
