//! The seven calls as one list, for what holds for all of them.

use rpa_auth_host::{
    ClientAuthentication, ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials,
    Error, IdentityServer, Orchestrator, Plugin, RopcCredentials, Transport,
};

/// Every secret that [`Call::make`] passes in, as it is passed.
pub mod secrets {
    pub const PASSWORD: &str = "s3same-0pen \"sh/ut\"";
    pub const API_KEY: &str = r"k3y{}[]<|^:?=~\0123";
    pub const MFA_CODE: u32 = 739_154;
    pub const TOKEN: &str = "t0ken.aGVhZA.c2lnbmVk/+=";
    pub const CLIENT_SECRET: &str = "cl1ent-s3cret&more";
    /// Id and secret as HTTP Basic has them.
    pub const BASIC: &str = "YXBwOmNsMWVudC1zM2NyZXQlMjZtb3Jl";
    pub const GATEWAY_KEY: &str = "g4teway-k3y";
}

/// One function of the component, with the variants that send another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Authenticate(ControlRoomApi),
    AuthenticateByKey,
    Validate(ControlRoomApi),
    Refresh(ControlRoomApi),
    Logout,
    Ropc,
    ClientCredentials,
    ClientCredentialsByBasic,
    CurrentUser,
}

use ControlRoomApi::{V1, V2};

impl Call {
    pub const ALL: [Self; 12] = [
        Self::Authenticate(V1),
        Self::Authenticate(V2),
        Self::AuthenticateByKey,
        Self::Validate(V1),
        Self::Validate(V2),
        Self::Refresh(V1),
        Self::Refresh(V2),
        Self::Logout,
        Self::Ropc,
        Self::ClientCredentials,
        Self::ClientCredentialsByBasic,
        Self::CurrentUser,
    ];

    /// Each function of the contract once.
    pub const SEVEN: [Self; 7] = [
        Self::Authenticate(V2),
        Self::Validate(V2),
        Self::Refresh(V2),
        Self::Logout,
        Self::Ropc,
        Self::ClientCredentials,
        Self::CurrentUser,
    ];

    /// Whether it proves itself with credentials rather than with a token.
    pub fn is_login(self) -> bool {
        !matches!(
            self,
            Self::Validate(_) | Self::Refresh(_) | Self::Logout | Self::CurrentUser
        )
    }

    /// Makes the call at `url`, whatever answers there. A result is given in
    /// words: a token by its value.
    pub async fn make(
        self,
        plugin: &Plugin,
        url: &str,
        transport: Transport,
    ) -> Result<String, Error> {
        let room = |api| ControlRoom {
            transport: transport.clone(),
            ..ControlRoom::new(url, api)
        };
        let orchestrator = || Orchestrator {
            transport: transport.clone(),
            ..Orchestrator::new(url)
        };
        let token = match self {
            Self::Validate(api) => {
                let valid = plugin.validate(&room(api), secrets::TOKEN).await?;
                return Ok(valid.to_string());
            }
            Self::Logout => {
                plugin.logout(&room(V2), secrets::TOKEN).await?;
                return Ok("logged out".into());
            }
            Self::CurrentUser => {
                let user = plugin.current_user(&orchestrator(), secrets::TOKEN).await?;
                return Ok(format!("{user:?}"));
            }
            Self::Authenticate(api) => {
                let credentials = ControlRoomCredentials {
                    mfa_code: Some(secrets::MFA_CODE),
                    ..ControlRoomCredentials::password("ada", secrets::PASSWORD)
                };
                plugin.authenticate(&room(api), &credentials).await?
            }
            Self::AuthenticateByKey => {
                let credentials = ControlRoomCredentials::api_key("ada", secrets::API_KEY);
                plugin.authenticate(&room(V2), &credentials).await?
            }
            Self::Refresh(api) => plugin.refresh(&room(api), secrets::TOKEN).await?,
            Self::Ropc => {
                let credentials = RopcCredentials {
                    tenancy_name: Some("Default".into()),
                    username_or_email_address: "ada".into(),
                    password: secrets::PASSWORD.into(),
                };
                plugin
                    .ropc_authenticate(&orchestrator(), &credentials)
                    .await?
            }
            Self::ClientCredentials | Self::ClientCredentialsByBasic => {
                let server = IdentityServer {
                    client_authentication: match self {
                        Self::ClientCredentials => None,
                        _ => Some(ClientAuthentication::Basic),
                    },
                    transport,
                    ..IdentityServer::new(format!("{url}/identity/connect/token"))
                };
                let credentials = ClientCredentials {
                    client_id: "app".into(),
                    client_secret: secrets::CLIENT_SECRET.into(),
                    scopes: vec!["OR.Folders".into()],
                };
                let made = plugin.client_credentials_authenticate(&server, &credentials);
                made.await?
            }
        };
        Ok(token.value().to_owned())
    }

    /// The JSON members that a platform answers on success, without its braces;
    /// none for logout, which has no body.
    pub fn success(self) -> Option<&'static str> {
        match self {
            Self::Authenticate(_) | Self::AuthenticateByKey | Self::Refresh(_) => {
                Some(r#""token":"n3w""#)
            }
            Self::Validate(_) => Some(r#""valid":true"#),
            Self::Ropc => Some(r#""result":"n3w","success":true"#),
            Self::ClientCredentials | Self::ClientCredentialsByBasic => {
                Some(r#""access_token":"n3w","token_type":"Bearer""#)
            }
            Self::CurrentUser => Some(r#""UserName":"n3w","TenancyName":null"#),
            Self::Logout => None,
        }
    }

    /// What [`Call::make`] gives for such an answer.
    pub fn result(self) -> &'static str {
        match self {
            Self::Validate(_) => "true",
            Self::CurrentUser => r#"User { user_name: Some("n3w"), tenancy_name: None }"#,
            Self::Logout => "logged out",
            _ => "n3w",
        }
    }
}
