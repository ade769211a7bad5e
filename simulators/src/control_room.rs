//! A simulated Automation Anywhere Control Room.
//!
//! ```no_run
//! # async fn example() {
//! use simulators::{ControlRoom, control_room::User};
//!
//! let room = ControlRoom::builder().user(User::new("ada", "pass")).start().await;
//! println!("{}", room.url());
//! # }
//! ```

use std::{
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{exchange::lock, server::Server};

mod answers;
mod builder;
mod login;
mod queue;
mod routes;
mod sessions;
mod settings;
mod state;
mod user;

pub use self::{
    builder::Builder,
    routes::WORK_ITEM,
    sessions::{Displacement, Issued},
    settings::{Release, ValidateForms},
    user::User,
};
use self::{sessions::Kind, state::State};

/// A running Control Room. Dropping it stops the server.
pub struct ControlRoom {
    server: Server,
    state: Arc<State>,
}

impl ControlRoom {
    /// A Control Room of Automation 360 v.31 or v.32, over plain HTTP and
    /// without a user: what is not set is as documented.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The path of the API call that stands behind the token: a work item's status.
    pub fn work_item_path(&self) -> &'static str {
        routes::WORK_ITEM
    }

    /// The path where new work items are put into their queue.
    pub fn work_items_path(&self) -> &'static str {
        routes::WORK_ITEMS
    }

    /// How many times a login was asked for, in whatever form.
    pub fn logins_asked(&self) -> u64 {
        lock(&self.state.book).logins_asked
    }

    /// How many logins led to a token. [`ControlRoom::person_logs_in`] does not count.
    pub fn logins_granted(&self) -> u64 {
        lock(&self.state.book).logins_granted
    }

    /// How many refreshes led to a token.
    pub fn refreshes_granted(&self) -> u64 {
        lock(&self.state.book).refreshes_granted
    }

    /// Logins refused to a user name since its last good one. At three the
    /// user is disabled (doc).
    pub fn refused(&self, name: &str) -> u32 {
        lock(&self.state.book).refused(name)
    }

    /// Whether the user is disabled.
    pub fn is_disabled(&self, name: &str) -> bool {
        let mut book = lock(&self.state.book);
        book.user_mut(name).is_some_and(|user| user.disabled)
    }

    /// When the third refused login in a row disabled the user, if one did since an
    /// administrator helped.
    pub fn disabled_at(&self, name: &str) -> Option<Instant> {
        lock(&self.state.book).disabled_at(name)
    }

    /// Every token that was given out, in that order, to whomever.
    pub fn issued(&self) -> Vec<Issued> {
        lock(&self.state.book).sessions.issued()
    }

    /// What an administrator does for a disabled user: it is enabled again and
    /// its refused logins are forgotten.
    pub fn enable(&self, name: &str) {
        lock(&self.state.book).enable(name);
    }

    /// Changes a user's password. Its tokens live on.
    pub fn change_password(&self, name: &str, password: &str) {
        let mut book = lock(&self.state.book);
        let user = book.user_mut(name).expect("the test made this user");
        user.password = password.to_owned();
    }

    /// A person logs in as this user in the browser now, which displaces the
    /// user's earlier token unless that one lives beside it (doc). Returns the
    /// person's token.
    pub fn person_logs_in(&self, name: &str) -> String {
        self.state.grant(name, Kind::Person).0
    }

    /// The newest live token of a user.
    pub fn live_token(&self, name: &str) -> Option<String> {
        self.live_tokens(name).pop()
    }

    /// Every live token of a user, the newest last.
    pub fn live_tokens(&self, name: &str) -> Vec<String> {
        let now = self.state.clock.now_ms();
        lock(&self.state.book).sessions.live_of(name, now)
    }

    /// Whether the API would take this token now.
    pub fn is_live(&self, token: &str) -> bool {
        self.state.verdict(token).is_ok()
    }

    /// Moves the Control Room's clock on, so that tokens expire.
    pub fn advance(&self, by: Duration) {
        self.state.clock.advance(by);
    }

    /// Stops the server and waits until its socket is closed.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Deref for ControlRoom {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}
