//! What the types that hold a secret, or a URL that may, print of themselves.

use std::fmt;

use super::{ControlRoom, ControlRoomCredentials, IdentityServer, Orchestrator};

impl fmt::Debug for ControlRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlRoom")
            .field("url", &without_user_info(&self.url))
            .field("api", &self.api)
            .field("transport", &self.transport)
            .finish()
    }
}

impl fmt::Debug for ControlRoomCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlRoomCredentials")
            .field("username", &self.username)
            .field("secret", &self.secret)
            .field("mfa_code", &self.mfa_code.map(|_| "[redacted]"))
            .field("multiple_login", &self.multiple_login)
            .finish()
    }
}

impl fmt::Debug for Orchestrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orchestrator")
            .field("url", &without_user_info(&self.url))
            .field("organization", &self.organization)
            .field("tenant", &self.tenant)
            .field("authenticate_path", &self.authenticate_path)
            .field("transport", &self.transport)
            .finish()
    }
}

impl fmt::Debug for IdentityServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityServer")
            .field("token_url", &without_user_info(&self.token_url))
            .field("client_authentication", &self.client_authentication)
            .field("transport", &self.transport)
            .finish()
    }
}

/// A URL with a password in it is refused, but only when it is called.
fn without_user_info(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::{
        ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials, Header,
        IdentityServer, LifetimeSource, Orchestrator, RopcCredentials, Token, Transport,
    };

    #[test]
    fn nothing_that_holds_a_secret_prints_it() {
        let transport = Transport {
            headers: vec![Header::new("X-Key", "s3cret")],
            ..Transport::default()
        };
        let ropc = RopcCredentials {
            tenancy_name: None,
            username_or_email_address: "ada".into(),
            password: "s3cret".into(),
        };
        let client = ClientCredentials {
            client_id: "id".into(),
            client_secret: "s3cret".into(),
            scopes: vec![],
        };
        let token = Token {
            value: "s3cret".into(),
            header: Header::new("X-Authorization", "s3cret"),
            lifetime_seconds: 1,
            lifetime_source: LifetimeSource::Claims,
            expires_at_seconds: 1,
            multiple_login: None,
            scopes: None,
        };
        let mut password = ControlRoomCredentials::password("ada", "s3cret");
        password.mfa_code = Some(271_828);
        let url = "https://ada:s3cret@h";
        let room = ControlRoom::new(url, ControlRoomApi::V2);
        let (orchestrator, server) = (Orchestrator::new(url), IdentityServer::new(url));
        let key = ControlRoomCredentials::api_key("ada", "s3cret");
        let printed = format!(
            "{transport:?}{ropc:?}{client:?}{token:?}{password:?}{key:?}{room:?}{orchestrator:?}{server:?}"
        );
        assert!(!printed.contains("s3cret"), "{printed}");
        assert!(!printed.contains("271828"), "{printed}");
    }
}
