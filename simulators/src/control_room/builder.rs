//! Setting up a Control Room.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderValue;
use rustls::ServerConfig;

use super::{ControlRoom, Release, User, ValidateForms, routes, settings::Settings, state::State};
use crate::{
    Answer,
    server::{Server, Setup},
};

/// What a Control Room is to be like. Every method changes one thing.
#[derive(Default)]
pub struct Builder {
    setup: Setup,
    settings: Settings,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The release. Default v.31, which has both API versions.
    pub fn release(mut self, release: Release) -> Self {
        self.settings.release = release;
        self
    }

    /// Adds a user.
    pub fn user(mut self, user: User) -> Self {
        self.settings.users.push(user);
        self
    }

    /// Serves HTTPS with this configuration, as from [`Authority`](crate::Authority).
    pub fn tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.setup.tls = Some(config);
        self
    }

    /// Listens on this port. Default any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.setup.port = port;
        self
    }

    /// Lets the pages of an origin, such as `http://127.0.0.1:8080`, call it and read its
    /// answers. Default nobody's (open: whether a Control Room can be told so).
    pub fn pages_of(mut self, origin: HeaderValue) -> Self {
        self.setup.pages_of = Some(origin);
        self
    }

    /// Puts everything under a path, such as `/cr`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.setup.prefix = prefix.to_owned();
        self
    }

    /// How long a token lives. Default 1200 s. Claims show whole seconds.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// How far the Control Room's clock is ahead of this machine's.
    pub fn clock_offset_seconds(mut self, seconds: i64) -> Self {
        self.settings.clock_offset_seconds = seconds;
        self
    }

    /// Which forms of validate there are. Default both.
    pub fn validate_forms(mut self, forms: ValidateForms) -> Self {
        self.settings.validate_forms = forms;
        self
    }

    /// What the missing form of validate answers: 404, the default, or 405.
    pub fn missing_validate_status(mut self, status: u16) -> Self {
        self.settings.missing_validate_status = status;
        self
    }

    /// Whether the query form of validate wants `X-Authorization` too. Default
    /// from v.31 on.
    pub fn validate_needs_header(mut self, needed: bool) -> Self {
        self.settings.validate_needs_header = Some(needed);
        self
    }

    /// What validate answers for an empty or garbled token. Default
    /// `{"valid": false}`.
    pub fn garbled_validate(mut self, answer: Answer) -> Self {
        self.settings.garbled_validate = Some(answer);
        self
    }

    /// What the discontinued `v1` calls of v.33 answer. Default 404.
    pub fn discontinued(mut self, answer: Answer) -> Self {
        self.settings.discontinued = answer;
        self
    }

    /// What a login with wrong credentials gets. Default 401 with `UM1110`.
    pub fn refused(mut self, answer: Answer) -> Self {
        self.settings.refused = answer;
        self
    }

    /// What a login with a wrong or missing MFA code gets. Default 401 with `UM1110`.
    pub fn mfa_refused(mut self, answer: Answer) -> Self {
        self.settings.mfa_refused = answer;
        self
    }

    /// What a disabled user gets. Default 401 with `UM1110`.
    pub fn disabled_refused(mut self, answer: Answer) -> Self {
        self.settings.disabled_refused = answer;
        self
    }

    /// Lets the old token live on after a refresh. Default it ends.
    pub fn refresh_keeps_old_token(mut self) -> Self {
        self.settings.refresh_keeps_old_token = true;
        self
    }

    /// Makes an API key's token live beside others only for users that may log
    /// in more than once. Default for everybody.
    pub fn api_key_needs_permission(mut self) -> Self {
        self.settings.api_key_needs_permission = true;
        self
    }

    /// Starts the server on the current tokio runtime.
    pub async fn start(self) -> ControlRoom {
        let state = Arc::new(State::new(self.settings));
        let router = routes::router(Arc::clone(&state));
        let server = Server::start(self.setup, router).await;
        ControlRoom { server, state }
    }
}
