//! OAuth 2.0 client credentials (RFC 6749, section 4.4) at the identity server
//! of UiPath: how the vendor wants applications to get a token.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::message::form_encode;
use crate::redaction::visible;
use crate::refusal::{Call, Proof, granted, odd};
use crate::text::{concat, cut};
use crate::{
    Answer, AuthError, Endpoint, Flow, Method, Next, Options, Request, Result, Token, TokenHeader,
    base64, credential, digits,
};

mod probe;

pub use probe::Probe;

/// What an access token lives for, in seconds, where neither it nor the answer
/// says so: the documented default.
const DEFAULT_LIFETIME: u32 = 3_600;

/// The most scopes that a server can have granted: each takes a block of memory, and
/// an answer has room for a hundred times as many.
const MOST_SCOPES: usize = 1_000;

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
        if token_endpoint.is_no_token_endpoint() {
            return Err(AuthError::invalid(
                argument,
                "is not the whole token endpoint, as in https://host/identity_/connect/token",
            ));
        }
        Ok(Self {
            token_endpoint,
            client_authentication,
            options,
        })
    }
}

impl IdentityServer<'_> {
    /// Where its token endpoint is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.token_endpoint
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
        credential::check("credentials.client-id", credentials.client_id)?;
        credential::check("credentials.client-secret", credentials.client_secret)?;
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
        base64::encode(concat(&[&id, ":", &secret]).as_bytes())
    }

    /// The token of a successful answer (RFC 6749, section 5.1).
    fn token(&self, answer: &Answer) -> Result<Token> {
        let value = granted(answer);
        let token = value.text("access_token");
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(self.refusal(answer));
        };
        // The type is required, and compared without regard to case. Where a
        // server forgets it, Bearer is all that this flow gives.
        let token_type = value.text("token_type");
        if token_type.is_some_and(|given| !given.eq_ignore_ascii_case("Bearer")) {
            return Err(odd(answer.status, "a token of another type than Bearer"));
        }
        let quoted = || digits::read(value.text("expires_in")?.as_bytes());
        let (header, lifetime) = (
            TokenHeader::Bearer,
            value.seconds("expires_in").or_else(quoted),
        );
        let mut token = Token::received(token, header, answer, lifetime, DEFAULT_LIFETIME);
        if let Ok(token) = &mut token {
            token.scopes = value.text("scope").and_then(|list| scopes(&visible(&list)));
        }
        token
    }

    fn refusal(&self, answer: &Answer) -> Box<AuthError> {
        let basic = self.basic();
        let call = Call {
            proof: Proof::ClientLogin,
            endpoint: &self.server.token_endpoint,
            headers: &self.server.options.headers,
            secrets: &[self.credentials.client_secret, &basic],
        };
        call.refusal(answer)
    }
}

impl Flow for ClientCredentialsAuthenticate<'_> {
    type Output = Token;

    fn request(&self) -> Request<'_> {
        let endpoint = &self.server.token_endpoint;
        let headers = &self.server.options.headers;
        let path = endpoint.path().into();
        let request = Request::new(Method::Post, endpoint, path, headers);
        let mut scope = String::new();
        for one in self.credentials.scopes {
            if !scope.is_empty() {
                scope.push(' ');
            }
            scope.push_str(one);
        }
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
                .header("Authorization", concat(&["Basic ", &self.basic()]).into())
                .form(&[grant_type, ("scope", scope)]),
        }
    }

    fn read(&mut self, answer: &Answer) -> Next<Token> {
        Next::Done(self.token(answer))
    }
}

/// The scopes of a list, which spaces part (RFC 6749, section 3.3). None where there
/// are more than [`MOST_SCOPES`].
fn scopes(list: &str) -> Option<Vec<String>> {
    let mut scopes = Vec::new();
    let mut rest = Some(list);
    while let Some(list) = rest {
        let scope;
        (scope, rest) = cut(list, b' ');
        if scope.is_empty() {
            continue;
        }
        if scopes.len() == MOST_SCOPES {
            return None;
        }
        scopes.push(scope.into());
    }
    Some(scopes)
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
