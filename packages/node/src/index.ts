//! `rpa-auth`: login tokens of Automation Anywhere Control Room and UiPath Orchestrator.

export { DirectoryStore, type DirectoryStoreOptions } from './stores/directory.js';
export * from './web.js';
