//! OAuth 2.0 client credentials (RFC 6749, section 4.4) at the identity server
//! of UiPath: how the vendor wants applications to get a token.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

use crate::json::Value;
use crate::message::form_encode;
use crate::refusal::{Call, Proof, find, odd};
use crate::{
    Answer, AuthError, Endpoint, Flow, Method, Next, Options, Request, Result, Token, TokenHeader,
    digits,
};

/// What an access token lives for, in seconds, where neither it nor the answer
/// says so: the documented default.
const DEFAULT_LIFETIME: u32 = 3_600;

/// How a client proves itself (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// In the form.
    RequestBody,
    /// In the `Authorization` header.
    Basic,
}

/// An identity server, and how it is called.
pub struct IdentityServer<'a> {
    token_endpoint: Endpoint,
    client_authentication: ClientAuthentication,
    options: Options<'a>,
}

impl<'a> IdentityServer<'a> {
    /// The identity server whose token endpoint is at `token_url`.
    pub fn new(
        token_url: &str,
        client_authentication: ClientAuthentication,
        options: Options<'a>,
    ) -> Result<Self> {
        let argument = "identity-server.token-url";
        let token_endpoint = options.endpoint(argument, token_url)?;
        if token_endpoint.path().is_empty() {
            return Err(AuthError::invalid(
                argument,
                "has no path; give the whole token endpoint, as in https://host/identity_/connect/token",
            ));
        }
        Ok(Self {
            token_endpoint,
            client_authentication,
            options,
        })
    }
}

/// What an external application is known by. It has no `Debug`: it holds a
/// secret.
#[derive(Clone, Copy)]
pub struct ClientCredentials<'a> {
    /// The client identifier.
    pub client_id: &'a str,
    /// The client secret.
    pub client_secret: &'a str,
    /// What is asked for; none asks for what the client has by default.
    pub scopes: &'a [String],
}

/// Gets a token for an external application.
pub struct ClientCredentialsAuthenticate<'a> {
    server: &'a IdentityServer<'a>,
    credentials: ClientCredentials<'a>,
}

impl<'a> ClientCredentialsAuthenticate<'a> {
    /// Checks the credentials.
    pub fn new(server: &'a IdentityServer<'a>, credentials: ClientCredentials<'a>) -> Result<Self> {
        if credentials.client_id.is_empty() {
            return Err(AuthError::invalid("credentials.client-id", "is empty"));
        }
        if credentials.client_secret.is_empty() {
            return Err(AuthError::invalid("credentials.client-secret", "is empty"));
        }
        if !credentials.scopes.iter().all(|scope| is_scope(scope)) {
            return Err(AuthError::invalid(
                "credentials.scopes",
                "a scope is empty or holds a character that no scope has (RFC 6749, section 3.3)",
            ));
        }
        server
            .options
            .check_headers(match server.client_authentication {
                ClientAuthentication::RequestBody => "",
                ClientAuthentication::Basic => "Authorization",
            })?;
        Ok(Self {
            server,
            credentials,
        })
    }

    /// RFC 6749, section 2.3.1: each half is form-encoded before they are
    /// joined, so that a colon in the identifier cannot move the border.
    fn basic(&self) -> String {
        let id = form_encode(self.credentials.client_id);
        let secret = form_encode(self.credentials.client_secret);
        Base64::encode_string([id, secret].join(":").as_bytes())
    }

    fn token(&self, answer: &Answer) -> Result<Token> {
        let Some(grant) = find(answer, Grant::read) else {
            let basic = self.basic();
            let call = Call {
                proof: Proof::ClientLogin,
                endpoint: &self.server.token_endpoint,
                headers: &self.server.options.headers,
                secrets: &[self.credentials.client_secret, &basic],
            };
            return Err(call.refusal(answer));
        };
        if !grant.is_bearer {
            return Err(odd(answer.status, "a token of another type than Bearer"));
        }
        let (header, lifetime) = (TokenHeader::Bearer, grant.expires_in);
        let mut token = Token::received(grant.token, header, answer, lifetime, DEFAULT_LIFETIME)?;
        token.scopes = grant.scopes;
        Ok(token)
    }
}

impl Flow for ClientCredentialsAuthenticate<'_> {
    type Output = Token;

    fn request(&self) -> Request<'_> {
        let endpoint = &self.server.token_endpoint;
        let headers = &self.server.options.headers;
        let path = endpoint.path().into();
        let request = Request::new(Method::Post, endpoint, path, headers);
        let scope = self.credentials.scopes.join(" ");
        let scope = (!scope.is_empty()).then_some(scope.as_str());
        let grant_type = ("grant_type", Some("client_credentials"));
        match self.server.client_authentication {
            ClientAuthentication::RequestBody => request.form(&[
                grant_type,
                ("client_id", Some(self.credentials.client_id)),
                ("client_secret", Some(self.credentials.client_secret)),
                ("scope", scope),
            ]),
            ClientAuthentication::Basic => request
                .header("Authorization", ["Basic ", &self.basic()].concat().into())
                .form(&[grant_type, ("scope", scope)]),
        }
    }

    fn read(&mut self, answer: &Answer) -> Next<Token> {
        Next::Done(self.token(answer))
    }
}

/// A successful answer (RFC 6749, section 5.1).
struct Grant {
    token: String,
    is_bearer: bool,
    expires_in: Option<u64>,
    scopes: Option<Vec<String>>,
}

impl Grant {
    fn read(value: &Value) -> Option<Self> {
        let token = value
            .text("access_token")
            .filter(|token| !token.is_empty())?;
        let token_type = value.text("token_type");
        let quoted = || digits::read(value.text("expires_in")?.as_bytes());
        let scope = value.text("scope");
        Some(Self {
            token: token.into(),
            // The type is required, and compared without regard to case.
            // Where a server forgets it, Bearer is all that this flow gives.
            is_bearer: token_type.is_none_or(|t| t.eq_ignore_ascii_case("Bearer")),
            expires_in: value.seconds("expires_in").or_else(quoted),
            scopes: scope.map(|s| s.split_ascii_whitespace().map(String::from).collect()),
        })
    }
}

/// RFC 6749, section 3.3: visible ASCII but for the quotation mark and the
/// backslash.
fn is_scope(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

#[cfg(test)]
mod tests;
