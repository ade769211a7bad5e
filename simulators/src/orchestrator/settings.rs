//! How a simulated Orchestrator behaves where versions differ.

use std::time::Duration;

use super::account::{Account, Client};

/// doc: the tenancy name of the host administrator.
pub const HOST_TENANT: &str = "Host";

/// Where things are (doc).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Everything at the root; tokens of applications at `/identity`.
    Standalone,
    /// Under `/{organization}/{tenant}`; the host tenant at the root; tokens of
    /// applications at `/identity_`.
    AutomationSuite {
        /// The first segment.
        organization: String,
        /// The second segment.
        tenant: String,
    },
    /// Under `/{organization}/{tenant}/orchestrator_`; tokens of applications
    /// at `/identity_`.
    Gateway {
        /// The first segment.
        organization: String,
        /// The second segment.
        tenant: String,
    },
    /// As behind a gateway, but without ROPC: the current cloud.
    Cloud {
        /// The first segment.
        organization: String,
        /// The second segment.
        tenant: String,
    },
}

impl Layout {
    /// Organization and tenant of the path.
    pub(super) fn place(&self) -> Option<(&str, &str)> {
        match self {
            Self::Standalone => None,
            Self::AutomationSuite {
                organization,
                tenant,
            }
            | Self::Gateway {
                organization,
                tenant,
            }
            | Self::Cloud {
                organization,
                tenant,
            } => Some((organization, tenant)),
        }
    }

    pub(super) fn base(&self) -> String {
        let Some((organization, tenant)) = self.place() else {
            return String::new();
        };
        match self {
            Self::AutomationSuite { .. } => format!("/{organization}/{tenant}"),
            _ => format!("/{organization}/{tenant}/orchestrator_"),
        }
    }

    pub(super) fn token_path(&self) -> &'static str {
        match self {
            Self::Standalone => "/identity/connect/token",
            _ => "/identity_/connect/token",
        }
    }
}

/// What the body of a failure looks like (doc and seen: all of them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureShape {
    /// `{"message", "errorCode", "resourceIds"}`, a refused login with 400.
    Plain,
    /// `{"message", "errorCode", "traceId"}`, a refused login with 400.
    PlainWithTraceId,
    /// The envelope with `success: false`, a refused login with this status.
    Envelope {
        /// Seen: 200, 400, 401 and 500.
        status: u16,
    },
    /// Both in one body, a refused login with 400.
    Both,
}

/// How the field with the token is written (seen: both).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultField {
    /// `result`
    Lower,
    /// `Result`
    Upper,
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A string without dots that says nothing.
    Opaque,
    /// A JWT with `iat` and `exp`.
    Jwt,
}

/// What `GetCurrentUser` answers (seen: both).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentUser {
    /// 200 with the user.
    Content,
    /// 204.
    NoContent,
}

/// How the token endpoint says how long a token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiresIn {
    /// `3600`
    Number,
    /// `"3600"`
    Quoted,
    /// Not at all.
    Absent,
}

/// What an error of the token endpoint looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OauthErrors {
    /// JSON as RFC 6749, section 5.2, has it.
    Json,
    /// A sentence in plain text.
    PlainText,
}

/// Everything a test can set.
pub(super) struct Settings {
    pub(super) layout: Layout,
    pub(super) tenants: Vec<String>,
    pub(super) accounts: Vec<Account>,
    pub(super) clients: Vec<Client>,
    pub(super) failure_shape: FailureShape,
    pub(super) unauthorized_request: bool,
    pub(super) result_field: ResultField,
    pub(super) token_kind: TokenKind,
    pub(super) token_lifetime: Duration,
    pub(super) clock_offset_seconds: i64,
    pub(super) lockout_after: u32,
    pub(super) current_user: CurrentUser,
    pub(super) access_token_kind: TokenKind,
    pub(super) access_token_lifetime: Duration,
    pub(super) expires_in: ExpiresIn,
    pub(super) scope_in_answer: bool,
    pub(super) invalid_client_status: u16,
    pub(super) oauth_errors: OauthErrors,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            layout: Layout::Standalone,
            tenants: Vec::new(),
            accounts: Vec::new(),
            clients: Vec::new(),
            failure_shape: FailureShape::Plain,
            unauthorized_request: false,
            result_field: ResultField::Lower,
            token_kind: TokenKind::Opaque,
            // doc: 30 minutes.
            token_lifetime: Duration::from_secs(30 * 60),
            clock_offset_seconds: 0,
            // doc: ten.
            lockout_after: 10,
            current_user: CurrentUser::Content,
            access_token_kind: TokenKind::Jwt,
            access_token_lifetime: Duration::from_secs(3600),
            expires_in: ExpiresIn::Number,
            scope_in_answer: true,
            invalid_client_status: 400,
            oauth_errors: OauthErrors::Json,
        }
    }
}

impl Settings {
    pub(super) fn has_tenant(&self, name: &str) -> bool {
        name == HOST_TENANT
            || self
                .layout
                .place()
                .is_some_and(|(_, tenant)| tenant == name)
            || self.tenants.iter().any(|tenant| tenant == name)
            || self.accounts.iter().any(|account| account.tenancy == name)
    }
}
