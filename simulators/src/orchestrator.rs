//! A simulated UiPath Orchestrator with its identity server.
//!
//! ```no_run
//! # async fn example() {
//! use simulators::{Orchestrator, orchestrator::Account};
//!
//! let ada = Account::new("Default", "ada", "pass");
//! let orchestrator = Orchestrator::builder().account(ada).start().await;
//! println!("{}", orchestrator.url());
//! # }
//! ```

use std::{ops::Deref, sync::Arc, time::Duration};

use super::{exchange::lock, server::Server};

mod account;
mod api;
mod builder;
mod failure;
mod oauth;
mod ropc;
mod routes;
mod settings;
mod state;

use self::state::State;
pub use self::{
    account::{Account, Client},
    builder::Builder,
    settings::{
        CurrentUser, ExpiresIn, FailureShape, HOST_TENANT, Layout, OauthErrors, ResultField,
        TokenKind,
    },
};

/// A running Orchestrator. Dropping it stops the server.
pub struct Orchestrator {
    server: Server,
    state: Arc<State>,
}

impl Orchestrator {
    /// A standalone Orchestrator over plain HTTP and without an account: what
    /// is not set is as documented.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The address that `api/...` and `odata/...` follow: with organization and
    /// tenant, where the layout has them.
    pub fn base_url(&self) -> String {
        format!("{}{}", self.url(), self.state.settings.layout.base())
    }

    /// The identity server's token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}{}", self.url(), self.state.settings.layout.token_path())
    }

    /// How many times a user's login (ROPC) was asked for, in whatever form.
    pub fn logins_asked(&self) -> u64 {
        lock(&self.state.book).logins_asked
    }

    /// How many of them led to a token.
    pub fn logins_granted(&self) -> u64 {
        lock(&self.state.book).logins_granted
    }

    /// How many times the token endpoint was asked, in whatever form.
    pub fn grants_asked(&self) -> u64 {
        lock(&self.state.book).grants_asked
    }

    /// How many of them led to a token.
    pub fn grants_granted(&self) -> u64 {
        lock(&self.state.book).grants_granted
    }

    /// Logins refused to a user name of a tenant since its last good one.
    pub fn refused(&self, tenancy: &str, name: &str) -> u32 {
        lock(&self.state.book).refused(tenancy, name)
    }

    /// Whether so many logins were refused that the account is locked out.
    pub fn is_locked_out(&self, tenancy: &str, name: &str) -> bool {
        self.refused(tenancy, name) >= self.state.settings.lockout_after
    }

    /// What an administrator does for an account that is locked out.
    pub fn unlock(&self, tenancy: &str, name: &str) {
        lock(&self.state.book).forget_refusals(tenancy, name);
    }

    /// Whether the API would take this token now.
    pub fn is_live(&self, token: &str) -> bool {
        self.state.holder(token).is_some()
    }

    /// Ends a token before its time, as nothing in the API can: the platform
    /// was restarted with other keys, say.
    pub fn revoke(&self, token: &str) {
        lock(&self.state.book).revoke(token);
    }

    /// Moves the Orchestrator's clock on, so that tokens expire.
    pub fn advance(&self, by: Duration) {
        self.state.clock.advance(by);
    }

    /// Stops the server and waits until its socket is closed.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Deref for Orchestrator {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}
