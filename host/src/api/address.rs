//! Where a platform's API is, and which paths of it may be called.

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ApiError;
use crate::Account;

/// What stands for itself in a segment of a path (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How often an escape is read that is itself written with escapes.
const MOST_ESCAPES: usize = 4;

/// The address that paths stand behind.
#[derive(Clone)]
pub(super) struct Address {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end.
    prefix: String,
    logins: Logins,
}

/// Where one logs in and out, behind the address, in small letters.
#[derive(Clone)]
enum Logins {
    /// `v1/authentication` and `v2/authentication`, and all below.
    ControlRoom,
    /// The path of ROPC.
    Orchestrator(Vec<String>),
}

impl Address {
    /// The account's own, or `url`.
    pub(super) fn of(
        account: &Account,
        url: Option<&str>,
        allow_http: bool,
    ) -> Result<Self, ApiError> {
        let ropc = |path: Option<&str>| {
            let path = path.unwrap_or("api/account/authenticate");
            Logins::Orchestrator(segments(path).collect())
        };
        let (own, more, logins) = match account {
            Account::ControlRoom(room, _) => {
                (Some(room.url.as_str()), Vec::new(), Logins::ControlRoom)
            }
            Account::Ropc(orchestrator, _) => (
                Some(orchestrator.url.as_str()),
                [&orchestrator.organization, &orchestrator.tenant]
                    .into_iter()
                    .flatten()
                    .collect(),
                ropc(orchestrator.authenticate_path.as_deref()),
            ),
            Account::ClientCredentials(..) => (None, Vec::new(), ropc(None)),
        };
        // What is said is the whole address.
        let more = if url.is_some() { Vec::new() } else { more };
        let url = url.or(own).ok_or_else(|| {
            ApiError::request("an external application's account does not say where its API is")
        })?;
        let refused = || {
            ApiError::request(
                "the address of the API is not https://host[:port][/prefix], or is http:// and \
                 that is not allowed",
            )
        };
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let scheme = uri.scheme().ok_or_else(refused)?.clone();
        let is_good = scheme == Scheme::HTTPS || (scheme == Scheme::HTTP && allow_http);
        let authority = uri.authority().ok_or_else(refused)?.clone();
        if !is_good || authority.as_str().contains('@') || uri.query().is_some() {
            return Err(refused());
        }
        let mut prefix = uri.path().trim_end_matches('/').to_owned();
        for segment in more {
            prefix.push('/');
            prefix.extend(utf8_percent_encode(segment, SEGMENT));
        }
        Ok(Self {
            scheme,
            authority,
            prefix,
            logins,
        })
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.prefix)
    }

    /// The address of a path and a query.
    pub(super) fn with(&self, path: &Uri) -> Result<Uri, ApiError> {
        if path.scheme().is_some() || path.authority().is_some() || !path.path().starts_with('/') {
            return Err(ApiError::request(
                "a request says a path of the platform, which begins with /, and no host",
            ));
        }
        self.check(path.path())?;
        let query = path.query().map(|query| format!("?{query}"));
        let all = [
            &self.prefix,
            path.path(),
            query.as_deref().unwrap_or_default(),
        ];
        let all = PathAndQuery::try_from(all.concat())
            .map_err(|_| ApiError::request("the path cannot be sent"))?;
        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(all);
        uri.build()
            .map_err(|_| ApiError::request("the path cannot be sent"))
    }

    fn check(&self, path: &str) -> Result<(), ApiError> {
        let segments: Vec<String> = segments(path).collect();
        if segments
            .iter()
            .any(|segment| matches!(&**segment, "." | ".."))
        {
            return Err(ApiError::request(
                "a path with . or .. may leave the platform's address: write it out",
            ));
        }
        let is_login = match &self.logins {
            Logins::ControlRoom => matches!(
                &segments[..],
                [version, word, ..]
                    if matches!(&**version, "v1" | "v2") && word == "authentication"
            ),
            Logins::Orchestrator(path) => !path.is_empty() && segments.ends_with(path),
        };
        if is_login {
            return Err(ApiError::request(
                "to log in or out here would displace the token that everybody shares; the \
                 session does both",
            ));
        }
        Ok(())
    }
}

