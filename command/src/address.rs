//! Addresses as people paste them: from the browser, or with the path of an API
//! behind them, which the flows add themselves.

/// What begins where an address should end, in lower case.
const BEHIND: [&str; 5] = [
    "/v1/authentication",
    "/v2/authentication",
    "/api/account/authenticate",
    "/odata",
    "/swagger",
];

/// An address without what the flows add, and what was left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Tidied {
    pub url: String,
    pub left_out: Option<String>,
}

/// Cuts what does not belong to the address of a platform.
pub fn tidied(url: &str) -> Tidied {
    let path = path_at(url);
    let lower = url.to_ascii_lowercase();
    let behind = BEHIND.iter().filter_map(|&end| {
        let at = path + lower.get(path..)?.find(end)?;
        let next = lower.as_bytes().get(at + end.len());
        let ends = matches!(next, None | Some(b'/' | b'?' | b'#' | b'(' | b'.'));
        ends.then_some((at, end.len()))
    });
    // A page of the server's own, as the browser shows it.
    let page = lower.find("#/").map(|at| (at, "#/".len()));
    match behind.chain(page).min() {
        Some((at, length)) => {
            // What follows may be a token.
            let more = if url.len() > at + length { "..." } else { "" };
            let left_out = url.get(at..at + length).unwrap_or_default();
            Tidied {
                url: url.get(..at).unwrap_or(url).to_owned(),
                left_out: Some(format!("{left_out}{more}")),
            }
        }
        None => Tidied {
            url: url.to_owned(),
            left_out: None,
        },
    }
}

/// The path of a URL, without a slash at its end.
pub fn path_of(url: &str) -> &str {
    let path = url.get(path_at(url)..).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/')
}

/// Scheme, host and port, in lower case; the port is left out where it is the
/// scheme's own.
pub fn origin_of(url: &str) -> String {
    let origin = url.get(..path_at(url)).unwrap_or_default();
    let origin = origin.split(['?', '#']).next().unwrap_or_default();
    let origin = origin.to_ascii_lowercase();
    let own = if origin.starts_with("https:") {
        ":443"
    } else {
        ":80"
    };
    origin.strip_suffix(own).unwrap_or(&origin).to_owned()
}

/// Host and port, for a person to recognize. None where there could be more in it
/// than that.
pub fn host_of(url: &str) -> Option<String> {
    let (_, host) = url.get(..path_at(url))?.split_once("://")?;
    let plain = !host.is_empty() && !host.contains(['@', '?', '#']);
    plain.then(|| host.to_owned())
}

/// Where the path begins, or the end.
fn path_at(url: &str) -> usize {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(authority..).unwrap_or_default();
    rest.find('/').map_or(url.len(), |at| authority + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_flows_add_is_left_out_of_a_pasted_address() {
        for (url, tidy, left_out) in [
            ("https://h/#/login", "https://h/", "#/..."),
            (
                "https://h/x/v2/authentication",
                "https://h/x",
                "/v2/authentication",
            ),
            (
                "https://h/V1/Authentication/",
                "https://h",
                "/V1/Authentication...",
            ),
            (
                "https://h/v1/authentication/token/s3cret",
                "https://h",
                "/v1/authentication...",
            ),
            (
                "https://h/o/t/api/Account/Authenticate",
                "https://h/o/t",
                "/api/Account/Authenticate",
            ),
            ("https://h/odata/Users(1)", "https://h", "/odata..."),
            (
                "https://h/swagger/index.html#/Users",
                "https://h",
                "/swagger...",
            ),
        ] {
            let expected = Tidied {
                url: tidy.into(),
                left_out: Some(left_out.into()),
            };
            assert_eq!(tidied(url), expected, "{url}");
        }
    }

    #[test]
    fn an_address_that_needs_it_not_stays_as_it_is() {
        for url in [
            "https://h",
            "https://h/",
            "https://odata",
            "https://h/odatabase",
            "https://h/a/b",
            "https://h/identity_/connect/token",
            "swagger",
            "",
        ] {
            assert_eq!(
                tidied(url),
                Tidied {
                    url: url.into(),
                    left_out: None
                }
            );
        }
    }

    #[test]
    fn a_path_ends_without_a_slash_or_a_query() {
        assert_eq!(path_of("https://h"), "");
        assert_eq!(path_of("https://h:1/"), "");
        assert_eq!(path_of("https://h/a/b/?q#f"), "/a/b");
    }

    #[test]
    fn two_spellings_of_one_origin_are_the_same() {
        assert_eq!(origin_of("https://H:443/a"), origin_of("https://h"));
        assert_ne!(origin_of("http://h:443"), origin_of("https://h"));
        assert_eq!(origin_of("http://h:80/x"), "http://h");
    }

    #[test]
    fn a_host_is_shown_only_where_it_is_one() {
        assert_eq!(host_of("https://h:1/a").as_deref(), Some("h:1"));
        assert_eq!(host_of("https://ada:pa55@h/a"), None);
        assert_eq!(host_of("h"), None);
    }
}
