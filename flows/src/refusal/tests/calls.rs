//! Every call that there is, made with the same material.

use core::fmt::Debug;

use crate::control_room::{self, Api, Authenticate, ControlRoom, Credentials, Secret};
use crate::oauth::{
    ClientAuthentication, ClientCredentials, ClientCredentialsAuthenticate, IdentityServer,
};
use crate::orchestrator::{self, Orchestrator, RopcAuthenticate, RopcCredentials};
use crate::{Answer, Flow, Header, Next, Options, Result};

use Call::*;

/// Where all of them go.
pub(super) const ORIGIN: &str = "https://platform.example:8443";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    AuthenticateByPassword,
    AuthenticateByApiKey,
    Ropc,
    ClientInForm,
    ClientByBasic,
    Refresh,
    Logout,
    Validate,
    CurrentUser,
}

/// What a call sends and no error may show.
#[derive(Clone, Copy)]
pub(super) struct Material {
    /// The password, API key or client secret.
    pub(super) secret: &'static str,
    pub(super) mfa_code: u32,
    pub(super) token: &'static str,
    /// The value of an extra header.
    pub(super) header: &'static str,
}

pub(super) const CLIENT_ID: &str = "client:1";

/// Nothing of this stands in the bodies of the tests by chance.
pub(super) const MATERIAL: Material = Material {
    secret: "p4ssw0rd",
    mfa_code: 271_828,
    token: "t0k3n",
    header: "g4t3w4y",
};

impl Call {
    pub(super) const ALL: [Self; 9] = [
        AuthenticateByPassword,
        AuthenticateByApiKey,
        Ropc,
        ClientInForm,
        ClientByBasic,
        Refresh,
        Logout,
        Validate,
        CurrentUser,
    ];
    pub(super) const ROPC: &[Self] = &[Ropc];
    pub(super) const OAUTH: &[Self] = &[ClientInForm, ClientByBasic];
    pub(super) const ROOM_TOKENS: &[Self] = &[Refresh, Logout, Validate];
    pub(super) const TOKENS: &[Self] = &[Refresh, Logout, Validate, CurrentUser];

    pub(super) fn is_login(self) -> bool {
        !matches!(self, Refresh | Logout | Validate | CurrentUser)
    }

    /// What the call makes of an answer, and of the same answer once more if
    /// it asks again. A result is given as its `Debug` output.
    pub(super) fn read(self, material: Material, answer: &Answer) -> Result<String> {
        let options = Options {
            allow_http: false,
            headers: Header::given(&[("X-Gateway-Key", material.header)]),
        };
        let url = [ORIGIN, "/base"].concat();
        match self {
            AuthenticateByPassword | AuthenticateByApiKey | Refresh | Logout | Validate => {
                let room = ControlRoom::new(&url, Api::V2, options)?;
                self.read_control_room(&room, material, answer)
            }
            Ropc | CurrentUser => {
                let platform = Orchestrator::new(&url, None, None, None, options)?;
                match self {
                    Ropc => {
                        let credentials = RopcCredentials {
                            tenancy_name: None,
                            username_or_email_address: "user",
                            password: material.secret,
                        };
                        end(RopcAuthenticate::new(&platform, credentials)?, answer)
                    }
                    _ => end(
                        orchestrator::CurrentUser::new(&platform, material.token)?,
                        answer,
                    ),
                }
            }
            ClientInForm | ClientByBasic => {
                let way = match self {
                    ClientInForm => ClientAuthentication::RequestBody,
                    _ => ClientAuthentication::Basic,
                };
                let server = IdentityServer::new(&url, way, options)?;
                let credentials = ClientCredentials {
                    client_id: CLIENT_ID,
                    client_secret: material.secret,
                    scopes: &[],
                };
                end(
                    ClientCredentialsAuthenticate::new(&server, credentials)?,
                    answer,
                )
            }
        }
    }

    fn read_control_room(
        self,
        room: &ControlRoom<'_>,
        material: Material,
        answer: &Answer,
    ) -> Result<String> {
        let secret = match self {
            Refresh => return end(control_room::Refresh::new(room, material.token)?, answer),
            Logout => return end(control_room::Logout::new(room, material.token)?, answer),
            Validate => return end(control_room::Validate::new(room, material.token)?, answer),
            AuthenticateByApiKey => Secret::ApiKey(material.secret),
            _ => Secret::Password(material.secret),
        };
        let credentials = Credentials {
            username: "user",
            secret,
            mfa_code: Some(material.mfa_code),
            multiple_login: None,
        };
        end(Authenticate::new(room, credentials)?, answer)
    }
}

fn end<F: Flow<Output: Debug>>(mut flow: F, answer: &Answer) -> Result<String> {
    let next = match flow.read(answer) {
        Next::Again => flow.read(answer),
        done => done,
    };
    next.done().map(|output| format!("{output:?}"))
}
