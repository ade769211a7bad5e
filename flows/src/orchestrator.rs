//! UiPath Orchestrator: resource owner password credentials (ROPC), and who a
//! token speaks for. Tokens for external applications are in `oauth`.
//!
//! A refused login comes in three shapes: `message` and `errorCode`, an
//! envelope with `error`, or both in one body, under 200, 4xx or 500.

use alloc::boxed::Box;
use alloc::string::String;

use crate::endpoint::check_path;
use crate::json::Object;
use crate::message::Field;
use crate::redaction::visible;
use crate::refusal::{Call, Proof, granted};
use crate::text::{concat, encode_segment};
use crate::token::check_token;
use crate::{
    Answer, AuthError, Endpoint, Flow, Method, Next, Options, Request, Result, Text, Token,
    TokenHeader, credential,
};

/// What an Orchestrator's token lives for, in seconds: 30 minutes, told nowhere
/// but in the documentation.
const DEFAULT_LIFETIME: u32 = 1_800;

/// An Orchestrator, and how it is called.
pub struct Orchestrator<'a> {
    /// With organization and tenant, where there are any.
    base: Endpoint,
    authenticate_path: String,
    options: Options<'a>,
}

impl<'a> Orchestrator<'a> {
    /// The Orchestrator at `url`. `organization` and `tenant` go together, and
    /// `authenticate_path` takes the place of `api/account/authenticate`.
    pub fn new(
        url: &str,
        organization: Option<&str>,
        tenant: Option<&str>,
        authenticate_path: Option<&str>,
        options: Options<'a>,
    ) -> Result<Self> {
        let mut base = options.base("orchestrator.url", url)?;
        match (organization, tenant) {
            (None, None) => {}
            (Some(organization), Some(tenant)) => {
                check_name("orchestrator.organization", organization)?;
                check_name("orchestrator.tenant", tenant)?;
                for name in &[organization, tenant] {
                    base.descend(&concat(&["/", &encode_segment(name)]));
                }
            }
            _ => {
                return Err(AuthError::invalid(
                    "orchestrator",
                    "organization and tenant go together; give both or neither",
                ));
            }
        }
        let path = authenticate_path.unwrap_or("api/account/authenticate");
        let path = concat(&["/", path.strip_prefix("/").unwrap_or(path)]);
        let problem = match path.len() {
            1 => Err("is empty"),
            _ => check_path(&path),
        };
        if let Err(problem) = problem {
            return Err(AuthError::invalid(
                "orchestrator.authenticate-path",
                problem,
            ));
        }
        Ok(Self {
            base,
            authenticate_path: path,
            options,
        })
    }

    /// Where it is, with organization and tenant.
    pub fn endpoint(&self) -> &Endpoint {
        &self.base
    }

    fn request(&self, method: Method, below: &str) -> Request<'_> {
        let path = self.base.path_below(below);
        Request::new(method, &self.base, path, &self.options.headers)
    }

    fn refusal(&self, proof: Proof, secret: &str, answer: &Answer) -> Box<AuthError> {
        let call = Call {
            proof,
            endpoint: &self.base,
            headers: &self.options.headers,
            secrets: &[secret],
        };
        call.refusal(answer)
    }
}

/// Refuses a name that would mean something else to a server as a path segment.
fn check_name(argument: &'static str, name: &str) -> Result<()> {
    match name {
        "." | ".." => Err(AuthError::invalid(argument, "is no name")),
        _ => credential::check(argument, name),
    }
}

/// Who logs in. It has no `Debug`: it holds a password.
#[derive(Clone, Copy)]
pub struct RopcCredentials<'a> {
    /// The tenancy name; `Host` for the host administrator.
    pub tenancy_name: Option<&'a str>,
    /// The user name or its e-mail address.
    pub username_or_email_address: &'a str,
    /// The password.
    pub password: &'a str,
}

