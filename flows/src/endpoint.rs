//! URLs of the two platforms: parsed once, then only valid ones exist.
//!
//! The syntax is RFC 3986, narrowed to what an API's address needs: `http` or
//! `https`, a host, a port, a path. What could change the meaning of a request
//! on its way is refused: user info, query, fragment, dot segments, control
//! characters. The host is kept in lower case and the default port dropped, so
//! that two spellings of one address are equal.
//!
//! An error never repeats the URL: a password may stand in it.

use alloc::string::String;

use crate::AuthError;
use crate::digits;
use crate::text::{concat, cut, has};

/// Where a platform, or one of its endpoints, is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: String,
    path: String,
}

/// What is below the address of a platform and can be taken for a part of it, and
/// whether it counts at the end of a path alone, because it is a common word.
const KNOWN_ENDS: [(&str, bool); 9] = [
    ("v1/authentication", false),
    ("v2/authentication", false),
    ("api/account/authenticate", false),
    ("odata", false),
    ("swagger", false),
    ("identity/connect/token", false),
    ("identity_/connect/token", false),
    ("login", true),
    ("index.html", true),
];

/// Those of them that no token endpoint has in its path either.
const PAGES: &[(&str, bool)] = KNOWN_ENDS.split_at(5).0;

/// What a token endpoint has before its end, in the same form.
const CUT_ENDS: &[(&str, bool)] = &[("identity", true), ("identity_", true), ("connect", true)];

impl Endpoint {
    /// Reads the URL that was passed as `argument`.
    pub fn parse(argument: &'static str, url: &str) -> crate::Result<Self> {
        Self::read(url).map_err(|problem| AuthError::invalid(argument, problem))
    }

    fn read(url: &str) -> Result<Self, &'static str> {
        if url.bytes().any(|b| b.is_ascii_control() || b == b' ') {
            return Err("holds a space or a control character");
        }
        let (scheme, rest) = split_scheme(url)?;
        if has(rest.as_bytes(), b'?') {
            return Err("has a query; leave out everything from ? on");
        }
        if has(rest.as_bytes(), b'#') {
            return Err("has a fragment; leave out everything from # on");
        }
        let (authority, _) = cut(rest, b'/');
        let path = rest.get(authority.len()..).unwrap_or_default();
        let path = if path == "/" { "" } else { path };
        check_path(path)?;
        Ok(Self {
            scheme,
            authority: read_authority(authority, scheme)?,
            path: path.into(),
        })
    }

    /// The origin (scheme, host and port) that a `Location` of an answer from
    /// here leads to, if it can be made out (RFC 9110, section 10.2.2).
    pub(crate) fn origin_of(&self, location: &str) -> Option<String> {
        let rest = location.trim_ascii();
        let (scheme, rest) = match (split_scheme(rest), rest.strip_prefix("//")) {
            (Ok(split), _) => split,
            (Err(_), Some(rest)) => (self.scheme, rest),
            // Any other scheme has no origin of use; what is left is relative.
            (Err(_), None) if has_scheme(rest) || rest.is_empty() => return None,
            (Err(_), None) => return Some(self.origin()),
        };
        let mut host = rest;
        for &end in b"/?#" {
            (host, _) = cut(host, end);
        }
        // What stands before an @ may be a password.
        while let (_, Some(rest)) = cut(host, b'@') {
            host = rest;
        }
        let authority = read_authority(host, scheme).ok()?;
        Some(concat(&[scheme.as_str(), "://", &authority]))
    }

    fn origin(&self) -> String {
        concat(&[self.scheme.as_str(), "://", &self.authority])
    }

    /// How the endpoint is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host and, where it is not the scheme's default, port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path, empty or beginning with a slash, as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The endpoint or page of a platform that the path holds: one that was pasted
    /// whole, so that a login would go to `/v2/authentication/v2/authentication`.
    pub(crate) fn known_end(&self) -> Option<&'static str> {
        self.find(&KNOWN_ENDS)
    }

    /// Whether the path cannot be that of a token endpoint: it only begins like one, or
    /// is another endpoint or a page of a platform.
    pub(crate) fn is_no_token_endpoint(&self) -> bool {
        self.path.is_empty() || self.find(CUT_ENDS).or_else(|| self.find(PAGES)).is_some()
    }

    /// The first of these that stands in the path, from one slash to another.
    #[inline(never)]
    fn find(&self, ends: &'static [(&'static str, bool)]) -> Option<&'static str> {
        let mut rest = self.path.as_bytes();
        while let Some((b, path)) = rest.split_first() {
            rest = path;
            if *b != b'/' {
                continue;
            }
            for &(end, is_last) in ends {
                let (start, after) = path.split_at_checked(end.len()).unwrap_or_default();
                let is_end = match after {
                    b"" | b"/" => true,
                    [b'/', ..] => !is_last,
                    _ => false,
                };
                if is_end && start.eq_ignore_ascii_case(end.as_bytes()) {
                    return Some(end);
                }
            }
        }
        None
    }

    /// The path of something below this endpoint. `below` begins with a slash.
    pub(crate) fn path_below(&self, below: &str) -> String {
        let base = self.path.strip_suffix("/").unwrap_or(&self.path);
        concat(&[base, below])
    }

    /// Makes it the endpoint one path segment deeper. `below` begins with a slash.
    pub(crate) fn descend(&mut self, below: &str) {
        self.path = self.path_below(below);
    }
}

