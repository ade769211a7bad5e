//! `NO_PROXY`: where no proxy is taken. There is no standard; these are the forms that
//! curl, Windows and Java take.
//!
//! | entry | holds for |
//! |---|---|
//! | `*` | everything |
//! | `example.com`, `.example.com` | the name and all below it |
//! | `*.example.com` | all below it |
//! | `10.1.2.3`, `::1`, `10.0.0.0/8`, `10.*` | addresses, as the URL has them |
//! | `<local>` | names without a dot |
//! | any of these with `:443` behind it | that port alone |

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

/// The entries, and a warning for each that has no effect.
#[derive(Default)]
pub(super) struct Exceptions {
    entries: Vec<Entry>,
    warnings: Vec<String>,
}

struct Entry {
    pattern: Pattern,
    port: Option<u16>,
}

enum Pattern {
    Everything,
    /// Names without a dot.
    Local,
    /// In small letters, without a dot at either end.
    Name(String),
    Below(String),
    Network(IpNet),
}

impl Exceptions {
    /// Reads the value of the variable `name`: entries between commas, semicolons,
    /// bars or spaces.
    pub(super) fn new(name: &str, value: &str) -> Self {
        let mut exceptions = Self::default();
        let between =
            |character: char| matches!(character, ',' | ';' | '|') || character.is_whitespace();
        for text in value.split(between).filter(|text| !text.is_empty()) {
            match Entry::read(text) {
                Some(entry) => exceptions.entries.push(entry),
                None => exceptions.warnings.push(format!(
                    "{name}: the entry {text:?} has no effect; write a name, *.name, an address, \
                     10.0.0.0/8, 10.* or <local>"
                )),
            }
        }
        exceptions
    }

    /// Whether no proxy is taken to `destination`.
    pub(super) fn hold_for(&self, destination: &Uri) -> bool {
        let host = destination.host().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        let host = host.to_ascii_lowercase();
        let port = destination.port_u16().or(match destination.scheme_str() {
            Some("http") => Some(80),
            Some("https") => Some(443),
            _ => None,
        });
        self.entries
            .iter()
            .any(|entry| (entry.port.is_none() || entry.port == port) && entry.pattern.holds(&host))
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl Entry {
    fn read(text: &str) -> Option<Self> {
        if let Some(pattern) = Pattern::read(text) {
            return Some(Self {
                pattern,
                port: None,
            });
        }
        let (pattern, port) = text.rsplit_once(':')?;
        Some(Self {
            pattern: Pattern::read(pattern)?,
            port: Some(port.parse().ok()?),
        })
    }
}

impl Pattern {
    fn read(text: &str) -> Option<Self> {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let bare = bare.unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        if let Ok(network) = bare.parse() {
            return Some(Self::Network(network));
        }
        match text {
            "*" => return Some(Self::Everything),
            "<local>" => return Some(Self::Local),
            _ => {}
        }
        if let Some(start) = text.strip_suffix(".*") {
            return network(start).map(Self::Network);
        }
        if let Some(name) = text.strip_prefix("*.") {
            return name_of(name).map(Self::Below);
        }
        name_of(text.strip_prefix('.').unwrap_or(text)).map(Self::Name)
    }

    fn holds(&self, host: &str) -> bool {
        let is_below = |name: &str| {
            let before = host.strip_suffix(name);
            before.is_some_and(|before| before.ends_with('.'))
        };
        let address = host.parse::<IpAddr>().ok();
        match self {
            Self::Everything => true,
            Self::Local => address.is_none() && !host.contains('.'),
            Self::Name(name) => host == name || is_below(name),
            Self::Below(name) => is_below(name),
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
        }
    }
}

/// `10`, `10.1` or `10.1.2` as the network whose addresses begin so.
fn network(start: &str) -> Option<IpNet> {
    let (rest, length) = match start.split('.').count() {
        1 => (".0.0.0", 8),
        2 => (".0.0", 16),
        3 => (".0", 24),
        _ => return None,
    };
    format!("{start}{rest}/{length}").parse().ok()
}

fn name_of(text: &str) -> Option<String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    // What looks like an address and is none would hold for nothing.
    let is_number = name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (name.bytes().all(is_name) && !is_number).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: &str, destination: &str) -> bool {
        let exceptions = Exceptions::new("NO_PROXY", value);
        assert_eq!(exceptions.warnings(), [""; 0], "{value}");
        exceptions.hold_for(&destination.parse().unwrap())
    }

    #[test]
    fn the_usual_forms_hold_for_what_they_name() {
        for (value, yes, no) in [
            ("*", "https://h", None),
            (
                "example.com",
                "https://example.com",
                Some("https://notexample.com"),
            ),
            (
                "example.com",
                "https://a.b.Example.COM.",
                Some("https://example.com.org"),
            ),
            (
                ".example.com",
                "https://a.example.com",
                Some("https://aexample.com"),
            ),
            (".example.com", "https://example.com", Some("https://com")),
            (
                "*.example.com",
                "https://a.example.com",
                Some("https://example.com"),
            ),
            (
                "cr.example.com:443",
                "https://cr.example.com",
                Some("https://cr.example.com:8443"),
            ),
            (
                "*.example.com:8443",
                "https://a.example.com:8443",
                Some("https://a.example.com"),
            ),
            ("127.*", "http://127.0.0.1:80", Some("http://128.0.0.1")),
            (
                "192.168.1.*",
                "http://192.168.1.9",
                Some("http://192.168.2.9"),
            ),
            ("10.0.0.0/8", "http://10.9.9.9", Some("http://11.0.0.1")),
            ("10.1.2.3", "http://10.1.2.3:81", Some("http://10.1.2.4")),
            ("10.1.2.3:81", "http://10.1.2.3:81", Some("http://10.1.2.3")),
            ("::1", "http://[::1]:81", Some("http://[::2]")),
            ("[::1]", "http://[::1]", Some("http://[::2]")),
            ("[::1]:81", "http://[::1]:81", Some("http://[::1]")),
            ("fe80::/10", "http://[fe80::7]", Some("http://[::2]")),
            (
                "<local>",
                "https://intranet",
                Some("https://intranet.example.com"),
            ),
            ("<local>", "https://cr:8443", Some("http://10.1.2.3")),
            ("a, b;c|d e", "https://e", Some("https://f")),
            ("a,,b", "https://b", Some("https://c")),
        ] {
            assert!(holds(value, yes), "{value} {yes}");
            assert!(!no.is_some_and(|no| holds(value, no)), "{value} {no:?}");
        }
    }

    #[test]
    fn an_entry_without_effect_is_named_in_a_warning() {
        for text in [
            "https://example.com",
            "10.0.0.0/99",
            "300.*",
            "10.1.2.3.*",
            "a*b.example.com",
            "<-loopback>",
            "\"example.com\"",
            "10.1.2",
            "example.com:x",
            ":443",
        ] {
            let exceptions = Exceptions::new("no_proxy", text);
            let [warning] = exceptions.warnings() else {
                panic!("{text}");
            };
            assert!(warning.starts_with("no_proxy: "), "{warning}");
            assert!(warning.contains(&format!("{text:?}")), "{warning}");
            assert!(!exceptions.hold_for(&"https://example.com".parse().unwrap()));
        }
    }
}
