//! From the contract's arguments to what the flows take.

use alloc::vec::Vec;

use rpa_auth_flows::{Header, Options, Result, Timeouts};
use rpa_auth_flows::{control_room, oauth, orchestrator};

use crate::bindings::types as wit;

/// A platform as the contract describes it, and how to call it.
pub trait Check {
    /// What the flows take.
    type Checked<'a>
    where
        Self: 'a;

    /// Checks the arguments, before anything is sent.
    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)>;
}

impl Check for wit::ControlRoom {
    type Checked<'a> = control_room::ControlRoom<'a>;

    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)> {
        let (options, timeouts) = options(self.transport.as_ref())?;
        let api = match self.api {
            wit::ControlRoomApi::V1 => control_room::Api::V1,
            wit::ControlRoomApi::V2 => control_room::Api::V2,
        };
        let room = control_room::ControlRoom::new(&self.url, api, options)?;
        Ok((room, timeouts))
    }
}

impl Check for wit::Orchestrator {
    type Checked<'a> = orchestrator::Orchestrator<'a>;

    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)> {
        let (options, timeouts) = options(self.transport.as_ref())?;
        let orchestrator = orchestrator::Orchestrator::new(
            &self.url,
            self.organization.as_deref(),
            self.tenant.as_deref(),
            self.authenticate_path.as_deref(),
            options,
        )?;
        Ok((orchestrator, timeouts))
    }
}

impl Check for wit::IdentityServer {
    type Checked<'a> = oauth::IdentityServer<'a>;

    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)> {
        let (options, timeouts) = options(self.transport.as_ref())?;
        let how = match self.client_authentication {
            None | Some(wit::ClientAuthentication::RequestBody) => {
                oauth::ClientAuthentication::RequestBody
            }
            Some(wit::ClientAuthentication::Basic) => oauth::ClientAuthentication::Basic,
        };
        let server = oauth::IdentityServer::new(&self.token_url, how, options)?;
        Ok((server, timeouts))
    }
}

fn options(given: Option<&wit::TransportOptions>) -> Result<(Options<'_>, Timeouts)> {
    let Some(given) = given else {
        return Ok(Default::default());
    };
    let timeouts = Timeouts::new(
        given.connect_timeout_ms,
        given.first_byte_timeout_ms,
        given.between_bytes_timeout_ms,
        given.total_timeout_ms,
    )?;
    let mut headers = Vec::new();
    for header in given.headers.as_deref().unwrap_or_default() {
        headers.push(Header::parse(&header.name, &header.value)?);
    }
    let options = Options {
        allow_http: given.allow_http.unwrap_or(false),
        headers,
    };
    Ok((options, timeouts))
}

impl<'a> From<&'a wit::ControlRoomCredentials> for control_room::Credentials<'a> {
    #[inline(never)]
    fn from(given: &'a wit::ControlRoomCredentials) -> Self {
        Self {
            username: &given.username,
            secret: match &given.secret {
                wit::ControlRoomSecret::Password(password) => {
                    control_room::Secret::Password(password)
                }
                wit::ControlRoomSecret::ApiKey(key) => control_room::Secret::ApiKey(key),
            },
            mfa_code: given.mfa_code,
            multiple_login: given.multiple_login,
        }
    }
}

impl<'a> From<&'a wit::RopcCredentials> for orchestrator::RopcCredentials<'a> {
    fn from(given: &'a wit::RopcCredentials) -> Self {
        Self {
            tenancy_name: given.tenancy_name.as_deref(),
            username_or_email_address: &given.username_or_email_address,
            password: &given.password,
        }
    }
}

impl<'a> From<&'a wit::ClientCredentials> for oauth::ClientCredentials<'a> {
    fn from(given: &'a wit::ClientCredentials) -> Self {
        Self {
            client_id: &given.client_id,
            client_secret: &given.client_secret,
            scopes: &given.scopes,
        }
    }
}