/// How an endpoint is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u32 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Checks a path: empty or beginning with a slash, its characters allowed in a
/// path (RFC 3986, section 3.3), no segment empty but the last, none `.` or `..`.
pub(crate) fn check_path(path: &str) -> Result<(), &'static str> {
    let Some(path) = path.strip_prefix("/") else {
        return match path {
            "" => Ok(()),
            _ => Err("has a path that does not begin with a slash"),
        };
    };
    let mut rest = Some(path);
    while let Some(path) = rest {
        let (segment, after) = cut(path, b'/');
        if segment.is_empty() && after.is_some() {
            return Err("has an empty path segment (//)");
        }
        check_segment(segment)?;
        rest = after;
    }
    Ok(())
}

fn check_segment(segment: &str) -> Result<(), &'static str> {
    let mut bytes = segment.bytes();
    let mut letters = 0_u32;
    let mut dots = 0_u32;
    while let Some(b) = bytes.next() {
        let b = match b {
            b'%' => {
                let mut code = 0_u8;
                for _ in 0..2 {
                    let Some(digit) = bytes.next().and_then(hex) else {
                        return Err("has a % that is not followed by two hexadecimal digits");
                    };
                    code = (code << 4) | digit;
                }
                code
            }
            _ if b.is_ascii_alphanumeric() || has(b"-._~!$&'()*+,;=:@", b) => b,
            _ => return Err("has a character in its path that must be percent-encoded"),
        };
        match b {
            b'.' => dots = dots.saturating_add(1),
            b'/' | b'\\' | 0..=0x1f | 0x7f => {
                return Err("has an encoded slash, backslash or control character in its path");
            }
            _ => letters = letters.saturating_add(1),
        }
    }
    if letters == 0 && (dots == 1 || dots == 2) {
        return Err("has a path segment . or ..");
    }
    Ok(())
}

fn hex(b: u8) -> Option<u8> {
    char::from(b)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

fn split_scheme(url: &str) -> Result<(Scheme, &str), &'static str> {
    let (scheme, rest) = cut(url, b':');
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix("//")) else {
        return Err("does not begin with https://");
    };
    if scheme.eq_ignore_ascii_case("https") {
        Ok((Scheme::Https, rest))
    } else if scheme.eq_ignore_ascii_case("http") {
        Ok((Scheme::Http, rest))
    } else {
        Err("has a scheme other than https or http")
    }
}

/// Whether a reference begins with a scheme (RFC 3986, section 4.1).
fn has_scheme(reference: &str) -> bool {
    match cut(reference, b':') {
        (before, Some(_)) => !before.bytes().any(|b| has(b"/?#", b)),
        _ => false,
    }
}

fn read_authority(authority: &str, scheme: Scheme) -> Result<String, &'static str> {
    if has(authority.as_bytes(), b'@') {
        return Err("has user info; pass the user name and the secret as credentials");
    }
    let (mut text, port) = match authority.strip_prefix("[") {
        // The colons of an IPv6 address stand within its brackets.
        Some(rest) => match cut(rest, b']') {
            (address, Some(after)) if ip::is_v6(address.as_bytes()) => match cut(after, b':') {
                ("", port) => (concat(&["[", address, "]"]), port),
                _ => return Err(NO_PORT),
            },
            _ => return Err("has an IPv6 address that cannot be read"),
        },
        None => {
            let (host, port) = cut(authority, b':');
            check_host(host)?;
            (host.into(), port)
        }
    };
    text.make_ascii_lowercase();
    if let Some(port) = port {
        let number = digits::read(port.as_bytes()).and_then(|port| u32::try_from(port).ok());
        let Some(port @ 1..=65_535) = number else {
            return Err(NO_PORT);
        };
        if port != scheme.default_port() {
            text.push(':');
            text.push_str(&digits::write(port));
        }
    }
    Ok(text)
}

const NO_PORT: &str = "has a port that is not a number from 1 to 65535";

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("has no host");
    }
    if host.bytes().any(|b| !b.is_ascii()) {
        return Err("has a host that is not ASCII; write it in its xn-- form");
    }
    const NO_HOST: &str = "has a host that is not a name or an address";
    if host.len() > 253 {
        return Err(NO_HOST);
    }
    let mut last = "";
    // The dot of a name that is complete (RFC 3986, section 3.2.2). It stays in
    // what is sent, as with curl; TLS leaves it out (RFC 6066, section 3).
    let mut rest = host.strip_suffix(".").or(Some(host));
    while let Some(labels) = rest {
        (last, rest) = cut(labels, b'.');
        if !is_label(last) {
            return Err(NO_HOST);
        }
    }
    // A name whose last label is a number would be taken for an IPv4 address
    // by some and not by others (WHATWG URL, "ends in a number").
    let last = last.as_bytes();
    let is_number = last.iter().all(u8::is_ascii_digit) || matches!(last, [b'0', b'x' | b'X', ..]);
    if is_number && !ip::is_v4(host.as_bytes()) {
        return Err("has an IPv4 address that cannot be read");
    }
    Ok(())
}

/// RFC 1123, section 2.1, and the underscore that names in company networks have.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with("-")
        && !label.ends_with("-")
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

mod ip;
#[cfg(test)]
mod tests;
