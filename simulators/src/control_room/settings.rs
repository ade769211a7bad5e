//! How a simulated Control Room behaves where releases differ or nobody could tell.

use std::time::Duration;

use crate::Answer;

use super::{answers, user::User};

/// The release, which decides the paths there are (doc).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// `v1` only; tokens carry `csrfToken`.
    Enterprise11,
    /// Automation 360 before v.31: `v1` only.
    Automation360Before31,
    /// v.31 and v.32: `v1` and `v2`.
    Automation360From31,
    /// v.33 and later: `v2`; authenticate and refresh of `v1` are discontinued.
    Automation360From33,
}

impl Release {
    pub(super) fn is_automation_360(self) -> bool {
        self > Self::Enterprise11
    }

    pub(super) fn has_v2(self) -> bool {
        self >= Self::Automation360From31
    }

    pub(super) fn has_v1_login(self) -> bool {
        self < Self::Automation360From33
    }
}

/// Which forms of validate there are; the documentation disagrees with itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidateForms {
    /// Only `/v1/authentication/token/{token}`.
    Path,
    /// Only `/v1/authentication/token?token={token}`.
    Query,
    /// Both.
    Both,
}

/// Everything a test can set.
pub(super) struct Settings {
    pub(super) release: Release,
    pub(super) token_lifetime: Duration,
    pub(super) clock_offset_seconds: i64,
    pub(super) validate_forms: ValidateForms,
    pub(super) missing_validate_status: u16,
    /// None follows the release.
    pub(super) validate_needs_header: Option<bool>,
    pub(super) garbled_validate: Option<Answer>,
    pub(super) discontinued: Answer,
    pub(super) refused: Answer,
    pub(super) mfa_refused: Answer,
    pub(super) disabled_refused: Answer,
    pub(super) refresh_keeps_old_token: bool,
    pub(super) api_key_needs_permission: bool,
    pub(super) users: Vec<User>,
}

impl Default for Settings {
    fn default() -> Self {
        let refused = |message| answers::error_answer(401, answers::OPEN_CODE, message);
        Self {
            release: Release::Automation360From31,
            // doc: `exp - iat` is 1200.
            token_lifetime: Duration::from_secs(1200),
            clock_offset_seconds: 0,
            validate_forms: ValidateForms::Both,
            missing_validate_status: 404,
            validate_needs_header: None,
            garbled_validate: None,
            // open: status and body.
            discontinued: answers::error_answer(
                404,
                answers::UNUSABLE,
                "This API version is discontinued.",
            ),
            // doc: the status of wrong credentials. open: code and body, and
            // all of the other two.
            refused: refused("Wrong credentials."),
            mfa_refused: refused("The code is missing or wrong."),
            disabled_refused: refused("The user is disabled."),
            // open: whether refresh ends the old token.
            refresh_keeps_old_token: false,
            // open: it depends on the version.
            api_key_needs_permission: false,
            users: Vec::new(),
        }
    }
}

impl Settings {
    pub(super) fn validate_needs_header(&self) -> bool {
        // doc: the `v2` way sends the header beside the query.
        self.validate_needs_header.unwrap_or(self.release.has_v2())
    }
}