/// The segments of a path as some server may read them: escapes read, how often they are
/// written; what stands behind `;`, `?` and `#` left out, and dots and spaces at the end,
/// as Windows does; empty ones left out; in small letters.
fn segments(path: &str) -> impl Iterator<Item = String> {
    let mut path = path.to_owned();
    for _ in 0..MOST_ESCAPES {
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
    let pieces: Vec<String> = path
        .split(['/', '\\'])
        .map(|piece| {
            let name = piece.split([';', '?', '#']).next().unwrap_or_default();
            if name.trim_matches(is_blank).chars().all(|c| c == '.') {
                return name.trim_matches(is_blank).to_owned();
            }
            let name = name.trim_end_matches(|c| c == '.' || is_blank(c));
            name.trim_start_matches(is_blank).to_ascii_lowercase()
        })
        .filter(|piece| !piece.is_empty())
        .collect();
    pieces.into_iter()
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials, IdentityServer,
        Orchestrator, RopcCredentials,
    };

    fn room(url: &str) -> Account {
        Account::ControlRoom(
            ControlRoom::new(url, ControlRoomApi::V2),
            ControlRoomCredentials::password("ada", "password"),
        )
    }

    fn in_suite() -> Account {
        Account::Ropc(
            Orchestrator::in_suite("https://h/", "my org", "t"),
            RopcCredentials {
                tenancy_name: None,
                username_or_email_address: "ada".into(),
                password: "password".into(),
            },
        )
    }

    fn application() -> Account {
        Account::ClientCredentials(
            IdentityServer::new("https://h/identity_/connect/token"),
            ClientCredentials {
                client_id: "app".into(),
                client_secret: "secret".into(),
                scopes: Vec::new(),
            },
        )
    }

    fn called(account: &Account, url: Option<&str>, path: &str) -> Option<String> {
        let address = Address::of(account, url, false).ok()?;
        let uri = address.with(&path.parse().ok()?).ok()?;
        Some(uri.to_string())
    }

    #[test]
    fn a_path_stands_behind_the_platforms_address() {
        let path = "/odata/Jobs?$top=1";
        for (account, url, expected) in [
            (room("https://h/"), None, "https://h/odata/Jobs?$top=1"),
            (room("https://h/p/"), None, "https://h/p/odata/Jobs?$top=1"),
            (in_suite(), None, "https://h/my%20org/t/odata/Jobs?$top=1"),
            (
                application(),
                Some("https://o:8443/t"),
                "https://o:8443/t/odata/Jobs?$top=1",
            ),
        ] {
            assert_eq!(called(&account, url, path).as_deref(), Some(expected));
        }
        assert_eq!(called(&application(), None, path), None);
    }

    #[test]
    fn an_address_that_no_token_should_go_to_is_refused() {
        for url in [
            "",
            "h",
            "/p",
            "http://h",
            "https://u:p@h",
            "https://h?q",
            "ftp://h",
        ] {
            assert_eq!(called(&room(url), None, "/x"), None, "{url}");
        }
    }

    #[test]
    fn a_path_that_leaves_the_address_or_logs_in_is_refused() {
        for path in [
            "/../x",
            "/a/%2e%2E/x",
            "/a/..%2fx",
            "/a/..%5Cx",
            "/./x",
            "/v2/authentication",
            "/v1/authentication/logout",
            "/V2/Authentication/token",
            "//v2//authentication/",
            "/v2/%61uthentication",
            "/v2;a=b/authentication;c",
            "/v2%2fauthentication",
            "/v2/authentication.",
            "/v2/authentication%20",
            "/v2/authentication%00",
            "/v2/authentication%3Fx",
            "/v2/authentication%23x",
            "/v2%09/authentication",
            "/v2/%2561uthentication",
            "/v2/%252561uthentication",
            "/a/..%20/x",
            "https://elsewhere/x",
            "*",
        ] {
            assert_eq!(called(&room("https://h/p"), None, path), None, "{path}");
        }
        assert!(called(&room("https://h"), None, "/v2/repository/authentication").is_some());
        let ropc = "/api/Account/Authenticate";
        assert_eq!(called(&in_suite(), None, ropc), None);
        assert!(called(&in_suite(), None, "/api/account").is_some());
    }
}