/// Gets a token for a user name and password.
pub struct RopcAuthenticate<'a> {
    orchestrator: &'a Orchestrator<'a>,
    credentials: RopcCredentials<'a>,
}

impl<'a> RopcAuthenticate<'a> {
    /// Checks the credentials: a login that cannot succeed is not sent,
    /// because it would count toward the lock-out.
    pub fn new(
        orchestrator: &'a Orchestrator<'a>,
        credentials: RopcCredentials<'a>,
    ) -> Result<Self> {
        if let Some(name) = credentials.tenancy_name {
            credential::check("credentials.tenancy-name", name)?;
        }
        let name = credentials.username_or_email_address;
        credential::check("credentials.username-or-email-address", name)?;
        credential::check("credentials.password", credentials.password)?;
        orchestrator.options.check_headers("")?;
        Ok(Self {
            orchestrator,
            credentials,
        })
    }
}

impl Flow for RopcAuthenticate<'_> {
    type Output = Token;

    fn request(&self) -> Request<'_> {
        let RopcCredentials {
            tenancy_name,
            username_or_email_address,
            password,
        } = self.credentials;
        self.orchestrator
            .request(Method::Post, &self.orchestrator.authenticate_path)
            .json(&[
                ("TenancyName", tenancy_name.map(Field::Text)),
                (
                    "UsernameOrEmailAddress",
                    Some(Field::Text(username_or_email_address)),
                ),
                ("Password", Some(Field::Text(password))),
            ])
    }

    fn read(&mut self, answer: &Answer) -> Next<Token> {
        let password = self.credentials.password;
        Next::Done(match token_of(&granted(answer)) {
            Some(token) => {
                let header = TokenHeader::Bearer;
                Token::received(token, header, answer, None, DEFAULT_LIFETIME)
            }
            None => Err(self
                .orchestrator
                .refusal(Proof::RopcLogin, password, answer)),
        })
    }
}

/// The token of an envelope that says nothing of a failure.
fn token_of(value: &Object<'_>) -> Option<String> {
    if value.bool("success") == Some(false) || value.has_some("error") {
        return None;
    }
    let token = value.text("result").or_else(|| value.text("Result"));
    token.filter(|token| !token.is_empty())
}

/// Asks who a token speaks for.
pub struct CurrentUser<'a> {
    orchestrator: &'a Orchestrator<'a>,
    token: &'a str,
}

/// Who a token speaks for. A field that the Orchestrator left out is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The user name.
    pub user_name: Option<Text>,
    /// What ROPC wants as the tenancy name.
    pub tenancy_name: Option<Text>,
}

impl<'a> CurrentUser<'a> {
    /// Asks for `token`.
    pub fn new(orchestrator: &'a Orchestrator<'a>, token: &'a str) -> Result<Self> {
        check_token(token)?;
        orchestrator
            .options
            .check_headers(TokenHeader::Bearer.name())?;
        Ok(Self {
            orchestrator,
            token,
        })
    }
}

impl Flow for CurrentUser<'_> {
    type Output = User;

    fn request(&self) -> Request<'_> {
        let path = "/odata/Users/UiPath.Server.Configuration.OData.GetCurrentUser";
        self.orchestrator
            .request(Method::Get, path)
            .token(TokenHeader::Bearer, self.token)
    }

    fn read(&mut self, answer: &Answer) -> Next<User> {
        // Some versions have nothing to say of some tokens, and say so.
        if answer.status == 204 {
            return Next::Done(Ok(User::default()));
        }
        let value = granted(answer);
        Next::Done(if value.has("UserName") || value.has("TenancyName") {
            Ok(User {
                user_name: value.text("UserName").map(|name| visible(&name).into()),
                tenancy_name: value.text("TenancyName").map(|name| visible(&name).into()),
            })
        } else {
            Err(self
                .orchestrator
                .refusal(Proof::OrchestratorToken, self.token, answer))
        })
    }
}

#[cfg(test)]
mod tests;
