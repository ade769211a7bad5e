//! UiPath Orchestrator: a user's login (ROPC) at every kind of address, its
//! refusals in every shape, and who a token speaks for.

mod current_user;
mod refusals;
mod ropc;
