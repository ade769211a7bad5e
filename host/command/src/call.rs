//! A call that is ready to be made, and what comes of it.

use rpa_auth_host::{
    ClientCredentials, ControlRoom, ControlRoomCredentials, ControlRoomSecret, Error,
    IdentityServer, Orchestrator, Plugin, RopcCredentials, Secret, Token, User,
};

use crate::function::Function;

/// A call with all that it needs.
pub enum Call {
    Authenticate(ControlRoom, ControlRoomCredentials),
    Validate(ControlRoom, Secret),
    Refresh(ControlRoom, Secret),
    Logout(ControlRoom, Secret),
    Ropc(Orchestrator, RopcCredentials),
    Client(IdentityServer, ClientCredentials),
    CurrentUser(Orchestrator, Secret),
}

impl Call {
    pub fn function(&self) -> Function {
        match self {
            Self::Authenticate(..) => Function::Authenticate,
            Self::Validate(..) => Function::Validate,
            Self::Refresh(..) => Function::Refresh,
            Self::Logout(..) => Function::Logout,
            Self::Ropc(..) => Function::RopcAuthenticate,
            Self::Client(..) => Function::ClientCredentialsAuthenticate,
            Self::CurrentUser(..) => Function::CurrentUser,
        }
    }

    /// What a person should know before it is sent.
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::Authenticate(_, credentials) => Some(login_warning(credentials)),
            Self::Ropc(_, credentials) => Some(format!(
                "logging in as {}. A refused login counts: the Orchestrator locks a user out \
                 after ten by default.",
                credentials.username_or_email_address
            )),
            _ => None,
        }
    }

    pub async fn make(&self, plugin: &Plugin) -> Result<Outcome, Error> {
        match self {
            Self::Authenticate(room, credentials) => {
                let token = plugin.authenticate(room, credentials).await;
                token.map(Outcome::Token)
            }
            Self::Validate(room, token) => {
                let valid = plugin.validate(room, token.expose()).await;
                valid.map(Outcome::Valid)
            }
            Self::Refresh(room, token) => {
                let token = plugin.refresh(room, token.expose()).await;
                token.map(Outcome::Token)
            }
            Self::Logout(room, token) => {
                let ended = plugin.logout(room, token.expose()).await;
                ended.map(|()| Outcome::LoggedOut)
            }
            Self::Ropc(orchestrator, credentials) => {
                let token = plugin.ropc_authenticate(orchestrator, credentials).await;
                token.map(Outcome::Token)
            }
            Self::Client(server, credentials) => {
                let token = plugin.client_credentials_authenticate(server, credentials);
                token.await.map(Outcome::Token)
            }
            Self::CurrentUser(orchestrator, token) => {
                let user = plugin.current_user(orchestrator, token.expose()).await;
                user.map(Outcome::User)
            }
        }
    }
}

/// What a call gave.
pub enum Outcome {
    Token(Token),
    Valid(bool),
    LoggedOut,
    User(User),
}

fn login_warning(credentials: &ControlRoomCredentials) -> String {
    let user = &credentials.username;
    let displaced = match (&credentials.secret, credentials.multiple_login) {
        (ControlRoomSecret::ApiKey(_), _) => {
            "With an API key other sessions live on in most versions; in some this login ends them."
        }
        (ControlRoomSecret::Password(_), Some(true)) => {
            "With multiple-login a person's session lives on where an administrator allowed it; \
             another program's token may stop working."
        }
        (ControlRoomSecret::Password(_), _) => {
            "This login may end another session of the user: a person in the browser is logged \
             out, another program's token stops working."
        }
    };
    format!(
        "logging in as {user}. {displaced} A refused login counts: the third one disables the user."
    )
}
