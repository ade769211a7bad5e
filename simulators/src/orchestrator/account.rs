//! Who may ask an Orchestrator for a token: users and external applications.

/// A user of one tenant. No `Debug`: it holds a secret.
#[derive(Clone)]
pub struct Account {
    pub(super) tenancy: String,
    pub(super) name: String,
    pub(super) password: String,
    pub(super) directory: bool,
    pub(super) may_see_folders: bool,
}

impl Account {
    /// A local account of a tenant, which this makes known. Its mail address
    /// is `{name}@example.com` and serves for login as well.
    pub fn new(tenancy: &str, name: &str, password: &str) -> Self {
        Self {
            tenancy: tenancy.to_owned(),
            name: name.to_owned(),
            password: password.to_owned(),
            directory: false,
            may_see_folders: true,
        }
    }

    /// Makes it an account of a directory (AD, SSO) without a local password.
    pub fn of_directory(mut self) -> Self {
        self.directory = true;
        self
    }

    /// Takes the right to see folders: that call answers 403.
    pub fn without_folders(mut self) -> Self {
        self.may_see_folders = false;
        self
    }

    pub(super) fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }
}

/// An external application at the identity server. No `Debug`: it holds a secret.
#[derive(Clone)]
pub struct Client {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) scopes: Vec<String>,
    pub(super) may_use_grant: bool,
}

impl Client {
    /// An application with the scopes it may ask for.
    pub fn new(id: &str, secret: &str, scopes: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            may_use_grant: true,
        }
    }

    /// Takes the right to use this grant: `unauthorized_client`.
    pub fn without_grant(mut self) -> Self {
        self.may_use_grant = false;
        self
    }
}
