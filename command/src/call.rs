//! A call that is ready to be made, and what comes of it.

use rpa_auth_host::{
    ClientCredentials, ControlRoom, ControlRoomCredentials, ControlRoomSecret, Error,
    IdentityServer, Orchestrator, Plugin, RopcCredentials, Secret, Token, Transport, User,
};

use crate::address::origin_of;
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

/// What advice wants to know of a call: nothing of it is secret.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Scheme, host and port of the address that was given.
    pub origin: String,
    pub api_key: bool,
    pub mfa_code: bool,
    /// The account's token is shared, which none can be that is got with a code.
    pub is_shared: bool,
    pub scopes: bool,
    /// The token that was given has the characters of an API key.
    pub token_like_api_key: bool,
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

    /// The address that it goes to, as it was given.
    pub fn url(&self) -> &str {
        match self {
            Self::Authenticate(room, _)
            | Self::Validate(room, _)
            | Self::Refresh(room, _)
            | Self::Logout(room, _) => &room.url,
            Self::Ropc(orchestrator, _) | Self::CurrentUser(orchestrator, _) => &orchestrator.url,
            Self::Client(server, _) => &server.token_url,
        }
    }

    /// How it goes there.
    pub fn transport(&self) -> &Transport {
        match self {
            Self::Authenticate(room, _)
            | Self::Validate(room, _)
            | Self::Refresh(room, _)
            | Self::Logout(room, _) => &room.transport,
            Self::Ropc(orchestrator, _) | Self::CurrentUser(orchestrator, _) => {
                &orchestrator.transport
            }
            Self::Client(server, _) => &server.transport,
        }
    }

    /// What advice wants to know of it.
    pub fn sent(&self) -> Sent {
        let mut sent = Sent {
            origin: origin_of(self.url()),
            ..Sent::default()
        };
        match self {
            Self::Authenticate(_, credentials) => {
                sent.api_key = matches!(credentials.secret, ControlRoomSecret::ApiKey(_));
                sent.mfa_code = credentials.mfa_code.is_some();
            }
            Self::Client(_, credentials) => sent.scopes = !credentials.scopes.is_empty(),
            Self::Validate(_, token)
            | Self::Refresh(_, token)
            | Self::Logout(_, token)
            | Self::CurrentUser(_, token) => {
                sent.token_like_api_key = looks_like_api_key(token.expose());
            }
            Self::Ropc(..) => {}
        }
        sent
    }

    /// What a login may do, which a person should know before any secret is asked
    /// for.
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

    /// Values that are likely not what was meant, each in a sentence.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let user = match self {
            Self::Authenticate(_, credentials) => Some(&credentials.username),
            Self::Ropc(_, credentials) => Some(&credentials.username_or_email_address),
            _ => None,
        };
        if user.is_some_and(|user| user.contains(r"\\")) {
            doubts.push(
                "the user name holds two backslashes in a row, as JSON spells one: write \
                 acme\\jdoe with a single one."
                    .into(),
            );
        }
        if let Self::Authenticate(_, credentials) = self
            && let ControlRoomSecret::ApiKey(key) = &credentials.secret
            && has_doubled_backslashes_only(key.expose())
        {
            doubts.push(
                "every backslash of the API key is doubled, as JSON spells it: give the key as \
                 the Control Room shows it."
                    .into(),
            );
        }
        doubts
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
            "With --multiple-login a person's session lives on where an administrator allowed it; \
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

/// A Control Room's API keys hold brackets and their like, which no token does.
fn looks_like_api_key(token: &str) -> bool {
    token.contains(['{', '}', '[', ']', '<', '>', '|', '^', '\\', '?', '`'])
        && !token.starts_with(['{', '['])
        && !token.contains('"')
}

/// Whether there are backslashes, and each has another one beside it.
fn has_doubled_backslashes_only(key: &str) -> bool {
    key.contains('\\') && !key.replace(r"\\", "").contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_is_told_from_a_token() {
        for key in ["k3y{of}[ada]<|^:?=~\\", "a{b"] {
            assert!(looks_like_api_key(key), "{key}");
        }
        let answer = r#"{"token":"a.b.c"}"#;
        for token in ["eyJh.eyJz.c2ln", "opaque+/=&-_~", "\"a.b.c\"", answer] {
            assert!(!looks_like_api_key(token), "{token}");
        }
    }

    #[test]
    fn a_key_is_doubted_only_where_every_backslash_is_doubled() {
        assert!(has_doubled_backslashes_only(r"a\\b{\\"));
        for key in [r"a\b", r"a\\\b", r"a\\b\c", "ab"] {
            assert!(!has_doubled_backslashes_only(key), "{key}");
        }
    }
}
