//! Who logs in and where: all of a login but its secret.

use rpa_auth_host::{
    Account as SharedAccount, ClientAuthentication, ClientCredentials, ControlRoom,
    ControlRoomCredentials, ControlRoomSecret, IdentityServer, Orchestrator, RopcCredentials,
    Secret,
};

use super::{needed, orchestrator, room, user, whose};
use crate::account::Account;
use crate::call::Call;
use crate::cli;
use crate::cli_error::CliError;
use crate::connection::Connection;
use crate::context::Context;
use crate::secret::SecretRequest;

/// A login that lacks its secret.
pub enum Login {
    ControlRoom {
        room: ControlRoom,
        username: String,
        by_key: bool,
        multiple_login: Option<bool>,
    },
    Ropc {
        orchestrator: Orchestrator,
        user: String,
        tenancy_name: Option<String>,
    },
    Client {
        server: IdentityServer,
        client_id: String,
        scopes: Vec<String>,
    },
}

impl Login {
    /// Takes what the arguments say, and from the account what they leave open.
    pub async fn room(
        arguments: cli::Authenticate,
        account: &mut Account,
        connection: &Connection,
        context: &mut Context,
    ) -> Result<(Self, SecretRequest), CliError> {
        let room = room(arguments.room, account, connection, context)?;
        let username = user(arguments.user, account, context).await?;
        // What an argument says of the secret goes before all that the file says.
        let said = arguments.password_from.is_some() || arguments.api_key_from.is_some();
        let by_key = if said {
            arguments.api_key_from.is_some()
        } else {
            account.api_key_from.is_some()
        };
        if !said && by_key && account.password_from.is_some() {
            return Err(CliError::usage(
                "the account file says where a password and where an API key is: keep one of them",
            ));
        }
        let proof = if by_key {
            SecretRequest::new(
                "API key",
                "api-key-from",
                arguments.api_key_from.as_deref(),
                account.api_key_from.take(),
            )
        } else {
            SecretRequest::new(
                "password",
                "password-from",
                arguments.password_from.as_deref(),
                account.password_from.take(),
            )
        }?;
        let login = Self::ControlRoom {
            room,
            username,
            by_key,
            multiple_login: arguments.multiple_login.or(account.multiple_login),
        };
        let proof = proof.of(login.whose());
        Ok((login, proof))
    }

    /// The same for a user of an Orchestrator.
    pub async fn ropc(
        arguments: cli::Ropc,
        account: &mut Account,
        connection: &Connection,
        context: &mut Context,
    ) -> Result<(Self, SecretRequest), CliError> {
        let mut orchestrator = orchestrator(arguments.place, account, connection, context)?;
        orchestrator.authenticate_path = arguments
            .authenticate_path
            .or(account.authenticate_path.take());
        let user = user(arguments.user, account, context).await?;
        let password = SecretRequest::new(
            "password",
            "password-from",
            arguments.password_from.as_deref(),
            account.password_from.take(),
        )?;
        let login = Self::Ropc {
            orchestrator,
            user,
            tenancy_name: arguments.tenancy_name.or(account.tenancy_name.take()),
        };
        let password = password.of(login.whose());
        Ok((login, password))
    }

    /// The same for an external application of an Orchestrator.
    pub fn client(
        arguments: cli::Client,
        account: &mut Account,
        connection: &Connection,
    ) -> Result<(Self, SecretRequest), CliError> {
        let token_url = arguments.token_url.or(account.token_url.take());
        let token_url = token_url.ok_or_else(|| {
            CliError::usage(
                "the token endpoint is missing: give it as an argument or as `token-url` in the \
                 account file",
            )
        })?;
        let client_id = needed(
            "client id",
            "client-id",
            arguments.client_id,
            account.client_id.take(),
        )?;
        let secret = SecretRequest::new(
            "client secret",
            "client-secret-from",
            arguments.client_secret_from.as_deref(),
            account.client_secret_from.take(),
        )?;
        let basic = match arguments.client_authentication {
            Some(way) => matches!(way, cli::ClientAuthentication::Basic),
            None => account.client_authentication.as_deref() == Some("basic"),
        };
        let scopes = if arguments.scopes.is_empty() {
            std::mem::take(&mut account.scopes)
        } else {
            arguments.scopes
        };
        // UiPath's pages give several in one string.
        let scopes = scopes.iter().flat_map(|scope| scope.split_whitespace());
        let login = Self::Client {
            server: IdentityServer {
                token_url,
                client_authentication: basic.then_some(ClientAuthentication::Basic),
                transport: connection.transport(),
            },
            client_id,
            scopes: scopes.map(str::to_owned).collect(),
        };
        let secret = secret.of(login.whose());
        Ok((login, secret))
    }

    /// Whose it is, for a person: `ada at cr.example.com`, say.
    pub fn whose(&self) -> String {
        match self {
            Self::ControlRoom { room, username, .. } => whose(username, &room.url),
            Self::Ropc {
                orchestrator, user, ..
            } => whose(user, &orchestrator.url),
            Self::Client {
                server, client_id, ..
            } => whose(client_id, &server.token_url),
        }
    }

    /// The call of a login.
    pub fn call(&self, secret: Secret) -> Call {
        match self.account(secret) {
            SharedAccount::ControlRoom(room, credentials) => Call::Authenticate(room, credentials),
            SharedAccount::Ropc(orchestrator, credentials) => Call::Ropc(orchestrator, credentials),
            SharedAccount::ClientCredentials(server, credentials) => {
                Call::Client(server, credentials)
            }
        }
    }

    /// The account whose token is shared.
    pub fn account(&self, secret: Secret) -> SharedAccount {
        match self {
            Self::ControlRoom {
                room,
                username,
                by_key,
                multiple_login,
            } => {
                let credentials = ControlRoomCredentials {
                    username: username.clone(),
                    secret: if *by_key {
                        ControlRoomSecret::ApiKey(secret)
                    } else {
                        ControlRoomSecret::Password(secret)
                    },
                    mfa_code: None,
                    multiple_login: *multiple_login,
                };
                SharedAccount::ControlRoom(room.clone(), credentials)
            }
            Self::Ropc {
                orchestrator,
                user,
                tenancy_name,
            } => {
                let credentials = RopcCredentials {
                    tenancy_name: tenancy_name.clone(),
                    username_or_email_address: user.clone(),
                    password: secret,
                };
                SharedAccount::Ropc(orchestrator.clone(), credentials)
            }
            Self::Client {
                server,
                client_id,
                scopes,
            } => {
                let credentials = ClientCredentials {
                    client_id: client_id.clone(),
                    client_secret: secret,
                    scopes: scopes.clone(),
                };
                SharedAccount::ClientCredentials(server.clone(), credentials)
            }
        }
    }
}
