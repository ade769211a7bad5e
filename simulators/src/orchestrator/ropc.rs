//! A user's login with name and password (ROPC).

use axum::{
    extract::{Path, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    account::Account,
    failure,
    routes::{Segments, Server, tenant},
    settings::ResultField,
    state::{Holder, State},
};
use crate::{
    exchange::lock,
    strict::{Call, Violation, json},
    strict_json::Fields,
};

pub(super) async fn authenticate(
    Shared(state): Server,
    Path(segments): Segments,
    call: Call,
) -> Response {
    lock(&state.book).logins_asked += 1;
    let settings = &state.settings;
    let Some(here) = tenant(settings, &segments) else {
        // open: an organization or tenant of the path that there is not.
        return StatusCode::NOT_FOUND.into_response();
    };
    let login = match call.expect_json_post().and_then(Login::parse) {
        Ok(login) => login,
        Err(violation) => return failure::form(settings, violation),
    };
    match login.decide(&state, &here) {
        Ok(account) => success(&state, account),
        Err((code, message)) => failure::login(settings, code, message),
    }
}

/// The body, with the documented spelling (doc).
struct Login {
    tenancy: Option<String>,
    name: String,
    password: String,
}

impl Login {
    fn parse(mut fields: Fields) -> Result<Self, Violation> {
        let tenancy = fields.string("TenancyName")?;
        let name = fields.string("UsernameOrEmailAddress")?;
        let password = fields.string("Password")?;
        fields.finish()?;
        Ok(Self {
            tenancy,
            name: name.ok_or_else(|| Violation::new("no `UsernameOrEmailAddress`"))?,
            password: password.ok_or_else(|| Violation::new("no `Password`"))?,
        })
    }

    /// The account, or code and message of the refusal.
    fn decide(&self, state: &State, here: &str) -> Result<Account, (i64, &'static str)> {
        let settings = &state.settings;
        let tenancy = self.tenancy.as_deref().unwrap_or(here);
        // A tenant of the path does not let one in to another (open).
        let elsewhere = settings.layout.place().is_some() && tenancy != here;
        if elsewhere || !settings.has_tenant(tenancy) {
            return Err((failure::NO_SUCH_TENANT, "There is no such tenant."));
        }
        let account = settings.accounts.iter().find(|account| {
            account.tenancy == tenancy
                && (account.name == self.name || account.email() == self.name)
        });
        // However it is written in the request, the account is one.
        let name = account.map_or(self.name.as_str(), |account| account.name.as_str());
        let mut book = lock(&state.book);
        let locked_out = book.refused(tenancy, name) >= settings.lockout_after;
        match account {
            Some(account) if account.directory => {
                book.refuse(tenancy, name);
                Err((failure::GENERAL, "An error has occurred."))
            }
            Some(account) if account.password == self.password && !locked_out => {
                book.forget_refusals(tenancy, name);
                book.logins_granted += 1;
                Ok(account.clone())
            }
            // open: what a locked out account gets.
            _ => {
                book.refuse(tenancy, name);
                Err((failure::WRONG_CREDENTIALS, "Invalid user name or password."))
            }
        }
    }
}

fn success(state: &State, account: Account) -> Response {
    let settings = &state.settings;
    let holder = Holder::User(account);
    let token = state.issue(holder, settings.token_kind, settings.token_lifetime);
    let field = match settings.result_field {
        ResultField::Lower => "result",
        ResultField::Upper => "Result",
    };
    json(
        200,
        &json!({
            field: token,
            "targetUrl": null,
            "success": true,
            "error": null,
            "unAuthorizedRequest": false,
            "__abp": true,
        }),
    )
}
