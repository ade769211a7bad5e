//! The decision about a login: who asks, with which proof, for which session.

use super::{sessions::Kind, state::State, user::User};
use crate::{Answer, exchange::lock, strict::Violation, strict_json::Fields};

/// The body of authenticate, with the documented spelling (doc).
pub(super) struct Login {
    username: String,
    secret: Secret,
    mfa_code: Option<u64>,
    multiple_login: bool,
}

enum Secret {
    Password(String),
    ApiKey(String),
}

impl Login {
    pub(super) fn parse(mut fields: Fields) -> Result<Self, Violation> {
        let username = fields.string("username")?;
        let secret = match (fields.string("password")?, fields.string("apiKey")?) {
            (Some(password), None) => Secret::Password(password),
            (None, Some(key)) => Secret::ApiKey(key),
            (Some(_), Some(_)) => return Err(Violation::new("both `password` and `apiKey`")),
            (None, None) => return Err(Violation::new("neither `password` nor `apiKey`")),
        };
        let login = Self {
            username: username.ok_or_else(|| Violation::new("no `username`"))?,
            secret,
            mfa_code: fields.number("mfaCode")?,
            multiple_login: fields.boolean("multipleLogin")?.unwrap_or(false),
        };
        fields.finish()?;
        Ok(login)
    }

    /// Grants a token, with its number and the user it is for, or says what the refusal
    /// looks like.
    pub(super) fn decide(&self, state: &State) -> Result<(String, u64, User), Answer> {
        let user = self.user(state)?;
        let (token, number) = state.grant(&user.name, self.kind(state, &user));
        Ok((token, number, user))
    }

    /// Checks the proof. The count of refused logins goes with it, in one step.
    fn user(&self, state: &State) -> Result<User, Answer> {
        let mut book = lock(&state.book);
        let known = book.user_mut(&self.username).cloned();
        match self.check(state, known) {
            Ok(user) => {
                book.forget_refusals(&user.name);
                book.logins_granted += 1;
                Ok(user)
            }
            Err(refusal) => {
                book.refuse(&self.username);
                Err(refusal)
            }
        }
    }

    fn check(&self, state: &State, known: Option<User>) -> Result<User, Answer> {
        let settings = &state.settings;
        let user = known.ok_or_else(|| settings.refused.clone())?;
        // A disabled user is refused even with the right password (doc).
        if user.disabled {
            return Err(settings.disabled_refused.clone());
        }
        let proven = match &self.secret {
            Secret::Password(password) => user.password == *password,
            Secret::ApiKey(key) => user.api_key.as_ref() == Some(key),
        };
        if !proven {
            return Err(settings.refused.clone());
        }
        // A code that nobody asked for is passed over (open).
        match user.mfa_code {
            Some(code) if self.mfa_code != Some(code.into()) => Err(settings.mfa_refused.clone()),
            _ => Ok(user),
        }
    }

    fn kind(&self, state: &State, user: &User) -> Kind {
        let allowed = user.multiple_login_allowed;
        match self.secret {
            Secret::ApiKey(_) if allowed || !state.settings.api_key_needs_permission => {
                Kind::ApiKey
            }
            // Where it is not allowed this is a login like any other, and the
            // token's claim says so (doc).
            Secret::Password(_) if allowed && self.multiple_login => Kind::Beside,
            _ => Kind::Person,
        }
    }
}
