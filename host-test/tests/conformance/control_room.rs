//! Automation Anywhere Control Room: each of its four functions against every
//! release, over both schemes.

mod refusals;
mod sessions;
mod success;
mod validate;
