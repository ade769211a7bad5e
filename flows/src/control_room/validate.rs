//! Validate, the one call that the vendor documents in two forms:
//! `GET .../token/{token}` in its overview, `GET .../token?token={token}` on
//! the task's own page. The form that belongs to the API version goes first;
//! on 404 or 405 the other one follows, once. So it does where the Control Room misses
//! `X-Authorization`, which the first form does not have: that says nothing of the token.

use super::{Api, ControlRoom, TokenCall};
use crate::json::Object;
use crate::refusal::granted;
use crate::text::{concat, encode_segment};
use crate::{
    Answer, AuthError, Flow, Method, Next, Rejection, RejectionKind, Request, Result, TokenHeader,
};

/// Asks whether a token is still good.
pub struct Validate<'a> {
    call: TokenCall<'a>,
    form: Form,
    asked_before: bool,
}

/// Where validate has the token.
#[derive(Clone, Copy)]
enum Form {
    Path,
    Query,
}

impl<'a> Validate<'a> {
    /// Asks for `token`.
    pub fn new(room: &'a ControlRoom<'a>, token: &'a str) -> Result<Self> {
        Ok(Self {
            call: TokenCall::new(room, token)?,
            form: match room.api {
                Api::V1 => Form::Path,
                Api::V2 => Form::Query,
            },
            asked_before: false,
        })
    }
}

impl Flow for Validate<'_> {
    type Output = bool;

    fn request(&self) -> Request<'_> {
        let TokenCall { room, token } = self.call;
        let border = match self.form {
            Form::Path => "/",
            Form::Query => "?token=",
        };
        let path = concat(&["/v1/authentication/token", border, &encode_segment(token)]);
        let request = room.request(Method::Get, &path);
        match self.form {
            Form::Path => request,
            Form::Query => request.token(TokenHeader::XAuthorization, token),
        }
    }

    fn read(&mut self, answer: &Answer) -> Next<bool> {
        let misses_header = matches!(self.form, Form::Path) && misses_header(answer);
        if (matches!(answer.status, 404 | 405) || misses_header) && !self.asked_before {
            self.asked_before = true;
            self.form = match self.form {
                Form::Path => Form::Query,
                Form::Query => Form::Path,
            };
            return Next::Again;
        }
        let valid = granted(answer).bool("valid");
        Next::Done(
            valid
                .ok_or_else(|| self.call.refusal(answer))
                .or_else(|mut error| {
                    match &mut *error {
                        // It says nothing of the token, which must not be given up for it.
                        AuthError::Rejected(rejection) if misses_header => {
                            rejection.kind = RejectionKind::RequestRejected;
                            Err(error)
                        }
                        // A Control Room's own 401 says that the token is not valid;
                        // any other comes from something in between.
                        AuthError::Rejected(Rejection {
                            kind: RejectionKind::TokenRejected,
                            ..
                        }) if is_own_error(answer) => Ok(false),
                        _ => Err(error),
                    }
                }),
        )
    }
}

/// Whether an error has the body of a Control Room: a code, which is a text
/// there, and a message.
fn is_own_error(answer: &Answer) -> bool {
    has_code(answer, |code| !code.is_empty())
}

/// Whether a Control Room says that `X-Authorization` is missing.
fn misses_header(answer: &Answer) -> bool {
    matches!(answer.status, 400 | 401) && has_code(answer, |code| code == "UM1117")
}

fn has_code(answer: &Answer, is_it: fn(&str) -> bool) -> bool {
    let value = answer.body.as_deref().and_then(Object::parse);
    value.is_some_and(|value| {
        let code = value.text("code");
        code.is_some_and(|code| is_it(&code)) && value.has("message")
    })
}
