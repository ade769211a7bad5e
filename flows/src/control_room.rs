//! Automation Anywhere Control Room: get, validate, refresh and log out a
//! token.
//!
//! | flow         | v1: Enterprise 11, Automation 360 before v.31 | v2: Automation 360 from v.31 |
//! |--------------|----------------------------------------|------------------------------|
//! | authenticate | `POST /v1/authentication`              | `POST /v2/authentication`    |
//! | refresh      | `POST /v1/authentication/token`        | `POST /v2/authentication/token` |
//! | validate     | `GET /v1/authentication/token/{token}` | `GET /v1/authentication/token?token={token}` |
//! | logout       | `POST /v1/authentication/logout`       | the same                     |

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::message::Field;
use crate::refusal::{Call, Proof, granted};
use crate::text::concat;
use crate::token::check_token;
use crate::{
    Answer, AuthError, Endpoint, Flow, Method, Next, Options, Request, Result, Token, TokenHeader,
    credential, digits,
};

mod validate;

pub use validate::Validate;

/// What a Control Room's token lives for, in seconds, where it does not say:
/// the documented default.
const DEFAULT_LIFETIME: u32 = 1_200;

/// Which paths a Control Room has for getting and refreshing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Enterprise 11, and Automation 360 before v.31.
    V1,
    /// Automation 360 from v.31 on.
    V2,
}

/// A Control Room, and how it is called.
pub struct ControlRoom<'a> {
    endpoint: Endpoint,
    api: Api,
    options: Options<'a>,
}

impl<'a> ControlRoom<'a> {
    /// The Control Room at `url`.
    pub fn new(url: &str, api: Api, options: Options<'a>) -> Result<Self> {
        Ok(Self {
            endpoint: options.base("control-room.url", url)?,
            api,
            options,
        })
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A POST to authenticate (`""`) or refresh (`"/token"`).
    fn versioned_post(&self, rest: &str) -> Request<'_> {
        let version = match self.api {
            Api::V1 => "/v1/authentication",
            Api::V2 => "/v2/authentication",
        };
        self.request(Method::Post, &concat(&[version, rest]))
    }

    fn request(&self, method: Method, path: &str) -> Request<'_> {
        let path = self.endpoint.path_below(path);
        Request::new(method, &self.endpoint, path, &self.options.headers)
    }

    fn refusal(&self, proof: Proof, secrets: &[&str], answer: &Answer) -> Box<AuthError> {
        let call = Call {
            proof,
            endpoint: &self.endpoint,
            headers: &self.options.headers,
            secrets,
        };
        call.refusal(answer)
    }
}

/// What proves a user's identity.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// The user's password.
    Password(&'a str),
    /// The user's API key, no character doubled.
    ApiKey(&'a str),
}

/// Who logs in. It has no `Debug`: it holds secrets.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The user name.
    pub username: &'a str,
    /// What proves it.
    pub secret: Secret<'a>,
    /// The code of a second factor.
    pub mfa_code: Option<u32>,
    /// Asks for a token that lives beside the user's other sessions.
    pub multiple_login: Option<bool>,
}

/// Gets a token.
pub struct Authenticate<'a> {
    room: &'a ControlRoom<'a>,
    credentials: Credentials<'a>,
}

impl<'a> Authenticate<'a> {
    /// Checks the credentials: a login that cannot succeed is not sent,
    /// because it would count toward the lock-out.
    pub fn new(room: &'a ControlRoom<'a>, credentials: Credentials<'a>) -> Result<Self> {
        credential::check("credentials.username", credentials.username)?;
        let (Secret::Password(secret) | Secret::ApiKey(secret)) = credentials.secret;
        credential::check("credentials.secret", secret)?;
        room.options.check_headers("")?;
        Ok(Self { room, credentials })
    }
}

