//! Setting up an Orchestrator.

use std::{sync::Arc, time::Duration};

use rustls::ServerConfig;

use super::{
    Account, Client, CurrentUser, ExpiresIn, FailureShape, Layout, OauthErrors, Orchestrator,
    ResultField, TokenKind, routes, settings::Settings, state::State,
};
use crate::server::{Server, Setup};

/// What an Orchestrator is to be like. Every method changes one thing.
#[derive(Default)]
pub struct Builder {
    setup: Setup,
    settings: Settings,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Where things are. Default standalone.
    pub fn layout(mut self, layout: Layout) -> Self {
        self.settings.layout = layout;
        self
    }

    /// Adds an account and makes its tenant known.
    pub fn account(mut self, account: Account) -> Self {
        self.settings.accounts.push(account);
        self
    }

    /// Makes a tenant known that has no account. `Host` is known always.
    pub fn tenant(mut self, name: &str) -> Self {
        self.settings.tenants.push(name.to_owned());
        self
    }

    /// Adds an external application.
    pub fn client(mut self, client: Client) -> Self {
        self.settings.clients.push(client);
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

    /// Puts everything under a path, such as `/uipath`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.setup.prefix = prefix.to_owned();
        self
    }

    /// What the body of a failure looks like. Default plain.
    pub fn failure_shape(mut self, shape: FailureShape) -> Self {
        self.settings.failure_shape = shape;
        self
    }

    /// What `unAuthorizedRequest` says in a failure of the API. Default false.
    pub fn unauthorized_request(mut self, value: bool) -> Self {
        self.settings.unauthorized_request = value;
        self
    }

    /// How the field with the token is written. Default `result`.
    pub fn result_field(mut self, field: ResultField) -> Self {
        self.settings.result_field = field;
        self
    }

    /// What a user's token looks like. Default opaque.
    pub fn token_kind(mut self, kind: TokenKind) -> Self {
        self.settings.token_kind = kind;
        self
    }

    /// How long a user's token lives. Default 30 minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// How far the Orchestrator's clock is ahead of this machine's.
    pub fn clock_offset_seconds(mut self, seconds: i64) -> Self {
        self.settings.clock_offset_seconds = seconds;
        self
    }

    /// How many refused logins lock an account out. Default ten.
    pub fn lockout_after(mut self, refusals: u32) -> Self {
        self.settings.lockout_after = refusals;
        self
    }

    /// What `GetCurrentUser` answers. Default 200.
    pub fn current_user(mut self, answer: CurrentUser) -> Self {
        self.settings.current_user = answer;
        self
    }

    /// What an application's token looks like. Default a JWT.
    pub fn access_token_kind(mut self, kind: TokenKind) -> Self {
        self.settings.access_token_kind = kind;
        self
    }

    /// How long an application's token lives. Default an hour.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.access_token_lifetime = lifetime;
        self
    }

    /// How the token endpoint says so. Default as a number.
    pub fn expires_in(mut self, form: ExpiresIn) -> Self {
        self.settings.expires_in = form;
        self
    }

    /// Leaves the granted scope out of the token endpoint's answer.
    pub fn without_scope_in_answer(mut self) -> Self {
        self.settings.scope_in_answer = false;
        self
    }

    /// The status of `invalid_client`: 400, the default, or 401.
    pub fn invalid_client_status(mut self, status: u16) -> Self {
        self.settings.invalid_client_status = status;
        self
    }

    /// What an error of the token endpoint looks like. Default JSON.
    pub fn oauth_errors(mut self, errors: OauthErrors) -> Self {
        self.settings.oauth_errors = errors;
        self
    }

    /// Starts the server on the current tokio runtime.
    pub async fn start(self) -> Orchestrator {
        let state = Arc::new(State::new(self.settings));
        let router = routes::router(Arc::clone(&state));
        let server = Server::start(self.setup, router).await;
        Orchestrator { server, state }
    }
}
