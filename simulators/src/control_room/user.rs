//! A user of a Control Room.

/// A user, as an administrator would set it up. No `Debug`: it holds secrets.
#[derive(Clone)]
pub struct User {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) api_key: Option<String>,
    pub(super) mfa_code: Option<u32>,
    pub(super) multiple_login_allowed: bool,
    pub(super) disabled: bool,
    pub(super) administrator: bool,
}

impl User {
    /// An ordinary user with a password and nothing else.
    pub fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
            api_key: None,
            mfa_code: None,
            multiple_login_allowed: false,
            disabled: false,
            administrator: false,
        }
    }

    /// Gives the user an API key.
    pub fn api_key(mut self, key: &str) -> Self {
        self.api_key = Some(key.to_owned());
        self
    }

    /// Requires this code with every login: two-factor authentication.
    pub fn mfa_code(mut self, code: u32) -> Self {
        self.mfa_code = Some(code);
        self
    }

    /// Lets `multipleLogin` work for the user.
    pub fn multiple_login_allowed(mut self) -> Self {
        self.multiple_login_allowed = true;
        self
    }

    /// Disables the user from the start.
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Makes the user an administrator, whose login answer passes 10 KB.
    pub fn administrator(mut self) -> Self {
        self.administrator = true;
        self
    }
}