impl Flow for Authenticate<'_> {
    type Output = Token;

    fn request(&self) -> Request<'_> {
        let (password, api_key) = match self.credentials.secret {
            Secret::Password(password) => (Some(Field::Text(password)), None),
            Secret::ApiKey(api_key) => (None, Some(Field::Text(api_key))),
        };
        self.room.versioned_post("").json(&[
            ("username", Some(Field::Text(self.credentials.username))),
            ("password", password),
            ("apiKey", api_key),
            ("mfaCode", self.credentials.mfa_code.map(Field::Number)),
            (
                "multipleLogin",
                self.credentials.multiple_login.map(Field::Bool),
            ),
        ])
    }

    fn read(&mut self, answer: &Answer) -> Next<Token> {
        let token = read_token(answer, || {
            let (Secret::Password(secret) | Secret::ApiKey(secret)) = self.credentials.secret;
            let mfa_code = self.credentials.mfa_code.map(digits::write);
            let secrets = [secret, mfa_code.as_deref().unwrap_or_default()];
            self.room.refusal(Proof::ControlRoomLogin, &secrets, answer)
        });
        Next::Done(token)
    }
}

/// Exchanges a token that is still good for a new one.
pub struct Refresh<'a>(TokenCall<'a>);

impl<'a> Refresh<'a> {
    /// Refreshes `token`.
    pub fn new(room: &'a ControlRoom<'a>, token: &'a str) -> Result<Self> {
        TokenCall::new(room, token).map(Self)
    }
}

impl Flow for Refresh<'_> {
    type Output = Token;

    fn request(&self) -> Request<'_> {
        let TokenCall { room, token } = self.0;
        // Automation 360 wants the header beside the body; Enterprise 11 is
        // not known to mind it.
        room.versioned_post("/token")
            .token(TokenHeader::XAuthorization, token)
            .json(&[("token", Some(Field::Text(token)))])
    }

    fn read(&mut self, answer: &Answer) -> Next<Token> {
        Next::Done(read_token(answer, || self.0.refusal(answer)))
    }
}

/// Makes the Control Room forget a token.
pub struct Logout<'a>(TokenCall<'a>);

impl<'a> Logout<'a> {
    /// Logs out `token`.
    pub fn new(room: &'a ControlRoom<'a>, token: &'a str) -> Result<Self> {
        TokenCall::new(room, token).map(Self)
    }
}

impl Flow for Logout<'_> {
    type Output = ();

    fn request(&self) -> Request<'_> {
        let TokenCall { room, token } = self.0;
        room.request(Method::Post, "/v1/authentication/logout")
            .token(TokenHeader::XAuthorization, token)
            .body(Vec::new())
    }

    fn read(&mut self, answer: &Answer) -> Next<()> {
        Next::Done(match answer.status {
            204 => Ok(()),
            _ => Err(self.0.refusal(answer)),
        })
    }
}

/// A call that a token is passed to.
#[derive(Clone, Copy)]
struct TokenCall<'a> {
    room: &'a ControlRoom<'a>,
    token: &'a str,
}

impl<'a> TokenCall<'a> {
    fn new(room: &'a ControlRoom<'a>, token: &'a str) -> Result<Self> {
        check_token(token)?;
        room.options
            .check_headers(TokenHeader::XAuthorization.name())?;
        Ok(Self { room, token })
    }

    fn refusal(&self, answer: &Answer) -> Box<AuthError> {
        self.room
            .refusal(Proof::ControlRoomToken, &[self.token], answer)
    }
}

fn read_token(answer: &Answer, refusal: impl FnOnce() -> Box<AuthError>) -> Result<Token> {
    let value = granted(answer);
    match value.text("token").filter(|token| !token.is_empty()) {
        Some(token) => Token::received(
            token,
            TokenHeader::XAuthorization,
            answer,
            None,
            DEFAULT_LIFETIME,
        ),
        None => Err(refusal()),
    }
}

#[cfg(test)]
mod tests;
