//! What the protocol promises, told with one account: a store, a clock that the test
//! moves, and a platform whose answers the test gives. One program, so that a change of
//! the protocol links one.

mod attempts;
mod checks;
mod common;
mod ending;
mod entries;
mod outages;
mod outcomes;
mod patience;
mod pauses;
mod refusals;
mod renewal;
mod sharing;
mod status;
mod stores;
mod verdicts;
